"""Signed versions, proposals and signatures in the database: one statement a function."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinion import Signed, Texts
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.keys.model import ALGORITHM, Signature


async def add(tx: Tx, signed: Signed) -> None:
    """Keeps a signed version for good."""
    await tx.run(
        "INSERT INTO consultation.opinion (consultation, version, findings, conclusion, advice, signer, signed_at, "
        "key, signature, kind, addendum, reason, before, approval, approved_by, approved_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        signed.case,
        signed.version,
        signed.texts.findings,
        signed.texts.conclusion,
        signed.texts.advice,
        signed.signer,
        signed.signature.at,
        signed.signature.key,
        signed.signature.value,
        signed.kind,
        signed.addendum,
        signed.reason,
        signed.before,
        signed.approval,
        signed.approved_by,
        signed.approved_at,
    )


async def versions(reads: Reads, case: str) -> list[Signed]:
    """All signed versions, oldest first."""
    rows = await reads.rows(
        "SELECT consultation, version, findings, conclusion, advice, signer, signed_at, key, signature, kind, "
        "addendum, reason, before, approval, approved_by, approved_at FROM consultation.opinion "
        "WHERE consultation = $1 ORDER BY version",
        case,
    )
    more = ("kind", "addendum", "approval", "approved_by", "approved_at")
    return [_signed(row, **{name: row[name] for name in more}) for row in rows]


async def propose(tx: Tx, one: Signed) -> None:
    """Keeps a version that is signed and waits for a second person."""
    await tx.run(
        "INSERT INTO consultation.proposal (approval, consultation, version, kind, findings, conclusion, advice, "
        "reason, before, signer, signed_at, key, signature) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        one.approval,
        one.case,
        one.version,
        one.kind,
        one.texts.findings,
        one.texts.conclusion,
        one.texts.advice,
        one.reason,
        one.before,
        one.signer,
        one.signature.at,
        one.signature.key,
        one.signature.value,
    )


async def proposal(reads: Reads, approval: str) -> Signed | None:
    """The version that waits, or waited, for an approval."""
    row = await reads.row(
        "SELECT approval, consultation, version, kind, findings, conclusion, advice, reason, before, signer, "
        "signed_at, key, signature FROM consultation.proposal WHERE approval = $1",
        approval,
    )
    return _signed(row, kind=row["kind"], approval=row["approval"]) if row else None


async def cosign(tx: Tx, case: str, version: int, signature: Signature) -> bool:
    """Keeps a further signature; False when this person has signed the version before."""
    return bool(
        await tx.run(
            "INSERT INTO consultation.cosignature (consultation, version, signer, signed_at, key, signature) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            case,
            version,
            tx.actor.id,
            signature.at,
            signature.key,
            signature.value,
        )
    )


async def cosignatures(reads: Reads, case: str) -> Mapping[int, list[tuple[str, Signature]]]:
    """The further signers of each version, in the order of their signing."""
    rows = await reads.rows(
        "SELECT version, signer, signed_at, key, signature FROM consultation.cosignature WHERE consultation = $1 "
        "ORDER BY version, signed_at",
        case,
    )
    found: dict[int, list[tuple[str, Signature]]] = {}
    for row in rows:
        signature = Signature(row["key"], ALGORITHM, row["signature"], row["signed_at"])
        found.setdefault(row["version"], []).append((row["signer"], signature))
    return found


async def opened(tx: Tx, case: str, version: int, part: str, now: datetime) -> bool:
    """Keeps that the acting person has opened a version; False when they had before."""
    return bool(
        await tx.run(
            "INSERT INTO consultation.opened (consultation, version, person, part, at) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT DO NOTHING",
            case,
            version,
            tx.actor.id,
            part,
            now,
        )
    )


async def openings(reads: Reads, case: str) -> list[asyncpg.Record]:
    """Who of the asking side has opened which version, and when first."""
    return await reads.rows(
        "SELECT version, person, part, at FROM consultation.opened WHERE consultation = $1 ORDER BY at", case
    )


async def printed(tx: Tx, digest: bytes, code: str, case: str, version: int, vouched: bytes, now: datetime) -> None:
    """Keeps a page that is handed out; the same page again is the same row."""
    await tx.run(
        "INSERT INTO consultation.printed (digest, code, consultation, version, made, vouched) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        digest,
        code,
        case,
        version,
        now,
        vouched,
    )


async def page(reads: Reads, digest: bytes) -> asyncpg.Record | None:
    """The page with these bytes; for our own check alone."""
    return await reads.row(
        "SELECT digest, code, consultation, version, vouched FROM consultation.printed WHERE digest = $1", digest
    )


async def raise_critical(tx: Tx, case: str, version: int, what: str, now: datetime) -> None:
    """Keeps a critical finding."""
    await tx.run(
        "INSERT INTO consultation.critical (consultation, version, what, raised_by, raised_at) "
        "VALUES ($1, $2, $3, $4, $5)",
        case,
        version,
        what,
        tx.actor.id,
        now,
    )


async def call(tx: Tx, case: str, called: str, read_back: bool, words: str, now: datetime) -> None:
    """Keeps a call about it."""
    await tx.run(
        "INSERT INTO consultation.critical_call (consultation, at, by, called, read_back, words) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        case,
        now,
        tx.actor.id,
        called,
        read_back,
        words,
    )


async def critical(reads: Reads, case: str) -> tuple[asyncpg.Record | None, list[asyncpg.Record]]:
    """The critical finding of a case, and the calls about it, oldest first."""
    row = await reads.row("SELECT what, raised_by, raised_at FROM consultation.critical WHERE consultation = $1", case)
    if row is None:
        return None, []
    return row, await reads.rows(
        "SELECT at, by, called, read_back, words FROM consultation.critical_call WHERE consultation = $1 ORDER BY id",
        case,
    )


async def raise_alarm(tx: Tx, case: Case, signer: str, raised_at: datetime, now: datetime) -> bool:
    """Keeps that nobody has read the finding back in time; False when that is kept already."""
    return bool(
        await tx.run(
            "INSERT INTO consultation.critical_alarm (consultation, institution, department, asker, signer, call_back, "
            "raised_at, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            case.id, case.institution, case.department, case.asker, signer, case.call_back, raised_at, now,
        )
    )  # fmt: skip


async def alarms(reads: Reads) -> list[asyncpg.Record]:
    """The findings whose time is over and that nobody has read back, the longest first."""
    return await reads.rows(
        "SELECT consultation, institution, department, asker, signer, call_back, raised_at, at, taken_by, taken_at "
        "FROM consultation.critical_alarm WHERE ended_at IS NULL ORDER BY raised_at, consultation"
    )


async def alarm(reads: Reads, case: str) -> asyncpg.Record | None:
    """Since when the finding of a case is the dispatchers' too, and who of them has it in hand."""
    return await reads.row(
        "SELECT at, taken_by, taken_at FROM consultation.critical_alarm WHERE consultation = $1", case
    )


