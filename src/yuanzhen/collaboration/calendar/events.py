"""What others may hear of the calendar, past tense."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

Ahead = Literal["day", "soon"]


class DutyChanged(msgspec.Struct, frozen=True):
    """Who is on duty now changed: a shift or an absence of this moment was entered or taken back."""

    kind: ClassVar[str] = "DutyChanged"
    person: str


class SlotChanged(msgspec.Struct, frozen=True):
    """A slot was offered, withdrawn, taken or freed, or its expert will not be there: what others see of it is old."""

    kind: ClassVar[str] = "SlotChanged"
    slot: str
    order_key: str  # the slot: what others see of it last is what was so last


class BookingDue(msgspec.Struct, frozen=True):
    """A booking begins in a day, or soon; it may have been moved or freed since this was written."""

    kind: ClassVar[str] = "BookingDue"
    source: str
    slot: str
    ahead: Ahead


class BookingHit(msgspec.Struct, frozen=True):
    """The expert of a booking will not be there: it must be moved."""

    kind: ClassVar[str] = "BookingHit"
    source: str
    slot: str


class OfferDue(msgspec.Struct, frozen=True):
    """The offer of a slot to somebody who waits may be over."""

    kind: ClassVar[str] = "OfferDue"
    slot: str


class HouseBooked(msgspec.Struct, frozen=True):
    """A time of an expert was booked or freed whose house keeps its own calendar, and must be told."""

    kind: ClassVar[str] = "HouseBooked"
    institution: str
    source: str
    expert: str
    start: datetime
    end: datetime
    booked: bool
    order_key: str  # the source: freed after it was booked
