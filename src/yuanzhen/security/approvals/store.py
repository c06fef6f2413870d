"""Approvals in the database: one statement a function."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.approvals.model import Approval, audience
from yuanzhen.security.keys.model import ALGORITHM, Signature

_COLUMNS = (
    "id, verb, entity, patient, digest, reason, department, asked_by, asked_at, expires, state, decided_by, "
    "decided_at, words, key, signature"
)


async def add(tx: Tx, one: Approval) -> None:
    """Stores what waits."""
    await tx.run(
        "INSERT INTO security.approval (id, verb, entity, patient, digest, reason, department, asked_by, asked_at, "
        "expires, audience) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        one.id, one.verb, one.entity, one.patient, one.digest, one.reason, one.department, one.asked_by, one.asked_at,
        one.expires, audience(one),
    )  # fmt: skip


async def find(reads: Reads, id: str) -> Approval | None:
    """An approval that this actor may see."""
    row = await reads.row(f"SELECT {_COLUMNS} FROM security.approval WHERE id = $1", id)  # noqa: S608
    return _approval(row) if row else None


async def lock(tx: Tx, id: str) -> Approval | None:
    """As `find`, and nobody else decides it until this transaction ends."""
    # For update the policy shows what still waits alone: what is decided needs no lock any more.
    row = await tx.row(f"SELECT {_COLUMNS} FROM security.approval WHERE id = $1 FOR UPDATE", id)  # noqa: S608
    return _approval(row) if row else await find(tx, id)


async def listed(reads: Reads, before: str, count: int) -> list[Approval]:
    """What this actor may see, what waits first, then newest first; `count` from the one after `before`."""
    rows = await reads.rows(
        f"SELECT {_COLUMNS} FROM security.approval WHERE $1 = '' OR id < $1 ORDER BY id DESC LIMIT $2",  # noqa: S608
        before,
        count,
    )
    return [_approval(row) for row in rows]


async def waiting(reads: Reads, entity: str) -> Approval | None:
    """What waits to be done to something and has not expired."""
    row = await reads.row(
        f"SELECT {_COLUMNS} FROM security.approval WHERE entity = $1 AND state = 'waiting' "  # noqa: S608
        "ORDER BY id DESC LIMIT 1",
        entity,
    )
    return _approval(row) if row else None


async def decide(tx: Tx, one: Approval) -> bool:
    """Keeps a decision; False when it no longer waits."""
    return bool(
        await tx.run(
            "UPDATE security.approval SET state = $2, decided_by = $3, decided_at = $4, words = $5, key = $6, "
            "signature = $7 WHERE id = $1 AND state = 'waiting'",
            one.id,
            one.state,
            one.decided_by,
            one.decided_at,
            one.words,
            one.signature.key if one.signature else "",
            one.signature.value if one.signature else "",
        )
    )


async def void(tx: Tx, entity: str, now: datetime) -> list[str]:
    """What waits for this entity waits for a thing that is no more; returns their ids."""
    rows = await tx.rows(
        "UPDATE security.approval SET state = 'void', decided_at = $2 WHERE entity = $1 AND state = 'waiting' "
        "RETURNING id",
        entity,
        now,
    )
    return [row["id"] for row in rows]


async def holders(reads: Reads, role: str) -> list[str]:
    """Who holds a role; for whoever holds 'members'."""
    return [row["person"] for row in await reads.rows("SELECT security.holders($1) AS person", role)]


def _approval(row: asyncpg.Record) -> Approval:
    signed = Signature(row["key"], ALGORITHM, row["signature"], row["decided_at"]) if row["signature"] else None
    known = {name: row[name] for name in row.keys() if name not in ("key", "signature")}  # noqa: SIM118 - no Mapping
    return Approval(**known, signature=signed)
