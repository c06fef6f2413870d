"""What others may hear of a ring, past tense, and what it tells itself for later."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class RingDue(msgspec.Struct, frozen=True):
    """It is time to look at a ring again; worth something only while the ring is at this turn."""

    kind: ClassVar[str] = "RingDue"
    ring: str
    turn: int


class RingChanged(msgspec.Struct, frozen=True):
    """Who is called, or whether it still rings, is another: the dispatchers' pages want to know."""

    kind: ClassVar[str] = "RingChanged"
    ring: str


class CallChanged(msgspec.Struct, frozen=True):
    """Somebody is called, or no longer: their telephone may ring. `again`: it rang, and goes on while the call does."""

    kind: ClassVar[str] = "CallChanged"
    ring: str
    person: str
    again: bool = False


class RingUnanswered(msgspec.Struct, frozen=True):
    """Nobody answered in time, or nobody could be called: the dispatchers have the alarm."""

    kind: ClassVar[str] = "RingUnanswered"
    source: str
