"""The tables of readings and their SQL: one statement a function."""

from __future__ import annotations

import asyncpg
import msgspec

from yuanzhen.collaboration.reading.model import Mark, Place, Reading
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

_READING = "id, source, patient, state, writers, audience"


async def put(tx: Tx, reading: Reading) -> None:
    """Keeps a reading as it is now."""
    await tx.run(
        f"INSERT INTO reading.reading ({_READING}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET "  # noqa: S608
        "state = excluded.state, writers = excluded.writers, audience = excluded.audience",
        reading.id, reading.source, reading.patient, reading.state, list(reading.writers), list(reading.audience),
    )  # fmt: skip


async def find(reads: Reads, id: str) -> Reading | None:
    """A reading; None where there is none for this actor."""
    row = await reads.row(f"SELECT {_READING} FROM reading.reading WHERE id = $1", id)  # noqa: S608
    return _reading(row) if row else None


async def lock(tx: Tx, id: str) -> Reading | None:
    """As `find`, and nobody signs or ends it until this transaction ends."""
    row = await tx.row(f"SELECT {_READING} FROM reading.reading WHERE id = $1 FOR SHARE", id)  # noqa: S608
    return _reading(row) if row else None


async def put_mark(tx: Tx, reading: str, mark: Mark) -> None:
    """Keeps a mark; the last word of it counts."""
    await tx.run(
        "INSERT INTO reading.mark (reading, id, kind, study, series, instance, frame, points, figures, unit, author, "
        "changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10, $11, $12) ON CONFLICT (reading, id) "
        "DO UPDATE SET kind = excluded.kind, study = excluded.study, series = excluded.series, "
        "instance = excluded.instance, frame = excluded.frame, points = excluded.points, figures = excluded.figures, "
        "unit = excluded.unit, author = excluded.author, changed = excluded.changed",
        reading, mark.id, mark.kind, mark.place.study, mark.place.series, mark.place.instance, mark.place.frame,
        _json(mark.points), _json(mark.figures), mark.unit, mark.author, mark.changed,
    )  # fmt: skip


async def drop_mark(tx: Tx, reading: str, id: str) -> bool:
    """Removes a mark; whether there was one."""
    return await tx.run("DELETE FROM reading.mark WHERE reading = $1 AND id = $2", reading, id) == 1


async def count_others(reads: Reads, reading: str, id: str) -> int:
    """How many marks a reading holds beside this one."""
    return int(await reads.value("SELECT count(*) FROM reading.mark WHERE reading = $1 AND id <> $2", reading, id))


async def marks(reads: Reads, reading: str) -> list[Mark]:
    """The marks of a reading that this actor may see, oldest first."""
    rows = await reads.rows(
        "SELECT id, kind, study, series, instance, frame, points, figures, unit, author, changed FROM reading.mark "
        "WHERE reading = $1 ORDER BY changed, id",
        reading,
    )
    return [_mark(row) for row in rows]


def _reading(row: asyncpg.Record) -> Reading:
    return Reading(
        row["id"], row["source"], row["patient"], row["state"], tuple(row["writers"]), tuple(row["audience"])
    )


def _mark(row: asyncpg.Record) -> Mark:
    return Mark(
        id=row["id"],
        kind=row["kind"],
        place=Place(row["study"], row["series"], row["instance"], row["frame"]),
        points=msgspec.json.decode(row["points"], type=tuple[tuple[float, float], ...]),
        figures=msgspec.json.decode(row["figures"], type=dict[str, float]),
        unit=row["unit"],
        author=row["author"],
        changed=row["changed"],
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
