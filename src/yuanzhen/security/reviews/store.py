"""Reviews in the database: one statement a function."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.reviews.model import Review

_COLUMNS = (
    "id, kind, patient, person, institution, source, reason, asked_by, asked_at, until, state, verdict, words, "
    "decided_by, decided_at, ended_at, ended_by"
)


async def add(tx: Tx, one: Review) -> None:
    """Stores what is to be looked at."""
    await tx.run(
        "INSERT INTO security.review (id, kind, patient, person, institution, source, reason, asked_by, asked_at, "
        "until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        one.id, one.kind, one.patient, one.person, one.institution, one.source, one.reason, one.asked_by, one.asked_at,
        one.until,
    )  # fmt: skip


async def find(reads: Reads, id: str) -> Review | None:
    """A review that this actor may see."""
    row = await reads.row(f"SELECT {_COLUMNS} FROM security.review WHERE id = $1", id)  # noqa: S608
    return _review(row) if row else None


async def listed(reads: Reads, state: str, before: str, count: int) -> list[Review]:
    """Reviews in a state, newest first; `count` from the one after `before`."""
    rows = await reads.rows(
        f"SELECT {_COLUMNS} FROM security.review WHERE state = $1 AND ($2 = '' OR id < $2) "  # noqa: S608
        "ORDER BY id DESC LIMIT $3",
        state,
        before,
        count,
    )
    return [_review(row) for row in rows]


async def glasses(reads: Reads, patient: str, person: str, count: int) -> list[Review]:
    """Who broke the glass of a patient, and whose a person broke; newest first."""
    rows = await reads.rows(
        f"SELECT {_COLUMNS} FROM security.review WHERE kind = 'break-glass' "  # noqa: S608
        "AND (($1 <> '' AND patient = $1) OR person = $2) ORDER BY id DESC LIMIT $3",
        patient,
        person,
        count,
    )
    return [_review(row) for row in rows]


async def decide(tx: Tx, one: Review) -> bool:
    """Keeps a verdict; False when there was one before."""
    return bool(
        await tx.run(
            "UPDATE security.review SET state = $2, verdict = $3, words = $4, decided_by = $5, decided_at = $6 "
            "WHERE id = $1 AND state = 'open'",
            one.id,
            one.state,
            one.verdict,
            one.words,
            one.decided_by,
            one.decided_at,
        )
    )


async def end(tx: Tx, id: str, now: datetime) -> bool:
    """Keeps by whom an opened record was closed; False when it was closed already, or is not theirs to close."""
    return bool(await tx.value("SELECT security.end_glass($1, $2)", id, now))


def _review(row: asyncpg.Record) -> Review:
    return Review(**dict(row.items()))
