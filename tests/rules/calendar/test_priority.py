"""Who gets what has become free: the table of points, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from yuanzhen.collaboration.calendar import priority
from yuanzhen.collaboration.calendar.model import Slot, Span
from yuanzhen.collaboration.calendar.priority import Waiting

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)


def waiting(id: str, urgency: Any = "routine", days: int = 0, km: int = 0, **more: Any) -> Waiting:
    return Waiting(id, f"referral/{id}", "chen", "liuhe", "xu", urgency, km, NOW - timedelta(days=days), **more)


def slot(hours: float, **more: Any) -> Slot:
    start = NOW + timedelta(hours=hours)
    return Slot("s", "chen", "city", Span(start, start + timedelta(minutes=20)), taken=False, absent=False, **more)


def first(hours: float, *some: Waiting) -> str | None:
    found = priority.chosen(slot(hours), some, NOW)
    return found[0].id if found else None


def test_the_points_are_those_of_the_table() -> None:
    told = {(u, d, km): priority.points(waiting("a", u, d, km), NOW) for u in priority.URGENT for d in (0, 10, 99)
            for km in (0, 29, 30, 150, 900)}  # fmt: skip
    assert told["routine", 0, 0] == 0 and told["routine", 10, 30] == 40 and told["routine", 99, 900] == 180
    assert told["urgent", 0, 0] == 200 and told["emergency", 0, 29] == 1000


def test_no_waiting_and_no_distance_make_up_for_a_step_of_urgency() -> None:
    assert first(48, waiting("long", days=999, km=9000), waiting("urgent", "urgent")) == "urgent"
    assert first(48, waiting("urgent", "urgent", 999, 9000), waiting("now", "emergency")) == "now"


def test_of_equals_who_has_waited_longest_and_who_comes_from_far_first() -> None:
    assert first(48, waiting("b", days=1), waiting("a", days=9)) == "a"
    assert first(48, waiting("near", days=3), waiting("far", km=100)) == "far"


def test_what_cannot_be_booked_in_time_is_offered_to_nobody_routine() -> None:
    assert first(3, waiting("a", days=50)) is None
    assert first(3, waiting("a", days=50), waiting("u", "urgent")) == "u"
    assert first(0.5, waiting("u", "urgent"), waiting("e", "emergency")) == "e"


def test_who_passed_it_on_or_has_an_offer_is_not_asked_again() -> None:
    assert first(48, waiting("a", "urgent", passed=("s",)), waiting("b", "urgent", offered="t"), waiting("c")) == "c"


def test_an_offer_ends_before_its_slot_can_be_booked_no_more() -> None:
    found = priority.chosen(slot(25), [waiting("a")], NOW)
    assert found and found[1] == NOW + timedelta(hours=1)
    found = priority.chosen(slot(99), [waiting("a")], NOW)
    assert found and found[1] == NOW + timedelta(hours=6)


def test_what_is_held_is_for_its_source_and_its_parts_alone_until_then() -> None:
    held = slot(48, held_for="referral/a", held_until=NOW + timedelta(hours=1))
    assert [held.kept_from(source, NOW) for source in ("", "referral/a", "referral/a/2", "referral/ab")] == [
        True, False, False, True,
    ]  # fmt: skip
    assert not held.kept_from("", NOW + timedelta(hours=1))
