"""Reading the trail: rows by what, who, whom and when, newest first, within row-level security."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from yuanzhen.infrastructure.db.look import Reads

COLUMNS = (
    "id, at, kind, actor, role, institution, purpose, origin, verb, action, outcome, "
    "entity_type, entity, patient, code, reason"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What rows are wanted; an empty string or None leaves a condition out. `before` is the id to go on from."""

    id: int | None = None
    entity_type: str = ""
    entity: str = ""
    agent: str = ""
    patient: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    count: int = 50


async def find(reads: Reads, asked: Asked) -> list[asyncpg.Record]:
    """At most `count` rows that meet every condition; [since, until)."""
    return await reads.rows(
        f"SELECT {COLUMNS} FROM security.trail WHERE ($1::bigint IS NULL OR id = $1) AND ($2 = '' OR entity_type = $2) "  # noqa: S608
        "AND ($3 = '' OR entity = $3) AND ($4 = '' OR actor = $4) AND ($5 = '' OR patient = $5) "
        "AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7) "
        "AND ($8::bigint IS NULL OR id < $8) ORDER BY id DESC LIMIT $9",
        asked.id,
        asked.entity_type,
        asked.entity,
        asked.agent,
        asked.patient,
        asked.since,
        asked.until,
        asked.before,
        asked.count,
    )
