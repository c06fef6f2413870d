"""What `/healthz` answers: whether the database answers. Everybody may ask, so the database is asked once a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from yuanzhen.infrastructure.errors import Problem, Unavailable

FRESH_S = 1.0  # how long an answer is told again
PATIENCE_S = 2.0  # whoever has not answered by then does not answer


class Health:
    """One question at a time, shared by all who ask meanwhile and for a second after."""

    def __init__(self, ask: Callable[[], Awaitable[None]], now_s: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._now_s = now_s
        self._question: asyncio.Task[Problem | None] | None = None
        self._asked_s = 0.0

    async def __call__(self) -> dict[str, str]:
        """That all is well. Raises what `ask` raises, or Unavailable `database.down` when it takes too long."""
        now_s, question = self._now_s(), self._question
        if question is None or (question.done() and now_s - self._asked_s >= FRESH_S):
            self._question = question = asyncio.create_task(self._asked())
            self._asked_s = now_s
        # Not cancelled when it takes too long: while it lasts, nobody asks again.
        await asyncio.wait({question}, timeout=max(0.0, self._asked_s + PATIENCE_S - now_s))
        problem = question.result() if question.done() else Unavailable("database.down", retry_after_s=2)
        if problem is not None:
            raise problem
        return {"status": "ok"}

    async def _asked(self) -> Problem | None:
        try:
            await self._ask()
        except Problem as problem:
            return problem
        return None
