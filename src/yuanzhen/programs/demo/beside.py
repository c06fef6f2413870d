"""The played HIS as a process of its own beside the centre, which ends with it."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from yuanzhen.programs.demo.his.process import command
from yuanzhen.programs.demo.kept import Kept

REPORTS = "demo-his.jsonl"
STOP_S = 5


@asynccontextmanager
async def his(home: Path, kept: Kept) -> AsyncIterator[None]:
    """Runs it; when it cannot start (a port is taken) or is ended, says so and how to start it again."""
    start = command(home / REPORTS, port=kept.his_port, page_port=kept.page_port)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*start, "--with-parent", stdin=pipe, stdout=pipe)
    watch = asyncio.create_task(_watched(child, start))
    try:
        assert child.stdout is not None  # noqa: S101 - a pipe was asked for
        await child.stdout.readline()  # `ready`, or the end of what did not start
        yield
    finally:
        watch.cancel()
        await _stopped(child)


async def _watched(child: asyncio.subprocess.Process, start: list[str]) -> None:
    status = await child.wait()
    print(
        f"柳树镇 HIS 已停止 · the township's HIS has ended ({status}). 重新启动 · to start it again:\n"
        f"  {shlex.join(start)}",
        flush=True,
    )


async def _stopped(child: asyncio.subprocess.Process) -> None:
    """Its standard input ends, so it ends; what does not is killed."""
    if child.returncode is not None:
        return
    assert child.stdin is not None  # noqa: S101 - a pipe was asked for
    child.stdin.close()
    try:
        async with asyncio.timeout(STOP_S):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()
