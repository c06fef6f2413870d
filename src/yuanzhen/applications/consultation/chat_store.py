"""Where messages are kept: one statement a function."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx


async def add(tx: Tx, case: str, text: str, now: datetime) -> int:
    """Keeps a message of this transaction's actor; returns its number."""
    number: int = await tx.value(
        "INSERT INTO consultation.message (consultation, at, who, text) VALUES ($1, $2, $3, $4) RETURNING id",
        case,
        now,
        tx.actor.id,
        text,
    )
    return number


async def page(reads: Reads, case: str, after: int, count: int) -> list[asyncpg.Record]:
    """A case's messages after a number, oldest first."""
    return await reads.rows(
        "SELECT id, at, who, text FROM consultation.message WHERE consultation = $1 AND id > $2 ORDER BY id LIMIT $3",
        case,
        after,
        count,
    )
