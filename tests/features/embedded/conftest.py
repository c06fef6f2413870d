"""Temporary homes and processes of our own, with nothing left running after a test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.features.embedded.servers import PASSWORD, STARTER, Start, Starter, eventually, processes_in
from yuanzhen.infrastructure.processes.account import Account
from yuanzhen.infrastructure.processes.runtime import runtime_folder


@pytest.fixture
async def home() -> AsyncIterator[Path]:
    """A home, not there yet, below a folder that its owner alone may enter."""
    above = Path(tempfile.mkdtemp(prefix="embedded-"))
    yield above / "deep" / ".yuanzhen"
    for data in data_folders(above):
        await eventually(lambda data=data: processes_in(data) == [])
        shutil.rmtree(runtime_folder(data.parents[1], Account(os.geteuid(), os.getegid())))
    shutil.rmtree(above)


def data_folders(above: Path) -> list[Path]:
    return list(above.glob("**/postgresql/data"))


@pytest.fixture
def start_elsewhere() -> Iterator[Start]:
    """Starts a server from another process, which is killed with the test."""
    started: list[Starter] = []

    def start(home: Path, *, python: str = sys.executable, **how: object) -> Starter:
        process = subprocess.Popen(
            [python, str(STARTER), str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **how
        )
        assert process.stdin is not None
        process.stdin.write(f"{PASSWORD}\n")
        process.stdin.flush()
        started.append(Starter(process))
        return started[-1]

    yield start
    for starter in started:
        starter.kill()
