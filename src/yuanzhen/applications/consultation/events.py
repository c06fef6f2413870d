"""What others may hear of a consultation, past tense."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class ConsultationAsked(msgspec.Struct, frozen=True):
    """A case was asked for and rings, or waits in its department's queue."""

    kind: ClassVar[str] = "ConsultationAsked"
    consultation: str
    department: str
    urgency: str


class ClaimTaken(msgspec.Struct, frozen=True):
    """Somebody has something written in their hands, until they let it lie for too long."""

    kind: ClassVar[str] = "ClaimTaken"
    consultation: str


class HourChanged(msgspec.Struct, frozen=True):
    """A case has another hour, or none, or what was at its hour has gone on: what others see of it is old."""

    kind: ClassVar[str] = "HourChanged"
    consultation: str
    moved: bool
    order_key: str  # the case


class OpinionSigned(msgspec.Struct, frozen=True):
    """A signed version of an opinion is in the record, for the institution that asked."""

    kind: ClassVar[str] = "OpinionSigned"
    consultation: str
    report: str
    version: int
    institution: str
    patient: str


class CriticalDue(msgspec.Struct, frozen=True):
    """The time is over within which a critical finding is to be confirmed by a call."""

    kind: ClassVar[str] = "CriticalDue"
    consultation: str


class CriticalChanged(msgspec.Struct, frozen=True):
    """Nobody has read a critical finding back in time, or a dispatcher has it in hand, or it was read back."""

    kind: ClassVar[str] = "CriticalChanged"
    consultation: str
