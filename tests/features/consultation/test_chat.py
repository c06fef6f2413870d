"""What both sides write to each other: who may, who reads it, who hears that it is there."""

from __future__ import annotations

import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, OUTSIDER, SECOND, STRANGER, Ward, person
from yuanzhen.applications.consultation import chat
from yuanzhen.applications.consultation.model import Case
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound


async def write(ward: Ward, by: Actor, case: Case, text: str = "血压多少？") -> str:
    async with ward.db.verb(by) as tx:
        return await chat.write(tx, case.id, text, now=NOW)


async def read(ward: Ward, by: Actor, case: Case, *, after: str = "", count: int = 200) -> list[tuple[str, str]]:
    found = await chat.listed(ward.db, by, case.id, after=after, count=count)
    return [(one.who.id, one.text) for one in found.items]


async def test_both_sides_write_and_read_in_the_order_of_writing(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await write(ward, EXPERT, case)
    await write(ward, ASKER, case, "168/96")
    await write(ward, COLLEAGUE, case, "已开通静脉")
    said = [("chenyuan", "血压多少？"), ("xujing", "168/96"), ("songqin", "已开通静脉")]
    for reader in (ASKER, COLLEAGUE, EXPERT):
        assert await read(ward, reader, case) == said
    told = await home.rows("SELECT data FROM infrastructure.event WHERE event = 'chat' ORDER BY seq")
    assert len(told) == 3
    assert "168" not in str(told), "an event says that there is a message, and not what"


async def test_who_waits_for_an_answer_may_write_before_anybody_is_there(ward: Ward) -> None:
    case = await ward.ask()
    await write(ward, ASKER, case, "患者在抢救室")
    await ward.act(EXPERT, "accept", case)
    assert await read(ward, EXPERT, case) == [("xujing", "患者在抢救室")]


async def test_a_list_goes_on_after_a_message(ward: Ward) -> None:
    case = await ward.accepted()
    ids = [await write(ward, EXPERT, case, text) for text in ("一", "二", "三")]
    page = await chat.listed(ward.db, ASKER, case.id, after="", count=2)
    assert ([one.text for one in page.items], page.next) == (["一", "二"], ids[1])
    assert await read(ward, ASKER, case, after=ids[1]) == [("chenyuan", "三")]


@pytest.mark.parametrize("who", [SECOND, "patient"])
async def test_a_department_and_the_patient_are_no_side(ward: Ward, home: Home, who: Actor | str) -> None:
    case = await ward.accepted()
    await write(ward, ASKER, case)
    by = person(ward.patient, "patient", "liuhe", ward.patient) if isinstance(who, str) else who
    for work in (write(ward, by, case), read(ward, by, case)):
        with pytest.raises(Forbidden, match=r"consultation\.not_yours"):
            await work
    assert await ward.db.once(by, "SELECT text FROM consultation.message") == []
    refused = [row for row in await home.trail() if row[2] == 4]
    assert refused == [(by.id, "consultation.chat", 4, "consultation.not_yours")] * 2


@pytest.mark.parametrize("by", [STRANGER, OUTSIDER, person("x", "dispatcher"), person("x", "manager")])
async def test_who_has_no_part_finds_no_case(ward: Ward, by: Actor) -> None:
    case = await ward.accepted()
    for work in (write(ward, by, case), read(ward, by, case)):
        with pytest.raises(NotFound, match=r"consultation\.not_found"):
            await work


@pytest.mark.parametrize("text", ["", "  \n", "痛" * 4001])
async def test_an_empty_message_and_one_without_end_are_refused(ward: Ward, text: str) -> None:
    case = await ward.accepted()
    with pytest.raises(Invalid) as problem:
        await write(ward, EXPERT, case, text)
    assert problem.value.place == "text"


async def test_after_the_end_it_is_read_and_no_longer_written(ward: Ward) -> None:
    case = await ward.accepted()
    await write(ward, EXPERT, case)
    await ward.act(ASKER, "cancel", case, "转院")
    with pytest.raises(Conflict, match=r"consultation\.not_now"):
        await write(ward, ASKER, case)
    assert await read(ward, ASKER, case) == [("chenyuan", "血压多少？")]
