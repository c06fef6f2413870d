"""Several media servers are one: a room grows over them, and goes on when one of them dies."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress

import pytest
from playwright.async_api import Browser

from tests.features.media.conftest import PORTS, Media, Room, running
from tests.features.media.test_recording import LABELS, recorded, switched, tracks
from tests.features.media.test_rooms import came
from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.network.media.configuration import Ground
from yuanzhen.network.media.events import FeedLeft, RoomOptions, ServerLost, ServerUp, Source, Wanted
from yuanzhen.network.media.placing import shares
from yuanzhen.network.media.shell.servers import Servers
from yuanzhen.network.media.shell.sfu import Sfu

pytestmark = pytest.mark.slow


def two(most: int) -> AbstractAsyncContextManager[Media]:
    """Two servers, each with so many seats."""
    return running(lambda home: Servers(home, shares(Ground(PORTS), 2), Metrics(), most), servers=2)


@pytest.fixture
async def room(started: Browser) -> AsyncIterator[Room]:
    """A room at two servers with one seat each."""
    async with two(most=1) as media:
        opened = Room(media, new_id(), started)
        await media.sfu.open_room(opened.id, RoomOptions())
        yield opened
        for caller in opened.pages:
            await caller.page.close()


def servers(room: Room) -> Servers:
    assert isinstance(room.media.sfu, Servers)
    return room.media.sfu


async def test_rooms_begin_where_the_fewest_sit() -> None:
    async with two(most=25) as media:
        assert isinstance(media.sfu, Servers)
        await media.sfu.open_room("one")
        with pytest.raises(NotFound, match=r"media\.no_feed"):
            await media.sfu.subscribe("one", "a", [Wanted("nobody")])  # sits there all the same
        await media.sfu.open_room("two")
        assert (media.sfu.where("one"), media.sfu.where("two")) == ((0,), (1,))


async def test_who_sits_at_another_server_sees_and_is_seen(room: Room) -> None:
    a, b = await room.caller("a"), await room.caller("b")
    await a.send(layers=True)
    await came(room, "a")
    await b.send()
    await came(room, "b")
    assert servers(room).where(room.id) == (0, 1)
    await a.receive([Wanted("b")])
    await b.receive([Wanted("a")])
    for one in (a, b):
        await one.sees("1")
    assert {figure.who for figure in await servers(room).figures(room.id)} >= {"a", "b"}
    await servers(room).leave(room.id, "a")
    await room.media.until_told(FeedLeft(room.id, "a"))
    with pytest.raises(NotFound, match=r"media\.no_feed"):
        await servers(room).subscribe(room.id, "b", [Wanted("a")])


async def test_what_a_server_takes_from_another_can_be_received_there_at_once() -> None:
    async with running() as media:
        assert isinstance(media.sfu, Sfu)
        sfu = media.sfu
        await sfu.open_room("one")

        async def taken(who: str) -> str:
            await sfu.take("one", who, [Source("0", "audio", codec="opus")])
            return (await sfu.subscribe("one", f"receiver of {who}", [Wanted(who)])).tracks[0].feed

        everybody = [str(n) for n in range(60)]
        assert await asyncio.gather(*map(taken, everybody)) == everybody


async def test_who_left_and_comes_again_is_taken_again_at_once() -> None:
    async with running() as media:
        assert isinstance(media.sfu, Sfu)
        sfu, pid = media.sfu, media.sfu.pid
        await sfu.open_room("one")

        async def comes_and_goes(who: str) -> None:
            for _ in range(20):
                await sfu.take("one", who, [Source("0", "audio", codec="opus")])
                assert (await sfu.subscribe("one", f"receiver of {who}", [Wanted(who)])).tracks[0].feed == who
                await sfu.leave("one", f"receiver of {who}")
                await sfu.drop("one", who)

        await asyncio.gather(*(comes_and_goes(str(n)) for n in range(12)))
        assert sfu.pid == pid
        with pytest.raises(NotFound, match=r"media\.no_feed"):
            await sfu.drop("one", "nobody")


async def test_what_is_sent_later_is_seen_at_the_other_server_too(room: Room) -> None:
    a, b = await room.caller("a"), await room.caller("b")
    await a.send()
    await came(room, "a")
    await b.receive([Wanted("a")])
    await b.sees("1")
    await a.send_more({"2": "screen"})
    await came(room, "a", tracks=3)
    offer = await servers(room).update(room.id, "b", [Wanted("a", "2")])
    assert offer is not None
    screen = next(track for track in offer.tracks if track.label == "screen")
    await b.take(offer)
    await b.sees(screen.mid)
    await b.sees("1")


async def test_a_server_that_hangs_keeps_nobody_elsewhere_from_hearing_what_is_sent(room: Room) -> None:
    a, b = await room.caller("a"), await room.caller("b")
    await a.send()
    await came(room, "a")
    await b.send()
    await came(room, "b")
    hangs = servers(room).pids[1]
    os.kill(hangs, signal.SIGSTOP)
    try:
        await a.send_more({"2": "screen"})
        await came(room, "a", tracks=3)
    finally:
        with suppress(ProcessLookupError):  # it was replaced
            os.kill(hangs, signal.SIGCONT)


async def test_a_room_whose_server_dies_goes_on_at_another(room: Room) -> None:
    a, b = await room.caller("a"), await room.caller("b")
    await a.send()
    await came(room, "a")
    await b.send()
    await came(room, "b")
    room.media.told.clear()
    os.kill(servers(room).pids[0], signal.SIGKILL)
    await room.media.until_told(ServerLost((room.id,)))
    await room.media.until_told(ServerUp((room.id,)))
    assert servers(room).where(room.id) == (1,)
    for one in (a, b):
        await one.send()
        await came(room, one.who)
    await a.receive([Wanted("b")])
    await b.receive([Wanted("a")])
    for one in (a, b):
        await one.sees("1")


async def test_a_room_without_another_server_comes_back_with_its_own(started: Browser) -> None:
    async with two(most=25) as media:
        assert isinstance(media.sfu, Servers)
        await media.sfu.open_room("ward")
        media.told.clear()
        for pid in media.sfu.pids:
            os.kill(pid, signal.SIGKILL)
        await media.until_told(ServerUp(("ward",)))
        assert len(media.sfu.where("ward")) == 1
        await media.sfu.close_room("ward")
        with pytest.raises(NotFound, match=r"media\.no_room"):
            await media.sfu.close_room("ward")


async def test_who_sits_at_another_server_is_recorded_too_and_once(room: Room) -> None:
    a, b = await room.caller("a"), await room.caller("b")
    await a.send(labels=LABELS)
    await came(room, "a")
    await b.send(labels=LABELS)
    await came(room, "b")
    await switched(lambda: servers(room).record(room.id, "x"), a, b)
    await a.receive([Wanted("b")])
    await b.receive([Wanted("a")])
    for one in (a, b):
        for mid, track in (await one.arrived()).items():
            if track["kind"] == "video":
                await one.sees(mid, frames=10)
    await recorded(servers(room).recordings("x"), 4)
    await switched(lambda: servers(room).record(room.id, ""), a, b)
    counted = await tracks(servers(room).recordings("x"))
    assert {name: len(files) for name, files in counted.items()} == {("opus", "microphone"): 2, ("vp8", "camera"): 2}
    assert all(min(files) > 0 for files in counted.values())
