"""What is on a whiteboard becomes shapes of a page; what a page could have written that is none is counted."""

from __future__ import annotations

import io
import math
from base64 import b64encode
from typing import Any

import pytest
from PIL import Image
from pycrdt import Doc, Map

from yuanzhen.applications.consultation.boards import drawing, printing
from yuanzhen.applications.consultation.boards.drawing import MARGIN, Drawing


def board(*elements: dict[str, Any], files: dict[str, Any] | None = None) -> list[bytes]:
    """A whiteboard's updates, one for each element."""
    doc = Doc[Map[Any]]()
    there, updates = doc.get("elements", type=Map), []
    for number, one in enumerate(elements):
        before = doc.get_state()
        there[str(number)] = {"index": f"a{number}", **one}
        updates.append(doc.get_update(before))
    before = doc.get_state()
    doc.get("files", type=Map).update(files or {})
    return [*updates, doc.get_update(before)]


def drawn(*elements: dict[str, Any], files: dict[str, Any] | None = None) -> Drawing:
    found = drawing.drawing(board(*elements, files=files))
    assert found is not None
    return found


def picture() -> str:
    held = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(held, "PNG")
    return b64encode(held.getvalue()).decode()


BOX = {"type": "rectangle", "x": 100, "y": 50, "width": 40, "height": 20, "strokeColor": "#e03131"}


def test_what_stands_on_the_board_stands_on_the_page_from_its_corner() -> None:
    page = drawn(BOX, {"type": "freedraw", "x": 110, "y": 60, "points": [[0, 0], [5, 5], [30, 30]]})
    box, stroke = page.shapes
    assert (box.kind, box.x, box.y, box.stroke, box.fill) == ("rectangle", MARGIN, MARGIN, "#e03131", "")
    assert [list(line) for line in stroke.lines] == [[(34.0, 34.0), (39.0, 39.0), (64.0, 64.0)]]
    assert (page.width, page.height, page.left_out) == (40 + 2 * MARGIN, 40 + 2 * MARGIN, 0)


def test_nothing_and_what_was_wiped_off_is_no_page() -> None:
    assert drawing.drawing(board()) is None
    assert drawing.drawing(board({**BOX, "isDeleted": True})) is None


def test_an_arrow_has_its_head_and_what_is_turned_is_turned_about_its_middle() -> None:
    arrow = {"type": "arrow", "x": 0, "y": 0, "points": [[0, 0], [100, 0]], "endArrowhead": "arrow"}
    line, head = drawn(arrow).shapes[0].lines
    assert head[1] == line[-1]
    (turned,) = drawn({**arrow, "endArrowhead": None, "angle": math.pi / 2}).shapes[0].lines
    assert [(round(x, 6), round(y, 6)) for x, y in turned] == [(MARGIN, MARGIN), (MARGIN, MARGIN + 100)]


def test_a_board_larger_than_a_page_is_drawn_smaller() -> None:
    page = drawn(BOX, {**BOX, "x": 100_000})
    assert page.width == pytest.approx(drawing.LONGEST_SIDE + 2 * MARGIN)


@pytest.mark.parametrize("what", [
    {"type": "iframe", "x": 0, "y": 0},
    {"type": "rectangle", "x": "1", "y": 0},
    {**BOX, "x": float("inf")},
    {**BOX, "width": float("nan")},
    {**BOX, "strokeWidth": -1},
    {"type": "line", "x": 0, "y": 0, "points": [[0, 0]]},
    {"type": "image", "x": 0, "y": 0, "fileId": "nowhere"},
])  # fmt: skip
def test_what_is_no_shape_is_counted_and_harms_no_other(what: dict[str, Any]) -> None:
    page = drawn(what, BOX)
    assert ([one.kind for one in page.shapes], page.left_out) == (["rectangle"], 1)
    assert printing.rendered(page, "白板").startswith(b"%PDF-")


def test_colours_that_are_none_are_ink() -> None:
    (box,) = drawn({**BOX, "strokeColor": "url(x)", "backgroundColor": "#ffec99"}).shapes
    assert (box.stroke, box.fill) == (drawing.INK, "#ffec99")


def test_a_picture_is_on_the_page_and_one_that_cannot_be_read_is_left_out() -> None:
    image = {"type": "image", "x": 0, "y": 0, "width": 80, "height": 60, "fileId": "f"}
    words = {"type": "text", "x": 0, "y": 70, "width": 80, "height": 25, "text": "低密度区 #let x = 1\n左侧"}
    page = drawn(image, words, files={"f": {"dataURL": f"data:image/png;base64,{picture()}"}})
    whole = printing.rendered(page, "会诊白板 Whiteboard")
    assert whole == printing.rendered(page, "会诊白板 Whiteboard"), "the same board, the same bytes"
    assert b"/Subtype/Image" in whole.replace(b" ", b"")
    broken = b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
    assert drawn(image, BOX, files={"f": {"dataURL": f"data:image/png;base64,{broken}"}}).left_out == 1
