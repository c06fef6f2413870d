"""Who holds a home: flock(2) on files in it. A lock ends with its last descriptor, so no crash leaves one behind."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from pathlib import Path

from yuanzhen.infrastructure.errors import Conflict, Unavailable

POLL_S = 0.02


def take(path: Path) -> int:
    """Locks the home for this process, and writes its pid; the descriptor to close in the end.

    Conflict `home.in_use` with the holder's `pid` when another process has it.
    """
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not _locked(held, fcntl.LOCK_EX):
        os.close(held)
        raise _taken(path)
    try:
        os.ftruncate(held, 0)
        os.pwrite(held, f"{os.getpid()}\n".encode(), 0)
    except OSError:  # a full disk: whoever tries again must not find our own lock
        os.close(held)
        raise
    return held


async def take_when_free(path: Path, bound_s: float) -> int:
    """Waits until every process that inherited this lock is gone, and takes it; the descriptor to hand down and close.

    Unavailable `database.old_server_lives` after `bound_s`.
    """
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + bound_s
    try:
        while not _locked(held, fcntl.LOCK_EX):
            if time.monotonic() > until:
                raise Unavailable("database.old_server_lives", place=str(path), waited_s=bound_s)
            await asyncio.sleep(POLL_S)
    except BaseException:
        os.close(held)
        raise
    return held


def check_free(path: Path) -> None:
    """Raises what `take` would, and takes nothing: for who wants to know before anything else is begun."""
    if is_held(path):
        raise _taken(path)


def is_held(path: Path) -> bool:
    """Whether some process holds the lock now."""
    try:
        probe = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _locked(probe, fcntl.LOCK_SH)  # shared: two who ask at once do not see each other
    finally:
        os.close(probe)


def _taken(path: Path) -> Conflict:
    holder = path.read_bytes()[:20].strip()
    return Conflict("home.in_use", place=str(path), pid=int(holder) if holder.isdigit() else None)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
