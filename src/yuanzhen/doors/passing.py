"""What pages show each other in passing, carried to the pages of other processes by the database's notices.

A process tells the others that it is there; while nobody else is, nothing is sent. What is lost is lost: the next
pointer, the next stroke says it anew.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db import news
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.log import log

NOTICE = "passing"
HERE_EVERY_S = 15.0
GONE_AFTER_S = 3 * HERE_EVERY_S
MOST_WAITING = 256  # of all pages of a process; the oldest of more is let go

Show = Callable[[str, str], None]


class Neighbours:
    """The other processes: `show(channel, text)` is called with what their pages say. `run` it once."""

    def __init__(self, db: Database, bus: Bus, show: Show) -> None:
        self._db = db
        self._show = show
        self._id = new_id()
        self._heard: dict[str, float] = {}  # when each other process last said something, by the loop's clock
        self._waiting: deque[str] = deque(maxlen=MOST_WAITING)
        self._something = asyncio.Event()
        bus.subscribe(NOTICE, self._hear, self._something.set)  # who was away says that it is back

    async def run(self) -> None:
        """Says that this process is there, and hands on what waits, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(HERE_EVERY_S):
                    await self._something.wait()
            self._something.clear()
            words = [self._id, *self._waiting]
            self._waiting.clear()
            try:
                await news.pass_by(self._db, NOTICE, words)
            except Problem as down:
                log.warning("passing_lost", problem=down.code, messages=len(words) - 1)

    def tell(self, channel: str, text: str) -> None:
        """Shows it to the pages of the other processes, if there are any."""
        now = asyncio.get_running_loop().time()
        self._heard = {one: at for one, at in self._heard.items() if now - at < GONE_AFTER_S}
        if self._heard:
            self._waiting.append(f"{self._id} {channel} {text}")
            self._something.set()

    def _hear(self, word: str) -> None:
        process, _, said = word.partition(" ")
        if process == self._id:
            return
        if process not in self._heard:
            self._something.set()  # it does not know of us either
        self._heard[process] = asyncio.get_running_loop().time()
        if said:
            channel, _, text = said.partition(" ")
            self._show(channel, text)
