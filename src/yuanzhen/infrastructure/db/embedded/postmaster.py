"""What a server says of itself in `postmaster.pid`, a file that a killed server leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILE = "postmaster.pid"
NAME = "yuanzhen"  # our servers' cluster_name
_OURS = f"cluster_name={NAME}".encode()
# PostgreSQL 18, src/include/utils/pidfile.h: lines counted from 1.
LINE_PID, LINE_PORT, LINE_SOCKET_DIR, LINE_STATUS = 1, 4, 5, 8
READY = "ready"


@dataclass(frozen=True)
class Postmaster:
    """The lines we use; an unfinished file has no status yet."""

    pid: int
    port: int
    socket_dir: Path
    is_ready: bool


def read(data: Path) -> Postmaster | None:
    """The file's content, or None when it is missing or still being written."""
    try:
        lines = (data / FILE).read_text().splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < LINE_STATUS or not (lines[LINE_PID - 1].isdigit() and lines[LINE_PORT - 1].isdigit()):
        return None
    return Postmaster(
        pid=int(lines[LINE_PID - 1]),
        port=int(lines[LINE_PORT - 1]),
        socket_dir=Path(lines[LINE_SOCKET_DIR - 1]),
        is_ready=lines[LINE_STATUS - 1].strip() == READY,
    )


def serves(pid: int) -> bool:
    """Whether a living postmaster of ours has this pid; a dead one has no command line, even before it is reaped."""
    return _OURS in _told(pid, "cmdline")


def works_in(pid: int, data: Path) -> bool:
    """Whether it is a living postmaster of ours, and of this data folder: a pid left in a file may be another's."""
    try:
        return serves(pid) and Path("/proc", str(pid), "cwd").samefile(data)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def is_foreign(data: Path) -> bool:
    """Whether the file names a living postgres that we did not start: one of ours would hold the server's lock."""
    try:
        first = (data / FILE).read_text().partition("\n")[0].lstrip("-")  # a single-user server's pid is negative
    except FileNotFoundError:
        return False
    return first.isdigit() and _told(int(first), "comm").strip() == b"postgres" and not serves(int(first))


def _told(pid: int, what: str) -> bytes:
    try:
        return Path("/proc", str(pid), what).read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
