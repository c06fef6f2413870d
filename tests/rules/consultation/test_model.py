"""The rules of a case: where its states lead, and which part may do what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.applications.consultation import model
from yuanzhen.applications.consultation.model import (
    BY,
    ENDED,
    FIRST,
    NEXT,
    WRITTEN_ONLY,
    Act,
    Case,
    Consent,
    Given,
    Mode,
    Part,
    State,
    Urgency,
)
from yuanzhen.data.masking.identity import Shown
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Invalid

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
STATES, ACTS, PARTS = get_args(State), get_args(Act), get_args(Part)
Kind = tuple[Mode, Urgency]
CONSENT = Consent("2026-1", "patient", "signed")


def case(**more: object) -> Case:
    told = {
        "id": "c", "state": "ringing", "mode": "live", "urgency": "emergency", "question": "?", "patient": "liu",
        "shown": Shown("刘*英", "female", "1959", "**17", True), "asker": "xu", "institution": "liuhe",
        "department": "neurology", "expert": "", "consent": CONSENT, "report": "r", "call_back": "", "created": NOW,
        "changed": NOW,
    }  # fmt: skip
    return Case(**told | more)  # type: ignore[arg-type]


def reached(kind: Kind, state: State) -> set[State]:
    """All states that acts lead a case of this mode and urgency to from one, itself among them."""
    found, fringe = {state}, [state]
    while fringe:
        here = case(state=fringe.pop(), mode=kind[0], urgency=kind[1])
        after = {here.after(act).state for act in ACTS if here.permits(act)} - found
        found |= after
        fringe += after
    return found


@pytest.mark.parametrize("kind", FIRST)
def test_from_every_state_a_case_can_still_end(kind: Kind) -> None:
    for state in reached(kind, FIRST[kind]):
        assert reached(kind, state) & ENDED, state


def test_every_state_is_reached_from_a_beginning() -> None:
    assert set().union(*(reached(kind, first) for kind, first in FIRST.items())) == set(STATES)


@pytest.mark.parametrize("kind", FIRST)
def test_each_mode_has_its_own_way(kind: Kind) -> None:
    """What is written never rings, what rings never waits in a queue, and only what is written asks for more."""
    waiting = {"ringing", "queued", "booked", "more-needed"} & reached(kind, FIRST[kind])
    expected = {"ringing": {"ringing"}, "booked": {"booked"}, "queued": {"queued", "more-needed"}}
    assert waiting == expected[FIRST[kind]]


@pytest.mark.parametrize("state", sorted(ENDED))
def test_what_has_ended_stays_as_it_is(state: State) -> None:
    for kind in FIRST:
        assert reached(kind, state) == {state}
    assert not case(state=state).is_open


@pytest.mark.parametrize("state", [state for state in STATES if state not in ENDED])
def test_some_part_can_always_go_on(state: State) -> None:
    assert model.acts(case(state=state, mode="written"), frozenset(PARTS))


def test_every_act_is_for_somebody_and_possible_somewhere() -> None:
    assert set(BY) == set(ACTS) == {act for _, act in NEXT}
    assert all(BY.values())


def test_who_is_nobody_may_do_nothing() -> None:
    assert all(model.acts(case(state=state), frozenset()) == [] for state in STATES)


def test_each_side_says_once_how_it_was() -> None:
    signed = case(state="signed", rated=("asker",))
    assert "rate" not in model.acts(signed, frozenset({"asker", "colleague"}))
    assert "rate" in model.acts(signed, frozenset({"expert"}))


@given(st.sampled_from(sorted(FIRST)), st.lists(st.sampled_from(ACTS), max_size=12))
def test_a_walk_of_acts_never_leaves_the_table(kind: Kind, acts: list[Act]) -> None:
    """A refused act changes nothing; only `sign` signs, and nobody signs what nobody has taken."""
    here, taken = case(state=FIRST[kind], mode=kind[0], urgency=kind[1]), False
    for act in acts:
        try:
            here = here.after(act)
        except Conflict as problem:
            assert (here.state, act) not in NEXT or (here.mode == "live" and act in WRITTEN_ONLY)
            assert problem.facts == {"act": act, "state": here.state}
            continue
        taken = (taken or act in ("accept", "claim")) and act not in ("release", "hand-over")
        assert here.state in STATES
        if here.state == "signed":
            assert act == "sign"
            assert taken


# Who is what, by hand: (role, id, institution, departments, patient) -> parts in a case of xu at liuhe, expert chen.
WHO: list[tuple[Actor, set[str], set[Part]]] = [
    (Actor("person", "xu", "clinician", "liuhe"), set(), {"asker", "colleague"}),
    (Actor("person", "xu", "clinician", "baishi"), set(), {"asker"}),  # has moved since
    (Actor("person", "song", "clinician", "liuhe"), set(), {"colleague"}),
    (Actor("person", "wang", "clinician", "baishi"), set(), set()),
    (Actor("person", "chen", "expert", "city"), {"neurology"}, {"department", "expert"}),
    (Actor("person", "chen", "expert", "city"), set(), {"expert"}),  # left the department
    (Actor("person", "gao", "expert", "city"), {"neurology", "cardiology"}, {"department"}),
    (Actor("person", "fang", "expert", "city"), {"surgery"}, {"invited"}),
    (Actor("person", "he", "expert", "city"), {"neurology"}, {"department", "earlier"}),
    (Actor("person", "fang", "nurse", "city"), {"surgery"}, set()),
    (Actor("person", "li", "expert", "city"), {"cardiology"}, set()),
    (Actor("person", "liu", "patient", "liuhe", "liu"), set(), {"patient"}),
    (Actor("person", "he", "patient", "liuhe", "he"), set(), set()),
    (Actor("person", "chen", "nurse", "liuhe"), {"neurology"}, set()),
    (Actor("person", "xu", "manager", "liuhe"), {"neurology"}, set()),
    (Actor("person", "xu", "carer", "liuhe", "liu"), set(), set()),
    (Actor("machine", "robot", "machine-rw", "liuhe"), {"neurology"}, set()),
]


@pytest.mark.parametrize(("actor", "departments", "expected"), WHO)
def test_what_somebody_is_in_a_case(actor: Actor, departments: set[str], expected: set[Part]) -> None:
    assert (
        model.parts(case(expert="chen", invited=("fang",), earlier=("he",)), actor, frozenset(departments)) == expected
    )


# By hand, of every part in every state: what it may do. `+`: only of what is asked in writing. Nobody has in hand
# what rings or waits in a queue.
MAY: dict[str, dict[str, str]] = {
    "asker": {
        "ringing": "cancel did-not-take-place withdraw-consent",
        "queued": "cancel withdraw-consent",
        "booked": "reschedule cancel did-not-take-place withdraw-consent",
        "accepted": "cancel did-not-take-place withdraw-consent",
        "more-needed": "supply cancel did-not-take-place withdraw-consent",
        "signed": "close rate",
        "closed": "rate",
    },
    "colleague": {
        "ringing": "cancel withdraw-consent",
        "queued": "cancel withdraw-consent",
        "booked": "reschedule cancel withdraw-consent",
        "accepted": "cancel withdraw-consent",
        "more-needed": "supply cancel withdraw-consent",
        "signed": "close",
    },
    "department": {"ringing": "accept decline", "queued": "claim +hand-over"},
    "expert": {
        "booked": "accept decline reschedule did-not-take-place",
        "accepted": "write sign invite release did-not-take-place +need-more +hand-over",
        "more-needed": "release did-not-take-place",
        "signed": "rate",
        "closed": "rate",
    },
    "invited": {"accepted": "write"},
    "earlier": {},
    "patient": {"signed": "rate", "closed": "rate"},
}


@pytest.mark.parametrize("mode", get_args(Mode))
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("part", PARTS)
def test_what_each_part_may_do_in_every_state(part: Part, state: State, mode: Mode) -> None:
    if part == "expert" and state in ("ringing", "queued"):
        return
    words = MAY[part].get(state, "").split()
    wanted = {word.lstrip("+") for word in words if mode == "written" or not word.startswith("+")}
    assert set(model.acts(case(state=state, mode=mode), frozenset({part}))) == wanted


@pytest.mark.parametrize("state", STATES)
def test_who_has_several_parts_may_do_what_each_of_them_may(state: State) -> None:
    here = case(state=state, mode="written")
    for one in PARTS:
        for other in PARTS:
            each = {*model.acts(here, frozenset({one})), *model.acts(here, frozenset({other}))}
            assert set(model.acts(here, frozenset({one, other}))) == each


@pytest.mark.parametrize(
    ("act", "given", "place"),
    [
        ("accept", Given(what="x"), "what"),
        ("cancel", Given(), "reason"),
        ("cancel", Given(reason=" "), "reason"),
        ("cancel", Given(reason="x" * 2001), "reason"),
        ("need-more", Given(), "what"),
        ("need-more", Given(what="x", reason="y"), "reason"),
        ("supply", Given(documents=("d",)), "text"),
        ("supply", Given(text="x", documents=("d",) * 51), "documents"),
        ("hand-over", Given(reason="x"), "department"),
        ("invite", Given(person=" "), "person"),
        ("rate", Given(words="x"), "score"),
        ("rate", Given(score=6), "score"),
        ("rate", Given(score=-1), "score"),
        ("write", Given(score=1), "score"),
    ],
)
def test_what_an_act_lacks_or_does_not_take_is_named(act: Act, given: Given, place: str) -> None:
    with pytest.raises(Invalid) as problem:
        model.checked_given(act, given)
    assert problem.value.place == place


def test_an_act_says_its_words_and_whom_they_are_about_on_the_time_line() -> None:
    assert model.checked_given("claim", Given(reason="值班")) == ("值班", "")
    assert model.checked_given("hand-over", Given(department="cardiology", reason="心源性")) == ("心源性", "cardiology")
    assert model.checked_given("invite", Given(person="gao")) == ("", "gao")
    assert model.checked_given("supply", Given(text="已补", documents=("d",))) == ("已补", "")
    assert model.checked_given("rate", Given(score=1, words="没说清楚")) == ("", "")  # words are not for the other side


@pytest.mark.parametrize(("minutes", "code"), [(-15, None), (-16, "consultation.too_early"), (90, None)])
def test_what_is_booked_begins_at_most_a_quarter_of_an_hour_early(minutes: int, code: str | None) -> None:
    booked = case(state="booked", urgency="scheduled", starts=NOW)
    if code is None:
        model.checked_hour(booked, NOW + timedelta(minutes=minutes))
        return
    with pytest.raises(Conflict, match=code):
        model.checked_hour(booked, NOW + timedelta(minutes=minutes))


def test_a_booking_that_lost_its_hour_must_be_moved_first() -> None:
    with pytest.raises(Conflict, match=r"consultation\.no_hour"):
        model.checked_hour(case(state="booked", urgency="scheduled"), NOW)


def test_the_audience_is_both_sides_the_patient_and_our_worker() -> None:
    assert set(model.audience(case())) == {"xu", "house:liuhe", "neurology", "@liu", "worker"}
    assert set(model.audience(case(expert="chen"))) == {"xu", "house:liuhe", "neurology", "chen", "@liu", "worker"}
    more = set(model.audience(case(expert="chen", invited=("li",), earlier=("gao", "chen"))))
    assert more - {"xu", "house:liuhe", "neurology", "chen", "@liu", "worker"} == {"li", "gao"}


def test_whoever_had_it_is_remembered_once() -> None:
    twice = case().taken_by("chen").given_back().taken_by("chen")
    assert (twice.expert, twice.earlier) == ("chen", ("chen",))
    assert case().handed_to("cardiology", "gao").earlier == ("gao",)


@pytest.mark.parametrize(
    ("question", "consent", "urgency", "place"),
    [
        ("", CONSENT, "emergency", "question"),
        ("x" * 4001, CONSENT, "emergency", "question"),
        ("无\u202e出血", CONSENT, "emergency", "question"),
        ("?", replace(CONSENT, version="2025-1"), "emergency", "consent.version"),
        ("?", replace(CONSENT, given_by="unable", reason="昏迷"), "scheduled", "consent.given_by"),
        ("?", replace(CONSENT, given_by="unable", reason=" "), "emergency", "consent.reason"),
        ("?", replace(CONSENT, reason="x" * 2001), "emergency", "consent.reason"),
    ],
)
def test_what_a_request_lacks_is_named(question: str, consent: Consent, urgency: model.Urgency, place: str) -> None:
    with pytest.raises(Invalid) as problem:
        model.checked(question, consent, urgency, current_text="2026-1")
    assert problem.value.place == place


def test_a_remark_is_no_longer_than_a_page() -> None:
    model.checked_remark("x" * 2000, "reason")
    with pytest.raises(Invalid, match=r"request\.invalid at reason"):
        model.checked_remark("x" * 2001, "reason")


# By hand, of every state: which act leads where, of something live and of something written. All else is refused.
LEADS: dict[str, str] = {
    "ringing": "accept>accepted decline>ringing cancel>cancelled withdraw-consent>cancelled "
    "did-not-take-place>did-not-take-place",
    "queued": "claim>accepted hand-over>queued cancel>cancelled withdraw-consent>cancelled",
    "booked": "accept>accepted decline>booked reschedule>booked cancel>cancelled withdraw-consent>cancelled "
    "did-not-take-place>did-not-take-place",
    "accepted": "write>accepted release>ANEW need-more>more-needed hand-over>ANEW invite>accepted sign>signed "
    "cancel>cancelled withdraw-consent>cancelled did-not-take-place>did-not-take-place",
    "more-needed": "supply>accepted release>ANEW cancel>cancelled withdraw-consent>cancelled "
    "did-not-take-place>did-not-take-place",
    "signed": "rate>signed close>closed",
    "closed": "rate>closed",
    "cancelled": "",
    "did-not-take-place": "",
}
ANEW = {("live", "emergency"): "ringing", ("live", "scheduled"): "booked",
        ("written", "emergency"): "queued", ("written", "scheduled"): "queued"}  # fmt: skip


@pytest.mark.parametrize("kind", FIRST)
@pytest.mark.parametrize("state", STATES)
def test_every_act_in_every_state_leads_where_it_is_written(state: State, kind: Kind) -> None:
    leads = dict(word.split(">") for word in LEADS[state].split())
    if kind[0] == "live":  # who is in a call asks there, and rings another
        leads = {act: to for act, to in leads.items() if act not in ("need-more", "hand-over")}
    here = case(state=state, mode=kind[0], urgency=kind[1])
    for act in ACTS:
        if act in leads:
            assert here.after(act).state == (ANEW[kind] if leads[act] == "ANEW" else leads[act]), act
        else:
            with pytest.raises(Conflict, match=r"consultation\.not_now"):
                here.after(act)
