"""Texts that are kept and signed read as they are written: what turns or hides them is refused. Pure."""

from __future__ import annotations

import re

from yuanzhen.infrastructure.errors import Invalid

# Controls but white space; what embeds, overrides or isolates a direction (UAX 9, 2.1 to 2.4): it turns what is read
UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")


def legible(text: str, place: str) -> None:
    """Raises `Invalid` for a text that reads otherwise than it is kept and signed; `at` counts characters."""
    if found := UNSEEN.search(text):
        raise Invalid("text.unseen", place=place, at=found.start() + 1)
