"""What both sides write to each other: who may, who reads it, who hears that it is there."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, OUTSIDER, SECOND, STRANGER, Ward, person
from yuanzhen.applications.consultation import chat, views
from yuanzhen.applications.consultation.model import Case
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound


async def write(ward: Ward, by: Actor, case: Case, text: str = "血压多少？", *, key: str | None = None) -> str:
    async with ward.db.verb(by) as tx:
        return (await chat.write(tx, case.id, text, idempotency=key, now=NOW)).id


async def see(ward: Ward, by: Actor, case: Case, upto: int) -> None:
    async with ward.db.verb(by) as tx:
        await chat.see(tx, case.id, upto, now=NOW)


async def unseen(ward: Ward, by: Actor) -> int:
    (line,) = (await views.cases(ward.db, by, department=None, after="", count=9)).items
    return line.unseen


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
    told = await home.rows(f"SELECT data FROM infrastructure.event WHERE channel = 'chat/{case.id}' ORDER BY seq")
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
    for work in (write(ward, by, case), read(ward, by, case), see(ward, by, case, 1)):
        with pytest.raises(Forbidden, match=r"consultation\.not_yours"):
            await work
    assert await ward.db.once(by, "SELECT text FROM consultation.message") == []
    refused = [row for row in await home.trail() if row[2] == 4]
    assert refused == [
        (by.id, f"consultation.{verb}", 4, "consultation.not_yours") for verb in ("chat", "chat", "chat-seen")
    ]


@pytest.mark.parametrize("by", [STRANGER, OUTSIDER, person("x", "dispatcher"), person("x", "manager")])
async def test_who_has_no_part_finds_no_case(ward: Ward, by: Actor) -> None:
    case = await ward.accepted()
    for work in (write(ward, by, case), read(ward, by, case), see(ward, by, case, 1)):
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


async def test_a_message_that_is_sent_again_under_its_key_is_the_same_one(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    first = await write(ward, EXPERT, case, key="k1")
    assert await write(ward, EXPERT, case, key="k1") == first
    assert await write(ward, ASKER, case, key="k1") != first, "a key is its writer's"
    await ward.act(ASKER, "cancel", case, "转院")
    assert await write(ward, EXPERT, case, key="k1") == first, "it was kept before the end"
    for reader, keys in ((EXPERT, ["k1", ""]), (ASKER, ["", "k1"]), (COLLEAGUE, ["", ""])):
        told = await chat.listed(ward.db, reader, case.id, after="", count=9)
        assert [one.key for one in told.items] == keys, "who sent it knows it again"
    assert await home.rows(
        "SELECT count(*) FROM infrastructure.event WHERE event = 'chat' AND channel LIKE 'chat/%'"
    ) == [(2,)]


async def test_other_words_under_the_same_key_are_refused(ward: Ward) -> None:
    case = await ward.accepted()
    await write(ward, EXPERT, case, key="k1")
    with pytest.raises(Conflict, match=r"consultation\.written_already"):
        await write(ward, EXPERT, case, "心率多少？", key="k1")


async def test_a_message_that_is_sent_twice_at_once_is_kept_once(ward: Ward) -> None:
    case = await ward.accepted()
    ids = await asyncio.gather(*(write(ward, EXPERT, case, key="k1") for _ in range(8)))
    assert len(set(ids)) == 1
    assert await read(ward, ASKER, case) == [("chenyuan", "血压多少？")]


async def test_who_has_seen_it_and_when_is_told_to_both_sides(ward: Ward) -> None:
    case = await ward.accepted()
    ids = [int(await write(ward, EXPERT, case, text)) for text in ("一", "二", "三")]
    await see(ward, ASKER, case, ids[1])
    await see(ward, COLLEAGUE, case, ids[2])
    await see(ward, ASKER, case, ids[0])  # what was seen stays seen
    await see(ward, ASKER, case, ids[2] + 1000)  # there is nothing beyond the last
    found = await chat.listed(ward.db, EXPERT, case.id, after="", count=200)
    assert [(one.who.id, one.upto, one.at) for one in found.seen] == [
        ("xujing", str(ids[1]), NOW), ("songqin", str(ids[2]), NOW), ("xujing", str(ids[2]), NOW)
    ]  # fmt: skip
    assert found.last == str(ids[2])
    again = await chat.listed(ward.db, EXPERT, case.id, after=found.last, count=200)
    assert (again.items, [one.upto for one in again.seen], again.last) == (
        [], [one.upto for one in found.seen], found.last
    )  # fmt: skip
    first = await chat.listed(ward.db, EXPERT, case.id, after="", count=1)
    assert (first.last, first.next, [one.upto for one in first.seen]) == (str(ids[0]), str(ids[0]), [found.last] * 2)


async def test_a_receipt_that_is_under_way_makes_no_page_pass_over_a_message(ward: Ward) -> None:
    case = await ward.accepted()
    first = await write(ward, EXPERT, case, "一")
    async with ward.db.verb(ASKER) as tx:
        second = (await chat.write(tx, case.id, "二", idempotency=None, now=NOW)).id
        await see(ward, COLLEAGUE, case, int(first))  # numbered after the second, there before it
        found = await chat.listed(ward.db, EXPERT, case.id, after="", count=200)
        assert ([one.id for one in found.items], found.last) == ([first], first)
    assert [one.id for one in (await chat.listed(ward.db, EXPERT, case.id, after=first, count=200)).items] == [second]


async def test_a_list_counts_what_its_reader_has_not_seen(ward: Ward) -> None:
    case = await ward.accepted()
    await write(ward, EXPERT, case, "一")
    last = int(await write(ward, ASKER, case, "二"))
    assert [await unseen(ward, by) for by in (ASKER, EXPERT, COLLEAGUE)] == [1, 1, 2]
    await see(ward, EXPERT, case, last)
    assert [await unseen(ward, by) for by in (ASKER, EXPERT, COLLEAGUE)] == [1, 0, 2]


async def test_the_others_lists_are_told_and_the_writers_is_not(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    await write(ward, EXPERT, case)
    told = await home.rows("SELECT channel FROM infrastructure.event WHERE event = 'chat' ORDER BY channel")
    assert [channel for (channel,) in told] == [f"chat/{case.id}", "me/xujing"]


async def test_nobody_sees_for_another(ward: Ward) -> None:
    case = await ward.accepted()
    upto = int(await write(ward, EXPERT, case))
    forged = "INSERT INTO consultation.message (consultation, at, who, text, upto) VALUES ($1, $2, 'xujing', '', $3)"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with ward.db.verb(COLLEAGUE) as tx:
            await tx.run(forged, case.id, NOW, upto)
