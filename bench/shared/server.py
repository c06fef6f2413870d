"""A media server of our own set-up, on ports that nothing else here takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.network.media.configuration import Ground
from yuanzhen.network.media.events import Event, ServerUp
from yuanzhen.network.media.shell.sfu import Sfu

GROUND = Ground(range(23000, 23400))


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[tuple[Sfu, asyncio.Queue[ServerUp]]]:
    """The server until the block is left, and each time that it is up again."""
    up: asyncio.Queue[ServerUp] = asyncio.Queue()
    sfu = Sfu(home, GROUND, Metrics())

    async def hear(event: Event) -> None:
        if isinstance(event, ServerUp):
            up.put_nowait(event)

    sfu.follow(hear)
    task = asyncio.create_task(sfu.run())
    try:
        await up.get()
        yield sfu, up
    finally:
        task.cancel()
        await asyncio.wait({task})
