"""What may be told of many cases, and what was promised: pure rules. Few is told as few, never as how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from yuanzhen.infrastructure.errors import Invalid

Part = Literal["all", "week", "department", "state", "reason"]
Aim = Literal["emergency-answer", "interruptions"]

FEW = 5  # fewer cases than this are told as few
LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Promise:
    """What the plan promises: where the region stood, and where it is to be."""

    start: float
    goal: float
    unit: Literal["s", "%"]


# The plan, "targets": an expert answers an emergency within 3 min (it was 45); 23 % of consultations were interrupted,
# which is to be near none.
PLAN: Mapping[Aim, Promise] = {
    "emergency-answer": Promise(45 * 60, 3 * 60, "s"),
    "interruptions": Promise(23, 1, "%"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Totals of one group of cases: all, a week's, a department's, those in a state, those that gave a reason."""

    part: Part
    name: str
    cases: int
    emergencies: int
    answered: int
    answer_s: float | None
    emergencies_answered: int
    emergency_answer_s: float | None
    emergency_slowest_s: float | None  # nine of ten were quicker
    in_time: int
    signed: int
    opinion_s: float | None
    calls: int
    failed_calls: int
    passes: int
    askers: int
    askers_score: float | None
    experts: int
    experts_score: float | None
    met: int  # in a room
    interrupted_pct: float | None  # of them, in which somebody broke off


def checked(since: date, until: date) -> None:
    """Raises `Invalid` that names the place: the days are the wrong way round, or too many."""
    if not since <= until <= since + LONGEST:
        raise Invalid("management.range", place="to", rule=f"from one day to {LONGEST.days} days later")


def told(groups: Sequence[Figures]) -> list[int | None]:
    """How many cases each group of a whole has, None for few; so that the whole does not give them away, a group that
    alone would be few takes the smallest of the others along.
    """
    few = {at for at, one in enumerate(groups) if 0 < one.cases < FEW}
    others = sorted((one.cases, at) for at, one in enumerate(groups) if at not in few and one.cases)
    if len(few) == 1 and others:
        few.add(others[0][1])
    return [None if at in few else one.cases for at, one in enumerate(groups)]


def share_pct(part: int, whole: int) -> float | None:
    """Percent of a whole; None where it is few."""
    return None if whole < FEW else 100 * part / whole
