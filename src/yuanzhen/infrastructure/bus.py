"""The database's notices (NOTIFY), heard on one connection of the process and handed to whoever asked for a channel.

A notice says that something is there to be read, not what it was. Whatever was missed while the connection was down
is read again: every hearer is told when it is up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg

from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.metrics import Metrics

Heard = Callable[[str], None]
Again = Callable[[], None]

FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 2.0
PROVE_EVERY_S = 10.0  # a peer that vanished without a word is noticed after this and the next
PROVE_WITHIN_S = 5.0


class Bus:
    """`heard(payload)` for each notice in commit order, `again()` after each (re)connection; both return at once."""

    def __init__(self, dsn: str, metrics: Metrics) -> None:
        self._dsn = dsn
        self._metrics = metrics
        self._hearers: dict[str, list[tuple[Heard, Again]]] = {}
        self.up = False

    def subscribe(self, channel: str, heard: Heard, again: Again) -> None:
        """Before `run`: who hears a channel."""
        self._hearers.setdefault(channel, []).append((heard, again))

    async def run(self) -> None:
        """Listens until cancelled, connecting again as often as it takes."""
        wait = FIRST_WAIT_S
        while True:
            try:
                await self._listen()
                wait = FIRST_WAIT_S
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("bus_down", error=type(error).__name__)
                wait = min(wait * 2, LONGEST_WAIT_S)
            await asyncio.sleep(wait)

    async def _listen(self) -> None:
        """One connection's life: returns when it has ended by itself."""
        connection = await asyncpg.connect(self._dsn, timeout=PROVE_WITHIN_S)
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        try:
            for channel in self._hearers:
                await connection.add_listener(channel, self._hear)
            self._say_up(True)
            for _, again in (pair for pairs in self._hearers.values() for pair in pairs):
                again()
            await _proved_until(ended, connection)
        finally:
            self._say_up(False)
            connection.terminate()

    def _hear(self, _connection: Any, _pid: int, channel: str, payload: str) -> None:
        for heard, _ in self._hearers[channel]:
            heard(payload)

    def _say_up(self, up: bool) -> None:
        if up != self.up:
            log.info("bus_up" if up else "bus_lost", channels=list(self._hearers))
        self.up = up
        self._metrics.set("bus_up", up)


async def _proved_until(ended: asyncio.Event, connection: asyncpg.Connection) -> None:
    while not ended.is_set():
        try:
            async with asyncio.timeout(PROVE_EVERY_S):  # not wait_for, which may swallow a cancellation
                await ended.wait()
        except TimeoutError:
            await connection.execute("SELECT 1", timeout=PROVE_WITHIN_S)
