"""What both sides of a case draw and write together: nothing acknowledged is lost, and everybody has the same."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from pycrdt import Doc, Map, Text

from tests.conftest import Home
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, SECOND, STRANGER, Ward, later
from yuanzhen.applications.consultation import meeting
from yuanzhen.applications.consultation.boards import jobs, model, service
from yuanzhen.applications.consultation.model import Case
from yuanzhen.collaboration.room import service as rooms
from yuanzhen.data.records.file import pieces, upload_store
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem


class Page:
    """One that writes the minutes."""

    def __init__(self, ward: Ward, by: Actor, case: Case) -> None:
        self.ward, self.by, self.case = ward, by, case
        self.doc = Doc[Text]()
        self.text = self.doc.get("text", type=Text)
        self.nth = 0

    async def write(self, words: str) -> None:
        before = self.doc.get_state()
        self.text += words
        async with self.ward.db.verb(self.by) as tx:
            await service.add(tx, self.case.id, "minutes", self.doc.get_update(before), NOW)

    async def read(self) -> str:
        told = await service.read(self.ward.db, self.by, self.case.id, "minutes", self.nth)
        self.nth = told.nth
        self.doc.apply_update(b64decode(told.update))
        return str(self.text)


async def test_all_have_the_same_whoever_comes_when(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    one, two = Page(ward, EXPERT, case), Page(ward, ASKER, case)
    await one.write("左侧")
    await two.write("溶栓")  # at once, neither knows of the other
    assert await one.read() == await two.read()
    await one.write("，复查")
    late = Page(ward, COLLEAGUE, case)
    assert await late.read() == await two.read() == await one.read()
    assert sorted(str(one.text)) == sorted("左侧溶栓，复查")
    told = await service.read(ward.db, COLLEAGUE, case.id, "minutes", 0)
    assert {(author.id, author.at) for author in told.authors} == {(EXPERT.id, NOW), (ASKER.id, NOW)}
    events = await home.rows("SELECT data FROM infrastructure.event WHERE event = 'minutes'")
    assert len(events) == 3
    assert await Page(ward, EXPERT, await ward.accepted()).read() == ""


async def test_who_adds_waits_for_who_began_to_add_so_that_no_page_reads_past_it(ward: Ward) -> None:
    case = await ward.accepted()
    nothing = model.NOTHING
    async with ward.db.verb(EXPERT) as first:
        earlier = await service.add(first, case.id, "minutes", nothing, NOW)
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with ward.db.verb(ASKER) as second:
                await second.run("SET LOCAL lock_timeout = '100ms'")
                await service.add(second, case.id, "minutes", nothing, NOW)
        async with ward.db.verb(ASKER) as other:  # another board waits for nobody
            await service.add(other, case.id, "board", nothing, NOW)
    async with ward.db.verb(ASKER) as second:
        assert await service.add(second, case.id, "minutes", nothing, NOW) > earlier


@pytest.mark.parametrize("update", [b"", b"\xff" * 40, b"\x01"])
async def test_what_is_no_update_is_refused_and_spoils_nothing(ward: Ward, update: bytes) -> None:
    case = await ward.accepted()
    await Page(ward, EXPERT, case).write("左侧")
    with pytest.raises(Invalid, match=r"board\.update"):
        async with ward.db.verb(ASKER) as tx:
            await service.add(tx, case.id, "minutes", update, NOW)
    assert await Page(ward, ASKER, case).read() == "左侧"


async def test_what_is_too_large_is_refused(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await ward.accepted()
    with pytest.raises(Invalid, match=r"board\.large"):
        async with ward.db.verb(ASKER) as tx:
            await service.add(tx, case.id, "board", bytes(model.LARGEST_UPDATE + 1), NOW)
    monkeypatch.setattr(service, "LARGEST_BOARD", 10)
    with pytest.raises(Conflict, match=r"board\.full"):
        await Page(ward, EXPERT, case).write("左侧")


@pytest.mark.parametrize(("by", "problem"), [(SECOND, Forbidden), (STRANGER, NotFound), ("patient", Forbidden)])
async def test_who_is_of_no_side_neither_reads_nor_writes(ward: Ward, by: Actor | str, problem: type[Problem]) -> None:
    case = await ward.accepted()
    await Page(ward, EXPERT, case).write("左侧")
    who = ward.herself if isinstance(by, str) else by
    page = Page(ward, who, case)
    for work in (page.write("改"), page.read()):
        with pytest.raises(problem):
            await work
    assert await ward.db.once(who, "SELECT nth FROM consultation.board_update") == []


async def test_after_the_end_it_is_read_and_no_longer_written(ward: Ward) -> None:
    case = await ward.accepted()
    await Page(ward, EXPERT, case).write("左侧")
    await ward.act(ASKER, "cancel", case, "转院")
    with pytest.raises(Conflict, match=r"consultation\.not_now"):
        await Page(ward, EXPERT, case).write("改")
    assert await Page(ward, ASKER, case).read() == "左侧"
    assert (await service.read(ward.db, ASKER, case.id, "minutes", 0)).is_open is False


async def draws(ward: Ward, by: Actor, case: Case, key: str, now: datetime = NOW) -> None:
    doc = Doc[Map[Any]]()
    doc.get("elements", type=Map)[key] = {"type": "rectangle", "x": 0, "y": 0, "width": 9, "height": 9}
    async with ward.db.verb(by) as tx:
        await service.add(tx, case.id, "board", doc.get_update(), now)


async def leaves(ward: Ward, case: Case, *tickets: tuple[Actor, str]) -> None:
    for by, ticket in tickets:
        async with ward.db.verb(by) as tx:
            await rooms.leave(tx, case.id, ticket, NOW)
        await jobs.keep(ward.db, ward.objects, {"room": case.id})


async def comes(ward: Ward, by: Actor, case: Case) -> tuple[Actor, str]:
    async with ward.db.verb(by) as tx:
        return by, (await meeting.join(tx, case.id, NOW))[1]


async def kept(ward: Ward, by: Actor) -> list[bytes]:
    """How each board in the patient's record begins, as this reader gets it."""
    async with ward.db.look(by) as look:
        ids = await look.rows("SELECT id FROM records.upload WHERE name LIKE '会诊白板%' ORDER BY id")
        found = [await upload_store.find(look, ward.patient, row["id"]) for row in ids]
        parts = [await upload_store.parts(look, one) for one in found if one]
    return [b"".join([piece async for piece in pieces.read(ward.objects, one, 0, 5)]) for one in parts]


