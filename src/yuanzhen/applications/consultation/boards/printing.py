"""A whiteboard as a PDF, the same bytes for the same board on every machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typst

from yuanzhen.applications.consultation.boards.drawing import Drawing
from yuanzhen.applications.consultation.opinions.letters import drawn, fonts

TEMPLATE = Path(__file__).with_name("board.typ")


def rendered(drawing: Drawing, title: str) -> bytes:
    """The page."""
    left_out = f" · 未能画出 not drawn: {drawing.left_out}" if drawing.left_out else ""
    told = {**asdict(drawing), "title": title + left_out}
    words = drawn(json.dumps(told, ensure_ascii=False))
    return typst.compile(
        TEMPLATE.read_bytes(), format="pdf", font_paths=fonts(), sys_inputs={"told": words}, timestamp=0
    )
