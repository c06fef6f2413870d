"""The rules of looking at it afterwards. Pure: no I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Problem

Kind = Literal["break-glass", "no-consent", "critical-call"]
State = Literal["open", "decided"]
Verdict = Literal["justified", "not-justified"]
ROLE = "quality"
READERS = frozenset({"quality", "officer"})
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be looked at: whose act of which kind, on whom, for what and why."""

    kind: Kind
    patient: str
    person: str
    institution: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """What was done, by whom, for what; `until`: how long it keeps a record open."""

    id: str
    kind: Kind
    patient: str
    person: str
    institution: str
    source: str
    reason: str
    asked_by: str
    asked_at: datetime
    until: datetime | None = None
    state: State = "open"
    verdict: Verdict | Literal[""] = ""
    words: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    ended_at: datetime | None = None  # closed before its time
    ended_by: str = ""

    def is_open_at(self, now: datetime) -> bool:
        """Whether it keeps a record open."""
        return self.until is not None and self.ended_at is None and now < self.until


def barred(review: Review, actor: Actor) -> Problem | None:
    """Why somebody may not judge it; None when they may."""
    if actor.role != ROLE:
        return Forbidden("review.role", role=actor.role)
    if actor.id == review.person:
        return Forbidden("review.own", rule="another person than whose act it is")
    return None if review.state == "open" else Conflict("review.not_now", state=review.state)
