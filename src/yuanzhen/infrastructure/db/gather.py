"""What many callers ask of the database at once, in groups: who comes waits for the group under way, then goes with the
next. Nothing is timed: an idle system asks at once, a busy one for more at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from yuanzhen.infrastructure.errors import Unavailable

Asked = TypeVar("Asked")
Told = TypeVar("Told")
LARGEST = 500


class Gather(Generic[Asked, Told]):
    """Groups what is asked; `act` does one group, answers in its order and raises what went wrong.

    When a group fails each caller's goes alone: what is wrong with one fails nobody else's.
    """

    def __init__(self, act: Callable[[list[Asked]], Awaitable[Sequence[Told]]]) -> None:
        self._act = act
        self._waiting: list[tuple[Asked, asyncio.Future[Told]]] = []
        self._worker: asyncio.Task[None] | None = None
        self.is_idle = True  # nobody waits and nothing is under way

    async def ask(self, one: Asked) -> Told:
        """The answer to one of a group that begins after this call; who comes to an idle one asks by itself."""
        if not self.is_idle:
            done: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
            self._waiting.append((one, done))
            return await done
        self.is_idle = False
        try:
            (told,) = await self._act([one])
            return told
        finally:
            if self._waiting:
                self._worker = asyncio.create_task(self._work())
            else:
                self.is_idle = True

    async def _work(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
                await self._do(group)
        finally:
            self.is_idle = True

    async def _do(self, group: list[tuple[Asked, asyncio.Future[Told]]]) -> None:
        try:
            told = await self._act([one for one, _ in group])
        except Exception as error:  # noqa: BLE001 - handed to every waiter, none of whom may answer now
            if len(group) > 1 and not isinstance(error, Unavailable):
                for one in group:
                    await self._do([one])
                return
            for _, done in group:
                if not done.done():  # who waited may have gone away
                    done.set_exception(error)
        else:
            for (_, done), answer in zip(group, told, strict=True):
                if not done.done():
                    done.set_result(answer)
