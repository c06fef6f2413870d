"""What others may hear of a review, past tense."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class ReviewAsked(msgspec.Struct, frozen=True):
    """Something was done that somebody else has to look at; `kind_of` says what."""

    kind: ClassVar[str] = "ReviewAsked"
    review: str
    kind_of: str
    patient: str
