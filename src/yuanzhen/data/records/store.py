"""The record's tables and their SQL: one statement a function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import asyncpg
import msgspec

from yuanzhen.data.records import index, parameters
from yuanzhen.data.records.index import Indexed
from yuanzhen.data.records.model import Draft, Stored
from yuanzhen.data.records.terms import short
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

COLUMNS = "type, id, version, updated, deleted, patient, institution, source, meta, content"

_PLACES = ", ".join(f"${n}" for n in range(1, 43))
_PUT = f"SELECT written, written_at, readable FROM records.put({_PLACES})"  # noqa: S608

_FIND = (
    "SELECT r.*, w.nth FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(type, id, nth) "  # noqa: S608
    f"CROSS JOIN LATERAL (SELECT {COLUMNS} FROM records.resource WHERE type = w.type AND id = w.id OFFSET 0) AS r"
)

# A resource about to be written, the version it must have before (None: any, 0: none), and what it is found by.
Writing = tuple[Draft, int | None, Indexed]


class Written(NamedTuple):
    """A version that was written, when, and whether its writer may read it.

    `version` is minus the one that was found where it was not the one expected.
    """

    version: int
    updated: datetime
    readable: bool


def _put_arguments(writing: Sequence[Writing]) -> list[Any]:
    drafts = [one for one, _, _ in writing]
    return [
        [one.type for one in drafts], [one.id for one in drafts], [expected for _, expected, _ in writing],
        [one.patient for one in drafts], [one.institution for one in drafts], [one.sensitive for one in drafts],
        [one.source for one in drafts], [msgspec.json.encode(one.audience).decode() for one in drafts],
        [one.deleted for one in drafts], [one.meta for one in drafts], [one.content for one in drafts],
        *index.columns([indexed for _, _, indexed in writing]),
    ]  # fmt: skip


async def put_all(tx: Tx, writing: Sequence[Writing]) -> list[Written]:
    """Writes inside a verb, in one round trip (two where a resource stands in it twice); answers in their order."""
    told: list[Written] = []
    while len(told) < len(writing):
        some = _distinct(writing[len(told) :])
        told += [Written(*row.values()) for row in await tx.rows(_PUT, "", *_put_arguments(some), None)]
    return told


def _distinct(writing: Sequence[Writing]) -> Sequence[Writing]:
    """As many from the beginning as are different resources."""
    seen: set[tuple[str, str]] = set()
    for at, (one, _, _) in enumerate(writing):
        if (one.type, one.id) in seen:
            return writing[:at]
        seen.add((one.type, one.id))
    return writing


async def put_alone(db: Database, actor: Actor, writing: Writing, *, trail: list[dict[str, Any]]) -> Written:
    """Writes as a transaction of its own, trail included, in one round trip; answers as `put_all`."""
    noted = msgspec.json.encode(trail).decode()
    (row,) = await db.call(actor, _PUT, *_put_arguments([writing]), noted)
    return Written(*row.values())


async def put_new(db: Database, actor: Actor, writing: Writing, *, trail: dict[str, Any]) -> Written:
    """As `put_alone` of what is new under an id of ours, in one transaction with what others make in this moment."""
    told: Written = await db.together(_PUT, actor, partial(_put_together, db), (writing, trail))
    return told


async def _put_together(db: Database, actor: Actor, group: Sequence[tuple[Writing, dict[str, Any]]]) -> list[Written]:
    noted = msgspec.json.encode([row for _, row in group]).decode()
    rows = await db.call(actor, _PUT, *_put_arguments([one for one, _ in group]), noted)
    return [Written(*row.values()) for row in rows]


async def find(reads: Reads, kind: str, id: str) -> Stored | None:
    """The current version, deleted or not; None where there is none for this actor."""
    row = await reads.row_of(_FIND, kind, id)
    return Stored(*row[:-1]) if row else None


async def find_all(reads: Reads, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Stored]:
    """The current versions of those (type, id) that are there for this actor, deleted or not, in one round trip."""
    wanted = list(dict.fromkeys(keys))
    rows = await reads.rows(
        "SELECT r.* FROM unnest($1::text[], $2::text[]) AS w(type, id) CROSS JOIN LATERAL "  # noqa: S608
        f"(SELECT {COLUMNS} FROM records.resource WHERE type = w.type AND id = w.id OFFSET 0) AS r",
        [kind for kind, _ in wanted],
        [id for _, id in wanted],
    )
    return {(one.type, one.id): one for one in map(stored, rows)}


async def version(reads: Reads, kind: str, id: str, number: int) -> Stored | None:
    """One version of a resource; None where there is none for this actor."""
    row = await reads.row(
        "SELECT type, id, version, updated, deleted, '' AS patient, '' AS institution, '' AS source, meta, content "
        "FROM records.version WHERE type = $1 AND id = $2 AND version = $3",
        kind,
        id,
        number,
    )
    return stored(row) if row else None


async def institutions_of(reads: Reads, patients: Iterable[str]) -> dict[str, str]:
    """The institutions that answer for those patients who are there for this actor."""
    wanted = list(set(patients))
    if not wanted:
        return {}
    rows = await reads.rows(
        "SELECT id, institution FROM records.resource WHERE type = 'Patient' AND id = ANY ($1)", wanted
    )
    return {row["id"]: row["institution"] for row in rows}


async def by_identifier(reads: Reads, kind: str, system: str, value: str) -> Stored | None:
    """The resource that carries an identifier; None where there is none for this actor."""
    row = await reads.row(
        f"SELECT {COLUMNS} FROM records.resource WHERE NOT deleted AND key = ANY (ARRAY("  # noqa: S608
        "SELECT i.key FROM records.token i WHERE i.path = $1 AND i.code = $2 AND i.system = $3)) ORDER BY id LIMIT 1",
        parameters.number(kind, ["identifier"]),
        short(value),
        short(system),
    )
    return stored(row) if row else None


async def by_number(reads: Reads, kind: str, within: str, value: str) -> list[Stored]:
    """All resources that carry a number under the system `within`, or under one that begins with `within:`."""
    rows = await reads.rows(
        f"SELECT {COLUMNS} FROM records.resource WHERE NOT deleted AND key = ANY (ARRAY("  # noqa: S608
        "SELECT i.key FROM records.token i WHERE i.path = $1 AND i.code = $2 "
        "AND (i.system = $3 OR starts_with(i.system, $3 || ':')))) ORDER BY id",
        parameters.number(kind, ["identifier"]),
        short(value),
        within,
    )
    return [stored(row) for row in rows]


async def numbered(reads: Reads, kind: str, value: str) -> list[Stored]:
    """All resources that carry a number, whoever gave it."""
    rows = await reads.rows(
        f"SELECT {COLUMNS} FROM records.resource WHERE NOT deleted AND key IN "  # noqa: S608
        "(SELECT i.key FROM records.token i WHERE i.path = $1 AND i.code = $2) ORDER BY id",
        parameters.number(kind, ["identifier"]),
        short(value),
    )
    return [stored(row) for row in rows]


def stored(row: asyncpg.Record) -> Stored:
    """A row of `COLUMNS`."""
    return Stored(*row.values())


async def unnamed(reads: Reads, blobs: list[str]) -> list[str]:
    """Those of these objects that no row names."""
    return [row["blob"] for row in await reads.rows("SELECT blob FROM records.unnamed($1) AS blob", blobs)]
