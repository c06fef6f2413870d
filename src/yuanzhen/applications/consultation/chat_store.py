"""Where messages and who has seen them are kept: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx


async def alone(tx: Tx, case: str) -> None:
    """Nobody else writes in this chat until this transaction ends: a later message is never seen before an earlier."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('chat/' || $1, 0))", case)


async def add(tx: Tx, case: str, text: str, idempotency: str | None, now: datetime) -> int | None:
    """Keeps a message of this transaction's actor; its number, or None when its key was kept before."""
    number: int | None = await tx.value(
        "INSERT INTO consultation.message (consultation, at, who, text, idempotency) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (consultation, who, idempotency) DO NOTHING RETURNING id",
        case, now, tx.actor.id, text, idempotency,
    )  # fmt: skip
    return number


async def by_idempotency(reads: Reads, case: str, key: str) -> asyncpg.Record | None:
    """The message that a key of this actor's made."""
    return await reads.row(
        "SELECT id, at, text FROM consultation.message WHERE consultation = $1 AND who = $2 AND idempotency = $3",
        case, reads.actor.id, key,
    )  # fmt: skip


async def see(tx: Tx, case: str, upto: int, now: datetime) -> int | None:
    """This transaction's actor has seen all up to a message; its number, or None where that was known."""
    number: int | None = await tx.value(
        "INSERT INTO consultation.message (consultation, at, who, text, upto) "
        "SELECT $1, $4, $2, '', max(id) FROM consultation.message WHERE consultation = $1 AND id <= $3 "
        "AND upto IS NULL HAVING max(id) > coalesce((SELECT max(s.upto) FROM consultation.message s "
        "WHERE s.consultation = $1 AND s.who = $2), 0) RETURNING id",
        case, tx.actor.id, upto, now,
    )  # fmt: skip
    return number


async def page(reads: Reads, case: str, after: int, count: int) -> list[asyncpg.Record]:
    """A case's messages after a number, oldest first."""
    return await reads.rows(
        "SELECT id, at, who, text, idempotency FROM consultation.message "
        "WHERE consultation = $1 AND id > $2 AND upto IS NULL ORDER BY id LIMIT $3",
        case, after, count,
    )  # fmt: skip


async def receipts(reads: Reads, case: str, after: int, before: int) -> list[asyncpg.Record]:
    """The receipts between two numbers, and the last one of each person, oldest first."""
    return await reads.rows(
        "SELECT id, at, who, upto FROM consultation.message WHERE consultation = $1 AND upto IS NOT NULL "
        "AND (id > $2 AND id < $3 OR id IN (SELECT max(id) FROM consultation.message "
        "WHERE consultation = $1 AND upto IS NOT NULL GROUP BY who)) ORDER BY id",
        case, after, before,
    )  # fmt: skip


async def unseen(reads: Reads, cases: Sequence[str]) -> dict[str, int]:
    """How many messages of others the actor has not seen, of those cases where there are any."""
    rows = await reads.rows(
        "SELECT m.consultation, count(*) AS messages FROM consultation.message m WHERE m.consultation = ANY ($1) "
        "AND m.who <> $2 AND m.upto IS NULL AND m.id > coalesce((SELECT max(s.upto) FROM consultation.message s "
        "WHERE s.consultation = m.consultation AND s.who = $2), 0) GROUP BY 1",
        cases, reads.actor.id,
    )  # fmt: skip
    return {row["consultation"]: row["messages"] for row in rows}
