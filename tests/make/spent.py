"""CPU seconds that processes have used so far, asked of the system: what a figure compares, whatever else runs."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def alone_s(pid: int) -> float:
    """Of a process alone."""
    return sum(_fields(pid)[:2]) / TICKS


def with_children_s(pid: int) -> float:
    """Of a process and of its children that have ended."""
    return sum(_fields(pid)) / TICKS


def postgres_s(postmaster: int) -> float:
    """Of a database server and all its processes."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return with_children_s(postmaster) + sum(map(alone_s, map(int, children)))


def _fields(pid: int) -> list[int]:
    """utime, stime, cutime and cstime of /proc/PID/stat, in ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return list(map(int, fields[11:15]))
