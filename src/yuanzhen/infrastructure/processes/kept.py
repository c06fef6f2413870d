"""A program that is kept running: started again when it has ended, more slowly when it keeps ending at once."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.infrastructure.processes.child import Child, Step

QUICK_S, SLOW_S = 0.1, 5.0  # before the next start: after a long life, after many short ones
LONG_LIFE_S = 10.0
END_STEPS: tuple[Step, ...] = ((signal.SIGINT, 3.0), (signal.SIGKILL, 10.0))

Start = Callable[[], Awaitable[Child]]
Serve = Callable[[], Coroutine[Any, Any, None]]


async def keep(name: str, start: Start, serve: Serve, metrics: Metrics) -> None:
    """Runs the program, and `serve` beside it, until cancelled; when one of the two ends, both begin anew."""
    pause_s = QUICK_S
    while True:
        began = time.monotonic()
        try:
            child = await start()
            try:
                await _both(name, child, serve)
            finally:
                await child.end(END_STEPS)
        except (Problem, OSError) as failed:
            log.error("program_failed", program=name, reason=str(failed))
        lived_long = time.monotonic() - began > LONG_LIFE_S
        pause_s = QUICK_S if lived_long else min(pause_s * 2, SLOW_S)
        metrics.count("program_restarts", program=name)
        await asyncio.sleep(pause_s)


async def _both(name: str, child: Child, serve: Serve) -> None:
    serving = asyncio.create_task(serve())
    try:
        await asyncio.wait({child.ended, serving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        serving.cancel()
        await asyncio.wait({serving})
    if child.ended.done():
        log.error("program_ended", program=name, status=child.ended.result())
    if not serving.cancelled():
        serving.result()
