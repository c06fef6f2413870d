"""Files that nobody here wrote, taken in: each lies on the disk byte for byte, or is refused with a reason."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.make.cases import HIS, MACHINE, Ward
from yuanzhen.data.intake import whose
from yuanzhen.data.intake.dicom import Images
from yuanzhen.infrastructure.errors import Problem

FOLDER = Path(os.environ.get("YUANZHEN_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data") / "dicom"
SMALL = 20_000_000  # bytes

# Why: bytes that are no DICOM file or break off, an object that names no study or not itself
REFUSALS = {"dicom.not_a_file", "dicom.data_set", "dicom.missing", "dicom.uid", "dicom.mismatch"}


async def pieces(file: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(file), 1 << 16):
        yield file[at : at + (1 << 16)]


@pytest.mark.slow
async def test_every_file_is_kept_byte_for_byte_or_refused_with_a_reason(ward: Ward, capsys: Any) -> None:
    if not FOLDER.is_dir():
        pytest.skip("about 190 DICOM files were not taken in: YUANZHEN_SHARED_DATA names no folder")
    counted: Counter[str] = Counter()
    images = Images(ward.db, ward.objects)
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file() and path.stat().st_size < SMALL):
        file = path.read_bytes()
        try:
            taken = await images.take(HIS, pieces(file))
        except Problem as problem:
            assert problem.code in REFUSALS, (path.name, problem.code)
            counted[problem.code] += 1
            continue
        table = "records.apart" if taken.apart else "records.instance"
        rows = await kept(ward, table, taken.fact.sop)
        found = [b"".join([piece async for piece in ward.objects.read(key, size)]) for key, size in rows]
        assert file in found, (path.name, table)
        counted["apart" if taken.apart else "served"] += 1
    with capsys.disabled():
        sys.stdout.write(f"\nDICOM files: {sum(counted.values())}, byte-equal or refused: {dict(counted)}\n")
    assert counted["served"] + counted["apart"] > 90


async def kept(ward: Ward, table: str, sop: str) -> list[tuple[str, int]]:
    """Where the objects of a UID lie: the served one, or all that are kept apart."""
    by = whose.peer(HIS) if table == "records.apart" else MACHINE
    rows = await ward.db.once(by, f"SELECT blob, bytes FROM {table} WHERE sop = $1", sop)
    return [(row["blob"], row["bytes"]) for row in rows]
