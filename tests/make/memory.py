"""A folder in memory, for what no test asks to find again after a power failure.

A copy of a database is a few hundred files; in memory it costs a tenth of what it does on a disk.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 1 << 30  # less, and a disk serves: containers often have 64 MB
PREFIX = "yuanzhen-test-"
LEFT_S = 60.0


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder that is gone after the block; on the disk where memory offers no room."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
            yield Path(name)
        return
    for left in MEMORY.glob(f"{PREFIX}*"):
        _remove_if_left(left)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=MEMORY) as name, _locked(Path(name)):
        yield Path(name)


def _remove_if_left(folder: Path) -> None:
    """A run that was killed leaves its folder behind, and with its lock gone; its memory is wanted back."""
    try:
        if time.time() - folder.stat().st_mtime > LEFT_S:
            with _locked(folder):
                shutil.rmtree(folder)
    except (BlockingIOError, FileNotFoundError, PermissionError):  # in use; removed by another run; another user's
        return


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)