async def test_the_board_is_kept_to_the_case_when_the_last_one_leaves_whoever_that_is(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    host, asker = await comes(ward, EXPERT, case), await comes(ward, ASKER, case)
    await draws(ward, EXPERT, case, "one")
    await leaves(ward, case, host)
    assert await kept(ward, ASKER) == [], "somebody is still in it"
    await leaves(ward, case, asker)
    await jobs.keep(ward.db, ward.objects, {"room": case.id})
    assert len(await kept(ward, ASKER)) == 1, "a fact that is heard again keeps nothing again"
    await leaves(ward, case, await comes(ward, ASKER, case))
    assert len(await kept(ward, ASKER)) == 1, "nothing was drawn since"
    asker = await comes(ward, ASKER, case)
    await draws(ward, ASKER, case, "two", later(seconds=1))
    await leaves(ward, case, asker)
    described = await home.rows("SELECT content FROM records.resource WHERE type = 'DocumentReference'")
    assert sorted(json.loads(row["content"])["author"][0]["reference"] for row in described) == [
        f"Practitioner/{EXPERT.id}", f"Practitioner/{ASKER.id}",
    ]  # fmt: skip
    for reader in (ASKER, EXPERT, ward.herself):
        assert await kept(ward, reader) == [b"%PDF-", b"%PDF-"]
    assert await kept(ward, STRANGER) == []
