"""The HIS as a process that can be switched off and on again; for the demo and for tests of what then happens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.programs.demo.his.reading import Report

STOP_S = 10


def command(file: Path, *, port: int, page_port: int) -> list[str]:
    """What starts it."""
    ports = ["--port", str(port), "--page-port", str(page_port)]
    return [sys.executable, "-m", "yuanzhen.programs.demo.his", *ports, "--file", str(file)]


@dataclass
class His:
    """One HIS: its file outlives its process, so what it took is there when it is on again."""

    file: Path
    port: int
    page_port: int
    _child: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls, file: Path, *, port: int, page_port: int) -> Iterator[His]:
        """On for the time of the block, unless it is switched off in it."""
        his = cls(file, port, page_port)
        his.on()
        try:
            yield his
        finally:
            his.off()

    def on(self) -> None:
        """Starts it and waits until it accepts. Raises Unavailable `demo.his` when a port is taken."""
        child = subprocess.Popen(  # noqa: S603 - our own module by our own interpreter
            command(self.file, port=self.port, page_port=self.page_port), stdout=subprocess.PIPE
        )
        assert child.stdout is not None  # noqa: S101 - a pipe was asked for
        if not child.stdout.readline().startswith(b"ready "):
            raise Unavailable("demo.his", place=f"127.0.0.1:{self.port}", status=child.wait())
        self._child = child

    def off(self) -> None:
        """Ends it, and frees its ports; nothing where it is off."""
        child, self._child = self._child, None
        if child is not None:
            child.terminate()
            child.communicate(timeout=STOP_S)

    def reports(self) -> list[Report]:
        """What it has taken, in order; on or off."""
        return [msgspec.json.decode(line, type=Report) for line in self.file.read_bytes().splitlines()]
