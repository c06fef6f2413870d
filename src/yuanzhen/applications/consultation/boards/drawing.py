"""What a whiteboard says, as shapes that can be printed. Pages wrote it: what is no shape is counted, not drawn. Pure.

The elements are Excalidraw's (`ExcalidrawElement`): lengths in pixels, angles in radians, clockwise.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Annotated, Any, Literal

import av
import msgspec
from pycrdt import Doc, Map

from yuanzhen.data.records.file import kinds

MARGIN = 24.0
LONGEST_SIDE = 2000.0  # of the page; a larger board is drawn smaller
MOST_POINTS = 200_000
INK, NOTHING = "#1e1e1e", ""
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}(?:[0-9a-fA-F]{2})?")
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp"})
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><image width="100" height="100" '
    'preserveAspectRatio="none" href="data:{kind};base64,{data}"/></svg>'
)
HEAD = 14.0  # px: of an arrow
SPREAD = 0.45  # rad

KINDS = {"arrow": "line", "freedraw": "line"}  # the others are what they are called
Point = tuple[float, float]
Wide = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]


class Element(msgspec.Struct, rename="camel"):
    """What we need of one element."""

    type: Literal["rectangle", "ellipse", "diamond", "line", "arrow", "freedraw", "text", "image"]
    x: Wide
    y: Wide
    width: Wide = 0.0
    height: Wide = 0.0
    angle: Wide = 0.0
    stroke_color: str = INK
    background_color: str = NOTHING
    stroke_width: Annotated[float, msgspec.Meta(ge=0, le=100)] = 1.0
    stroke_style: str = "solid"
    points: list[tuple[Wide, Wide]] = []
    text: str = ""
    font_size: Annotated[float, msgspec.Meta(ge=1, le=500)] = 20.0
    file_id: str | None = None
    end_arrowhead: str | None = None
    start_arrowhead: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing on the page, its place and lengths in points; `lines` are its strokes, each from point to point."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    angle: float
    stroke: str
    fill: str
    thick: float
    dashed: bool
    lines: Sequence[Sequence[Point]] = ()
    text: str = ""
    size: float = 0.0
    image: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page. `left_out`: how many elements could not be drawn."""

    width: float
    height: float
    shapes: Sequence[Shape]
    left_out: int = 0


def drawing(updates: Iterable[bytes]) -> Drawing | None:
    """What the updates of a whiteboard say together; None for one with nothing on it."""
    doc = Doc[Map[Any]]()
    for one in updates:
        doc.apply_update(one)
    elements = doc.get("elements", type=Map).to_py() or {}
    files = doc.get("files", type=Map).to_py() or {}
    there = [one for one in elements.values() if isinstance(one, dict) and not one.get("isDeleted")]
    there.sort(key=lambda one: str(one.get("index") or ""))
    shapes = [shape for one in there for shape in _shapes(one, files)]
    return _on_page(shapes, len(there) - len(shapes)) if there else None


def _shapes(told: Mapping[str, Any], files: Mapping[str, Any]) -> Iterator[Shape]:
    """The shape of an element, if it has one."""
    try:
        one = msgspec.convert(told, Element)
    except msgspec.ValidationError:
        return
    kind = KINDS.get(one.type, one.type)
    lines = list(_strokes(one)) if kind == "line" else ()
    image = _picture(files.get(one.file_id or "")) if kind == "image" else ""
    if (kind == "image" and not image) or (kind == "line" and not lines) or len(one.points) > MOST_POINTS:
        return
    yield Shape(
        kind, one.x, one.y, abs(one.width), abs(one.height), one.angle if kind != "line" else 0.0,
        _colour(one.stroke_color, INK), _colour(one.background_color, NOTHING), one.stroke_width,
        one.stroke_style != "solid", lines, one.text, one.font_size, image,
    )  # fmt: skip


def _strokes(one: Element) -> Iterator[list[Point]]:
    """A line from point to point, turned as it is on the board, and the heads that it has."""
    if len(one.points) < 2:
        return
    xs, ys = [x for x, _ in one.points], [y for _, y in one.points]
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    turned = [_turned(point, middle, one.angle) for point in one.points]
    at = [(one.x + x, one.y + y) for x, y in turned]
    yield at
    if one.end_arrowhead:
        yield _head(at[-2], at[-1])
    if one.start_arrowhead:
        yield _head(at[1], at[0])


def _turned(point: Point, middle: Point, angle: float) -> Point:
    x, y = point[0] - middle[0], point[1] - middle[1]
    return (
        middle[0] + x * math.cos(angle) - y * math.sin(angle),
        middle[1] + x * math.sin(angle) + y * math.cos(angle),
    )


def _head(before: Point, tip: Point) -> list[Point]:
    way = math.atan2(tip[1] - before[1], tip[0] - before[0])
    ends = [(tip[0] - HEAD * math.cos(way + turn), tip[1] - HEAD * math.sin(way + turn)) for turn in (SPREAD, -SPREAD)]
    return [ends[0], tip, ends[1]]


def _picture(file: object) -> str:
    """The picture itself, as an SVG that the page can hold as text; '' for what is none."""
    told = str(file.get("dataURL", "")) if isinstance(file, dict) else ""
    head, _, data = told.partition(";base64,")
    try:
        content = b64decode(data, validate=True)
        kind = kinds.kind_of(content[: kinds.HEAD_BYTES])
        if kind not in PICTURES or not head.startswith("data:"):
            return ""
        with av.open(BytesIO(content), "r") as held:
            next(held.decode(video=0))
    except (ValueError, OSError, av.FFmpegError, StopIteration):
        return ""
    return SVG.format(kind=kind, data=data)


def _colour(told: str, otherwise: str) -> str:
    return told if COLOUR.fullmatch(told) else otherwise


def _on_page(shapes: Sequence[Shape], left_out: int) -> Drawing:
    """All of it moved to the page's corner, and made smaller where it is larger than a page may be."""
    corners = [point for one in shapes for point in _corners(one)] or [(0.0, 0.0)]
    left, top = (min(point[axis] for point in corners) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in corners) for axis in (0, 1))
    by = min(1.0, LONGEST_SIDE / max(right - left, bottom - top, 1.0))

    def place(point: Point) -> Point:
        return (point[0] - left) * by + MARGIN, (point[1] - top) * by + MARGIN

    placed = [
        replace(
            one, x=place((one.x, one.y))[0], y=place((one.x, one.y))[1], width=one.width * by, height=one.height * by,
            thick=one.thick * by, size=one.size * by, lines=[[place(point) for point in line] for line in one.lines],
        )
        for one in shapes
    ]  # fmt: skip
    return Drawing((right - left) * by + 2 * MARGIN, (bottom - top) * by + 2 * MARGIN, placed, left_out)


def _corners(one: Shape) -> Iterator[Point]:
    """Between what it stands; of what is turned, as far as it may reach."""
    if one.lines:
        yield from (point for line in one.lines for point in line)
        return
    x, y = one.x + one.width / 2, one.y + one.height / 2
    half = (one.width / 2, one.height / 2) if not one.angle else (math.hypot(one.width, one.height) / 2,) * 2
    yield x - half[0], y - half[1]
    yield x + half[0], y + half[1]
