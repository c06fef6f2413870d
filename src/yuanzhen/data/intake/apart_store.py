"""Images kept apart: stored and acknowledged, not served, until a person has looked. Their own table and its SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import asyncpg

from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.records.model import encode
from yuanzhen.data.records.studies import Instance
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.ids import new_id

MOST = 200

# What of a header a person compares: who, and which study
_HEAD_TAGS = ("00080020", "00080050", "00080060", "00081010", "00081030", "0008103E", "00100010", "00100020",
              "00100021", "00100030", "00100040")  # fmt: skip
_HEAD = "jsonb_build_object(" + ", ".join(f"'{tag}', header -> '{tag}'" for tag in _HEAD_TAGS) + ")::text"


@dataclass(frozen=True, slots=True)
class Member:
    """One image of a group: where its file lies."""

    id: str
    sender: str
    institution: str
    study: str
    series: str
    sop: str
    blob: str
    size: int


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


async def groups(reads: Reads, claim: str = "") -> list[asyncpg.Record]:
    """Those that wait, by what they say of whose they are; the newest first, as far as this actor may know of them."""
    return await reads.rows(
        "SELECT g.*, h.head FROM (SELECT claim AS id, min(sender) AS sender, min(institution) AS institution, "  # noqa: S608
        "min(reason) AS reason, min(place) AS place, min(study) AS study, count(*) AS images, "
        "count(DISTINCT series) AS series, min(at) AS first, max(at) AS last FROM records.apart "
        "WHERE state = 'waiting' AND ($1 = '' OR claim = $1) GROUP BY claim) g "
        f"CROSS JOIN LATERAL (SELECT {_HEAD} AS head FROM records.apart a WHERE a.claim = g.id AND a.state = 'waiting' "
        "ORDER BY a.id LIMIT 1) h ORDER BY g.last DESC LIMIT $2",
        claim,
        MOST,
    )


async def members(reads: Reads, claim: str) -> list[Member]:
    """The images of a group that wait, in the order of their coming."""
    rows = await reads.rows(
        "SELECT id, sender, institution, study, series, sop, blob, bytes FROM records.apart "
        "WHERE claim = $1 AND state = 'waiting' ORDER BY id",
        claim,
    )
    return [Member(*row.values()) for row in rows]


async def header(reads: Reads, id: str) -> str:
    """The whole header of one image, as DICOM JSON."""
    found: str = await reads.value("SELECT header::text FROM records.apart WHERE id = $1", id)
    return found


async def end(tx: Tx, ids: Sequence[str], state: Literal["released", "discarded"], by: str, why: str) -> int:
    """Settles images that wait; says how many did."""
    return await tx.run(
        "UPDATE records.apart SET state = $2, ended_by = $3, why = $4, ended = clock_timestamp() "
        "WHERE id = ANY ($1) AND state = 'waiting'",
        list(ids),
        state,
        by,
        why,
    )


async def counts(reads: Reads) -> list[asyncpg.Record]:
    """By sender: how many wait in the actor's houses."""
    return await reads.rows("SELECT sender, institution, waiting, oldest FROM records.apart_counts()")
