"""A critical finding wants a confirmed call: open until it was read back; when it takes too long it is others' too."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from tests.conftest import Home
from tests.make.cases import (
    ASKER,
    COLLEAGUE,
    EXPERT,
    NAME,
    NOW,
    QUALITY,
    QUESTION,
    SECOND,
    STRANGER,
    Ward,
    later,
    person,
)  # fmt: skip
from yuanzhen.applications.consultation import views
from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinions import alarms, critical
from yuanzhen.data.records.file import labels
from yuanzhen.data.records.file.access import opened
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound

WHAT = "大面积脑梗死，需立即转院"


RELAY = system("relay")
DISPATCHER, OTHER = person("dai", "dispatcher"), person("ren", "dispatcher")


async def raised(ward: Ward) -> Case:
    case = await ward.signed()
    async with ward.db.verb(EXPERT) as tx:
        await critical.raised(tx, case.id, 1, WHAT, now=NOW)
    return case


async def called(ward: Ward, by: Actor, case: Case, *, read_back: bool, who: str = "许静") -> None:
    async with ward.db.verb(by) as tx:
        await critical.called(tx, case.id, who, read_back=read_back, words="", now=later(minutes=2))


async def told(ward: Ward, by: Actor, case: Case) -> dict[str, Any]:
    found: dict[str, Any] = (await ward.opinions(by, case))["critical"]
    return found


async def test_it_is_open_until_it_was_read_back_and_both_sides_see_each_call(ward: Ward) -> None:
    case = await raised(ward)
    assert (await told(ward, ASKER, case))["confirmed"] is False
    await called(ward, EXPERT, case, read_back=False)
    assert (await told(ward, ASKER, case))["confirmed"] is False
    await called(ward, EXPERT, case, read_back=True)
    for who in (ASKER, EXPERT):
        found = await told(ward, who, case)
        assert (found["what"], found["confirmed"]) == (WHAT, True)
        assert [(call["by"]["id"], call["called"], call["read_back"]) for call in found["calls"]] == [
            ("chenyuan", "许静", False), ("chenyuan", "许静", True)]  # fmt: skip
    with pytest.raises(Conflict, match=r"critical\.confirmed"):
        await called(ward, EXPERT, case, read_back=True)


@pytest.mark.parametrize("who", [ASKER, COLLEAGUE, SECOND])
async def test_either_side_confirms_it(ward: Ward, who: Actor) -> None:
    case = await raised(ward)
    await called(ward, who, case, read_back=True)
    assert (await told(ward, EXPERT, case))["confirmed"] is True


async def test_the_patient_and_strangers_do_not(ward: Ward) -> None:
    case = await raised(ward)
    with pytest.raises(Forbidden):
        await called(ward, person(ward.patient, "patient", "liuhe", ward.patient), case, read_back=True)
    with pytest.raises(NotFound):
        await called(ward, STRANGER, case, read_back=True)


async def test_without_a_critical_finding_there_is_nothing_to_confirm(ward: Ward) -> None:
    case = await ward.signed()
    assert await told(ward, ASKER, case) is None
    with pytest.raises(Conflict, match=r"critical\.none"):
        await called(ward, ASKER, case, read_back=True)


@pytest.mark.parametrize("who", [ASKER, COLLEAGUE], ids=lambda one: one.id)
async def test_nobody_closes_it_before_it_was_read_back(ward: Ward, home: Home, who: Actor) -> None:
    case = await raised(ward)
    await called(ward, EXPERT, case, read_back=False)
    assert "close" not in (await views.case(ward.db, who, case.id)).acts
    with pytest.raises(Conflict, match=r"critical\.unconfirmed"):
        await ward.act(who, "close", case)
    assert (await home.trail())[-1] == (who.id, "consultation.close", 4, "critical.unconfirmed")
    await called(ward, EXPERT, case, read_back=True)
    assert (await ward.act(who, "close", case)).state == "closed"


async def test_who_may_not_see_the_finding_does_not_close_over_it_either(ward: Ward) -> None:
    case = await raised(ward)
    async with ward.db.verb(ASKER) as tx:
        await labels.put(tx, await opened(tx, ward.patient, "label"), "DiagnosticReport", case.report, "R", "患者要求")
    with pytest.raises(Conflict, match=r"critical\.unconfirmed"):
        await ward.act(COLLEAGUE, "close", case)


async def test_it_is_said_who_was_called(ward: Ward) -> None:
    case = await raised(ward)
    with pytest.raises(Invalid, match=r"critical\.called"):
        await called(ward, EXPERT, case, read_back=True, who=" ")


async def test_unconfirmed_it_becomes_the_dispatchers_and_qualitys(ward: Ward, home: Home) -> None:
    await home.run(
        "INSERT INTO security.person (id, name, display, role, institution, created) "
        "VALUES ('dai', 'dai', 'D', 'dispatcher', 'city', now())"
    )
    case, other = await raised(ward), await ward.signed()
    await called(ward, EXPERT, case, read_back=False)
    for id in (case.id, other.id):
        async with ward.db.verb(RELAY) as tx:
            await critical.due(tx, {"consultation": id}, now=later(minutes=15))
    rows = await ward.db.once(QUALITY, "SELECT kind, person, source FROM security.review")
    assert [tuple(row) for row in rows] == [("critical-call", "chenyuan", f"consultation/{case.id}")]
    events = await home.rows("SELECT channel FROM infrastructure.event WHERE event = 'critical'")
    assert [row["channel"] for row in events] == []
    async with ward.db.verb(RELAY) as tx:
        await alarms.tell(tx, {"consultation": case.id})
    events = await home.rows("SELECT channel FROM infrastructure.event WHERE event = 'critical'")
    assert [row["channel"] for row in events] == ["me/dai"]


async def test_what_was_confirmed_in_time_is_nobody_elses(ward: Ward) -> None:
    case = await raised(ward)
    await called(ward, ASKER, case, read_back=True)
    async with ward.db.verb(RELAY) as tx:
        await critical.due(tx, {"consultation": case.id}, now=later(minutes=15))
    assert await ward.db.once(QUALITY, "SELECT id FROM security.review") == []


async def overdue(ward: Ward) -> Case:
    case = await raised(ward)
    async with ward.db.verb(RELAY) as tx:
        await critical.due(tx, {"consultation": case.id}, now=later(minutes=15))
    return case


async def take(ward: Ward, by: Actor, case: Case) -> None:
    async with ward.db.verb(by) as tx:
        await alarms.take(tx, case.id, later(minutes=16))


async def test_a_dispatcher_is_told_whom_to_call_and_no_word_of_the_case(ward: Ward) -> None:
    case = await overdue(ward)
    [line] = (await alarms.going(ward.db, DISPATCHER)).items
    assert (line.consultation, line.asker.id, line.asker.institution.name, line.signer.id, line.department.name) == (
        case.id, "xujing", "柳河镇卫生院", "chenyuan", "神经内科")  # fmt: skip
    assert (line.raised_at, line.at, line.taken_by) == (NOW, later(minutes=15), None)
    told = msgspec.json.encode(line).decode()
    for words in (WHAT, QUESTION, NAME, ward.patient):
        assert words not in told
    assert await ward.db.once(DISPATCHER, "SELECT id FROM consultation.case") == []


async def test_one_dispatcher_has_it_in_hand_until_it_was_read_back(ward: Ward) -> None:
    case = await overdue(ward)
    await take(ward, DISPATCHER, case)
    await take(ward, DISPATCHER, case)
    with pytest.raises(Conflict, match=r"critical\.taken"):
        await take(ward, OTHER, case)
    assert (await told(ward, ASKER, case))["taken_by"]["id"] == "dai"
    await called(ward, ASKER, case, read_back=False)
    assert len((await alarms.going(ward.db, OTHER)).items) == 1
    await called(ward, ASKER, case, read_back=True)
    assert (await alarms.going(ward.db, OTHER)).items == []
    with pytest.raises(NotFound, match=r"critical\.none"):
        await take(ward, OTHER, case)


async def test_two_dispatchers_at_once_are_one(ward: Ward) -> None:
    case = await overdue(ward)
    told = await asyncio.gather(*(take(ward, one, case) for one in (DISPATCHER, OTHER)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["Conflict", "NoneType"]


@pytest.mark.parametrize("who", [ASKER, EXPERT, QUALITY, STRANGER])
async def test_alarms_are_for_dispatchers(ward: Ward, who: Actor) -> None:
    case = await overdue(ward)
    with pytest.raises(Forbidden, match=r"critical\.role"):
        await alarms.going(ward.db, who)
    with pytest.raises(Forbidden, match=r"critical\.role"):
        await take(ward, who, case)


async def test_the_time_may_be_told_twice_and_is_one_alarm(ward: Ward, home: Home) -> None:
    case = await overdue(ward)
    async with ward.db.verb(RELAY) as tx:
        await critical.due(tx, {"consultation": case.id}, now=later(minutes=16))
    assert len(await ward.db.once(QUALITY, "SELECT id FROM security.review")) == 1
    assert len(await home.rows("SELECT FROM consultation.step WHERE what = 'critical-alarm'")) == 1
