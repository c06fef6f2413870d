"""What many callers ask of the database at once, in groups: who comes in the same moment goes together, who comes while
enough is under way goes with the next. Nothing is timed: an idle system asks at once, a busy one for more at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from yuanzhen.infrastructure.errors import Unavailable

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Gather(Generic[Asked, Told]):
    """Groups what is asked; `act` does one group, answers in its order and raises what went wrong.

    At most `lanes` groups are under way at once, of at most `largest`. When a group fails each caller's goes alone:
    what is wrong with one fails nobody else's.
    """

    def __init__(
        self, act: Callable[[list[Asked]], Awaitable[Sequence[Told]]], *, lanes: int = 1, largest: int = 500
    ) -> None:
        self._act = act
        self._lanes = lanes
        self._largest = largest
        self._waiting: list[tuple[Asked, asyncio.Future[Told]]] = []
        self._under_way = 0
        self._workers: set[asyncio.Task[None]] = set()

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits and nothing is under way."""
        return self._under_way == 0

    async def ask(self, one: Asked) -> Told:
        """The answer to one of a group that begins when the loop comes round, or when a lane is free."""
        done: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, done))
        if self._under_way < self._lanes and len(self._waiting) == 1:
            self._under_way += 1
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return await done

    async def _work(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
                await self._do(group)
        finally:
            self._under_way -= 1

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
