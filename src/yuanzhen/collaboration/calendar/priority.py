"""Who gets what has become free: a table of points, and how long an offer stands. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from yuanzhen.collaboration.calendar.model import AHEAD, Slot, Urgency, free_for

# Points. Urgency comes first: no waiting and no distance make up for a whole step of it.
URGENT: Mapping[Urgency, int] = {"emergency": 1000, "urgent": 200, "routine": 0}
A_DAY, MOST_DAYS = 3, 50  # of waiting: for each day, and how many days count
FAR: tuple[tuple[int, int], ...] = ((200, 30), (100, 20), (30, 10))  # km at least: who travels far gets what fits
FARTHEST_KM = 10_000

# How long an offer stands; never beyond the last moment at which its slot can be booked.
STANDS: Mapping[Urgency, timedelta] = {
    "emergency": timedelta(minutes=10),
    "urgent": timedelta(hours=1),
    "routine": timedelta(hours=6),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a time of `target`: an expert, a resource, or any expert of a department."""

    id: str
    source: str
    target: str
    institution: str  # whose patient it is for
    asked_by: str
    urgency: Urgency
    distance_km: int
    since: datetime
    offered: str = ""
    until: datetime | None = None
    passed: tuple[str, ...] = ()
    before: datetime | None = None  # only what begins before this suits: it has an hour already

    def suits(self, slot: Slot) -> bool:
        """Whether it would be offered this slot, if its turn came."""
        early = self.before is None or slot.span.start < self.before
        return early and not self.offered and slot.id not in self.passed


def points(one: Waiting, now: datetime) -> int:
    """What one has by the table."""
    far = next((given for km, given in FAR if one.distance_km >= km), 0)
    return URGENT[one.urgency] + A_DAY * min((now - one.since).days, MOST_DAYS) + far


def in_order(waiting: Iterable[Waiting], now: datetime) -> list[Waiting]:
    """Those with the most points first; of equals who has waited longest."""
    return sorted(waiting, key=lambda one: (-points(one, now), one.since, one.id))


def chosen(slot: Slot, waiting: Iterable[Waiting], now: datetime) -> tuple[Waiting, datetime] | None:
    """To whom a slot is offered, and until when; None when it suits nobody."""
    fits = free_for(slot, now)
    for one in in_order(waiting, now):
        if one.urgency in fits and one.suits(slot):
            return one, min(now + STANDS[one.urgency], last_moment(slot, one.urgency))
    return None


def last_moment(slot: Slot, urgency: Urgency) -> datetime:
    """Until when a slot can be booked by what is so urgent."""
    return slot.span.start - AHEAD[urgency]
