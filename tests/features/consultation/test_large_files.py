"""A file of any size is never in memory whole, neither as it comes nor as it is read."""

from __future__ import annotations

import shutil
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.make.cases import ASKER, EXPERT, NOW, Ward
from yuanzhen.applications.consultation.files import jobs, service
from yuanzhen.applications.consultation.files.model import LARGEST_PIECE
from yuanzhen.data.records.file import pieces, upload_store
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.security.scanning.engine import Engine

MIB = 2**20
SOME = bytes(range(256)) * 1024  # a quarter of a MiB
ALLOWED = 3 * LARGEST_PIECE  # bytes held at once, whatever the size


@pytest.fixture
def measured() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize("size", [64 * MIB, pytest.param(10 * 1024 * MIB, marks=pytest.mark.long)])
async def test_a_large_file_comes_and_is_read_piece_by_piece(
    ward: Ward, tmp_path: Path, size: int, measured: None
) -> None:
    if shutil.disk_usage(tmp_path).free < size * 1.2:
        pytest.skip("the disk has no room for it")

    async def body() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_PIECE // len(SOME)):
            yield SOME

    case = await ward.accepted()
    async with ward.db.verb(EXPERT) as tx:
        id = (await service.begin(tx, case.id, "全院影像.tar", size, "m", NOW)).id
    for at in range(0, size, LARGEST_PIECE):
        await service.take(ward.db, ward.objects, EXPERT, id, at, body(), now=NOW)
    await jobs.look(ward.db, ward.objects, Engine(tmp_path, tmp_path, Metrics()).scan, {"file": id})
    async with ward.db.verb(ASKER) as tx:
        assert (await service.open(tx, id, NOW)).bytes == size
    async with ward.db.look(ASKER) as look:
        upload = await upload_store.find(look, ward.patient, id)
        assert upload is not None
        parts = await upload_store.parts(look, upload)
    read = 0
    async for some in pieces.read(ward.objects, parts, 0, size):
        assert some[:256] == SOME[:256]
        read += len(some)
    assert read == size
    assert tracemalloc.get_traced_memory()[1] < ALLOWED
