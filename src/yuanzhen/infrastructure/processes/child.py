"""Child processes that die with us: started through `_launch.py`, awaited by pidfd, ended step by step."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.infrastructure.processes.account import Account

LAUNCHER = Path(__file__).with_name("_launch.py")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}  # no variable of ours (PG*, say) reaches them

Step = tuple[signal.Signals, float]

# PostgreSQL 18, 18.5 "Shutting Down the Server": fast, immediate, and what no process refuses. SIGTERM (smart) would
# wait for the clients. Seconds to wait after each.
STEPS: tuple[Step, ...] = (
    (signal.SIGINT, 30.0),
    (signal.SIGQUIT, 10.0),
    (signal.SIGKILL, 10.0),
)


@dataclass(frozen=True)
class Child:
    """A child of ours; `ended` gives its exit status (negative: the signal) and reaps it."""

    pid: int
    ended: asyncio.Task[int]

    async def end(self, steps: Sequence[Step] = STEPS) -> None:
        """Ends it when it still runs; once it is reaped, its pid may be another process's."""
        if not self.ended.done():
            await end(self.pid, steps)
            await self.ended


def spawn(
    command: Sequence[str], account: Account, *, keep: Iterable[int] = (), stderr: int, stdout: int = subprocess.DEVNULL
) -> Child:
    """Starts a program as `account` with the descriptors `keep` open under their numbers; its input is null.

    Call it in the thread of the running loop, and let that thread live: the child ends with it.
    """
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), str(account.uid), str(account.gid)]
    popen = subprocess.Popen(  # noqa: S603  # our own interpreter and a list, no shell
        [*launcher, *command],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=tuple(keep),
        env=ENVIRONMENT,
        cwd="/",
        start_new_session=True,  # Ctrl-C at the terminal is for us; we stop the server when we are done with it
    )
    return Child(popen.pid, asyncio.get_running_loop().create_task(_reaped(popen)))


async def _reaped(popen: subprocess.Popen[bytes]) -> int:
    await gone(popen.pid)
    return popen.wait()


async def gone(pid: int) -> None:
    """Returns when the process has ended; one that waits to be reaped has."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(pidfd, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)


async def end(pid: int, steps: Sequence[Step] = STEPS) -> None:
    """Signals a process step by step until it has ended; Unavailable `program.does_not_stop` after the last.

    The caller makes sure that `pid` is still the process meant: a child not yet reaped is.
    """
    for step, bound_s in steps:
        try:
            os.kill(pid, step)
            await asyncio.wait_for(gone(pid), bound_s)
        except ProcessLookupError:
            return
        except TimeoutError:
            continue
        return
    raise Unavailable("program.does_not_stop", pid=pid)
