"""The rules of the calendar, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.collaboration.calendar import model
from yuanzhen.collaboration.calendar.model import LENGTH, Booking, Link, Slot, Span, What
from yuanzhen.infrastructure.errors import Conflict, Invalid

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def slot(start: datetime = NOW + 2 * DAY, *, taken: bool = False, absent: bool = False) -> Slot:
    return Slot("s", "chenyuan", "city", Span(start, start + timedelta(minutes=20)), taken, absent)


@pytest.mark.parametrize("what", LENGTH)
def test_each_is_as_long_as_its_row_says_and_no_longer(what: What) -> None:
    shortest, longest = LENGTH[what]
    start = NOW + DAY
    for length in (shortest, longest):
        assert model.span(what, start, start + length, NOW) == Span(start, start + length)
    second = timedelta(seconds=1)
    for length in (shortest - second, longest + second, -shortest, timedelta(0)):
        with pytest.raises(Invalid) as problem:
            model.span(what, start, start + length, NOW)
        assert (problem.value.code, problem.value.place) == ("calendar.times", "end")


def test_a_time_without_a_zone_is_no_moment() -> None:
    naive = NOW.replace(tzinfo=None) + 2 * DAY
    for start, end, place in ((naive, NOW + 3 * DAY, "start"), (NOW + DAY, naive, "end")):
        with pytest.raises(Invalid) as problem:
            model.span("slot", start, end, NOW)
        assert problem.value.place == place
    with pytest.raises(Invalid):
        model.window(naive, None, NOW)


def test_what_is_over_cannot_be_entered_but_a_shift_may_have_begun() -> None:
    hour = timedelta(hours=1)
    assert model.span("shift", NOW - hour, NOW + hour, NOW).start == NOW - hour
    assert model.span("absence", NOW - hour, NOW + hour, NOW).start == NOW - hour
    for what, start in (("slot", NOW), ("shift", NOW - hour), ("absence", NOW - 2 * hour)):
        with pytest.raises(Invalid):
            model.span(what, start, start + hour, NOW)  # type: ignore[arg-type]


def test_the_ends_of_time_are_refused_not_stumbled_over() -> None:
    east, west = timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))
    for start, end in (
        (datetime.min.replace(tzinfo=east), NOW), (NOW, datetime.max.replace(tzinfo=west)),
        (datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            model.span("shift", start, end, NOW)
        with pytest.raises(Invalid):
            model.window(start, end, NOW)
    with pytest.raises(Invalid):
        model.window(datetime.max.replace(tzinfo=UTC), None, NOW)


def test_what_is_looked_at_is_two_weeks_unless_it_is_said_and_two_months_at_most() -> None:
    assert model.window(None, None, NOW) == Span(NOW, NOW + 14 * DAY)
    assert model.window(NOW - DAY, NOW, NOW) == Span(NOW - DAY, NOW)
    for end in (NOW, NOW - DAY, NOW + 63 * DAY):
        with pytest.raises(Invalid):
            model.window(NOW, end, NOW)


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (slot(), "free"),
        (slot(taken=True), "taken"),
        (slot(taken=True, absent=True), "taken"),
        (slot(absent=True), "absent"),
        (slot(NOW + DAY), "free"),
        (slot(NOW + DAY - timedelta(microseconds=1)), "too-soon"),
        (slot(NOW), "past"),
    ],
)
def test_what_a_slot_is_worth_now(one: Slot, state: str) -> None:
    assert model.state(one, NOW) == state
    if state == "free":
        model.bookable(one, NOW)
    else:
        with pytest.raises((Conflict, Invalid)):
            model.bookable(one, NOW)


@given(st.integers(-200_000, 200_000))
def test_only_what_is_free_and_a_day_ahead_is_ever_bookable(seconds: int) -> None:
    one = slot(NOW + timedelta(seconds=seconds))
    try:
        model.bookable(one, NOW)
    except Invalid:
        assert one.span.start - NOW < DAY
    else:
        assert one.span.start - NOW >= DAY


def test_circles_are_called_from_the_nearest_and_empty_numbers_are_left_out() -> None:
    assert model.in_circles([(1, "a"), (3, "b"), (1, "c")]) == [["a", "c"], ["b"]]
    assert model.in_circles([]) == []
    for number in (0, 10):
        with pytest.raises(Invalid):
            model.circle(number)


def test_a_booking_opens_a_quarter_of_an_hour_before_and_closes_with_its_slot() -> None:
    booking = Booking("b", "consultation/c", slot(NOW), "liuhe", "xujing", None)
    quarter, second = timedelta(minutes=15), timedelta(seconds=1)
    assert [booking.open_at(NOW + by) for by in (-quarter - second, -quarter, timedelta(minutes=20) - second)] == [
        False, True, True,
    ]  # fmt: skip
    assert not booking.open_at(booking.slot.span.end)


def test_reminders_are_of_those_moments_that_are_still_to_come() -> None:
    assert [ahead for ahead, _ in model.reminders(slot(NOW + 2 * DAY), NOW)] == ["day", "soon"]
    assert [ahead for ahead, _ in model.reminders(slot(NOW + timedelta(hours=3)), NOW)] == ["soon"]
    assert model.reminders(slot(NOW), NOW) == []


@pytest.mark.parametrize(
    ("rtt_ms", "down", "up", "verdict"),
    [
        (20, 9000, 9000, "good"), (150, 2000, 2000, "good"), (151, 9000, 9000, "fair"), (20, 9000, 1999, "fair"),
        (400, 500, 500, "fair"), (401, 9000, 9000, "poor"), (20, 499, 9000, "poor"), (0, 0, 0, "poor"),
    ],
)  # fmt: skip
def test_a_link_is_worth_what_its_worst_part_is(rtt_ms: float, down: int, up: int, verdict: str) -> None:
    assert model.verdict(Link(rtt_ms, down, up, NOW)) == verdict


def test_a_measurement_that_cannot_be_true_is_refused() -> None:
    for rtt_ms, down, up, place in ((-1, 1, 1, "rtt_ms"), (1, -1, 1, "down_kbps"), (1, 1, 10**9, "up_kbps"),
                                    (float("nan"), 1, 1, "rtt_ms")):  # fmt: skip
        with pytest.raises(Invalid) as problem:
            model.measured(rtt_ms, down, up, NOW)
        assert problem.value.place == place
