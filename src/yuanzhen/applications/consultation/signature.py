"""A name drawn on a screen: strokes of points in a box of whole numbers, and the picture of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from yuanzhen.infrastructure.errors import Invalid

WIDTH, HEIGHT = 1000, 400
MOST_STROKES, MOST_NUMBERS = 200, 8000
KIND = "image/svg+xml"

Strokes = tuple[tuple[int, ...], ...]  # of each stroke: x, y, x, y, ...


def checked_strokes(strokes: Strokes) -> None:
    """Raises `Invalid` for what is no drawing in the box, and for more than a name takes."""
    if len(strokes) > MOST_STROKES or sum(map(len, strokes)) > MOST_NUMBERS:
        rule = f"at most {MOST_STROKES} strokes of {MOST_NUMBERS} numbers in all"
        raise Invalid("request.invalid", place="consent.signature", rule=rule)
    for nth, stroke in enumerate(strokes):
        inside = all(0 <= x <= WIDTH for x in stroke[::2]) and all(0 <= y <= HEIGHT for y in stroke[1::2])
        if not stroke or len(stroke) % 2 or not inside:
            rule = f"pairs of x to {WIDTH} and y to {HEIGHT}"
            raise Invalid("request.invalid", place=f"consent.signature[{nth}]", rule=rule)


def svg(strokes: Strokes) -> str:
    """The drawing as a picture; of nothing but the numbers."""
    lines = "".join(f'<polyline points="{_points(stroke)}"/>' for stroke in strokes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="none" stroke="#000" '
        f'stroke-width="6" stroke-linecap="round" stroke-linejoin="round">{lines}</svg>'
    )


def _points(stroke: Sequence[int]) -> str:
    # A dot is a line to itself, else nothing would be drawn
    whole = stroke if len(stroke) > 2 else (*stroke, *stroke)
    return " ".join(f"{x},{y}" for x, y in zip(whole[::2], whole[1::2], strict=True))
