"""What a running centre does now and then, first of all at its start: swept is what nobody needs any more."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.make import inside
from tests.make.center import Center
from tests.make.yard import until
from yuanzhen.infrastructure.blobs import Folder
from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.programs import center as program
from yuanzhen.security.keys.objects import Objects
from yuanzhen.security.keys.root import Root

OBJECTS = Path("blobs") / "objects"
TOKENS = "SELECT count(*) FROM security.token"


def left_behind(home: Path, key: str, *, hours: float) -> Path:
    """An object whose process died before its row was written, so long ago."""
    root = Root.open(home / "root.key", None, may_create=False)
    asyncio.run(Objects(root, Folder(home / "blobs")).put(key, b"image"))
    path = home / OBJECTS / key
    at = path.stat().st_mtime - hours * 3600
    os.utime(path, (at, at))
    return path


@pytest.mark.slow
def test_a_start_sweeps_orphans_and_tokens_that_ran_out(center: Center) -> None:
    center.machine()
    inside.rows(center.home, "UPDATE security.token SET ends = now() - interval '1 second'")
    center.machine("system/Patient.read")
    assert inside.value(center.home, TOKENS) == 2
    center.kill()
    old, young = left_behind(center.home, "dicom/ab/old", hours=25), left_behind(center.home, "dicom/ab/young", hours=1)
    center.start()
    until(lambda: not old.exists(), "the orphan is swept")
    until(lambda: inside.value(center.home, TOKENS) == 1, "the token that ran out is swept")
    assert young.exists()


def test_a_chore_that_a_full_disk_hinders_is_done_the_next_time() -> None:
    done = []

    async def work() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise Unavailable("database.down")
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(program.again("orphans", timedelta(0), work))
    assert done == [0, 1]
