"""The media server records what the rooms' recordings say, and the recordings say what it really records.

`on` is said of a room only while what lies on the disk grows, or nobody sends anything.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yuanzhen.collaboration.room import service
from yuanzhen.collaboration.room import store as rooms
from yuanzhen.collaboration.room.model import Line
from yuanzhen.collaboration.room.recordings import ending, store
from yuanzhen.collaboration.room.recordings.model import LINES, NEXT, WANTED, Recording, Step
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import InsufficientStorage, NotFound, Unavailable
from yuanzhen.infrastructure.log import log
from yuanzhen.network.media.events import Event, FeedCame, FeedLeft, ServerLost
from yuanzhen.network.media.shell.servers import Servers

WORKER = system("relay")
LOOK_S = 0.5
STILL_LOOKS = 8  # after so many without growth nothing is recorded
# At which looks whoever sends is asked for a whole picture: soon, for the first one may have come before anything was
# recorded, or with a key that is not kept; and again and again, for a film is gone through from one to another.
WHOLE_SOON, WHOLE_EVERY = frozenset({2, 5, 10}), 20
LEAST_BYTES = 512 << 20  # of the disk stay free


@dataclass(slots=True)
class _Watched:
    """A room that is to be recorded, as far as it is."""

    recording: str
    bytes: int = 0
    still: int = 0
    looks: int = 0
    told: Step | None = None


class Recorder:
    """The recordings of the rooms of our media servers."""

    def __init__(self, db: Database, media: Servers, *, least_bytes: int = LEAST_BYTES) -> None:
        self._db = db
        self._media = media
        self._least = least_bytes
        self._watched: dict[str, _Watched] = {}
        self._sending: dict[str, set[str]] = defaultdict(set)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        media.follow(self._hear)

    def check(self) -> None:
        """Raises `InsufficientStorage` when the disk has no room for a recording."""
        if self._is_full():
            raise InsufficientStorage("recording.disk_full")

    async def changed(self, body: dict[str, Any]) -> None:
        """The listener of `RecordingChanged`."""
        await self.settle(str(body["room"]))

    async def settle(self, room: str) -> None:
        """What the media server records becomes what the room's recording says."""
        async with self._turns[room]:
            async with self._db.look(WORKER) as look:
                found = await store.under_way(look, room)
            wanted = found.id if found is not None and found.state in WANTED else ""
            if room in self._media.rooms:
                with suppress(Unavailable):  # the next server is told by itself what to record
                    await self._media.record(room, wanted)
            if wanted:
                self._watched.setdefault(room, _Watched(wanted))
            else:
                self._watched.pop(room, None)
            if found is not None and not wanted:
                await self._stepped(room, "settle")

    async def run(self) -> None:
        """Looks whether what is to be recorded is, until cancelled."""
        async with self._db.look(WORKER) as look:
            left = await store.all_under_way(look)
        for one in left:
            await self.settle(one.room)
        while True:
            await asyncio.sleep(LOOK_S)
            for room, watched in list(self._watched.items()):
                if self._is_full():
                    await self._end_full(room)
                else:
                    await self._look(room, watched)

    def folder(self, one: Recording) -> Path:
        """Where a recording lies, sealed."""
        return self._media.recordings(one.id)

    async def _look(self, room: str, watched: _Watched) -> None:
        watched.looks += 1
        if watched.looks in WHOLE_SOON or watched.looks % WHOLE_EVERY == 0:
            await self._media.ask_whole(room)
        size = await asyncio.to_thread(_bytes_in, self._media.recordings(watched.recording))
        watched.still = 0 if size > watched.bytes else watched.still + 1
        flows = size > watched.bytes or (room in self._media.rooms and not self._sending[room])
        watched.bytes = size
        step: Step | None = "flow" if flows else "break" if watched.still >= STILL_LOOKS else None
        if step is not None and step != watched.told:
            watched.told = step
            await self._stepped(room, step)

    async def _end_full(self, room: str) -> None:
        log.warning("recording_disk_full", room=room)
        now = clock.now()
        await self._in_room(room, lambda tx: ending.end(tx, room, "", "disk-full", now))
        await self.settle(room)

    async def _stepped(self, room: str, step: Step) -> None:
        async def move(tx: Tx) -> tuple[Line, ...]:
            one = await store.under_way(tx, room)
            if one is None or (one.state, step) not in NEXT:
                return ()
            await store.save(tx, one.after(step))
            return (Line(clock.now(), LINES[step], one.by, ""),) if step in LINES else ()

        await self._in_room(room, move)

    async def _in_room(self, id: str, act: Callable[[Tx], Awaitable[tuple[Line, ...]]]) -> None:
        """What changes a recording: its pages are woken, and its time line tells it."""
        async with self._db.verb(WORKER) as tx:
            room = await rooms.lock(tx, id)
            if room is None:
                raise NotFound("room.not_found")
            lines = await act(tx)
            await service.stirred(tx, room, lines, epoch=False)
            tx.tell(service.channel(id), "recording", {})

    async def _hear(self, event: Event) -> None:
        match event:
            case FeedCame(room, who):
                self._sending[room].add(who)
            case FeedLeft(room, who):
                self._sending[room].discard(who)
            case ServerLost(rooms):
                for room in rooms:
                    self._sending.pop(room, None)
                    if room in self._watched:
                        self._watched[room].told = "break"
                        await self._stepped(room, "break")
            case _:
                pass

    def _is_full(self) -> bool:
        return shutil.disk_usage(self._media.recordings("")).free < self._least


def _bytes_in(folder: Path) -> int:
    try:
        with os.scandir(folder) as files:
            return sum(file.stat().st_size for file in files)
    except FileNotFoundError:  # nobody has sent anything yet
        return 0
