"""What can be a telephone number: pure."""

from __future__ import annotations

LONGEST_NUMBER = 40


def may_be_number(text: str) -> bool:
    """Whether a text can be a telephone number as people write one; '' is none, and may be said too."""
    return len(text) <= LONGEST_NUMBER and text.isprintable() and (not text or any(one.isdigit() for one in text))
