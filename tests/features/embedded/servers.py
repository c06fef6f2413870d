"""What the tests of the embedded server do again and again: serve a home, keep rows in it, look at processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from yuanzhen.infrastructure.db import embedded

PASSWORD = "a-long-secret-of-the-home"
STARTER = Path(__file__).with_name("starter.py")


async def eventually(holds: Callable[[], bool], within_s: float = 15.0) -> None:
    """Polls until the condition holds; fails when it does not in time."""
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, f"still not so after {within_s} s"
        await asyncio.sleep(0.01)


def processes_in(folder: Path) -> list[int]:
    """The pids of the living processes that work in this folder: postmaster and children of a data folder."""
    wanted = folder.stat()
    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if _works_in(process, wanted)]


def process_in(folder: Path, called: str) -> int:
    """The pid of the process that works in this folder and calls itself so (`checkpointer`)."""
    told = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in processes_in(folder)}
    return next(pid for pid, words in told.items() if called in words)


def _works_in(process: Path, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat((process / "cwd").stat(), wanted)
    except (FileNotFoundError, ProcessLookupError, PermissionError):  # gone, or a zombie, or another user's
        return False


@asynccontextmanager
async def connected(socket_dir: Path, password: str = PASSWORD) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        host=str(socket_dir), port=5432, user="yuanzhen_super", password=password, database="postgres"
    )
    try:
        yield connection
    finally:
        await connection.close()


async def keep_a_row(socket_dir: Path, word: str) -> None:
    async with connected(socket_dir) as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (word text PRIMARY KEY)")
        await connection.execute("INSERT INTO kept VALUES ($1)", word)


async def rows(socket_dir: Path) -> list[str]:
    async with connected(socket_dir) as connection:
        return [row["word"] for row in await connection.fetch("SELECT word FROM kept ORDER BY word")]


@asynccontextmanager
async def serving(home: Path, password: str = PASSWORD) -> AsyncIterator[embedded.Server]:
    server = await embedded.start(home, password=password)
    try:
        yield server
    finally:
        await server.stop()


@dataclass(frozen=True)
class Starter:
    """Another process that has started, or is starting, a server."""

    process: subprocess.Popen[str]

    async def said(self) -> dict[str, str]:
        """Where its server is, once it runs."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(asyncio.to_thread(self.process.stdout.readline), 60)
        return dict(json.loads(line))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


Start = Callable[..., Starter]
