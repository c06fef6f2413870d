"""The connections of one process, lent one caller at a time. Knows neither actors nor statements.

`asyncpg`'s own pool makes a task and a proxy for each use and asks the server to forget settings; ours end with their
transaction, so all that is left to do is to hand a connection on. A use costs half of what it did.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from yuanzhen.infrastructure.errors import Unavailable

Waiter = asyncio.Future[asyncpg.Connection | None]  # None: there is room for a new one, look again


class Connections:
    """At most `size` connections, opened when they are wanted; who comes first is served first."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._open = 0
        self._idle: list[asyncpg.Connection] = []
        self._lent: set[asyncpg.Connection] = set()
        self._waiting: deque[Waiter] = deque()
        self._closed: asyncio.Event | None = None  # set when, after `close`, the last one has come back

    @asynccontextmanager
    async def one(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection for the block."""
        connection = await self.take()
        try:
            yield connection
        finally:
            self.give(connection)

    async def take(self) -> asyncpg.Connection:
        """A live connection, to be given back. Raises what connecting raises, `Unavailable` after `close`."""
        while True:
            if self._closed is not None:
                raise Unavailable("database.closed")
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    self._lent.add(connection)
                    return connection
                self._open -= 1
            connection = await (self._new() if self._open < self._size else self._next())
            if connection is not None:
                return connection

    def give(self, connection: asyncpg.Connection) -> None:
        """Back from its user. One that died, or was left within a transaction, makes room for another."""
        self._lent.discard(connection)
        if connection.is_closed() or connection.is_in_transaction() or self._closed is not None:
            connection.terminate()
            self._room()
            return
        waiter = self._first_waiting()
        if waiter is not None:
            self._lent.add(connection)
            waiter.set_result(connection)
        else:
            self._idle.append(connection)

    async def close(self, patience_s: float) -> None:
        """Lends no more, waits for what is lent, and ends all."""
        self._closed = asyncio.Event()
        while (waiter := self._first_waiting()) is not None:
            waiter.set_result(None)
        try:
            if self._lent:
                async with asyncio.timeout(patience_s):
                    await self._closed.wait()
        except TimeoutError:
            for connection in self._lent:
                connection.terminate()
        for connection in self._idle:
            await connection.close()

    async def _new(self) -> asyncpg.Connection:
        self._open += 1
        try:
            connection = await self._connect()
        except BaseException:
            self._room()
            raise
        self._lent.add(connection)
        return connection

    async def _next(self) -> asyncpg.Connection | None:
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            # It may have been handed over in the same moment.
            connection = waiter.result() if waiter.done() and not waiter.cancelled() else None
            if connection is not None:
                self.give(connection)
            raise

    def _room(self) -> None:
        self._open -= 1
        if self._closed is not None and not self._lent:
            self._closed.set()
        waiter = self._first_waiting()
        if waiter is not None:
            waiter.set_result(None)

    def _first_waiting(self) -> Waiter | None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None
