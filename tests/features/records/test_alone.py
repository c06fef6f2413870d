"""What a machine writes as a transaction by itself, when others do the same in the same moment."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.features.records.conftest import Record
from tests.make.cases import MACHINE
from yuanzhen.data.records import access, alone, index, service, store
from yuanzhen.data.records.model import Stored, draft
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Gone, Invalid, PreconditionFailed


def note(id: str) -> dict[str, Any]:
    return {"resourceType": "Basic", "id": id, "code": {"text": "x"}}


async def kept(record: Record, id: str) -> list[tuple[object, ...]]:
    """The trail of one resource: verb, action, code."""
    rows = await record.home.trail("entity", "verb", "action", "code")
    return [row[1:] for row in rows if row[0] == id]


async def test_what_many_make_at_once_is_each_one_s_own(record: Record) -> None:
    asked = [
        {
            "resourceType": "Basic",
            "code": {"text": str(n)},
            "subject": {"reference": f"Patient/{['zhang', 'li'][n % 2]}"},
        }
        for n in range(9)
    ]
    made = await asyncio.gather(*(alone.create(record.db, MACHINE, one) for one in asked))
    assert [one.resource()["code"]["text"] for one in made] == [str(n) for n in range(9)]
    for one in made:
        assert [row[:2] for row in await kept(record, one.id)] == [("records.write", "C")]
    rows = await record.home.rows("SELECT id, version, patient, institution FROM records.resource WHERE type = 'Basic'")
    found = {row["id"]: row for row in rows}
    assert [found[one.id]["patient"] for one in made] == [["zhang", "li"][n % 2] for n in range(9)]
    assert {(found[one.id]["version"], found[one.id]["institution"]) for one in made} == {(1, "liuhe")}


async def test_of_many_that_one_cannot_be_written_with_the_others_are(record: Record) -> None:
    bad = {"resourceType": "Basic", "code": {"text": "a\0"}}
    good = [{"resourceType": "Basic", "code": {"text": f"good {n}"}} for n in range(3)]
    told = await asyncio.gather(
        *(alone.create(record.db, MACHINE, one) for one in (good[0], bad, *good[1:])), return_exceptions=True
    )
    assert [type(one) for one in told] == [Stored, Invalid, Stored, Stored]


async def test_several_are_written_with_their_trail_as_a_whole(record: Record) -> None:
    made = await alone.create(record.db, MACHINE, {"resourceType": "Basic", "code": {"text": "x"}})
    taken = draft(made.resource(), institution="liuhe", source="")
    free = draft(note("free"), institution="liuhe", source="")
    group = [((one, 0, index.NOTHING), access.written(MACHINE, one, "C")) for one in (free, taken)]
    with pytest.raises(Conflict, match=r"database\.try_again"):
        await store._put_together(record.db, MACHINE, group)
    assert await kept(record, "free") == []
    assert await record.home.rows("SELECT FROM records.resource WHERE id = 'free'") == []


async def test_of_many_first_puts_at_once_one_makes_it_and_the_trail_says_so(record: Record) -> None:
    done = await asyncio.gather(*(alone.update(record.db, MACHINE, note("many"), expected=None) for _ in range(12)))
    assert sorted(one.version for one, _ in done) == list(range(1, 13))
    assert [one.version for one, made in done if made] == [1]
    written = [action for _, action, _ in await kept(record, "many")]
    assert (written.count("C"), written.count("U")) == (1, 11)


async def test_a_version_that_is_not_there_is_refused_and_nothing_is_written(record: Record) -> None:
    for expected in (2, 1):
        with pytest.raises(PreconditionFailed, match=r"fhir\.version_conflict"):
            await alone.update(record.db, MACHINE, note("expected"), expected=expected)
    await alone.update(record.db, MACHINE, note("expected"), expected=0)
    with pytest.raises(PreconditionFailed, match=r"fhir\.version_conflict"):
        await alone.update(record.db, MACHINE, note("expected"), expected=0)
    assert await kept(record, "expected") == [("records.write", "C", "")]


async def test_patches_at_once_all_count_or_say_that_they_do_not(record: Record) -> None:
    await alone.update(record.db, MACHINE, note("patched"), expected=None)
    add = [{"op": "replace", "path": "/code/text", "value": "y"}]
    done = await asyncio.gather(
        *(alone.amend(record.db, MACHINE, "Basic", "patched", add, expected=None) for _ in range(6)),
        return_exceptions=True,
    )
    written = [one.version for one in done if not isinstance(one, BaseException)]
    assert all(isinstance(one, Conflict) for one in done if isinstance(one, BaseException))
    assert sorted(written) == list(range(2, 2 + len(written)))
    told = await kept(record, "patched")
    # The look of each patch that counted went with it, and no other's.
    assert told.count(("records.read", "R", "")) == told.count(("records.write", "U", "")) == len(written)


async def test_what_was_deleted_is_made_again_by_a_put_and_by_no_patch(record: Record) -> None:
    await alone.update(record.db, MACHINE, note("gone"), expected=None)
    assert (await alone.delete(record.db, MACHINE, "Basic", "gone", expected=None)) is not None
    assert (await alone.delete(record.db, MACHINE, "Basic", "gone", expected=None)) is None
    with pytest.raises(Gone):
        await alone.amend(record.db, MACHINE, "Basic", "gone", [], expected=None)
    stored, made = await alone.update(record.db, MACHINE, note("gone"), expected=2)
    assert (stored.version, made) == (3, True)
    assert [row[:2] for row in await kept(record, "gone")] == [
        ("records.write", "C"), ("records.delete", "D"), ("records.delete", "D"), ("records.read", "R"),
        ("records.write", "U"),
    ]  # fmt: skip


async def test_a_deletion_of_another_version_is_refused(record: Record) -> None:
    await alone.update(record.db, MACHINE, note("held"), expected=None)
    with pytest.raises(PreconditionFailed, match=r"fhir\.version_conflict"):
        await alone.delete(record.db, MACHINE, "Basic", "held", expected=7)
    assert await kept(record, "held") == [("records.write", "C", "")]


async def test_what_an_application_published_is_changed_by_none_of_them(record: Record) -> None:
    async with record.db.verb(MACHINE) as tx:
        await service.publish(tx, note("ours"), source="yuanzhen:test/1")
    for act in (
        alone.update(record.db, MACHINE, note("ours"), expected=None),
        alone.amend(record.db, MACHINE, "Basic", "ours", [], expected=None),
        alone.delete(record.db, MACHINE, "Basic", "ours", expected=None),
    ):
        with pytest.raises(Forbidden, match=r"fhir\.published"):
            await act
    assert [row for row in await kept(record, "ours") if row[2]] == [("records.write", "U", "fhir.published")] * 3


async def test_nobody_poses_as_an_application(record: Record) -> None:
    posing = note("posing") | {"meta": {"source": "yuanzhen:test/1"}}
    for act in (alone.create(record.db, MACHINE, posing), alone.update(record.db, MACHINE, posing, expected=None)):
        with pytest.raises(Invalid, match=r"fhir\.reserved_source"):
            await act
