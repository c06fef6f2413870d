"""What waits for a second person: every state, act, person and moment, with the answers written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.security.approvals import model
from yuanzhen.security.approvals.model import Act, Approval, State

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
OVER = NOW + model.LASTS
MOMENT = timedelta(microseconds=1)
STATES, ACTS = get_args(State), get_args(Act)
ENDED = ("approved", "rejected", "void")
WAITS = Approval("a", "opinion.amend", "consultation/c", "liu", b"digest", "错字", "neurology", "chen", NOW, OVER)

EXPECTED = {  # by hand: state, act -> state, or '' for a conflict
    "waiting": {"approve": "approved", "reject": "rejected"},
    "approved": {"approve": "", "reject": ""},
    "rejected": {"approve": "", "reject": ""},
    "void": {"approve": "", "reject": ""},
}

# By hand: who, member of which departments -> why they may not decide, '' when they may.
WHO = [
    (Actor("person", "chen", "expert", "city"), {"neurology"}, "approval.same_person"),
    (Actor("person", "chen", "quality", "city"), set(), "approval.same_person"),  # another role, the same person
    (Actor("person", "gao", "expert", "city"), {"neurology"}, ""),
    (Actor("person", "gao", "expert", "city"), {"cardiology", "neurology"}, ""),
    (Actor("person", "li", "expert", "city"), {"cardiology"}, "approval.role"),
    (Actor("person", "li", "expert", "city"), set(), "approval.role"),
    (Actor("person", "qin", "quality", "city"), set(), ""),
    (Actor("person", "qin", "quality", "liuhe"), set(), ""),
    (Actor("person", "xu", "clinician", "liuhe"), {"neurology"}, "approval.role"),
    (Actor("person", "sun", "manager", "city"), {"neurology"}, "approval.role"),
    (Actor("person", "he", "nurse", "city"), {"neurology"}, "approval.role"),
    (Actor("person", "liu", "patient", "liuhe", "liu"), set(), "approval.role"),
    (Actor("person", "zhou", "officer", "city"), set(), "approval.role"),
    (Actor("machine", "robot", "machine-rw", "city"), set(), "approval.role"),
]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
def test_every_act_in_every_state_before_and_after_its_time(state: State, act: Act) -> None:
    one, wanted = replace(WAITS, state=state), EXPECTED[state][act]
    if wanted:
        done = one.after(act, "gao", OVER - MOMENT, "好")
        assert (done.state, done.decided_by, done.decided_at, done.words) == (wanted, "gao", OVER - MOMENT, "好")
    else:
        with pytest.raises(Conflict, match=r"approval\.not_now"):
            one.after(act, "gao", NOW, "")
    with pytest.raises(Conflict, match=r"approval\.expired" if wanted else r"approval\.not_now"):
        one.after(act, "gao", OVER, "")


def test_what_waits_can_end_either_way_and_what_has_ended_stays() -> None:
    assert {model.NEXT[key] for key in model.NEXT} == {"approved", "rejected"}
    assert {state for state, _ in model.NEXT} == {"waiting"} == set(STATES) - set(ENDED)


@pytest.mark.parametrize(("actor", "departments", "code"), WHO)
@pytest.mark.parametrize("state", STATES)
def test_a_page_is_offered_exactly_what_succeeds(actor: Actor, departments: set[str], code: str, state: State) -> None:
    one, mine = replace(WAITS, state=state), frozenset(departments)
    problem = model.barred(one, actor, mine)
    assert (problem.code if problem else "") == code
    for now in (NOW, OVER - MOMENT, OVER, OVER + timedelta(days=1)):
        offered = model.acts(one, actor, mine, now)
        assert sorted(offered) == (sorted(ACTS) if not code and state == "waiting" and now < OVER else [])


@pytest.mark.parametrize("more", [{"id": "b"}, {"verb": "opinion.withdraw"}, {"entity": "consultation/d"},
                                  {"digest": b"another"}, {"reason": "漏字"}, {"asked_by": "gao"}])  # fmt: skip
def test_what_an_approver_signs_is_of_this_act_alone(more: dict[str, object]) -> None:
    assert replace(WAITS, **more).statement() != WAITS.statement()  # type: ignore[arg-type]


def test_it_opens_to_who_asked_the_department_and_quality() -> None:
    assert model.audience(WAITS) == ["chen", "neurology", "approvals"]
    assert model.audience(replace(WAITS, department="")) == ["chen", "approvals"]
