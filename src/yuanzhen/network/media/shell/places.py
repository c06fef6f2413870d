"""What is remembered of a room and of a seat at one media server, as long as it runs."""

from __future__ import annotations

import asyncio
import secrets as chance
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.network.media.events import Event, FeedCame, FeedLeft, Part, Received, RoomOptions, Wanted

TAKEN_S = 5


@dataclass(slots=True)
class Room:
    """An open room: its secrets, and what its watcher hears.

    Its requests stand back while somebody is taken in from another server, or let go: there Janus (1.1) goes through
    who is in the room without holding it, and a request beside that costs an event, or Janus its life.
    """

    options: RoomOptions
    pin: str = field(default_factory=chance.token_hex, repr=False)
    secret: str = field(default_factory=chance.token_hex, repr=False)
    watcher: int = 0  # the handle that hears who comes and goes
    feeds: set[str] = field(default_factory=set)
    records: str = ""  # the folder of what is recorded now
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)
    _under_way: int = 0
    _awaited: tuple[str, type[Event], asyncio.Event] | None = None  # whose feed is to come from elsewhere, or to go

    def __post_init__(self) -> None:
        self._quiet.set()

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """One of many at once, when nobody is taken in or let go."""
        async with self._alone:
            self._under_way += 1
            self._quiet.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet.set()

    @asynccontextmanager
    async def until(self, what: type[FeedCame | FeedLeft], who: str) -> AsyncIterator[None]:
        """Alone in the room until a feed from elsewhere is there to be received, or gone; Janus answers before that.

        Raises Unavailable `media.no_server` if it never is.
        """
        async with self._alone:
            await self._quiet.wait()
            happened = asyncio.Event()
            self._awaited = who, what, happened
            try:
                async with asyncio.timeout(TAKEN_S):
                    yield
                    await happened.wait()
            except TimeoutError:
                raise Unavailable("media.no_server", waited_s=TAKEN_S) from None
            finally:
                self._awaited = None

    def news(self, event: Event) -> Event | None:
        """The event, unless it tells again that somebody left."""
        if isinstance(event, FeedCame | FeedLeft) and self._awaited and self._awaited[:2] == (event.who, type(event)):
            self._awaited[2].set()
        if isinstance(event, FeedCame):
            self.feeds.add(event.who)
        elif isinstance(event, FeedLeft):
            if event.who not in self.feeds:
                return None
            self.feeds.remove(event.who)
        return event

    def end(self) -> None:
        """The server has died: nothing is sent any more, and whoever waits for it goes on and hears so."""
        self.feeds.clear()
        if self._awaited:
            self._awaited[2].set()


@dataclass(slots=True)
class Seat:
    """The handles of one device in one room; its verbs wait for each other."""

    room: Room
    handles: dict[Part, int] = field(default_factory=dict)
    tracks: tuple[Received, ...] = ()
    later: tuple[Wanted, ...] = ()  # wished while an offer was open: what is `Offered` next brings them
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
