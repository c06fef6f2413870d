"""Drafts of requests and their SQL: one an asker and patient, and nobody else's to read."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx


async def put(tx: Tx, patient: str, body: str, now: datetime) -> None:
    """Keeps the draft of this transaction's actor; the last one counts."""
    await tx.run(
        "INSERT INTO consultation.request (asker, patient, body, changed) VALUES ($1, $2, $3::jsonb, $4) "
        "ON CONFLICT (asker, patient) DO UPDATE SET body = excluded.body, changed = excluded.changed",
        tx.actor.id, patient, body, now,
    )  # fmt: skip


async def find(reads: Reads, patient: str) -> asyncpg.Record | None:
    """The actor's draft for a patient."""
    return await reads.row(
        "SELECT body::text, changed FROM consultation.request WHERE asker = $1 AND patient = $2",
        reads.actor.id, patient,
    )  # fmt: skip


async def drop(tx: Tx, patient: str) -> None:
    """The draft was sent."""
    await tx.run("DELETE FROM consultation.request WHERE asker = $1 AND patient = $2", tx.actor.id, patient)


async def last_call_back(reads: Reads, asker: str) -> str:
    """Where the asker was to be called back the last time; '' where they never said."""
    found: str | None = await reads.value(
        "SELECT call_back FROM consultation.case WHERE asker = $1 AND call_back <> '' ORDER BY id DESC LIMIT 1", asker
    )
    return found or ""
