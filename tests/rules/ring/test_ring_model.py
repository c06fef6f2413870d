"""Who a ring calls when, and why each call ended: no database, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from yuanzhen.collaboration.ring import model
from yuanzhen.collaboration.ring.model import About, Act, Duty, Pace, Ring, Standing, State
from yuanzhen.infrastructure.errors import Conflict, Invalid

START = datetime(2026, 2, 28, 23, 59, 30, tzinfo=UTC)  # a ring goes on over midnight
PACE = Pace(timedelta(seconds=60), "029-120")
DUTY = Duty((("chen", "gao"), ("lin",), ("zhou",)), rostered=True)
HERE: dict[str, Standing] = dict.fromkeys(("chen", "gao", "lin", "zhou"), "present")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def begun(duty: Duty = DUTY, standing: dict[str, Standing] | None = None) -> Ring:
    """A ring that was looked at once, as it is right after it began."""
    ring = model.begun("r", "consultation/c", "neurology", About("q", "emergency", "liuhe", ""), ("k",), now=START)
    return look(ring, 0, duty, standing)


def look(ring: Ring, seconds: float, duty: Duty = DUTY, standing: dict[str, Standing] | None = None) -> Ring:
    return model.looked(ring, duty, HERE if standing is None else standing, PACE, now=at(seconds))


def called(ring: Ring) -> list[str]:
    return sorted(call.person for call in ring.ringing)


def failed(ring: Ring) -> dict[str, str]:
    return {call.person: call.outcome for call in ring.calls if call.failed}


# ---- circles


def test_the_first_circle_is_called_at_once_and_nobody_else() -> None:
    assert called(begun()) == ["chen", "gao"]


def test_a_circle_is_called_for_its_time_and_then_the_next() -> None:
    ring = begun()
    assert called(look(ring, 59.9)) == ["chen", "gao"]
    ring = look(ring, 60)
    assert (called(ring), failed(ring)) == (["lin"], {"chen": "not-answered", "gao": "not-answered"})
    ring = look(ring, 120)
    assert called(ring) == ["zhou"]
    assert failed(ring)["lin"] == "not-answered"


def test_how_long_somebody_let_it_ring_is_kept_by_the_row_not_by_who_looked_late() -> None:
    call = look(begun(), 77).last("chen")
    assert call is not None
    assert (call.since, call.ended) == (at(0), at(60))


def test_the_last_circle_rings_on_also_after_the_alarm() -> None:
    ring = look(look(look(begun(), 60), 120), 600)
    assert (called(ring), ring.circle_until) == (["zhou"], None)
    assert ring.alarmed == at(600)


def test_an_empty_circle_is_passed_at_once() -> None:
    ring = begun(standing={**HERE, "chen": "away", "gao": "busy"})
    assert (called(ring), ring.circle, ring.circle_until) == (["lin"], 2, at(60))
    assert failed(ring) == {"chen": "away", "gao": "busy"}


def test_a_look_that_comes_late_skips_nobodys_minute() -> None:
    ring = look(begun(), 1000)  # the process was dead for a while
    assert (called(ring), ring.circle_until) == (["lin"], at(1060))


def test_who_declined_is_passed_on_to_the_next_at_once_when_nobody_else_is_called() -> None:
    ring = model.passed_on(begun(), "chen", "在手术", now=at(5))
    assert called(look(ring, 5)) == ["gao"]
    ring = look(model.passed_on(ring, "gao", "在手术", now=at(6)), 6)
    assert called(ring) == ["lin"]
    assert {call.person: call.reason for call in ring.calls if call.failed} == {"chen": "在手术", "gao": "在手术"}


# ---- who comes and who goes


@pytest.mark.parametrize(("how", "why"), [("away", "away"), ("booked-only", "booked-only"), ("absent", "gone"),
                                          ("busy", "busy")])  # fmt: skip
def test_who_can_no_longer_answer_is_dropped_and_it_is_kept_why(how: Standing, why: str) -> None:
    ring = look(begun(), 20, standing={**HERE, "chen": how})
    assert (called(ring), failed(ring)) == (["gao"], {"chen": why})


def test_whose_shift_ends_while_it_rings_is_dropped() -> None:
    ring = look(begun(), 20, Duty((("gao",), ("lin",)), rostered=True))
    assert (called(ring), failed(ring)) == (["gao"], {"chen": "off-shift"})


def test_who_comes_on_duty_or_back_while_it_rings_is_called() -> None:
    ring = look(begun(standing={**HERE, "chen": "absent"}), 20)
    assert called(ring) == ["chen", "gao"]
    ring = look(ring, 25, Duty((("chen", "gao", "wu"), ("lin",)), rostered=True), {**HERE, "wu": "present"})
    assert called(ring) == ["chen", "gao", "wu"]


def test_who_declined_or_let_it_ring_is_not_called_again() -> None:
    ring = look(model.passed_on(begun(), "chen", "在手术", now=at(5)), 60)
    assert called(ring) == ["lin"]
    assert called(look(ring, 90)) == ["lin"]


def test_that_somebody_is_away_is_kept_once_however_often_it_is_looked() -> None:
    ring = begun(standing={**HERE, "chen": "away"})
    for seconds in range(5, 60, 5):
        ring = look(ring, seconds, standing={**HERE, "chen": "away"})
    assert [call.outcome for call in ring.calls if call.person == "chen"] == ["away"]


def test_somebody_of_two_circles_is_called_once() -> None:
    ring = begun(Duty((("chen",), ("chen", "lin")), rostered=True))
    assert [call.person for call in look(ring, 60, Duty((("chen",), ("chen", "lin")), rostered=True)).calls] == [
        "chen",
        "lin",
    ]


def test_without_a_shift_everybody_is_called_present_or_not_but_not_who_is_busy() -> None:
    duty = Duty((("chen", "gao", "lin", "zhou"),), rostered=False)
    standing: dict[str, Standing] = {"chen": "absent", "gao": "away", "lin": "busy"}
    ring = begun(duty, standing)
    assert (called(ring), failed(ring)) == (["chen", "gao", "zhou"], {"lin": "busy"})
    assert called(look(ring, 45, duty, standing)) == ["chen", "gao", "zhou"]


@pytest.mark.parametrize(
    ("said", "heard", "busy", "how"),
    [
        ("here", True, False, "present"),
        ("here", False, False, "absent"),
        ("here", True, True, "busy"),
        ("away", True, False, "away"),
        ("booked-only", True, False, "booked-only"),
        ("booked-only", False, True, "busy"),
    ],
)
def test_how_it_stands_with_somebody(said: model.Said, heard: bool, busy: bool, how: Standing) -> None:
    assert model.stands(said, heard=heard, busy=busy) == how


# ---- the alarm


def test_the_dispatchers_have_the_alarm_at_two_and_a_half_minutes_and_not_before() -> None:
    ring = look(look(look(begun(), 60), 120), 149)
    assert (ring.alarmed, ring.number) == (None, "")
    ring = look(ring, 150)
    assert (ring.alarmed, ring.number) == (at(150), "029-120")


@pytest.mark.parametrize("duty", [Duty((), rostered=True), Duty(((), ()), rostered=True), DUTY])
def test_when_nobody_can_be_called_nobody_waits_for_the_alarm(duty: Duty) -> None:
    ring = begun(duty, dict.fromkeys(HERE, "away"))
    assert (called(ring), ring.alarmed) == ([], at(0))


def test_whoever_comes_after_the_alarm_is_still_called() -> None:
    ring = look(begun(standing=dict.fromkeys(HERE, "away")), 10)
    assert (called(ring), ring.alarmed) == (["chen", "gao", "lin", "zhou"], at(0))


def test_one_dispatcher_has_it_in_hand() -> None:
    ring = model.taken(begun(), "gaoyang", now=at(151))
    assert model.taken(ring, "gaoyang", now=at(152)) == ring
    with pytest.raises(Conflict, match=r"ring\.taken"):
        model.taken(ring, "other", now=at(152))
    with pytest.raises(Conflict, match=r"ring\.taken"):
        model.called_by_hand(ring, "other", "lin", now=at(152))


def test_whom_a_dispatcher_rings_is_called_until_it_is_over_whatever_the_circles_do() -> None:
    ring = model.called_by_hand(begun(), "gaoyang", "zhou", now=at(5))
    away: dict[str, Standing] = {**HERE, "zhou": "away"}
    assert called(look(ring, 100, standing=away)) == ["lin", "zhou"]
    with pytest.raises(Conflict, match=r"ring\.called_already"):
        model.called_by_hand(ring, "gaoyang", "zhou", now=at(6))


def test_whom_a_dispatcher_rings_does_not_keep_the_circles_waiting() -> None:
    ring = model.called_by_hand(begun(), "gaoyang", "zhou", now=at(5))
    for person in ("chen", "gao"):
        ring = model.passed_on(ring, person, "在手术", now=at(6))
    assert called(look(ring, 6)) == ["lin", "zhou"]


# ---- the end


def test_the_answer_ends_every_other_call_and_does_not_count_as_failed() -> None:
    ring = model.answered(begun(), "chen", now=at(20))
    assert {call.person: call.outcome for call in ring.calls} == {"chen": "answered", "gao": "silenced"}
    assert (ring.answered_by, ring.answered, called(ring), failed(ring)) == ("chen", at(20), [], {})
    assert look(ring, 600) == ring


def test_somebody_who_was_not_called_may_answer() -> None:
    ring = model.answered(begun(), "zhou", now=at(20))
    assert (ring.answered_by, called(ring)) == ("zhou", [])


def test_a_reason_is_wanted_and_a_second_one_changes_nothing() -> None:
    for reason in ("", " ", "x" * 2001):
        with pytest.raises(Invalid, match=r"ring\.reason_missing"):
            model.passed_on(begun(), "chen", reason, now=at(5))
    ring = model.passed_on(begun(), "chen", "在手术", now=at(5))
    assert model.passed_on(ring, "chen", "还在手术", now=at(9)) == ring


ACTS: dict[Act, Callable[[Ring], Ring]] = {
    "answer": lambda ring: model.answered(ring, "chen", now=at(9)),
    "pass-on": lambda ring: model.passed_on(ring, "chen", "在手术", now=at(9)),
    "take": lambda ring: model.taken(ring, "gaoyang", now=at(9)),
    "call": lambda ring: model.called_by_hand(ring, "gaoyang", "zhou", now=at(9)),
    "stop": lambda ring: model.stopped(ring, "cancel", now=at(9)),
}
EXPECTED = {  # by hand: state, act -> state, or '' for a conflict
    "ringing": {"answer": "answered", "pass-on": "ringing", "take": "ringing", "call": "ringing", "stop": "over"},
    "answered": {"answer": "", "pass-on": "", "take": "", "call": "", "stop": "over"},
    "over": {"answer": "", "pass-on": "", "take": "", "call": "", "stop": ""},
}


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("act", get_args(Act))
def test_every_act_in_every_state(state: State, act: Act) -> None:
    ring = replace(begun(), state=state)
    wanted = EXPECTED[state][act]
    if wanted:
        assert ACTS[act](ring).state == wanted
    else:
        with pytest.raises(Conflict, match=r"ring\.not_now"):
            ACTS[act](ring)


@pytest.mark.parametrize(("seconds", "wanted"), [(0, 5), (57, 60), (100, 105), (148, 150), (300, 305)])
def test_the_next_look_is_when_something_must_happen_and_soon_in_any_case(seconds: float, wanted: float) -> None:
    ring = begun()
    for moment in (60, 120, 150):
        if seconds >= moment:
            ring = look(ring, moment)
    assert model.next_look(ring, now=at(seconds)) == at(wanted)


def test_what_rings_no_longer_is_not_looked_at_again() -> None:
    assert model.next_look(model.answered(begun(), "chen", now=at(9)), now=at(10)) is None


PEOPLE = ("chen", "gao", "lin", "zhou")


class Walk(RuleBasedStateMachine):
    """Any order of events: a ring always knows whom it calls, and can always be ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ring = begun()
        self.seconds = 0.0

    @rule(
        passed=st.floats(0, 200),
        duty=st.lists(st.lists(st.sampled_from(PEOPLE), unique=True, max_size=3), max_size=3),
        rostered=st.booleans(),
        standing=st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(get_args(Standing))),
    )
    def time_passes(self, passed: float, duty: list[list[str]], rostered: bool, standing: dict[str, Standing]) -> None:
        self.seconds += passed
        self.ring = look(self.ring, self.seconds, Duty(tuple(map(tuple, duty)), rostered), standing)
        if self.ring.state == "ringing":
            assert self.ring.ringing or self.ring.alarmed, "nobody is called and nobody was told"
            assert self.seconds < 150 or self.ring.alarmed

    @rule(person=st.sampled_from(PEOPLE), act=st.sampled_from(("pass-on", "take", "call", "answer", "stop")))
    def somebody_acts(self, person: str, act: Act) -> None:
        try:
            self.ring = ACTS[act](self.ring)
        except Conflict as problem:
            assert problem.code in ("ring.not_now", "ring.called_already")

    @precondition(lambda self: self.ring.state != "over")
    @rule()
    def it_can_always_end(self) -> None:
        assert model.stopped(self.ring, "cancel", now=at(self.seconds)).state == "over"

    @invariant()
    def a_call_rings_at_most_once_at_a_time_and_each_that_is_over_has_an_end(self) -> None:
        people = [call.person for call in self.ring.ringing]
        assert len(people) == len(set(people))
        assert all((call.outcome == "") == (call.ended is None) for call in self.ring.calls)
        assert not people or self.ring.state == "ringing"


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
