"""The rules of a recording: which step leads where, who begins it, who withdraws. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Self

import msgspec

from yuanzhen.collaboration.room.model import Role
from yuanzhen.infrastructure.errors import Conflict, Invalid

State = Literal["begins", "on", "ends", "recorded", "opened", "destroyed"]
Step = Literal["flow", "break", "end", "settle", "open", "destroy"]
GivenBy = Literal["patient", "carer", "next-of-kin"]
How = Literal["signed", "spoken"]
Why = Literal["stopped", "withdrawn", "meeting-over", "disk-full"]

# `begins`: it is to be recorded, and for the moment nothing is; `ends`: it is not to be, and the server was not told.
NEXT: Mapping[tuple[State, Step], State] = {
    ("begins", "flow"): "on",
    ("on", "break"): "begins",
    ("begins", "end"): "ends",
    ("on", "end"): "ends",
    ("ends", "settle"): "recorded",
    ("recorded", "open"): "opened",
    ("recorded", "destroy"): "destroyed",
    ("opened", "destroy"): "destroyed",
}
LINES: Mapping[Step, str] = {"flow": "recording-on", "break": "recording-broke"}
ENDS: Mapping[Why, str] = {
    "stopped": "recording-stopped",
    "withdrawn": "recording-withdrawn",
    "meeting-over": "recording-over",
    "disk-full": "recording-disk-full",
}
WANTED: frozenset[State] = frozenset({"begins", "on"})
UNDER_WAY: frozenset[State] = frozenset({"begins", "on", "ends"})
BEGINS: frozenset[Role] = frozenset({"host"})  # and ends it
WITHDRAWS: frozenset[Role] = frozenset({"host", "primary", "patient"})  # for the patient, who may have said so to them
PLAYS: frozenset[Role] = frozenset({"host", "expert", "primary", "patient"})  # who sits beside them does not
FOR_ANOTHER: frozenset[GivenBy] = frozenset({"carer", "next-of-kin"})  # who consents for the patient says who they are
LONGEST_NAME = 200
WRITTEN = timedelta(seconds=2)  # after its end, by when the media server has closed its files
AGAIN = timedelta(hours=1)  # after so long what could not be opened is tried anew


class Agreed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The consent to be recorded, which is asked for by itself: who gave it, how, and who they are to the patient."""

    given_by: GivenBy
    how: How
    name: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of one meeting. Its id is that of its FHIR Consent."""

    id: str
    room: str
    meeting: str
    patient: str
    state: State
    agreed: Agreed
    by: str
    begun: datetime
    keep: timedelta
    ended: datetime | None = None
    ended_by: str = ""
    reason: str = ""
    withdrawn: datetime | None = None
    withdrawn_by: str = ""
    problem: str = ""
    tried: datetime | None = None

    def after(self, step: Step) -> Self:
        """Raises `Conflict` when its state does not permit the step."""
        if (self.state, step) not in NEXT:
            raise Conflict("recording.not_now", act=step, state=self.state)
        return replace(self, state=NEXT[self.state, step])

    def ended_at(self, now: datetime, by: str, why: Why) -> Self:
        """It is to be recorded no longer."""
        return replace(self.after("end"), ended=now, ended_by=by, reason=why)

    def withdrawn_at(self, now: datetime, by: str) -> Self:
        """Its consent is withdrawn: nobody plays it any more. Raises `Conflict` the second time."""
        if self.withdrawn is not None:
            raise Conflict("recording.withdrawn")
        return replace(self, withdrawn=now, withdrawn_by=by)

    @property
    def due(self) -> datetime | None:
        """When it is destroyed."""
        return self.ended + self.keep if self.ended else None


@dataclass(frozen=True, slots=True)
class Track:
    """One object of a recording: a film of one connection of `person`, or with nobody's name what stands beside."""

    recording: str
    nth: int
    person: str
    label: str
    type: str
    blob: str
    bytes: int
    at_ms: int
    lasts_ms: int
    counts: dict[str, int]


def checked(agreed: Agreed) -> None:
    """Raises `Invalid` for a consent of nobody who is named."""
    for place in ("name", "relation"):
        text = getattr(agreed, place)
        if len(text) > LONGEST_NAME:
            raise Invalid("request.invalid", place=place, rule=f"at most {LONGEST_NAME} characters")
        if agreed.given_by in FOR_ANOTHER and not text.strip():
            raise Invalid("consent.who_missing", place=place)
