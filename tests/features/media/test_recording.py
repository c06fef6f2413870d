"""The media server records a room: each track of whoever sends, from the first to the last that came."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from av import CodecContext, Packet, VideoCodecContext
from playwright.async_api import Browser

from tests.features.media.conftest import PATIENCE_S, Media, Room, running
from tests.features.media.test_rooms import came
from tests.make import callers
from tests.make.callers import Caller
from tests.whole.test_thread import until
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.network.media import mjr, rtp
from yuanzhen.network.media.events import FeedCame, RoomOptions, ServerUp, Wanted
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


def wholes(folder: Path) -> int:
    """How many whole pictures of VP8 have been written."""
    found = 0
    for path in folder.iterdir():
        with path.open("rb") as file:
            if path.stat().st_size and (track := mjr.head(file)).codec == "vp8":
                frames = rtp.frames(track.codec, mjr.packets(file), rtp.Lost())
                found += sum(not one.data[0] & 1 for one in frames)
    return found


async def test_whoever_sends_is_asked_for_a_whole_picture_and_it_is_recorded(room: Room) -> None:
    first = await room.caller("a")
    await first.send(labels=LABELS)
    await came(room, "a")
    await switched(lambda: room.media.sfu.record(room.id, room.id), first)
    folder = janus.recordings(room.media.home) / room.id
    await recorded(folder, 2)
    for more in range(1, 4):
        async with asyncio.timeout(PATIENCE_S):
            while await asyncio.to_thread(wholes, folder) < more:
                await room.media.sfu.ask_whole(room.id)
                await first.page.wait_for_timeout(400)  # Chromium passes over a wish within 300 ms of the last


def decoded(path: Path) -> tuple[int, int]:
    """How many frames of a track there are, and how many of them a decoder shows."""
    with path.open("rb") as file:
        track = mjr.head(file)
        frames = [one.data for one in rtp.frames(track.codec, mjr.packets(file), rtp.Lost())]
    decoder = CodecContext.create({"av1": "libdav1d"}.get(track.codec, track.codec), "r")
    assert isinstance(decoder, VideoCodecContext)
    shown = sum(len(decoder.decode(Packet(frame))) for frame in frames)
    return len(frames), shown + len(decoder.decode(None))


@pytest.mark.parametrize("codec", ["vp9", "h264", "av1"])
async def test_what_a_browser_sends_in_another_codec_is_recorded_frame_by_frame(
    media: Media, started: Browser, codec: str
) -> None:
    id = new_id()
    await media.sfu.open_room(id, RoomOptions(codecs=(codec,)))
    one = await callers.caller(started, media.sfu, id, "a")
    if f"{codec}/90000" not in (await one.offer()).lower():
        pytest.skip(f"this Chromium has no {codec}")
    await one.send(labels=LABELS)
    event = await media.until(lambda told: isinstance(told, FeedCame) and told.room == id)
    assert isinstance(event, FeedCame) and codec in {source.codec for source in event.sources}
    folder = janus.recordings(media.home) / id
    await switched(lambda: media.sfu.record(id, id), one)
    await recorded(folder, 2)
    await one.rest()
    await media.sfu.record(id, "")
    counted = await tracks(folder)
    path = next(path for path in folder.iterdir() if "-video-" in path.name)
    count, shown = await asyncio.to_thread(decoded, path)
    assert (count, counted[codec, "camera"]) == (shown, [shown]) and shown > 0
    await one.page.close()
    await media.sfu.close_room(id)


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
