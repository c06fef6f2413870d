"""A media server of our own for the run, rooms in it, and browsers that call each other there."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.make import callers
from tests.make.callers import Caller
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.network.media.configuration import Ground
from yuanzhen.network.media.events import Event, RoomOptions, ServerUp
from yuanzhen.network.media.shell import janus
from yuanzhen.network.media.shell.janus import Started
from yuanzhen.network.media.shell.servers import Servers
from yuanzhen.network.media.shell.sfu import Sfu

PORTS = range(23000, 23400)
PATIENCE_S = 20


@dataclass
class Media:
    """A running server, and all that it told."""

    sfu: Sfu | Servers
    home: Path
    told: list[Event] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def started(self) -> Started:
        """The program as it runs now."""
        return self.sfu._server.started

    @property
    def pid(self) -> int:
        """Of the program that runs now."""
        return self.sfu.pid

    async def hear(self, event: Event) -> None:
        """Takes an event."""
        async with self._news:
            self.told.append(event)
            self._news.notify_all()

    async def until(self, holds: Callable[[Event], bool]) -> Event:
        """The first event that was told, or will be, of which this holds."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: any(map(holds, self.told)))
            return next(filter(holds, self.told))

    async def until_told(self, event: Event) -> None:
        """Waits until exactly this was told."""
        await self.until(lambda told: told == event)


@asynccontextmanager
async def running(made: Callable[[Path], Sfu | Servers] | None = None, servers: int = 1) -> AsyncIterator[Media]:
    """One server, or so many as `made` makes, in a home of its own until the block is left; nothing of it stays."""
    home = Path(tempfile.mkdtemp(prefix="media-"))
    media = Media(made(home) if made else Sfu(home, Ground(PORTS), Metrics()), home)
    media.sfu.follow(media.hear)
    task = asyncio.create_task(media.sfu.run())
    try:
        await media.until(lambda _: media.told.count(ServerUp(())) == servers)
        yield media
    finally:
        task.cancel()
        await asyncio.wait({task})
        shutil.rmtree(janus.recordings(home))
        shutil.rmtree(home)


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    if not janus.available():
        pytest.skip("no media server is installed")


@pytest.fixture(scope="session")
async def started() -> AsyncIterator[Browser]:
    if callers.CHROMIUM is None:
        pytest.skip("Chromium is not here")
    async with callers.browser() as browser:
        yield browser


@pytest.fixture(scope="session")
async def media() -> AsyncIterator[Media]:
    async with running() as one:
        yield one


@dataclass
class Room:
    """An open room, and who comes."""

    media: Media
    id: str
    browser: Browser
    pages: list[Caller] = field(default_factory=list)

    async def caller(self, who: str) -> Caller:
        """One more device."""
        one = await callers.caller(self.browser, self.media.sfu, self.id, who)
        self.pages.append(one)
        return one


@pytest.fixture
async def room(media: Media, started: Browser) -> AsyncIterator[Room]:
    """A room in which media are sealed (by the callers' word)."""
    opened = Room(media, new_id(), started)
    await media.sfu.open_room(opened.id, RoomOptions())
    yield opened
    for caller in opened.pages:
        await caller.page.close()
    if opened.id in media.sfu.rooms:
        await media.sfu.close_room(opened.id)
