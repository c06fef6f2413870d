"""A small disk of its own, to fill and to free again; only root may mount one."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")


@dataclass(frozen=True)
class SmallDisk:
    """A mounted disk."""

    path: Path

    def fill(self) -> None:
        """Takes all the room there is."""
        ballast = os.open(self.path / "ballast", os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(ballast, bytes(4096))
        except OSError as full:
            assert full.errno == errno.ENOSPC
        finally:
            os.close(ballast)

    def free(self) -> None:
        """Gives the room back."""
        (self.path / "ballast").unlink()


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[SmallDisk]:
    """A disk of that size (`200m`) while the block lasts."""
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "small", path], capture_output=True, text=True)
    if done.returncode:  # root in a container without the right to mount
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        # Lazily: the database's last processes may end a moment after the centre.
        subprocess.run(["umount", "--lazy", path], check=True)
