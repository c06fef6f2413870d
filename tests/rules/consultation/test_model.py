"""The rules of a case: where its states lead, and which part may do what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.applications.consultation import model
from yuanzhen.applications.consultation.model import BY, ENDED, FIRST, NEXT, Act, Case, Consent, Part, State
from yuanzhen.data.masking.identity import Shown
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Invalid

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
STATES, ACTS, PARTS = get_args(State), get_args(Act), get_args(Part)
CONSENT = Consent("2026-1", "patient", "signed")


def case(**more: object) -> Case:
    told = {
        "id": "c", "state": "ringing", "mode": "live", "urgency": "emergency", "question": "?", "patient": "liu",
        "shown": Shown("刘*英", "female", "1959", "**17", True), "asker": "xu", "institution": "liuhe",
        "department": "neurology", "expert": "", "consent": CONSENT, "report": "r", "call_back": "", "created": NOW,
        "changed": NOW,
    }  # fmt: skip
    return Case(**told | more)  # type: ignore[arg-type]


def reached(state: State) -> set[State]:
    """All states that acts lead to from one, itself among them."""
    found, fringe = {state}, [state]
    while fringe:
        here = fringe.pop()
        fringe += [after for (before, _), after in NEXT.items() if before == here and after not in found]
        found |= set(fringe)
    return found


@pytest.mark.parametrize("state", STATES)
def test_from_every_state_a_case_can_still_end(state: State) -> None:
    assert reached(state) & ENDED


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_reached_from_a_beginning(state: State) -> None:
    assert any(state in reached(first) for first in FIRST.values())


@pytest.mark.parametrize("state", sorted(ENDED))
def test_what_has_ended_stays_as_it_is(state: State) -> None:
    assert reached(state) == {state}
    assert not case(state=state).is_open


@pytest.mark.parametrize("state", [state for state in STATES if state not in ENDED])
def test_some_part_can_always_go_on(state: State) -> None:
    assert model.acts(case(state=state), frozenset(PARTS))


def test_every_act_is_for_somebody_and_possible_somewhere() -> None:
    assert set(BY) == set(ACTS) == {act for _, act in NEXT}
    assert all(BY.values())


def test_a_patient_and_who_is_nobody_may_do_nothing() -> None:
    for state in STATES:
        assert model.acts(case(state=state), frozenset({"patient"})) == []
        assert model.acts(case(state=state), frozenset()) == []


@given(st.sampled_from(sorted(set(FIRST.values()))), st.lists(st.sampled_from(ACTS), max_size=12))
def test_a_walk_of_acts_never_leaves_the_table(first: State, acts: list[Act]) -> None:
    """A refused act changes nothing; only `sign` signs, and nobody signs what nobody has taken."""
    here, taken = case(state=first), False
    for act in acts:
        try:
            here = here.after(act)
        except Conflict as problem:
            assert (here.state, act) not in NEXT
            assert problem.facts == {"act": act, "state": here.state}
            continue
        taken = (taken or act in ("accept", "claim")) and act != "release"
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
    assert model.parts(case(expert="chen"), actor, frozenset(departments)) == expected


@pytest.mark.parametrize(
    ("state", "parts", "acts"),
    [
        ("ringing", {"asker", "colleague"}, {"cancel", "withdraw-consent"}),
        ("ringing", {"department"}, {"accept"}),
        ("queued", {"department"}, {"claim"}),
        ("accepted", {"department"}, set()),
        ("accepted", {"department", "expert"}, {"release", "write", "sign", "did-not-take-place"}),
        ("accepted", {"asker", "colleague"}, {"cancel", "did-not-take-place", "withdraw-consent"}),
        ("accepted", {"colleague"}, {"cancel", "withdraw-consent"}),
        ("signed", {"asker"}, {"close"}),
        ("signed", {"department", "expert"}, set()),
        ("closed", {"asker", "colleague", "department", "expert", "patient"}, set()),
    ],
)
def test_what_each_part_may_do_now(state: State, parts: set[Part], acts: set[Act]) -> None:
    assert set(model.acts(case(state=state), frozenset(parts))) == acts


def test_the_audience_is_both_sides_the_patient_and_our_worker() -> None:
    assert set(model.audience(case())) == {"xu", "house:liuhe", "neurology", "@liu", "worker"}
    assert set(model.audience(case(expert="chen"))) == {"xu", "house:liuhe", "neurology", "chen", "@liu", "worker"}


def test_a_live_case_at_an_hour_needs_a_calendar() -> None:
    with pytest.raises(Invalid, match=r"consultation\.no_calendar"):
        model.first_state("live", "scheduled")


@pytest.mark.parametrize(
    ("question", "consent", "urgency", "place"),
    [
        ("", CONSENT, "emergency", "question"),
        ("x" * 4001, CONSENT, "emergency", "question"),
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
