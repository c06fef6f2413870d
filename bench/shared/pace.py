"""When acts begin, for figures in which a stall is to count for all that it delays."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


async def evenly(act: Callable[[int], Awaitable[None]], count: int, rate: float) -> None:
    """Starts an act each 1/`rate` seconds whether or not the last has ended: a stall counts for all that it delays."""
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for n in range(count):
            await asyncio.sleep(max(0.0, started + n / rate - time.monotonic()))
            group.create_task(act(n))  # type: ignore[arg-type]
