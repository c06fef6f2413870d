"""What a manager is told of consultations: totals of what was done, for their houses, and nothing of few."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

import msgspec
import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, CONSENT, EXPERT, NOW, OUTSIDER, QUESTION, SECOND, Ward, later, person
from yuanzhen.applications.consultation import meeting, service
from yuanzhen.applications.consultation.model import Case, Given
from yuanzhen.applications.management import views
from yuanzhen.applications.management.views import Consultations
from yuanzhen.collaboration.ring import service as rings
from yuanzhen.collaboration.ring import store as ring_store
from yuanzhen.collaboration.ring.model import Duty, Pace
from yuanzhen.collaboration.room import service as room
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound

DAY = NOW.date()
MANAGER = person("sunjie", "manager")
TOWNSHIPS = person("heping", "manager", "liuhe")
OTHERS = person("tangyun", "manager", "baishi")
RELAY = system("relay")


async def totals(
    ward: Ward, by: Actor = MANAGER, since: date = DAY, until: date = DAY, department: str = ""
) -> Consultations:
    return await views.consultations(ward.db, by, since, until, department)


async def answered(ward: Ward, *seconds: float) -> list[Case]:
    """Emergencies, each answered so many seconds after it was asked."""
    return [await ward.act(EXPERT, "accept", await ward.ask(), now=later(seconds=after)) for after in seconds]


async def passed_on(ward: Ward) -> Case:
    """An emergency that one of the circle declines and another takes."""
    case = await ward.ask()
    async with ward.db.look(RELAY) as look:
        ring = (await ring_store.of(look, [f"consultation/{case.id}"]))[f"consultation/{case.id}"]
    async with ward.db.verb(RELAY) as tx:
        duty = Duty(((EXPERT.id, SECOND.id),), rostered=False)
        await rings.look(tx, ring.id, ring.turn, duty, Pace(later(minutes=1) - NOW, ""), later())
    await ward.act(EXPERT, "decline", case, "正在手术", now=later(seconds=9))
    await ward.act(SECOND, "accept", case, now=later(seconds=20))
    return case


async def test_times_are_those_of_the_cases(ward: Ward) -> None:
    for case in (await answered(ward, 60, 120, 170, 200, 400, 800))[:5]:
        await ward.write(EXPERT, case)
        await ward.sign(EXPERT, case)
    await ward.ask()
    told = await totals(ward)
    every = told.totals
    assert (every.cases, every.emergencies, every.signed) == (7, 7, 5)
    assert (every.answer_s, every.emergency_answer_s, every.emergency_slowest_s) == (185, 185, 600)
    assert every.in_time_pct == pytest.approx(100 * 3 / 7)  # who was never answered was not answered in time
    assert every.opinion_s == 0  # the ward signs at the moment of asking
    assert {one.aim: (one.now, one.goal, one.unmeasured) for one in told.tracks} == {
        "emergency-answer": (185, 180, ""),
        "interruptions": (None, 1, "no-room"),
    }
    assert [(one.id, one.name, one.cases) for one in told.departments] == [("neurology", "神经内科", 7)]
    assert [(one.monday, one.cases, one.emergencies) for one in told.weeks] == [(date(2026, 3, 16), 7, 7)]
    assert {one.id: one.cases for one in told.states} == {"signed": 5, "accepted": None, "ringing": None}


async def test_times_are_those_of_the_log(ward: Ward, home: Home) -> None:
    cases = []
    for _ in range(5):
        async with ward.db.verb(ASKER) as tx:
            request = service.Request(ward.patient, "neurology", "emergency", "live", QUESTION, CONSENT, "")
            cases.append(await service.ask(tx, request, idempotency=None, now=clock.now()))
    for case in cases:
        async with ward.db.verb(EXPERT) as tx:
            await service.act(tx, "accept", case.id, Given(), now=clock.now())
    rows = await home.rows(
        "SELECT extract(epoch FROM max(at) FILTER (WHERE verb = 'consultation.accept') "
        "- min(at) FILTER (WHERE verb = 'consultation.ask'))::float AS answer_s FROM security.trail "
        "WHERE entity_type = 'consultation' GROUP BY entity"
    )
    assert len(rows) == 5
    today = clock.now().date()
    told = await totals(
        ward, since=date.fromordinal(today.toordinal() - 1), until=date.fromordinal(today.toordinal() + 1)
    )
    assert told.totals.answer_s == pytest.approx(median(row["answer_s"] for row in rows), abs=0.1)


async def test_failed_calls_and_who_passed_it_on_are_counted(ward: Ward) -> None:
    await passed_on(ward)
    every = (await totals(ward)).totals
    assert (every.calls, every.failed_calls, every.passes) == (2, 1, 1)


async def test_why_calls_failed_and_people_broke_off_is_told_of_five_cases_and_of_fewer_as_few(ward: Ward) -> None:
    for nth, case in enumerate([await passed_on(ward) for _ in range(5)]):
        for who in (SECOND, ASKER):
            async with ward.db.verb(who) as tx:
                await meeting.join(tx, case.id, NOW)
                if nth < 4:
                    await room.failed(tx, case.id, "devices-refused", NOW)
    told = {one.id: one.cases for one in (await totals(ward)).failures}
    assert (told["declined"], told["devices-refused"]) == (5, None)
    assert (await totals(ward, OTHERS)).failures == []


async def test_a_reason_is_told_when_five_give_it_and_only_counted_else(ward: Ward) -> None:
    for reason in ["设备故障"] * 5 + ["刘淑英 已转院", "家属拒绝", "改到门诊", "病情好转", "误点"]:
        await ward.act(ASKER, "cancel", await ward.ask(mode="written"), reason)
    told = await totals(ward)
    assert [(one.id, one.cases) for one in told.reasons] == [("", 5), ("设备故障", 5)]
    for private in ("刘淑英", ward.patient, ASKER.id, EXPERT.id, QUESTION):
        assert private not in msgspec.json.encode(told).decode()


async def test_both_sides_satisfaction_is_told_of_five_and_not_of_four(ward: Ward) -> None:
    for turn, score in enumerate((5, 5, 4, 4, 2)):
        assert (await totals(ward)).totals.askers_score is None, turn
        case = await ward.signed()
        await ward.act(ASKER, "rate", case, score=score)
        await ward.act(EXPERT, "rate", case, score=3)
    every = (await totals(ward)).totals
    assert (every.askers, every.askers_score, every.experts, every.experts_score) == (5, 4, 5, 3)


async def test_a_manager_counts_what_their_house_and_those_below_it_ask_or_are_asked(ward: Ward) -> None:
    for _ in range(5):
        await ward.ask()
    assert (await totals(ward, MANAGER)).totals.cases == 5
    assert (await totals(ward, TOWNSHIPS)).totals.cases == 5
    assert (await totals(ward, OTHERS)).totals.cases == 0


async def test_days_are_days_here_and_both_count(ward: Ward) -> None:
    for _ in range(5):
        await ward.ask()  # at 17:30 here
    yesterday, tomorrow = date(2026, 3, 17), date(2026, 3, 19)
    assert (await totals(ward, since=yesterday, until=yesterday)).totals.cases == 0
    assert (await totals(ward, since=tomorrow, until=tomorrow)).totals.cases == 0
    assert (await totals(ward, since=yesterday, until=tomorrow)).totals.cases == 5
    assert (await totals(ward, department="cardiology")).totals.cases == 0
    assert (await totals(ward, department="neurology")).totals.cases == 5


@pytest.mark.parametrize(
    "by", [ASKER, EXPERT, OUTSIDER, person("qinbo", "quality"), person("zhoubin", "officer"), RELAY]
)
async def test_the_database_tells_nobody_else_a_total(ward: Ward, home: Home, by: Actor) -> None:
    await ward.ask()
    for told in ("figures", "failures"):
        assert await ward.db.once(by, f"SELECT * FROM consultation.{told}($1, $2, '')", DAY, DAY) == []
    with pytest.raises(Forbidden) as refused:
        await totals(ward, by)
    assert refused.value.code == "management.role"
    assert len(await home.refused("management.consultations")) == 1


async def test_a_manager_sees_no_case_and_each_look_is_kept(ward: Ward, home: Home) -> None:
    await ward.ask()
    await totals(ward)
    assert await ward.db.once(MANAGER, "SELECT id FROM consultation.case") == []
    assert await ward.db.once(MANAGER, "SELECT id FROM consultation.step") == []
    assert await ward.db.once(MANAGER, "SELECT ring FROM ring.call") == []
    rows = await home.rows("SELECT actor FROM security.trail WHERE verb = 'management.consultations'")
    assert [row["actor"] for row in rows] == [MANAGER.id]


async def test_no_range_and_no_department_are_refused(ward: Ward) -> None:
    with pytest.raises(Invalid):
        await totals(ward, since=date(2026, 3, 19))
    with pytest.raises(NotFound):
        await totals(ward, department="x")


async def test_interruptions_are_of_the_cases_whose_people_met(ward: Ward, home: Home) -> None:
    cases = await answered(ward, 60, 70, 80, 90, 100, 110)
    for case in cases[:5]:
        async with ward.db.verb(EXPERT) as tx:
            await meeting.join(tx, case.id, later(seconds=200))
    [met] = [one for one in (await totals(ward)).tracks if one.aim == "interruptions"]
    assert (met.now, met.unmeasured) == (0, "")
    for again in (1, 2):  # twice in the same case
        for _ in range(3):  # a look each five seconds, until fifteen without a word are over
            [(due,)] = await home.rows("SELECT due FROM room.room WHERE id = $1", cases[0].id)
            async with ward.db.verb(RELAY) as tx:
                await room.look(tx, cases[0].id, due, due)
        async with ward.db.verb(EXPERT) as tx:
            await meeting.join(tx, cases[0].id, due + timedelta(seconds=again))
    [met] = [one for one in (await totals(ward)).tracks if one.aim == "interruptions"]
    assert met.now == 20
