"""Images kept apart: stored and acknowledged, not served, until a person has looked. Their own table and its SQL."""

from __future__ import annotations

from datetime import datetime

import msgspec

from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.records.model import encode
from yuanzhen.data.records.studies import Instance
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.ids import new_id


class Apart(msgspec.Struct):
    """One of them: who sent it when, why it waits and where the reason stands."""

    id: str
    at: datetime
    sender: str
    institution: str
    reason: str
    place: str
    study: str
    sop: str


async def add(tx: Tx, sender: Sender, instance: Instance, problem: Problem) -> bool:
    """Keeps it; False when the same content was kept apart before."""
    added = await tx.run(
        "INSERT INTO records.apart (id, sender, institution, reason, place, study, series, sop, header, blob, digest, "
        "bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12) ON CONFLICT DO NOTHING",
        new_id(),
        sender.peer,
        sender.institution,
        problem.code,
        problem.place or "",
        instance.study,
        instance.series,
        instance.sop,
        encode(instance.header).decode(),
        instance.blob,
        instance.digest,
        instance.size,
    )
    return added == 1


async def waiting(reads: Reads, limit: int = 100) -> list[Apart]:
    """The newest that wait, as far as this actor may know of them."""
    rows = await reads.rows(
        "SELECT id, at, sender, institution, reason, place, study, sop FROM records.apart ORDER BY at DESC LIMIT $1",
        limit,
    )
    return [Apart(*row.values()) for row in rows]
