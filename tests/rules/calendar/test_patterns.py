"""Rosters by pattern, against days counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from yuanzhen.collaboration.calendar import patterns
from yuanzhen.collaboration.calendar.patterns import Pattern
from yuanzhen.infrastructure.errors import Invalid

MONDAY = date(2026, 3, 2)
WEEKLY = Pattern("weekly", ("chen", "gao"), MONDAY, date(2026, 3, 15), time(8), 12, weekdays=(0, 2))
ROTATION = Pattern("rotation", ("chen", "gao", "li"), MONDAY, date(2026, 3, 10), time(20), 12, on=1, off=2)


def days(one: Pattern) -> list[tuple[str, int]]:
    return [(person, span.start.day) for person, span in patterns.turns(one)]


def test_weekly_is_everybody_on_the_days_that_are_named() -> None:
    assert days(WEEKLY) == [
        ("chen", 2), ("gao", 2), ("chen", 4), ("gao", 4), ("chen", 9), ("gao", 9), ("chen", 11), ("gao", 11),
    ]  # fmt: skip


def test_one_on_two_off_is_one_after_the_other_without_a_gap() -> None:
    assert [person for person, _ in patterns.turns(ROTATION)] == ["chen", "gao", "li"] * 3


def test_two_on_two_off_for_two_is_each_two_days() -> None:
    one = replace(ROTATION, people=("chen", "gao"), on=2, off=2)
    assert [person for person, _ in patterns.turns(one)] == ["chen", "chen", "gao", "gao"] * 2 + ["chen"]


def test_a_night_ends_on_the_day_after_and_hours_are_of_the_zones_clock() -> None:
    _, span = next(patterns.turns(ROTATION))
    assert (span.start, span.end) == (datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 3, 0, tzinfo=UTC))
    spring = Pattern("weekly", ("a",), date(2026, 3, 28), date(2026, 3, 30), time(8), 1, zone="Europe/Berlin",
                     weekdays=(5, 6, 0))  # fmt: skip
    assert [span.start.hour for _, span in patterns.turns(spring)] == [7, 6, 6]  # the clocks go on in between


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"people": ()}, "people"),
        ({"people": ("a", "a")}, "people"),
        ({"last": date(2026, 3, 1)}, "last"),
        ({"last": date(2028, 3, 1)}, "last"),
        ({"hours": 0}, "hours"),
        ({"weekdays": ()}, "weekdays"),
        ({"weekdays": (7,)}, "weekdays"),
        ({"zone": "../etc"}, "zone"),
        ({"circle": 0}, "circle"),
    ],
)
def test_what_makes_no_roster_is_named(change: dict[str, object], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        patterns.checked(replace(WEEKLY, **change))  # type: ignore[arg-type]
    assert refused.value.place == place
