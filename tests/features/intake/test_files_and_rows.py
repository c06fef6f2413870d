"""Each image's file and its row: both are there, or neither is, whatever goes wrong between them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.conftest import Home
from tests.features.intake.test_intake import apart
from tests.make.cases import HIS, Ward, image, in_pieces
from yuanzhen.infrastructure.errors import Unavailable

BLOBS = "SELECT blob FROM records.instance UNION ALL SELECT blob FROM records.apart"


async def files_and_rows(ward: Ward, home: Home) -> tuple[set[str], set[str]]:
    return {key async for key, _ in ward.blobs.list()}, {row["blob"] for row in await home.rows(BLOBS)}


async def test_images_that_come_at_once_are_kept_each_with_its_file_and_noted(ward: Ward, home: Home) -> None:
    intake, sops = ward.intake, [f"2.25.4711.{number}" for number in range(1, 13)]
    for first in (sops[:1], sops[1:]):  # of an arriving study the rows go together
        await asyncio.gather(*(intake.instance_received(HIS, in_pieces(image(sop))) for sop in first))
    assert {row["sop"] for row in await home.rows("SELECT sop FROM records.instance")} == set(sops)
    assert len(await home.rows("SELECT FROM security.trail WHERE verb = 'dicom.store'")) == len(sops)
    files, rows = await files_and_rows(ward, home)
    assert files == rows


async def test_of_images_that_come_at_once_what_is_known_or_other_content_is_so_alone(ward: Ward, home: Home) -> None:
    intake, other = ward.intake, image("2.25.4711.2", StudyDescription="another")
    for group in ([image()], [image("2.25.4711.2"), image(), other, image("2.25.4711.3"), image("2.25.4711.2")]):
        await asyncio.gather(*(intake.instance_received(HIS, in_pieces(file)) for file in group))
    assert len(await home.rows("SELECT FROM records.instance")) == 3
    assert await apart(home) == [("dicom.same_uid_other_content", "SOPInstanceUID")]
    files, rows = await files_and_rows(ward, home)
    assert files == rows


async def test_an_image_whose_file_cannot_be_stored_has_no_row(ward: Ward, home: Home, tmp_path: Path) -> None:
    intake, folder = ward.intake, tmp_path / "blobs" / "objects" / "dicom"
    await intake.instance_received(HIS, in_pieces(image()))
    folder.rename(tmp_path / "away")
    folder.write_bytes(b"in its way")
    with pytest.raises(Unavailable, match=r"blobs\.down"):
        await intake.instance_received(HIS, in_pieces(image("2.25.4711.2")))
    assert len(await home.rows("SELECT FROM records.instance")) == 1


async def test_whenever_images_are_given_up_each_row_has_its_file_and_each_file_a_row(ward: Ward, home: Home) -> None:
    intake = ward.intake
    await intake.instance_received(HIS, in_pieces(image()))
    for looks in range(20):
        sops = [f"2.25.4711.{looks}.{number}" for number in range(1, 5)]
        first, *others = (asyncio.ensure_future(intake.instance_received(HIS, in_pieces(image(sop)))) for sop in sops)
        for _ in range(looks):
            await home.rows("SELECT 1")
        for one in others:
            one.cancel()
        await asyncio.gather(first, *others, return_exceptions=True)
        files, rows = await files_and_rows(ward, home)
        assert files == rows


async def test_a_commit_whose_answer_is_lost_leaves_the_image_its_file(
    ward: Ward, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = asyncpg.Connection.execute

    async def executed(connection: asyncpg.Connection, query: str, *args: Any, **named: Any) -> str:
        answer: str = await really(connection, query, *args, **named)
        if query == "COMMIT":
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return answer

    for sop in ("2.25.4711.1", "2.25.4711.2"):  # the first of its study, and one that comes while it arrives
        with monkeypatch.context() as patch:
            patch.setattr(asyncpg.Connection, "execute", executed)
            with pytest.raises(Unavailable, match=r"database\.down"):
                await ward.intake.instance_received(HIS, in_pieces(image(sop)))
        await ward.intake.instance_received(HIS, in_pieces(image(sop)))
        files, rows = await files_and_rows(ward, home)
        assert files == rows
