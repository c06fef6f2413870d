"""The media server records a room: each track of whoever sends, from the first to the last that came."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.features.media.conftest import PATIENCE_S, Room, running
from tests.features.media.test_rooms import came
from tests.make import callers
from tests.make.callers import Caller
from tests.whole.test_thread import until
from yuanzhen.network.media import mjr, rtp
from yuanzhen.network.media.events import RoomOptions, ServerUp, Wanted
from yuanzhen.network.media.shell import janus

pytestmark = pytest.mark.slow
LABELS = {"0": "microphone", "1": "camera"}


async def tracks(folder: Path) -> dict[tuple[str, str], list[int]]:
    """By codec and label, how many frames each file holds; none of them lacks a part."""
    return await asyncio.to_thread(_read, folder)


def _read(folder: Path) -> dict[tuple[str, str], list[int]]:
    """Once all files are closed."""
    found: dict[tuple[str, str], list[int]] = {}
    until(lambda: all(path.stat().st_size for path in folder.iterdir()), "files are not closed", seconds=PATIENCE_S)
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            track, lost = mjr.head(file), rtp.Lost()
            count = sum(1 for _ in rtp.frames(track.codec, mjr.packets(file), lost))
        assert lost == rtp.Lost()
        found.setdefault((track.codec, track.label), []).append(count)
    return found


async def switched(record: Callable[[], Awaitable[None]], *callers: Caller) -> None:
    """Begins to record, or ends it, while nobody sends: in the middle of a picture it would have a part of one."""
    for one in callers:
        await one.rest()
    await record()
    for one in callers:
        await one.wake()


async def recorded(folder: Path, files: int) -> None:
    """Waits until so many tracks are being written: what is still to come of a sender is not what was sent."""
    look = lambda: sum(path.stat().st_size > 0 for path in folder.iterdir()) == files  # noqa: E731
    await asyncio.to_thread(until, look, f"{files} tracks are not recorded", seconds=PATIENCE_S)


async def test_who_is_there_and_who_comes_later_is_recorded_until_it_ends(room: Room) -> None:
    first, second = await room.caller("a"), await room.caller("b")
    sfu = room.media.sfu
    await first.send(labels=LABELS)
    await came(room, "a")
    await switched(lambda: sfu.record(room.id, room.id), first)
    await second.send(labels=LABELS)
    await came(room, "b")
    offer = await second.receive([Wanted("a")])
    picture = next(track.mid for track in offer.tracks if track.kind == "video")
    await second.sees(picture)
    await recorded(janus.recordings(room.media.home) / room.id, 4)
    await switched(lambda: sfu.record(room.id, ""), first, second)
    counted = await tracks(janus.recordings(room.media.home) / room.id)
    assert {name: len(files) for name, files in counted.items()} == {("opus", "microphone"): 2, ("vp8", "camera"): 2}
    assert all(min(files) > 0 for files in counted.values())
    await second.sees(picture)
    assert await tracks(janus.recordings(room.media.home) / room.id) == counted, "nothing is written any more"


@pytest.mark.long
async def test_the_next_server_goes_on_recording_as_a_second_part(started: Browser) -> None:
    async with running() as media:
        await media.sfu.open_room("r", RoomOptions())
        one = await callers.caller(started, media.sfu, "r", "a")
        room = Room(media, "r", started)
        await one.send(labels=LABELS)
        await came(room, "a")
        await media.sfu.record("r", "x")
        media.told.clear()
        os.kill(media.pid, signal.SIGKILL)
        await media.until_told(ServerUp(("r",)))
        await one.send(labels=LABELS)
        await came(room, "a")
        await media.sfu.record("r", "")
        assert len(list((janus.recordings(media.home) / "x").iterdir())) >= 2
        await one.page.close()
