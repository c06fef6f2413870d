"""Files that both sides of a case give each other: in pieces, looked at, in the record."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, SECOND, STRANGER, Ward, later
from yuanzhen.applications.consultation import meeting
from yuanzhen.applications.consultation import views as cases
from yuanzhen.applications.consultation.files import jobs, service, store, views
from yuanzhen.applications.consultation.files.model import PATIENCE
from yuanzhen.applications.consultation.model import Case
from yuanzhen.data.records.file import piece_store, pieces, upload_store
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound, Problem
from yuanzhen.security.scanning.clamd import Verdict, unscanned

WORDS = b"%PDF-1.7 " + bytes(range(256)) * 9


async def body(file: bytes) -> AsyncIterator[bytes]:
    yield file


async def begin(ward: Ward, by: Actor, case: Case, size: int = len(WORDS)) -> str:
    async with ward.db.verb(by) as tx:
        return (await service.begin(tx, case.id, "../心电图.pdf", size, "m", NOW)).id


async def send(ward: Ward, by: Actor, id: str, at: int, file: bytes) -> str:
    return (await service.take(ward.db, ward.objects, by, id, at, body(file), now=NOW)).state


async def look(ward: Ward, id: str, found: Verdict) -> None:
    async def scan(file: AsyncIterator[bytes], size: int) -> Verdict:
        assert len(b"".join([some async for some in file])) == size
        return found

    await jobs.look(ward.db, ward.objects, scan, {"file": id})


async def given(ward: Ward, case: Case, found: Verdict, by: Actor = EXPERT) -> str:
    id = await begin(ward, by, case)
    for at in range(0, len(WORDS), 1000):
        await send(ward, by, id, at, WORDS[at : at + 1000])
    await look(ward, id, found)
    return id


async def read(ward: Ward, by: Actor, id: str) -> bytes:
    """What its reader gets of the document; b'' where there is none for them."""
    async with ward.db.look(by) as reads:
        upload = await upload_store.find(reads, ward.patient, id)
        parts = await upload_store.parts(reads, upload) if upload else []
    return b"".join([some async for some in pieces.read(ward.objects, parts, 0, len(WORDS))])


@pytest.mark.parametrize("by", [EXPERT, ASKER, COLLEAGUE])
async def test_what_is_clean_is_in_the_record_for_both_sides(ward: Ward, home: Home, by: Actor) -> None:
    case = await ward.accepted()
    id = await given(ward, case, Verdict("clean", engine="ClamAV 1"), by)
    for reader in (ASKER, EXPERT, ward.herself):
        assert await read(ward, reader, id) == WORDS
    assert await read(ward, STRANGER, id) == b""
    [file] = (await views.listed(ward.db, ASKER, case.id)).items
    assert (file.name, file.state, file.document, file.type) == ("心电图.pdf", "clean", id, "application/pdf")
    assert (file.who.id, file.engine, file.mark) == (by.id, "ClamAV 1", "m" if by is ASKER else "")
    for verb in ("file-begin", "file-piece"):
        assert (by.id, f"consultation.{verb}", 0, "") in await home.trail()


async def test_it_goes_on_where_it_was_cut_off_and_a_piece_counts_once(ward: Ward, home: Home) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield WORDS[1000:1500]
        raise ConnectionError

    id = await begin(ward, EXPERT, await ward.accepted())
    assert await send(ward, EXPERT, id, 0, WORDS[:1000]) == "coming"
    with pytest.raises(ConnectionError):
        await service.take(ward.db, ward.objects, EXPERT, id, 1000, cut(), now=NOW)
    with pytest.raises(Conflict, match=r"file\.offset") as problem:
        await send(ward, EXPERT, id, 0, WORDS[:1000])
    assert problem.value.facts["offset"] == 1000
    assert await send(ward, EXPERT, id, 1000, WORDS[1000:]) == "whole"
    await look(ward, id, Verdict("clean"))
    assert await read(ward, ASKER, id) == WORDS
    named = {row["blob"] for row in await home.rows("SELECT blob FROM records.piece")}
    assert {key async for key, _ in ward.blobs.list()} == named, "what was cut off or came twice lies nowhere"


async def test_what_lies_on_the_disk_is_sealed(ward: Ward, home: Home) -> None:
    await given(ward, await ward.accepted(), Verdict("clean"))
    for row in await home.rows("SELECT blob FROM records.piece"):
        assert WORDS[9:100] not in await ward.blobs.get(row["blob"])


async def test_what_nobody_could_look_at_opens_after_a_yes_with_a_name(ward: Ward, home: Home) -> None:
    case = await ward.accepted()
    id = await given(ward, case, unscanned("no-engine"))
    assert await read(ward, ASKER, id) == b""
    async with ward.db.verb(ASKER) as tx:
        await service.open(tx, id, NOW)
    assert await read(ward, ASKER, id) == WORDS
    [file] = (await views.listed(ward.db, EXPERT, case.id)).items
    assert (file.state, file.found, file.may_open) == ("opened", "no-engine", False)
    assert file.opened_by is not None
    assert (file.opened_by.id, file.opened_at) == (ASKER.id, NOW)
    assert (ASKER.id, "consultation.file-open", 0, "") in await home.trail()


async def test_a_file_given_in_the_room_stands_on_the_time_line(ward: Ward) -> None:
    case = await ward.accepted()
    await given(ward, case, Verdict("clean"))
    async with ward.db.verb(EXPERT) as tx:
        await meeting.join(tx, case.id, NOW)
    await given(ward, case, Verdict("clean"))
    said = [(one.what, one.reason) for one in (await cases.case(ward.db, ASKER, case.id)).timeline]
    assert [one for one in said if one[0].startswith("room-")] == [("room-joined", ""), ("room-file", "心电图.pdf")]


async def test_an_expert_may_say_yes_too(ward: Ward) -> None:
    id = await given(ward, await ward.accepted(), unscanned("too-large"), ASKER)
    async with ward.db.verb(EXPERT) as tx:
        await service.open(tx, id, NOW)
    assert await read(ward, EXPERT, id) == WORDS


async def test_what_is_infected_is_told_and_never_opens(ward: Ward) -> None:
    case = await ward.accepted()
    id = await given(ward, case, Verdict("infected", "Win.Test", "ClamAV 1"))
    [file] = (await views.listed(ward.db, ASKER, case.id)).items
    assert (file.state, file.found, file.may_open, file.document) == ("infected", "Win.Test", False, None)
    with pytest.raises(Conflict, match=r"file\.not_now"):
        async with ward.db.verb(ASKER) as tx:
            await service.open(tx, id, NOW)
    assert await read(ward, ASKER, id) == await read(ward, ward.herself, id) == b""


async def test_only_who_sends_a_file_sends_its_pieces_and_lets_it_go(ward: Ward, home: Home) -> None:
    id = await begin(ward, EXPERT, await ward.accepted())
    await send(ward, EXPERT, id, 0, WORDS[:1000])
    with pytest.raises(Forbidden, match=r"file\.not_yours"):
        await send(ward, ASKER, id, 1000, WORDS[1000:])
    with pytest.raises(Forbidden, match=r"file\.not_yours"):
        async with ward.db.verb(ASKER) as tx:
            await service.drop(tx, id)
    async with ward.db.verb(EXPERT) as tx:
        await service.drop(tx, id)
    [fact] = await home.rows("SELECT body FROM infrastructure.outbox WHERE kind = 'FileDropped'")
    assert fact is not None
    assert await home.rows("SELECT FROM records.piece") == []


async def test_what_is_in_the_record_stays_there(ward: Ward) -> None:
    id = await given(ward, await ward.accepted(), Verdict("clean"))
    with pytest.raises(Conflict, match=r"file\.not_now"):
        async with ward.db.verb(EXPERT) as tx:
            await service.drop(tx, id)
    assert await read(ward, EXPERT, id) == WORDS


@pytest.mark.parametrize(("by", "problem"), [(SECOND, Forbidden), (STRANGER, NotFound)])
async def test_who_is_of_no_side_neither_sends_nor_sees(ward: Ward, by: Actor, problem: type[Problem]) -> None:
    case = await ward.accepted()
    id = await given(ward, case, unscanned("no-engine"))
    for work in (begin(ward, by, case), views.listed(ward.db, by, case.id)):
        with pytest.raises(problem):
            await work
    assert await ward.db.once(by, "SELECT id FROM consultation.file") == []
    assert await ward.db.once(by, "SELECT blob FROM records.piece") == []
    with pytest.raises(NotFound, match=r"file\.not_found"):
        async with ward.db.verb(by) as tx:
            await service.open(tx, id, NOW)


async def test_what_was_half_sent_long_ago_is_forgotten(ward: Ward, home: Home) -> None:
    id = await begin(ward, EXPERT, await ward.accepted())
    await send(ward, EXPERT, id, 0, WORDS[:1000])
    assert await jobs.forget(ward.db, NOW + PATIENCE) == 0
    assert await jobs.forget(ward.db, later(days=7, seconds=1)) == 1
    assert await home.rows("SELECT FROM records.piece") == []
    async with ward.db.look(EXPERT) as reads:
        assert await store.find(reads, id) is None
        assert await piece_store.of(reads, id) == []
