"""The rules of the calendar: how long, how far ahead, what a slot is worth now. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from yuanzhen.collaboration.calendar.events import Ahead
from yuanzhen.infrastructure.errors import Conflict, Invalid

What = Literal["shift", "absence", "slot"]
Kind = Literal["leave", "out", "other"]
State = Literal["free", "taken", "held", "absent", "too-soon", "past"]
Verdict = Literal["good", "fair", "poor"]
Urgency = Literal["emergency", "urgent", "routine"]

# Nothing is booked later than this before it begins; what is urgent may have what has become free since.
AHEAD: Mapping[Urgency, timedelta] = {
    "emergency": timedelta(0),
    "urgent": timedelta(hours=1),
    "routine": timedelta(hours=24),
}
OPENS = timedelta(minutes=15)  # a booked case can be begun so long before its hour
AT: dict[Ahead, timedelta] = {"day": timedelta(days=1), "soon": timedelta(minutes=15)}

# How short and how long each may be.
LENGTH: dict[What, tuple[timedelta, timedelta]] = {
    "shift": (timedelta(minutes=15), timedelta(days=7)),
    "absence": (timedelta(minutes=15), timedelta(days=366)),
    "slot": (timedelta(minutes=5), timedelta(hours=4)),
}
FARTHEST = timedelta(days=2 * 366)
WIDEST = timedelta(days=62)  # looked at at once
MOST_CIRCLES = 9

# What a live room wants of a link: round trip in ms at most, kbit/s each way at least. Below the second row it is poor.
LINK: tuple[tuple[Verdict, float, int], ...] = (("good", 150.0, 2000), ("fair", 400.0, 500))


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, in UTC; the end is not part of it."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether a moment is in it."""
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody is called for a department; circle 1 first."""

    id: str
    person: str
    department: str
    institution: str
    circle: int
    span: Span
    roster: str = ""  # that it was made by


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is not there; `cover`: who stands in for them, '' for nobody."""

    id: str
    person: str
    institution: str
    kind: Kind
    span: Span
    cover: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time of an expert, or of a resource, that can be booked; `absent`: they will not be there after all.

    `held_for`: the source that it is offered to, until then.
    """

    id: str
    expert: str
    institution: str
    span: Span
    taken: bool
    absent: bool
    held_for: str = ""
    held_until: datetime | None = None

    @property
    def person(self) -> str:
        return self.expert

    def kept_from(self, source: str, now: datetime) -> bool:
        """Whether it is offered to something else than `source`, or a part of it."""
        held = self.held_until is not None and now < self.held_until
        return held and source != self.held_for and not source.startswith(f"{self.held_for}/")


@dataclass(frozen=True, slots=True)
class Link:
    """The link of the asking side to the centre, as its page measured it."""

    rtt_ms: float
    down_kbps: int
    up_kbps: int
    checked: datetime


@dataclass(frozen=True, slots=True)
class Booking:
    """A slot that is booked for something (`source`: `consultation/ID`) of an institution's patient."""

    id: str
    source: str
    slot: Slot
    institution: str
    booked_by: str
    link: Link | None

    @property
    def must_move(self) -> bool:
        """Whether its expert will not be there."""
        return self.slot.absent

    def open_at(self, now: datetime) -> bool:
        """Whether it can be begun: from a quarter of an hour before its hour until the slot is over."""
        return self.slot.span.start - OPENS <= now < self.slot.span.end


def span(what: What, start: datetime, end: datetime, now: datetime) -> Span:
    """From when to when, in UTC whatever zone they were told in.

    Raises `Invalid` `calendar.times` for a time without zone, an end before the beginning, what is too short or too
    long, over already, years ahead, or for a slot that has begun.
    """
    for place, moment in (("start", start), ("end", end)):
        if moment.tzinfo is None:
            raise Invalid("calendar.times", place=place, rule="a time with zone")
    told = Span(_utc(start, "start"), _utc(end, "end"))
    shortest, longest = LENGTH[what]
    if not shortest <= told.end - told.start <= longest:
        raise Invalid("calendar.times", place="end", rule=f"from {_words(shortest)} to {_words(longest)} after start")
    if told.end <= now or (what == "slot" and told.start <= now):
        raise Invalid("calendar.times", place="start", rule="not over already")
    if told.start > now + FARTHEST:
        raise Invalid("calendar.times", place="start", rule="at most two years ahead")
    return told


