"""The tables of readings and their SQL: one statement a function."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import msgspec

from yuanzhen.collaboration.reading.led import Lead, Look, View
from yuanzhen.collaboration.reading.model import Mark, Place, Reading
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

_READING = "id, source, patient, state, writers, audience, leaders"
_LEAD = "person, page, since, seen, view"


async def put(tx: Tx, reading: Reading) -> None:
    """Keeps a reading as it is now."""
    await tx.run(
        f"INSERT INTO reading.reading ({_READING}) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE "  # noqa: S608
        "SET state = excluded.state, writers = excluded.writers, audience = excluded.audience, "
        "leaders = excluded.leaders",
        reading.id, reading.source, reading.patient, reading.state, list(reading.writers), list(reading.audience),
        list(reading.leaders),
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


async def lead(reads: Reads, reading: str) -> Lead | None:
    """Who leads; None where nobody ever did."""
    row = await reads.row(f"SELECT {_LEAD} FROM reading.lead WHERE reading = $1", reading)  # noqa: S608
    return _lead(row) if row else None


async def lock_lead(tx: Tx, reading: str) -> Lead | None:
    """As `lead`, and nobody else leads until this transaction ends."""
    row = await tx.row(f"SELECT {_LEAD} FROM reading.lead WHERE reading = $1 FOR UPDATE", reading)  # noqa: S608
    return _lead(row) if row else None


async def put_lead(tx: Tx, reading: str, lead: Lead) -> None:
    """Keeps who leads, and where."""
    await tx.run(
        f"INSERT INTO reading.lead (reading, {_LEAD}) VALUES ($1, $2, $3, $4, $5, $6::jsonb) ON CONFLICT (reading) "  # noqa: S608
        "DO UPDATE SET person = excluded.person, page = excluded.page, since = excluded.since, seen = excluded.seen, "
        "view = excluded.view",
        reading, lead.person, lead.page, lead.since, lead.seen, _json(lead.view) if lead.view else None,
    )  # fmt: skip


async def drop_lead(tx: Tx, reading: str, person: str) -> bool:
    """Nobody leads any more; whether it was this person who did."""
    return await tx.run("UPDATE reading.lead SET seen = 'epoch' WHERE reading = $1 AND person = $2 "
                        "AND seen > 'epoch'", reading, person) == 1  # fmt: skip


async def add_led(tx: Tx, reading: str, person: str, place: Place, at: datetime) -> None:
    """Somebody showed the others a series."""
    await tx.run(
        "INSERT INTO reading.led (reading, at, person, study, series) VALUES ($1, $2, $3, $4, $5)",
        reading, at, person, place.study, place.series,
    )  # fmt: skip


async def record(tx: Tx, reading: str, *, on: bool) -> bool:
    """Whether what is looked at is kept from now on; whether that is new."""
    return await tx.run("UPDATE reading.reading SET recorded = $2 WHERE id = $1 AND recorded <> $2", reading, on) == 1


async def add_looked(tx: Tx, reading: str, at: datetime, person: str, view: View | None) -> None:
    """Keeps what somebody shows the others, None for nothing any more; only while that is recorded."""
    await tx.run(
        "INSERT INTO reading.looked (reading, at, person, view) SELECT $1, $2, $3, $4::jsonb "
        "WHERE EXISTS (SELECT FROM reading.reading WHERE id = $1 AND recorded)",
        reading, at, person, _json(view) if view else None,
    )  # fmt: skip


async def looked(reads: Reads, reading: str, since: datetime, until: datetime) -> list[Look]:
    """What was shown from one moment to another, oldest first."""
    rows = await reads.rows(
        "SELECT at, person, view FROM reading.looked WHERE reading = $1 AND at BETWEEN $2 AND $3 ORDER BY at, nth",
        reading, since, until,
    )  # fmt: skip
    return [Look(row["at"], row["person"], _view(row["view"])) for row in rows]


async def drop_looked(tx: Tx, reading: str, *, since: datetime | None = None, until: datetime | None = None) -> None:
    """Forgets what was shown after one moment, or until another."""
    await tx.run(
        "DELETE FROM reading.looked WHERE reading = $1 AND ($2::timestamptz IS NULL OR at > $2) "
        "AND ($3::timestamptz IS NULL OR at <= $3)",
        reading, since, until,
    )  # fmt: skip


async def was_led(reads: Reads, reading: str, since: datetime) -> bool:
    """Whether somebody has shown anything since."""
    return bool(await reads.value("SELECT EXISTS (SELECT FROM reading.led WHERE reading = $1 AND at >= $2)", reading,
                                  since))  # fmt: skip


async def led(reads: Reads, reading: str) -> list[tuple[datetime, str]]:
    """Who led the others through pictures, and when they began a study, oldest first."""
    rows = await reads.rows(
        "SELECT min(at) AS at, person FROM reading.led WHERE reading = $1 GROUP BY person, study ORDER BY 1", reading
    )
    return [(row["at"], row["person"]) for row in rows]


def _lead(row: asyncpg.Record) -> Lead:
    return Lead(row["person"], row["page"], row["since"], row["seen"], _view(row["view"]))


def _view(told: str | None) -> View | None:
    return msgspec.json.decode(told, type=View) if told else None


def _reading(row: asyncpg.Record) -> Reading:
    return Reading(
        row["id"], row["source"], row["patient"], row["state"], tuple(row["writers"]), tuple(row["audience"]),
        tuple(row["leaders"]),
    )  # fmt: skip


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
