"""A live emergency and its ring: one transaction for both, seen by both sides, on the time line of the case."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, SECOND, Ward, later, person
from yuanzhen.applications.consultation import jobs, views
from yuanzhen.applications.consultation.model import Case
from yuanzhen.collaboration.ring import service as ring_service
from yuanzhen.collaboration.ring import store as ring_store
from yuanzhen.collaboration.ring.model import Duty, Pace, Ring
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Problem

RELAY = system("relay")
DUTY = Duty(((EXPERT.id,), (SECOND.id,)), rostered=False)


async def ring_of(ward: Ward, case: Case) -> Ring | None:
    """The last ring of a case."""
    async with ward.db.look(RELAY) as look:
        return (await ring_store.of(look, [f"consultation/{case.id}"])).get(f"consultation/{case.id}")


async def look(ward: Ward, case: Case, seconds: float, duty: Duty = DUTY) -> None:
    """The relay looks who is on duty."""
    ring = await ring_of(ward, case)
    assert ring is not None
    async with ward.db.verb(RELAY) as tx:
        pace = Pace(timedelta(seconds=60), "029-120")
        await ring_service.look(tx, ring.id, ring.turn, duty, pace, later(seconds=seconds))


async def seen(ward: Ward, case: Case, by: Actor = ASKER) -> views.CaseView:
    return await views.case(ward.db, by, case.id)


async def test_only_a_live_emergency_rings(ward: Ward) -> None:
    assert await ring_of(ward, await ward.ask()) is not None
    assert await ring_of(ward, await ward.ask(mode="written")) is None


async def test_both_sides_see_who_is_called_and_the_patient_does_not(ward: Ward) -> None:
    case = await ward.ask()
    await look(ward, case, 0)
    for by in (ASKER, COLLEAGUE, EXPERT, SECOND):
        ring = (await seen(ward, case, by)).ring
        assert ring is not None
        assert [(one.person.id, one.since) for one in ring.called] == [(EXPERT.id, NOW)]
    assert (await seen(ward, case, person(ward.patient, "patient", "liuhe", ward.patient))).ring is None


async def test_a_list_tells_of_each_ring_what_the_case_does(ward: Ward) -> None:
    case, written = await ward.ask(), await ward.ask(mode="written")
    await look(ward, case, 0)
    lines = {one.id: one for one in (await views.cases(ward.db, ASKER, department=None, after="", count=9)).items}
    assert lines[case.id].ring == (await seen(ward, case)).ring
    assert lines[written.id].ring is None


async def test_to_accept_answers_it_and_how_long_it_took_is_told(ward: Ward) -> None:
    case = await ward.ask()
    await look(ward, case, 0)
    await ward.act(EXPERT, "accept", case, now=later(seconds=42))
    ring = (await seen(ward, case)).ring
    assert ring is not None
    assert (ring.state, ring.called, ring.there_s, ring.goal_s) == ("answered", [], 42, 180)


async def test_to_decline_passes_it_on_with_the_reason(ward: Ward) -> None:
    case = await ward.ask()
    await look(ward, case, 0)
    await ward.act(EXPERT, "decline", case, "在手术", now=later(seconds=5))
    await look(ward, case, 5)
    ring = (await seen(ward, case)).ring
    assert ring is not None
    assert [one.person.id for one in ring.called] == [SECOND.id]
    assert [(one.person.id, one.why, one.reason) for one in ring.failed] == [(EXPERT.id, "declined", "在手术")]


@pytest.mark.parametrize("act", ["cancel", "withdraw-consent", "did-not-take-place"])
async def test_whatever_ends_the_case_ends_the_ring(ward: Ward, act: str) -> None:
    case = await ward.ask()
    await ward.act(ASKER, act, case)
    ring = await ring_of(ward, case)
    assert ring is not None
    assert (ring.state, ring.why) == ("over", act)


async def test_who_has_signed_is_busy_no_longer(ward: Ward) -> None:
    case = await ward.accepted()
    async with ward.db.look(RELAY) as look_:
        assert await ring_store.busy(look_, [EXPERT.id], "") == {EXPERT.id}
    await ward.write(EXPERT, case)
    await ward.sign(EXPERT, case)
    async with ward.db.look(RELAY) as look_:
        assert await ring_store.busy(look_, [EXPERT.id], "") == set()


async def test_what_is_given_back_rings_again(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.act(EXPERT, "release", case)
    ring = await ring_of(ward, case)
    assert ring is not None
    assert (ring.state, ring.calls) == ("ringing", ())


async def test_of_two_experts_one_has_the_case_and_the_ring(ward: Ward) -> None:
    for _ in range(5):
        case = await ward.ask()
        done = await asyncio.gather(
            ward.act(EXPERT, "accept", case), ward.act(SECOND, "accept", case), return_exceptions=True
        )
        refused = [one for one in done if isinstance(one, Problem)]
        assert [one.code for one in refused] == ["consultation.not_now"]
        ring, now = await ring_of(ward, case), await seen(ward, case)
        assert ring is not None
        assert now.expert is not None
        assert ring.answered_by == now.expert.id


async def test_what_is_rolled_back_rings_on(ward: Ward, home: Home) -> None:
    case = await ward.ask()
    await look(ward, case, 0)
    with pytest.raises(Conflict):
        async with ward.db.verb(EXPERT) as tx:
            await ring_service.answer(tx, f"consultation/{case.id}", EXPERT.id, NOW)
            raise Conflict("consultation.not_now")
    ring = await ring_of(ward, case)
    assert ring is not None
    assert ring.state == "ringing"


async def test_the_time_line_tells_how_the_calls_went_between_what_was_done(ward: Ward) -> None:
    case = await ward.ask()
    await look(ward, case, 0)
    await look(ward, case, 60)
    await look(ward, case, 150)
    await ward.act(SECOND, "accept", case, now=later(seconds=160))
    told = [(step.what, step.who.id, (step.at - NOW).total_seconds()) for step in (await seen(ward, case)).timeline]
    assert told == [
        ("asked", ASKER.id, 0),
        ("ring-called", EXPERT.id, 0),
        ("ring-not-answered", EXPERT.id, 60),
        ("ring-called", SECOND.id, 60),
        ("ring-alarm", "", 150),
        ("accept", SECOND.id, 160),
    ]


async def test_nobody_answered_is_told_to_whoever_asked_and_kept_in_the_trail(ward: Ward, home: Home) -> None:
    case = await ward.ask()
    await look(ward, case, 0)
    await look(ward, case, 151)
    async with ward.db.verb(RELAY) as tx:
        await jobs.unanswered(tx, {"source": f"consultation/{case.id}"})
        await jobs.unanswered(tx, {"source": "drill/1"})  # another application's
        await jobs.unanswered(tx, {"source": "consultation/none"})
    rows = await home.rows("SELECT actor, entity FROM security.trail WHERE verb = 'consultation.unanswered'")
    assert [tuple(row) for row in rows] == [("system:relay", case.id)]
    told = await home.rows("SELECT channel FROM infrastructure.event WHERE event = 'unanswered'")
    assert [row["channel"] for row in told] == ["me/xujing"]
