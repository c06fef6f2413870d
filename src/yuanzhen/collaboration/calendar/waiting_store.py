"""The waiting list and what is kept for it: their SQL, one statement a function."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from yuanzhen.collaboration.calendar.priority import Waiting
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

_COLUMNS = (
    "w.id, w.source, w.target, w.institution, w.asked_by, w.urgency, w.distance_km, w.since, w.offered, w.until, "
    "w.passed, w.before"
)


async def add(tx: Tx, one: Waiting, audience: list[str]) -> bool:
    """Something waits; False when it does already."""
    return await tx.run(
        "INSERT INTO calendar.waiting (id, source, target, institution, asked_by, urgency, distance_km, since, "
        "audience, before) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
        "ON CONFLICT ON CONSTRAINT waiting_once DO NOTHING",
        one.id, one.source, one.target, one.institution, one.asked_by, one.urgency, one.distance_km, one.since,
        audience, one.before,
    ) == 1  # fmt: skip


async def lock(tx: Tx, id: str) -> Waiting | None:
    """One that waits, which nobody else changes until this transaction ends."""
    row = await tx.row(f"SELECT {_COLUMNS} FROM calendar.waiting w WHERE w.id = $1 FOR UPDATE", id)  # noqa: S608
    return _waiting(row) if row else None


async def of_actor(reads: Reads) -> list[Waiting]:
    """All that the actor sees, the oldest first."""
    rows = await reads.rows(f"SELECT {_COLUMNS} FROM calendar.waiting w ORDER BY w.since, w.id LIMIT 500")  # noqa: S608
    return [_waiting(row) for row in rows]


async def for_slot(tx: Tx, expert: str) -> list[Waiting]:
    """Those whom a time of this expert or resource would suit, locked; for our own worker."""
    rows = await tx.rows(
        f"SELECT {_COLUMNS} FROM calendar.waiting w WHERE w.offered = '' AND (w.target = $1 OR w.target IN "  # noqa: S608
        "(SELECT e.department FROM calendar.experts(NULL, $1) e)) ORDER BY w.id FOR UPDATE",
        expert,
    )
    return [_waiting(row) for row in rows]


async def holder(tx: Tx, slot: str) -> Waiting | None:
    """To whom a slot is offered, locked."""
    row = await tx.row(f"SELECT {_COLUMNS} FROM calendar.waiting w WHERE w.offered = $1 FOR UPDATE", slot)  # noqa: S608
    return _waiting(row) if row else None


async def offer(tx: Tx, id: str, slot: str, until: datetime) -> None:
    """A slot is offered to one that waits."""
    await tx.run("UPDATE calendar.waiting SET offered = $2, until = $3 WHERE id = $1", id, slot, until)


async def passed(tx: Tx, id: str) -> None:
    """What is offered was not taken: it waits on, for another."""
    await tx.run(
        "UPDATE calendar.waiting SET passed = passed || offered, offered = '', until = NULL "
        "WHERE id = $1 AND offered <> ''",
        id,
    )


async def any_time(tx: Tx, source: str) -> None:
    """No hour is too late for it."""
    await tx.run("UPDATE calendar.waiting SET before = NULL WHERE source = $1", source)


async def drop(tx: Tx, id: str) -> bool:
    """It waits no more; False when it was gone."""
    return await tx.run("DELETE FROM calendar.waiting WHERE id = $1", id) == 1


async def drop_of(tx: Tx, source: str) -> list[str]:
    """This waits no more, whoever asked; answers the slots that were offered to it, '' where none was."""
    rows = await tx.rows("DELETE FROM calendar.waiting WHERE source = $1 RETURNING offered", source)
    return [row["offered"] for row in rows]


async def hold(tx: Tx, slot: str, source: str, until: datetime | None) -> None:
    """A slot is kept for a source, or ('', None) for nobody; for our own worker."""
    await tx.run("UPDATE calendar.slot SET held_for = $2, held_until = $3 WHERE id = $1", slot, source, until)


def _waiting(row: asyncpg.Record) -> Waiting:
    return Waiting(**{**dict(row), "passed": tuple(row["passed"])})
