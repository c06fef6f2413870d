"""PostgreSQL's log, bounded: the server writes straight to the file, so that it can still write when we are gone.

When the file has grown it is copied to `.1` and cut in place (the server keeps its descriptor, which appends). A line
written between the two is lost: it is a log for operators, not the audit trail.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LARGEST = 8 * 1024 * 1024  # bytes; twice that is kept


def opened(path: Path) -> int:
    """Opens the log to append, mode 0600, and makes its folder; the descriptor to hand down and close."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    bound(path)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def bound(path: Path, largest: int = LARGEST) -> None:
    """Turns the log over when it is larger than `largest` bytes."""
    if path.exists() and path.stat().st_size > largest:
        shutil.copy(path, path.with_name(f"{path.name}.1"))
        os.truncate(path, 0)
