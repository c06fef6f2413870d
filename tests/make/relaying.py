"""A relay at work, the facts it is told, and a listener that keeps what it heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, ClassVar

import msgspec

from tests.conftest import Home
from tests.make.faults import PATIENCE_S, until
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.relay import Listener, Relay
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.metrics import Metrics

LI = Actor(kind="person", id="li", role="expert")
WHO_HEARS = {"toy.happened": ("ears",), "toy.both": ("ears", "post")}
UNDONE = "SELECT * FROM infrastructure.outbox WHERE done IS NULL ORDER BY id"
EFFECTS = "SELECT FROM infrastructure.outbox WHERE kind = 'effect'"


class Happened(msgspec.Struct, frozen=True, omit_defaults=True):
    kind: ClassVar[str] = "toy.happened"
    n: int
    order_key: str | None = None


class Both(msgspec.Struct, frozen=True):
    kind: ClassVar[str] = "toy.both"
    n: int


class Ears:
    """A listener that keeps what it heard, fails when told to, and lets a test wait for a number of deliveries."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.fail: Callable[[int], Exception | None] = lambda n: None
        self._changed = asyncio.Event()

    async def deliver(self, body: dict[str, Any]) -> None:
        error = self.fail(body["n"])
        if error:
            raise error
        self.heard.append(body["n"])
        self._changed.set()

    async def handle(self, tx: Tx, body: dict[str, Any]) -> None:
        await self.deliver(body)

    async def count(self, wanted: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.heard) < wanted:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def relaying_for(home: Home, db: Database, listeners: dict[str, Listener], **kwargs: Any) -> AsyncIterator[Bus]:
    bus = Bus(home.dsn, Metrics())
    relay = Relay(db, bus, listeners, Metrics(), **kwargs)
    tasks = [asyncio.create_task(bus.run()), asyncio.create_task(relay.run())]
    try:
        yield bus
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def announce(db: Database, *facts: Any, due_in_s: float = 0) -> None:
    async with db.verb(LI) as tx:
        for fact in facts:
            tx.announce(fact, due=clock.now() + timedelta(seconds=due_in_s) if due_in_s else None)


async def until_all_done(home: Home) -> None:
    await until(home, UNDONE, lambda rows: not rows)
