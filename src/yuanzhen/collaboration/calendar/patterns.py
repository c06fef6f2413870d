"""Rosters by pattern: which days of whom, from the first to the last. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yuanzhen.collaboration.calendar.model import Span, circle
from yuanzhen.infrastructure.errors import Invalid

Kind = Literal["weekly", "rotation"]
LONGEST = timedelta(days=366)
MOST_PEOPLE = 60
MOST_SHIFTS = 2000


@dataclass(frozen=True, slots=True)
class Pattern:
    """`weekly`: all of `people` on each of `weekdays` (0: Monday). `rotation`: `on` days there and `off` days not, one
    after the other in their order, each beginning when the one before ends."""

    kind: Kind
    people: tuple[str, ...]
    first: date
    last: date
    start: time  # on the clock of `zone`
    hours: int
    circle: int = 1
    zone: str = "Asia/Shanghai"
    weekdays: tuple[int, ...] = ()
    on: int = 1
    off: int = 1


def checked(one: Pattern) -> Pattern:
    """The pattern. Raises `Invalid` that names what makes no roster."""
    rules = (
        ("people", 0 < len(one.people) <= MOST_PEOPLE, f"1 to {MOST_PEOPLE}"),
        ("people", len(set(one.people)) == len(one.people), "each once"),
        ("last", timedelta(0) <= one.last - one.first <= LONGEST, "a year from the first day at most"),
        ("hours", 1 <= one.hours <= 24, "1 to 24"),
        ("weekdays", one.kind != "weekly" or bool(one.weekdays), "at least one"),
        ("weekdays", all(0 <= day <= 6 for day in one.weekdays), "0 (Monday) to 6"),
        ("on", 1 <= one.on <= 31, "1 to 31"),
        ("off", 0 <= one.off <= 31, "0 to 31"),
    )
    for place, kept, rule in rules:
        if not kept:
            raise Invalid("calendar.pattern", place=place, rule=rule)
    circle(one.circle)
    try:
        ZoneInfo(one.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("calendar.pattern", place="zone", rule="a zone of the IANA list") from error
    if sum(1 for _ in turns(one)) > MOST_SHIFTS:
        raise Invalid("calendar.pattern", place="last", rule=f"at most {MOST_SHIFTS} shifts")
    return one


def turns(one: Pattern) -> Iterator[tuple[str, Span]]:
    """Who is on duty when, day by day; a night ends on the day after."""
    zone = ZoneInfo(one.zone)
    for nth in range((one.last - one.first).days + 1):
        day = one.first + timedelta(days=nth)
        begins = datetime.combine(day, one.start, zone).astimezone(UTC)
        for place, person in enumerate(one.people):
            if _is_on(one, nth, day, place):
                yield person, Span(begins, begins + timedelta(hours=one.hours))


def _is_on(one: Pattern, nth: int, day: date, place: int) -> bool:
    if one.kind == "weekly":
        return day.weekday() in one.weekdays
    return (nth - place * one.on) % (one.on + one.off) < one.on
