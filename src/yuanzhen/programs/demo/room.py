"""The demo's room: a consultation that goes on, and who comes into it by themselves while a visitor is there.

They are pages of a real browser that log in, join, seal and send as everybody's do; only their camera is drawn.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from yuanzhen.applications.consultation import meeting
from yuanzhen.applications.consultation import store as cases
from yuanzhen.collaboration.room import service, store
from yuanzhen.collaboration.room.model import Room
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.network.media.shell import janus
from yuanzhen.programs.demo import cast, chromium
from yuanzhen.programs.demo import kept as keeping
from yuanzhen.programs.demo.chromium import DevTools, Tab
from yuanzhen.programs.demo.crowd import Told
from yuanzhen.programs.demo.kept import Kept
from yuanzhen.programs.demo.playing import RELAY, Stage
from yuanzhen.programs.demo.scenes import ROOM

CAMERA = Path(__file__).with_name("camera.js")
ENTER = ".check .btn.primary:enabled"  # the device check's one next step
LOGGED_IN = "localStorage.setItem('yuanzhen.in', '1')"  # as the log-in page remembers it (web/src/lib/storage.ts)
LOOK_S = 2.0
ALONE_S = 60.0  # a code is good for half a minute, once: who comes back after this has a new one
AGAIN_S = 30.0  # after a browser that did not start or has ended


@dataclass(frozen=True, slots=True)
class Seat:
    """Who comes by themselves, and what their camera shows."""

    login: str
    shows: Literal["face", "ultrasound"]


HOST = Seat(cast.ROOM_EXPERT.login, "face")
SEATS = (HOST, Seat(cast.ROOM_TOWNSHIP.login, "ultrasound"))


async def prepare(db: Database, home: Path, kept: Kept, stage: Stage, told: Told) -> None:
    """A consultation that has a room; the last one's, while it has one."""
    async with db.look(RELAY) as look:
        found = await cases.find(look, "", kept.room) if kept.room else None
    if found is None or found[0].state not in meeting.MEETS:
        kept.room = await stage.play(f"demo-room-{clock.now().isoformat()}", ROOM, told)
        keeping.write(home, kept)


class Company:
    """Those who keep a visitor company."""

    def __init__(self, db: Database, home: Path, url: str, kept: Kept, stage: Stage) -> None:
        self._db = db
        self._home = home
        self._page = f"{url}/cases/{kept.room}/room"
        self._case = kept.room
        self._kept = kept
        self._stage = stage
        # Without a media server two people talk, and no more
        self._seats = SEATS if janus.available() else SEATS[:1]
        self._own = frozenset(kept.logins[seat.login].id for seat in SEATS)

    async def keep(self) -> None:
        """Each time that somebody comes, they come too, and go when nobody else is there any more. Never ends."""
        while True:
            if not self._visitors(await self._room()):
                await asyncio.sleep(LOOK_S)
                continue
            try:
                async with chromium.running(self._home) as browser:
                    await self._sit(browser)
            except (Problem, OSError) as failed:
                print(f"会诊室里的模拟人员没有来 · nobody came into the demo's room: {failed}", flush=True)
                await asyncio.sleep(AGAIN_S)

    async def _sit(self, browser: DevTools) -> None:
        tabs = [await self._opened(browser, seat) for seat in self._seats]
        loop = asyncio.get_running_loop()
        seen = loop.time()
        while loop.time() - seen < ALONE_S:
            for tab in tabs:
                await tab.press(ENTER)
            room = await self._room()
            await self._let_in(room)
            if self._visitors(room):
                seen = loop.time()
            await asyncio.sleep(LOOK_S)
        for tab in tabs:
            await tab.go("about:blank")  # which leaves the room, as closing the page does

    async def _opened(self, browser: DevTools, seat: Seat) -> Tab:
        one = self._kept.logins[seat.login]
        cookies = await asyncio.to_thread(self._stage.cookies, seat.login)
        drawn = json.dumps({"shows": seat.shows, "name": one.name})
        script = f"{LOGGED_IN};({CAMERA.read_text(encoding='utf-8')})({drawn})"
        return await browser.open(self._page, cookies, script)

    async def _let_in(self, room: Room | None) -> None:
        """The host opens the door to whoever knocks."""
        host = self._kept.logins[HOST.login].id
        if room is None or room.standing(host) != "in":
            return
        for one in room.those("waiting"):
            async with self._db.verb(self._stage.actor(HOST.login)) as tx:
                await service.admit(tx, room.id, one.person, clock.now())

    def _visitors(self, room: Room | None) -> Collection[str]:
        return {one.person for one in room.those("in", "waiting")} - self._own if room else ()

    async def _room(self) -> Room | None:
        async with self._db.look(RELAY) as look:
            return await store.find(look, self._case)
