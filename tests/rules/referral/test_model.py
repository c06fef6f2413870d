"""The table of a referral's acts: what leads where, and that none ends without what became of the patient."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from tests.make.cases import ASKER, COLLEAGUE, EXPERT, OUTSIDER, STRANGER, person
from yuanzhen.applications.referral import model, publish
from yuanzhen.applications.referral.model import CHASES, ENDED, NEXT, Act, Given, Referral, State, Told
from yuanzhen.data.masking.identity import Shown
from yuanzhen.infrastructure.errors import Conflict, Invalid

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
TOLD = Told("p", "city", "neurology", "admission", "urgent", "右侧肢体无力")
ONE = Referral("r", "sent", TOLD, Shown("刘*英", "female", "1959", "", True), "up", "xujing", "liuhe", NOW, NOW)
NEUROLOGY = frozenset({"neurology"})


def at(state: State, **more: object) -> Referral:
    return Referral(**{**{name: getattr(ONE, name) for name in ONE.__slots__}, "state": state, **more})  # type: ignore[arg-type]


def ways(state: State) -> set[State]:
    return {to for (of, _), to in NEXT.items() if of == state}


def test_from_every_state_but_the_ends_something_leads_on_and_an_end_is_reached() -> None:
    for state in get_args(State):
        reached, new = set[State](), {state}
        while new:
            reached |= new
            new = {to for each in new for to in ways(each)} - reached
        assert (state in ENDED) == (not ways(state))
        assert reached & ENDED


def test_whoever_has_the_patient_can_only_end_it_with_an_outcome() -> None:
    for state in ("arrived", "treated"):
        reached, new = set[State](), {state}
        while new:
            reached |= new
            new = {to for each in new for to in ways(each) if each != "returned"} - reached
        assert reached & (ENDED | {"returned", "declined"}) == {"returned"}
    assert {act for (_, act), to in NEXT.items() if to == "returned"} == {"return", "did-not-come"}
    assert [(of, act) for (of, act), to in NEXT.items() if to == "closed"] == [("returned", "acknowledge")]


def test_every_act_is_of_the_table_and_every_state_that_waits_is_asked_after() -> None:
    assert {act for _, act in NEXT} == set(get_args(Act)) == set(model.BY)
    waits = set(get_args(State)) - ENDED - {"draft"}
    assert set(CHASES) == waits
    for rows in CHASES.values():
        for urgency in ("emergency", "urgent", "routine"):
            times = [row.after[urgency] for row in rows]
            assert times == sorted(set(times)) and times[0] > timedelta(0)


def test_an_act_that_a_state_does_not_permit_is_refused_with_both() -> None:
    with pytest.raises(Conflict) as refused:
        at("draft").after("accept", "chenyuan", NOW)
    assert refused.value.code == "referral.not_now"


@pytest.mark.parametrize(
    ("actor", "departments", "held"),
    [
        (ASKER, frozenset[str](), {"sender", "colleague"}),
        (COLLEAGUE, frozenset[str](), {"colleague"}),
        (EXPERT, NEUROLOGY, {"receiver"}),
        (OUTSIDER, frozenset({"cardiology"}), set[str]()),
        (person("hu", "clinician", "city"), frozenset[str](), {"receiver"}),  # of the referral desk
        (STRANGER, frozenset[str](), set[str]()),
        (person("p", "patient", "liuhe", "p"), frozenset[str](), {"patient"}),
        (person("hu", "manager", "city"), frozenset[str](), set[str]()),
    ],
)
def test_who_is_what_in_a_referral(actor: object, departments: frozenset[str], held: set[str]) -> None:
    assert model.parts(ONE, actor, departments) == held  # type: ignore[arg-type]


def test_a_draft_is_the_sending_sides_alone() -> None:
    draft = at("draft")
    assert model.audience(draft) == ["xujing", "house:liuhe", "worker"]
    assert model.parts(draft, EXPERT, NEUROLOGY) == set()
    assert "@p" in model.audience(ONE)


def test_it_is_asked_after_then_escalated_then_given_back() -> None:
    told, one = [], ONE
    for _ in range(3):
        row, when = one.next_chase() or pytest.fail("nobody is told")
        told.append((row.what, row.whom, when - NOW))
        one = at("sent", chased=one.chased + 1)
    assert told == [
        ("reminded", ("receiver",), timedelta(hours=4)),
        ("escalated", ("receiver", "desk"), timedelta(hours=8)),
        ("gave-up", ("sender", "desk"), timedelta(hours=24)),
    ]
    assert ONE.answer_by == NOW + timedelta(hours=24)
    back = ONE.given_up(NOW + timedelta(hours=24))
    assert (back.state, back.handler, back.answer_by) == ("unanswered", "", None)


def test_the_last_reminder_comes_again_until_the_outcome_is_there() -> None:
    whens = [(at("treated", chased=times).next_chase() or pytest.fail("none"))[1] - NOW for times in range(4)]
    assert whens == [timedelta(days=3), timedelta(days=6), timedelta(days=12), timedelta(days=18)]


def test_what_is_booked_is_asked_after_from_its_hour() -> None:
    hour = NOW + timedelta(days=9)
    row = at("booked", starts=hour).next_chase()
    assert row and row[1] == hour + timedelta(days=1)


@pytest.mark.parametrize(
    ("act", "given", "code"),
    [
        ("decline", Given(), "referral.missing"),
        ("return", Given(outcome="  "), "referral.missing"),
        ("book", Given(), "referral.missing"),
        ("receive", Given(reason="x"), "referral.not_taken"),
        ("supply", Given(text="x", documents=("Patient/1",)), "referral.no_such_document"),
        ("book", Given(slots=tuple("abcde")), "request.invalid"),
        ("decline", Given(reason="\u202eevil"), "text.unseen"),
    ],
)
def test_an_act_wants_what_its_row_says(act: Act, given: Given, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        model.checked_given(act, given)
    assert refused.value.code == code


def test_nobody_who_agreed_is_for_emergencies_with_a_reason() -> None:
    for told, code in (
        (Told("p", "c", "", "admission", "routine", "x", agreed="unable", why_unable="昏迷"),
         "consent.unable_only_in_emergency"),
        (Told("p", "c", "", "admission", "emergency", "x", agreed="unable"), "referral.missing"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            model.checked(told)
        assert refused.value.code == code


def test_up_down_and_across() -> None:
    assert [model.direction(*pair) for pair in (("township", "city"), ("city", "county"), ("county", "county"))] == [
        "up", "down", "across",
    ]  # fmt: skip


def test_what_others_see_has_the_outcome_and_every_state_a_status() -> None:
    done = at("returned", outcome_kind="treated", outcome="溶栓后好转", outcome_documents=("DiagnosticReport/d",))
    request, task = publish.resources(done)
    assert (request["status"], task["status"]) == ("completed", "completed")
    assert [output.get("valueString") or output["valueReference"] for output in task["output"]] == [
        "溶栓后好转", {"reference": "DiagnosticReport/d"},
    ]  # fmt: skip
    assert set(publish.TASK) == set(get_args(State)) - {"draft"}