async def take_alarm(tx: Tx, case: str, now: datetime) -> bool:
    """The acting dispatcher has it in hand; False when another has."""
    return bool(
        await tx.run(
            "UPDATE consultation.critical_alarm SET taken_by = $2, taken_at = coalesce(taken_at, $3) "
            "WHERE consultation = $1 AND ended_at IS NULL AND taken_by IN ('', $2)",
            case,
            tx.actor.id,
            now,
        )
    )


async def end_alarm(tx: Tx, case: str, now: datetime) -> bool:
    """It was read back; False where there was no alarm."""
    return bool(
        await tx.run(
            "UPDATE consultation.critical_alarm SET ended_at = $2 WHERE consultation = $1 AND ended_at IS NULL",
            case,
            now,
        )
    )


async def touch(tx: Tx, case: str, now: datetime) -> None:
    """The case has changed, though not its state."""
    await tx.run("UPDATE consultation.case SET changed = $2 WHERE id = $1", case, now)


async def show_to_approvers(tx: Tx, case: str) -> None:
    """Quality sees the case from now on, to judge what waits."""
    await tx.run(
        "UPDATE consultation.case SET audience = audience || '{approvals}'::text[] "
        "WHERE id = $1 AND NOT 'approvals' = ANY (audience)",
        case,
    )


async def hide_from_approvers(tx: Tx, case: str) -> None:
    """Nothing waits any more: the case is quality's no longer. For our own worker, who keeps seeing it."""
    await tx.run(
        "UPDATE consultation.case SET audience = array_remove(audience, 'approvals') "
        "WHERE id = $1 AND 'approvals' = ANY (audience)",
        case,
    )


def _signed(row: asyncpg.Record, **known: Any) -> Signed:
    return Signed(
        case=row["consultation"],
        version=row["version"],
        texts=Texts(row["findings"], row["conclusion"], row["advice"]),
        signer=row["signer"],
        signature=Signature(row["key"], ALGORITHM, row["signature"], row["signed_at"]),
        reason=row["reason"],
        before=row["before"],
        **known,
    )
