"""The verbs' own tests, all of them, on the oldest database server that is supported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.make.older_server import needs_older_server, older_server

ROOT = Path(__file__).parents[2]
EMBEDDED = ("tests/features/embedded", "tests/features/operations")  # about the embedded server, or on it
LONGEST_S = 1800


@pytest.mark.long
@needs_older_server
def test_every_verb_does_the_same_on_the_oldest_server(tmp_path: Path) -> None:
    left_out = [f"--ignore={folder}" for folder in EMBEDDED]
    said = tmp_path / "said"  # a file: a process that outlives the run would keep a pipe open
    with older_server() as url, said.open("w") as told:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "tests/features", "-q", "-m", "not long and not slow", *left_out],
            cwd=ROOT, env={**os.environ, "YUANZHEN_TEST_DATABASE_ADMIN": url}, stdout=told, stderr=told,
            timeout=LONGEST_S,
        )  # fmt: skip
    assert done.returncode == 0, said.read_text()[-10_000:]
