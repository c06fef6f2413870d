"""Objects that no row names are swept a day later: not those of a row, not a running upload's, not another home's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Home, Template
from tests.features.records.test_uploads import JPEG, pieces
from tests.make.cases import ASKER, EXPERT, HIS, NOW, Ward, image
from yuanzhen.data.records import orphans, store
from yuanzhen.data.records.file import uploads
from yuanzhen.data.records.file.uploads import Brought
from yuanzhen.security.keys.objects import Objects
from yuanzhen.security.keys.root import Root

LATER = datetime(2033, 1, 1, tzinfo=UTC)  # every object of a test is older than a day by then


@pytest.fixture
async def home(database_template: Template) -> AsyncIterator[Home]:
    async with database_template.clone() as home:
        yield home


@pytest.fixture
async def ward(home: Home, tmp_path: Path) -> AsyncIterator[Ward]:
    db = await home.open()
    yield await Ward.of(db, tmp_path)
    await db.close()


async def keys(ward: Ward) -> set[str]:
    return {key async for key, _ in ward.blobs.list()}


async def swept(ward: Ward, now: datetime = LATER) -> int:
    return await orphans.sweep(ward.db, ward.objects, now=now)


async def bring(ward: Ward, file: AsyncIterator[bytes]) -> str:
    brought = Brought(ward.patient, "x.jpg", "image/jpeg")
    return (await uploads.take(ward.db, ward.objects, ASKER, brought, file, now=NOW)).blob


async def test_what_a_row_names_stays_and_what_none_names_goes(ward: Ward, home: Home) -> None:
    await ward.study()
    await ward.sends(HIS, image("2.25.4711.7", PatientSex="M"))  # kept apart
    await bring(ward, pieces(JPEG))
    named = await keys(ward)
    await ward.objects.put("dicom/ab/left-behind", b"image")
    await ward.objects.put("documents/cd/left-behind", b"film")
    assert await swept(ward) == 2
    assert await keys(ward) == named
    assert len(named) == 3
    await home.run("UPDATE records.apart SET state = 'discarded'")
    assert await swept(ward) == 1
    assert len(await keys(ward)) == 2


async def test_what_is_younger_than_a_day_stays_for_its_row_may_be_on_its_way(ward: Ward, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for name, age in (("young", timedelta(hours=23)), ("old", timedelta(hours=25))):
        await ward.objects.put(f"dicom/ab/{name}", b"image")
        at = (now - age).timestamp()
        os.utime(tmp_path / "blobs" / "objects" / "dicom" / "ab" / name, (at, at))
    assert await swept(ward, now) == 1
    assert await keys(ward) == {"dicom/ab/young"}


async def test_a_running_upload_is_not_swept_and_ends_well(ward: Ward) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        async for piece in pieces(JPEG):
            yield piece
            begun.set()
            await go_on.wait()

    running = asyncio.create_task(bring(ward, slow()))
    await begun.wait()
    assert await swept(ward) == 0
    go_on.set()
    key = await running
    assert await swept(ward) == 0
    assert await ward.objects.get(key) == JPEG


async def test_what_another_home_keeps_in_the_same_bucket_stays(ward: Ward) -> None:
    await Objects(Root(bytes(32), sealed=False), ward.blobs).put("dicom/ab/theirs", b"image")
    await ward.blobs.put("dicom/ab/strange", b"none of ours")
    await ward.blobs.put("dicom/ab/short", b"")
    assert await swept(ward) == 0
    assert len(await keys(ward)) == 3


async def test_nobody_else_is_told_which_keys_no_row_names(ward: Ward) -> None:
    for by in (ASKER, EXPERT, ward.herself):
        async with ward.db.look(by) as look:
            assert await store.unnamed(look, ["dicom/ab/none"]) == []
