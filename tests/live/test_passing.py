"""What pages show each other in passing: at once, to those who read the channel, by those who may, kept nowhere."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec
import pytest

from tests.conftest import Home
from tests.live.ward import Page, SpokenWards, Wards, add, furnish, person
from yuanzhen.doors import hub as hubs
from yuanzhen.doors.hub import Hub
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound
from yuanzhen.infrastructure.metrics import Metrics

LI, WANG, ZHAO = person("li"), person("wang"), person("zhao")
POINT = msgspec.Raw(b'{"at":[1,2]}')


@dataclass
class Process:
    """A web process: its hub, with pages that follow ward one."""

    hub: Hub
    wards: SpokenWards

    async def page(self, actor: Actor, wire: str = "ward/one") -> Page:
        page = Page(actor)
        self.hub.come(page)
        await self.hub.subscribe(page, wire)
        return page


@pytest.fixture
async def processes(home: Home, db: Database) -> AsyncIterator[list[Process]]:
    """Two web processes on one database."""
    await furnish(home, one="li wang zhao", two="zhao")
    both, tasks = [], []
    for _ in range(2):
        metrics = Metrics()
        bus, wards = Bus(home.dsn, metrics), SpokenWards(db)
        hub = Hub(db, bus, {"ward": wards, "mute": Wards(db)}, metrics)
        tasks += [asyncio.create_task(bus.run()), asyncio.create_task(hub.run())]
        both.append(Process(hub, wards))
    yield both
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


async def test_what_a_page_shows_reaches_the_others_at_once_with_who_it_is(processes: list[Process]) -> None:
    here, _ = processes
    li, wang = await here.page(LI), await here.page(WANG)
    await here.hub.relay(li, "ward/one", POINT)
    assert wang.shown == [("li", {"at": [1, 2]})]
    assert li.shown == []


async def test_it_is_no_event_and_nobody_who_comes_later_is_told(processes: list[Process], home: Home) -> None:
    here, _ = processes
    li = await here.page(LI)
    await here.hub.relay(li, "ward/one", POINT)
    assert await home.rows("SELECT FROM infrastructure.event WHERE channel = 'ward/one'") == []
    assert (await here.page(WANG)).shown == []


async def test_pages_of_another_channel_are_shown_nothing(processes: list[Process]) -> None:
    here, _ = processes
    li, zhao = await here.page(LI), await here.page(ZHAO, "ward/two")
    await here.hub.relay(li, "ward/one", POINT)
    assert zhao.shown == []


async def test_it_reaches_the_pages_of_another_process(processes: list[Process]) -> None:
    here, there = processes
    li, wang = await here.page(LI), await there.page(WANG)

    while not wang.shown:  # the processes have yet to hear of each other
        await here.hub.relay(li, "ward/one", POINT)
        await asyncio.sleep(0.01)
    assert wang.shown[0] == ("li", {"at": [1, 2]})
    seen = len(wang.shown)
    await there.hub.relay(wang, "ward/one", msgspec.Raw(b"7"))
    await li.until(lambda page: page.shown == [("wang", 7)])
    await here.hub.relay(li, "ward/one", msgspec.Raw(b'"last"'))
    await wang.until(lambda page: page.shown[-1] == ("li", "last"))
    assert len(wang.shown) > seen


async def test_a_process_that_is_alone_sends_nothing_through_the_database(
    processes: list[Process], home: Home, db: Database
) -> None:
    bus, heard = Bus(home.dsn, Metrics()), asyncio.Event()
    said: list[str] = []
    bus.subscribe("passing", said.append, heard.set)
    alone = Hub(db, Bus(home.dsn, Metrics()), {"ward": SpokenWards(db)}, Metrics())
    listening = asyncio.create_task(bus.run())
    await heard.wait()
    page = Page(LI)
    alone.come(page)
    await alone.subscribe(page, "ward/one")
    await alone.relay(page, "ward/one", POINT)
    await home.rows("SELECT pg_notify('passing', 'end')")
    while "end" not in said:  # noqa: ASYNC110 - a list tells nobody that it grew
        await asyncio.sleep(0.01)
    assert [word for word in said if "at" in word] == []
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_who_only_looks_cannot_speak(processes: list[Process]) -> None:
    here, _ = processes
    here.wards.silent.add("wang")
    li, wang = await here.page(LI), await here.page(WANG)
    with pytest.raises(Forbidden, match=r"ward\.only_looks"):
        await here.hub.relay(wang, "ward/one", POINT)
    assert li.shown == []


async def test_in_a_channel_that_says_nothing_of_it_nobody_speaks(processes: list[Process]) -> None:
    here, _ = processes
    li, wang = await here.page(LI, "mute/one"), await here.page(WANG, "mute/one")
    with pytest.raises(Forbidden, match=r"live\.silent"):
        await here.hub.relay(li, "mute/one", POINT)
    assert wang.shown == []


async def test_who_does_not_follow_a_channel_cannot_speak_in_it(processes: list[Process]) -> None:
    here, _ = processes
    li, zhao = await here.page(LI), await here.page(ZHAO, "ward/two")
    with pytest.raises(NotFound, match=r"live\.no_channel"):
        await here.hub.relay(zhao, "ward/one", POINT)
    assert li.shown == []


async def test_whether_a_page_may_speak_is_asked_once_and_again_when_it_is_doubted(processes: list[Process]) -> None:
    here, _ = processes
    li, wang = await here.page(LI), await here.page(WANG)
    await here.hub.relay(li, "ward/one", POINT)
    await here.hub.relay(li, "ward/one", POINT)
    assert (here.wards.asked, len(wang.shown)) == (1, 2)
    here.wards.silent.add("li")
    await here.hub.recheck(li)
    with pytest.raises(Forbidden):
        await here.hub.relay(li, "ward/one", POINT)
    assert (here.wards.asked, len(wang.shown)) == (2, 2)


async def test_what_is_too_long_is_refused(processes: list[Process]) -> None:
    here, _ = processes
    li, wang = await here.page(LI), await here.page(WANG)
    with pytest.raises(Invalid, match=r"live\.too_long"):
        await here.hub.relay(li, "ward/one", msgspec.Raw(b'"' + b"x" * hubs.LARGEST_RELAYED + b'"'))
    assert wang.shown == []


async def test_a_reader_who_has_not_been_let_in_is_shown_nothing(processes: list[Process], db: Database) -> None:
    """Who waits for the answer whether they may is among the channel's readers already, so that no event is lost."""
    here, _ = processes
    li, begins = await here.page(LI), Page(person("nobody"))
    here.hub.come(begins)
    asked, answer = asyncio.Event(), asyncio.Event()
    allowed = here.wards.allowed

    async def slow(actor: Actor, id: str) -> None:
        asked.set()
        await answer.wait()
        await allowed(actor, id)

    here.wards.allowed = slow  # type: ignore[method-assign]
    coming = asyncio.create_task(here.hub.subscribe(begins, "ward/one"))
    await asked.wait()
    here.wards.allowed = allowed  # type: ignore[method-assign]
    await here.hub.relay(li, "ward/one", POINT)
    await add(db, "one", "a", 1)
    answer.set()
    with pytest.raises(NotFound):
        await coming
    assert begins.shown == []