def _utc(moment: datetime, place: str) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # the first or the last day that there is, in another zone
        raise Invalid("calendar.times", place=place, rule="at most two years ahead") from error


def window(start: datetime | None, end: datetime | None, now: datetime) -> Span:
    """What is looked at: from now, and for two weeks, unless it is said. Raises `Invalid` for more than two months."""
    for place, moment in (("from", start), ("to", end)):
        if moment is not None and moment.tzinfo is None:
            raise Invalid("calendar.times", place=place, rule="a time with zone")
    begins = _utc(start, "from") if start else now
    ends = _utc(end, "to") if end else _later(begins, timedelta(days=14))
    if not begins < ends <= _later(begins, WIDEST):
        raise Invalid("calendar.times", place="to", rule=f"after from, at most {WIDEST.days} days")
    return Span(begins, ends)


def _later(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def state(slot: Slot, now: datetime, urgency: Urgency = "routine", source: str = "") -> State:
    """What a slot is worth to whoever would book it now, for `source`."""
    if slot.taken:
        return "taken"
    if slot.kept_from(source, now):
        return "held"
    if slot.span.start <= now:
        return "past"
    if slot.absent:
        return "absent"
    return "too-soon" if slot.span.start - now < AHEAD[urgency] else "free"


def free_for(slot: Slot, now: datetime) -> list[Urgency]:
    """What may still book a slot, by how urgent it is."""
    return [urgency for urgency in AHEAD if state(slot, now, urgency) == "free"]


def bookable(slot: Slot, now: datetime, urgency: Urgency = "routine", source: str = "") -> None:
    """Raises `Invalid` when it is too late for this slot, `Conflict` when it is taken, offered to another, or its
    expert is not there.
    """
    match state(slot, now, urgency, source):
        case "too-soon" | "past":
            raise Invalid("calendar.too_soon", place="slot", hours=int(AHEAD[urgency].total_seconds() // 3600))
        case "taken":
            raise Conflict("calendar.slot_taken", place="slot")
        case "held":
            raise Conflict("calendar.slot_held", place="slot")
        case "absent":
            raise Conflict("calendar.expert_absent", place="slot")


def circle(number: int) -> int:
    """The number of a circle. Raises `Invalid` outside 1 to 9."""
    if not 1 <= number <= MOST_CIRCLES:
        raise Invalid("calendar.circle", place="circle", rule=f"1 to {MOST_CIRCLES}")
    return number


def in_circles(called: list[tuple[int, str]]) -> list[list[str]]:
    """People by circle, the nearest first; a number that nobody has is left out."""
    return [[person for at, person in called if at == number] for number in sorted({at for at, _ in called})]


def reminders(slot: Slot, now: datetime) -> list[tuple[Ahead, datetime]]:
    """When both sides are reminded, of those moments that are still to come."""
    moments = [(ahead, slot.span.start - before) for ahead, before in AT.items()]
    return [(ahead, moment) for ahead, moment in moments if moment >= now]


def verdict(link: Link) -> Verdict:
    """What a measured link is worth for a live room."""
    slowest = min(link.down_kbps, link.up_kbps)
    return next((name for name, rtt, kbps in LINK if link.rtt_ms <= rtt and slowest >= kbps), "poor")


def measured(rtt_ms: float, down_kbps: int, up_kbps: int, now: datetime) -> Link:
    """A measurement that can be true. Raises `Invalid` that names what cannot."""
    for place, value, most in (
        ("rtt_ms", rtt_ms, 600_000),
        ("down_kbps", down_kbps, 10**8),
        ("up_kbps", up_kbps, 10**8),
    ):
        if not 0 <= value <= most:
            raise Invalid("calendar.link", place=place, rule=f"0 to {most}")
    return Link(rtt_ms, down_kbps, up_kbps, now)


def audience(expert: str, booked_by: str, institution: str) -> list[str]:
    """Which keys open a booking: both sides', and our own worker's."""
    return [expert, booked_by, f"house:{institution}", "worker"]


def _words(length: timedelta) -> str:
    if length >= timedelta(days=1):
        return f"{length.days} days"
    minutes = int(length.total_seconds() // 60)
    return f"{minutes // 60} hours" if minutes >= 60 else f"{minutes} minutes"
