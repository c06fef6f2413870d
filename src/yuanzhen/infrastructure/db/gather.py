"""Trail rows of reads and refusals, committed in groups: a row waits for the group under way, then goes with the next.

The caller's answer waits until its rows are committed. Nothing is timed: an idle system writes at once, a busy one in
larger groups.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from yuanzhen.infrastructure.errors import Unavailable

Row = dict[str, Any]
LARGEST = 500


class Gather:
    """Groups rows; `write` commits one group and raises what went wrong.

    When a group cannot be kept each caller's rows go alone: those of one that cannot be kept fail nobody else's read.
    """

    def __init__(self, write: Callable[[list[Row]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[tuple[list[Row], asyncio.Future[None]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def keep(self, rows: list[Row]) -> None:
        """Returns when all of `rows` are committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        await done

    async def _work(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
                await self._commit(group)
        finally:
            self._worker = None

    async def _commit(self, group: list[tuple[list[Row], asyncio.Future[None]]]) -> None:
        try:
            await self._write([row for rows, _ in group for row in rows])
        except Exception as error:  # noqa: BLE001 - handed to every waiter, none of whom may answer now
            if len(group) > 1 and not isinstance(error, Unavailable):
                for one in group:
                    await self._commit([one])
                return
            for _, done in group:
                if not done.done():  # who waited may have gone away
                    done.set_exception(error)
        else:
            for _, done in group:
                if not done.done():
                    done.set_result(None)
