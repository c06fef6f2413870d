"""The referral's own tables and their SQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import asyncpg
import msgspec

from yuanzhen.applications.referral.model import Level, Referral, Told, audience
from yuanzhen.data.masking.identity import Shown
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

Box = Literal["all", "in", "out"]

_COLUMNS = (
    "r.id, r.state, r.patient, r.institution, r.department, r.kind, r.urgency, r.reason, r.plan, r.agreed, "
    "r.why_unable, r.documents, r.source, r.shown, r.direction, r.sender, r.house, r.created, r.since, r.handler, "
    "r.outcome_kind, r.outcome, r.outcome_plan, r.outcome_documents, r.starts, r.turn, r.chased"
)
# The memberships of the one who asks, beside the referral: one round trip for both.
_DEPARTMENTS = "ARRAY(SELECT m.department FROM security.membership m WHERE m.person = $1) AS departments"
_SEEN = f"SELECT {_COLUMNS}, {_DEPARTMENTS} FROM referral.referral r"  # noqa: S608

Found = tuple[Referral, frozenset[str]]


async def add(tx: Tx, one: Referral, idempotency: str | None) -> bool:
    """Stores a new referral; False when the sender's Idempotency-Key already made one."""
    told = one.told
    added = await tx.run(
        "INSERT INTO referral.referral (id, state, patient, shown, direction, kind, urgency, reason, plan, agreed, "
        "why_unable, documents, source, sender, house, institution, department, created, since, audience, idempotency) "
        "VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, "
        "$21) ON CONFLICT (sender, idempotency) DO NOTHING",
        one.id, one.state, told.patient, msgspec.json.encode(one.shown).decode(), one.direction, told.kind,
        told.urgency, told.reason, told.plan, told.agreed, told.why_unable, told.documents, told.source, one.sender,
        one.house, told.institution, told.department, one.created, one.since, audience(one), idempotency,
    )  # fmt: skip
    return added == 1


async def by_idempotency(reads: Reads, sender: str, key: str) -> str | None:
    """The id of the referral that a sender's Idempotency-Key made."""
    found: str | None = await reads.value(
        "SELECT id FROM referral.referral WHERE sender = $1 AND idempotency = $2", sender, key
    )
    return found


async def find(reads: Reads, person: str, id: str) -> Found | None:
    """A referral and the departments of `person`; None where there is none for this actor."""
    row = await reads.row(f"{_SEEN} WHERE r.id = $2", person, id)
    return _found(row) if row else None


async def lock(tx: Tx, person: str, id: str) -> Found | None:
    """As `find`, and nobody else changes it until this transaction ends."""
    row = await tx.row(f"{_SEEN} WHERE r.id = $2 FOR UPDATE OF r", person, id)
    return _found(row) if row else None


async def page(
    reads: Reads, person: str, house: str, box: Box, before: str, count: int, patient: str | None = None
) -> list[Found]:
    """The newest referrals for this actor, `count` from the one after `before` ('' from the first)."""
    rows = await reads.rows(
        f"{_SEEN} WHERE ($2 = '' OR r.id < $2) AND ($4 = 'all' OR ($4 = 'out') = (r.house = $5 OR r.sender = $1)) "
        "AND ($6::text IS NULL OR r.patient = $6) ORDER BY r.id DESC LIMIT $3",
        person,
        before,
        count,
        box,
        house,
        patient,
    )
    return [_found(row) for row in rows]


async def save(tx: Tx, one: Referral) -> None:
    """Stores what acts change, with who may see it."""
    told = one.told
    await tx.run(
        "UPDATE referral.referral SET state = $2, institution = $3, department = $4, direction = $5, handler = $6, "
        "outcome_kind = $7, outcome = $8, outcome_plan = $9, outcome_documents = $10, starts = $11, since = $12, "
        "turn = $13, chased = $14, documents = $15, audience = $16, kind = $17, urgency = $18, reason = $19, "
        "plan = $20, agreed = $21, why_unable = $22 WHERE id = $1",
        one.id, one.state, told.institution, told.department, one.direction, one.handler, one.outcome_kind,
        one.outcome, one.outcome_plan, one.outcome_documents, one.starts, one.since, one.turn, one.chased,
        told.documents, audience(one), told.kind, told.urgency, told.reason, told.plan, told.agreed, told.why_unable,
    )  # fmt: skip


async def add_step(tx: Tx, id: str, what: str, now: datetime, words: str = "", documents: Sequence[str] = ()) -> None:
    """One line of the time line, by this transaction's actor."""
    await tx.run(
        "INSERT INTO referral.step (referral, at, who, what, words, documents) VALUES ($1, $2, $3, $4, $5, $6)",
        id, now, tx.actor.id, what, words, documents,
    )  # fmt: skip


async def steps(reads: Reads, id: str) -> list[asyncpg.Record]:
    """The time line, oldest first."""
    return await reads.rows(
        "SELECT at, who, what, words, documents FROM referral.step WHERE referral = $1 ORDER BY nth", id
    )


async def desk(reads: Reads, house: str) -> list[str]:
    """Who sits at the referral desk of a house; for the relay."""
    return [row["person"] for row in await reads.rows("SELECT referral.desk($1) AS person", house)]


async def levels(reads: Reads, houses: Sequence[str]) -> dict[str, Level]:
    """The level of each house among `houses`."""
    rows = await reads.rows("SELECT id, level FROM security.institution WHERE id = ANY ($1)", houses)
    return {row["id"]: row["level"] for row in rows}


def _found(row: asyncpg.Record) -> Found:
    told = Told(
        patient=row["patient"], institution=row["institution"], department=row["department"], kind=row["kind"],
        urgency=row["urgency"], reason=row["reason"], plan=row["plan"], agreed=row["agreed"],
        why_unable=row["why_unable"], documents=tuple(row["documents"]), source=row["source"],
    )  # fmt: skip
    one = Referral(
        id=row["id"], state=row["state"], told=told, shown=msgspec.json.decode(row["shown"], type=Shown),
        direction=row["direction"], sender=row["sender"], house=row["house"], created=row["created"],
        since=row["since"], handler=row["handler"], outcome_kind=row["outcome_kind"], outcome=row["outcome"],
        outcome_plan=row["outcome_plan"], outcome_documents=tuple(row["outcome_documents"]), starts=row["starts"],
        turn=row["turn"], chased=row["chased"],
    )  # fmt: skip
    return one, frozenset(row["departments"])
