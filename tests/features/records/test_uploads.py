"""Photos, PDF and video for a patient's record: who brings them, what they must be, who reads them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from asyncpg import Connection

from tests.conftest import Home, Template
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, SECOND, STRANGER, Ward
from yuanzhen.data.records.file import access, uploads
from yuanzhen.data.records.file.upload_store import Upload
from yuanzhen.data.records.file.uploads import Brought
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound, Unavailable, Unsupported

Files = Callable[[], list[Path]]
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 2000


@pytest.fixture
async def home(database_template: Template) -> AsyncIterator[Home]:
    async with database_template.clone() as home:
        yield home


@pytest.fixture
async def ward(home: Home, tmp_path: Path) -> AsyncIterator[Ward]:
    db = await home.open()
    yield await Ward.of(db, tmp_path)
    await db.close()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """What lies on the disk now."""
    return lambda: [one for one in tmp_path.rglob("documents/**/*") if one.is_file()]


async def pieces(file: bytes, step: int = 7000) -> AsyncIterator[bytes]:
    for at in range(0, len(file), step):
        yield file[at : at + step]


async def bring(
    ward: Ward, by: Actor = ASKER, file: bytes = JPEG, kind: str = "image/jpeg", step: int = 7000
) -> Upload:
    brought = Brought(ward.patient, "../心电图.jpg", kind)
    return await uploads.take(ward.db, ward.objects, by, brought, pieces(file, step), now=NOW)


async def read(ward: Ward, by: Actor, id: str) -> bytes:
    async with ward.db.look(by) as look:
        patient = await access.opened(look, ward.patient, "document")
        found = await access.document(look, patient, "DocumentReference", id, 0)
    assert isinstance(found, Upload)
    return b"".join([piece async for piece in ward.objects.read(found.blob, found.size)])


@pytest.mark.parametrize("step", [1, 7000, 10**9], ids=["byte by byte", "pieces", "at once"])
async def test_a_photo_comes_back_as_it_was_brought(ward: Ward, home: Home, step: int) -> None:
    file = JPEG if step > 1 else JPEG[:500]
    kept = await bring(ward, file=file, step=step)
    assert (kept.type, kept.name, kept.size) == ("image/jpeg", "心电图.jpg", len(file))
    assert await read(ward, COLLEAGUE, kept.id) == file
    (row,) = await home.rows("SELECT content, source FROM records.resource WHERE type = 'DocumentReference'")
    assert row["source"] == f"yuanzhen:upload/{kept.id}"
    assert f"/documents/DocumentReference/{kept.id}/0" in row["content"]
    assert ("xujing", "records.upload", 0, "") in await home.trail()


async def test_it_lies_sealed_on_the_disk(ward: Ward, files: Files) -> None:
    await bring(ward)
    (lies,) = files()
    assert JPEG[:64] not in await asyncio.to_thread(lies.read_bytes)


async def test_the_expert_reads_it_while_the_case_is_in_their_hands(ward: Ward) -> None:
    kept = await bring(ward)
    with pytest.raises(NotFound):
        await read(ward, EXPERT, kept.id)
    case = await ward.accepted()
    assert await read(ward, EXPERT, kept.id) == JPEG
    for other in (SECOND, STRANGER):
        with pytest.raises(NotFound):
            await read(ward, other, kept.id)
    await ward.act(ASKER, "cancel", case)
    with pytest.raises(NotFound):
        await read(ward, EXPERT, kept.id)


@pytest.mark.parametrize(
    ("file", "kind", "problem", "code"),
    [
        (b"<html><script>alert(1)</script>", "image/jpeg", Unsupported, "upload.kind"),
        (b"", "image/jpeg", Unsupported, "upload.kind"),
        (b"MZ\x90" * 100, "video/mp4", Unsupported, "upload.kind"),
        (JPEG, "application/pdf", Invalid, "upload.other_kind"),
        (JPEG, "text/html", Invalid, "upload.other_kind"),
    ],
)
async def test_what_is_not_what_it_says_is_refused_and_nothing_is_left(
    ward: Ward, home: Home, files: Files, file: bytes, kind: str, problem: type[Exception], code: str
) -> None:
    with pytest.raises(problem, match=code.replace(".", r"\.")):
        await bring(ward, file=file, kind=kind)
    assert files() == []
    assert await home.rows("SELECT FROM records.resource WHERE type = 'DocumentReference'") == []


async def test_a_file_that_breaks_off_leaves_nothing(ward: Ward, home: Home, files: Files) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield JPEG
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await uploads.take(ward.db, ward.objects, ASKER, Brought(ward.patient, "", ""), broken(), now=NOW)
    assert files() == []
    assert await home.rows("SELECT FROM records.upload") == []


@pytest.mark.parametrize(("by", "problem"), [(EXPERT, Forbidden), (STRANGER, NotFound)], ids=["expert", "stranger"])
async def test_clinicians_bring_files_for_their_own_patients(
    ward: Ward, home: Home, files: Files, by: Actor, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        await bring(ward, by)
    assert files() == []
    assert len(await home.rows("SELECT FROM security.trail WHERE outcome = 4 AND actor = $1", by.id)) == 1


async def test_what_is_labelled_sensitive_takes_its_file_along(ward: Ward, home: Home) -> None:
    kept = await bring(ward)
    await ward.accepted()
    await home.run("UPDATE records.resource SET audience = '{x}' WHERE type = 'DocumentReference'")
    with pytest.raises(NotFound):
        await read(ward, EXPERT, kept.id)


async def test_of_a_commit_whose_answer_was_lost_the_file_stays(
    ward: Ward, home: Home, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row may be there: a file that was removed would be lost, one too many is swept."""
    commit = Connection.execute

    async def lost(self: Connection, query: str, *args: Any, **more: Any) -> str:
        done: str = await commit(self, query, *args, **more)
        if query == "COMMIT":
            raise ConnectionResetError
        return done

    monkeypatch.setattr(Connection, "execute", lost)
    with pytest.raises(Unavailable, match=r"database\.down"):
        await bring(ward)
    monkeypatch.undo()
    (row,) = await home.rows("SELECT id FROM records.resource WHERE type = 'DocumentReference'")
    assert len(files()) == 1
    assert await read(ward, ASKER, row["id"]) == JPEG
