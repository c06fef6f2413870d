"""The record's tables and their SQL: one statement a function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from yuanzhen.data.records.model import Draft, Stored
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

COLUMNS = "type, id, version, updated, deleted, patient, institution, source, meta, content"

_PUT = "SELECT records.put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"


def _put_arguments(draft: Draft, expected: int | None, index: dict[Any, list[dict[str, str]]]) -> list[Any]:
    tables = (_json(index[table]) for table in ("token", "word", "link", "moment"))
    return [draft.type, draft.id, expected, draft.patient, draft.institution, draft.sensitive, draft.source,
            draft.audience, draft.deleted, draft.meta, draft.content, *tables]  # fmt: skip


def _json(rows: Sequence[Any]) -> str | None:
    return msgspec.json.encode(rows).decode() if rows else None


async def put_all(tx: Tx, drafts: Sequence[tuple[Draft, int | None, Any]]) -> list[int]:
    """Writes many, each (draft, expected version, index), inside a verb and in one round trip.

    Answers for each the new version, or minus the one that was found instead of the one expected.
    """
    given = [("", *_put_arguments(draft, expected, index), None) for draft, expected, index in drafts]
    return [int(row[0]) for row in await tx.many(_PUT, given)]


async def put_alone(
    db: Database, actor: Any, draft: Draft, *, expected: int | None, index: dict[Any, Any], trail: dict[str, Any]
) -> int:
    """Writes as a transaction of its own, trail included, in one round trip; answers as `put_all`."""
    rows = await db.call(actor, _PUT, *_put_arguments(draft, expected, index), _json([trail]))
    return int(rows[0][0])


async def find(reads: Reads, kind: str, id: str) -> Stored | None:
    """The current version, deleted or not; None where there is none for this actor."""
    row = await reads.row(f"SELECT {COLUMNS} FROM records.resource WHERE type = $1 AND id = $2", kind, id)  # noqa: S608
    return stored(row) if row else None


async def find_all(reads: Reads, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Stored]:
    """The current versions of those (type, id) that are there for this actor, deleted or not, in one round trip."""
    wanted = list(dict.fromkeys(keys))
    rows = await reads.rows(
        f"SELECT {COLUMNS} FROM unnest($1::text[], $2::text[]) AS wanted(type, id) "  # noqa: S608
        "JOIN records.resource r USING (type, id)",
        [kind for kind, _ in wanted],
        [id for _, id in wanted],
    )
    return {(one.type, one.id): one for one in map(stored, rows)}


async def stamps(reads: Reads, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, datetime]]:
    """Version and time of those (type, id) that are there for this actor, in one round trip."""
    wanted = list(dict.fromkeys(keys))
    rows = await reads.rows(
        "SELECT type, id, version, updated FROM unnest($1::text[], $2::text[]) AS wanted(type, id) "
        "JOIN records.resource r USING (type, id)",
        [kind for kind, _ in wanted],
        [id for _, id in wanted],
    )
    return {(row["type"], row["id"]): (row["version"], row["updated"]) for row in rows}


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
        f"SELECT {COLUMNS} FROM records.resource r WHERE type = $1 AND NOT deleted AND id IN "  # noqa: S608
        "(SELECT id FROM records.token WHERE type = $1 AND name = 'identifier' AND code = $2 AND system = $3) "
        "ORDER BY id LIMIT 1",
        kind,
        value,
        system,
    )
    return stored(row) if row else None


async def by_number(reads: Reads, kind: str, within: str, value: str) -> list[Stored]:
    """All resources that carry a number under the system `within`, or under one that begins with `within:`."""
    rows = await reads.rows(
        f"SELECT {COLUMNS} FROM records.resource r WHERE type = $1 AND NOT deleted AND id IN "  # noqa: S608
        "(SELECT id FROM records.token WHERE type = $1 AND name = 'identifier' AND code = $2 "
        "AND (system = $3 OR starts_with(system, $3 || ':'))) ORDER BY id",
        kind,
        value,
        within,
    )
    return [stored(row) for row in rows]


def stored(row: asyncpg.Record) -> Stored:
    """A row of `COLUMNS`."""
    return Stored(*row.values())
