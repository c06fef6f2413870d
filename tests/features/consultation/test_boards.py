"""What both sides of a case draw and write together: nothing acknowledged is lost, and everybody has the same."""

from __future__ import annotations

from base64 import b64decode

import asyncpg
import pytest
from pycrdt import Doc, Text

from tests.conftest import Home
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, SECOND, STRANGER, Ward
from yuanzhen.applications.consultation.boards import model, service
from yuanzhen.applications.consultation.model import Case
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
