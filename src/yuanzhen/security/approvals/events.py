"""What others may hear of an approval, past tense."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class ApprovalAsked(msgspec.Struct, frozen=True):
    """An act waits for a second person."""

    kind: ClassVar[str] = "ApprovalAsked"
    approval: str
    verb: str
    department: str
    asked_by: str


class ApprovalEnded(msgspec.Struct, frozen=True):
    """It was decided, has become void, or its time is over: nobody needs to see what it was about any more."""

    kind: ClassVar[str] = "ApprovalEnded"
    approval: str
    entity: str
