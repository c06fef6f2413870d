"""The table of what is drawn and written together, and its SQL: one statement a function."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from yuanzhen.applications.consultation.boards.model import Kind
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx


async def alone(tx: Tx, case: str, kind: Kind) -> None:
    """Nobody else adds to this board until this transaction ends: a later number is never seen before an earlier."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('board/' || $1 || '/' || $2, 0))", case, kind)


async def add(tx: Tx, case: str, kind: Kind, content: bytes, now: datetime) -> int:
    """Keeps an update of this transaction's actor; returns its number."""
    number: int = await tx.value(
        "INSERT INTO consultation.board_update (consultation, kind, who, at, content) VALUES ($1, $2, $3, $4, $5) "
        "RETURNING nth",
        case, kind, tx.actor.id, now, content,
    )  # fmt: skip
    return number


async def size(reads: Reads, case: str, kind: Kind) -> int:
    """How many bytes a board has."""
    found: int = await reads.value(
        "SELECT coalesce(sum(octet_length(content)), 0) FROM consultation.board_update "
        "WHERE consultation = $1 AND kind = $2",
        case, kind,
    )  # fmt: skip
    return found


async def after(reads: Reads, case: str, kind: Kind, nth: int) -> list[asyncpg.Record]:
    """The updates after a number, in their order."""
    return await reads.rows(
        "SELECT nth, who, at, content FROM consultation.board_update "
        "WHERE consultation = $1 AND kind = $2 AND nth > $3 ORDER BY nth",
        case, kind, nth,
    )  # fmt: skip


async def authors(reads: Reads, case: str, kind: Kind) -> list[asyncpg.Record]:
    """Who drew or wrote, and when they did last, the latest first."""
    return await reads.rows(
        "SELECT who, max(at) AS at FROM consultation.board_update WHERE consultation = $1 AND kind = $2 "
        "GROUP BY who ORDER BY 2 DESC, who",
        case, kind,
    )  # fmt: skip
