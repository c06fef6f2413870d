"""The consultation's own tables and their SQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from yuanzhen.applications.consultation.model import Case, Consent, Side, audience
from yuanzhen.applications.consultation.opinion import Draft, Texts
from yuanzhen.data.masking.identity import Shown
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

# By the time line, which all see who see the case: of a labelled opinion some do not see the finding itself.
_DONE = "ARRAY(SELECT s.what FROM consultation.step s WHERE s.consultation = c.id)"
_UNCONFIRMED = f"(c.state = 'signed' AND 'critical' = ANY ({_DONE}) AND 'critical-confirmed' <> ALL ({_DONE}))"
_RATED = "ARRAY(SELECT r.side FROM consultation.rating r WHERE r.consultation = c.id)"
_OWN = (
    "c.id, c.state, c.mode, c.urgency, c.question, c.patient, c.shown, c.asker, c.institution, c.department, c.expert, "
    "c.consent_version, c.consent_by, c.consent_how, c.consent_reason, c.consent_given, c.report, c.call_back, "
    "c.created, c.changed, c.invited, c.earlier, c.slot, c.starts, c.claim_ends, "
    "c.meets"
)
_COLUMNS = f"{_OWN}, {_RATED} AS rated, {_UNCONFIRMED} AS unconfirmed"
# A list does without what was drawn.
_LISTED = _COLUMNS.replace("c.consent_given", "c.consent_given - 'signature' AS consent_given")
# The memberships of the one who asks, beside the case: one round trip for both.
_DEPARTMENTS = "ARRAY(SELECT m.department FROM security.membership m WHERE m.person = $1) AS departments"


async def add(tx: Tx, case: Case, idempotency: str | None) -> bool:
    """Stores a new case; False when the asker's Idempotency-Key already made one."""
    added = await tx.run(
        "INSERT INTO consultation.case (id, state, mode, urgency, question, patient, shown, asker, institution, "
        "department, expert, consent_version, consent_by, consent_how, consent_reason, report, call_back, created, "
        "changed, audience, idempotency, consent_given) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, "
        "$12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22::jsonb) ON CONFLICT (asker, idempotency) DO NOTHING",
        case.id, case.state, case.mode, case.urgency, case.question, case.patient,
        msgspec.json.encode(case.shown).decode(), case.asker, case.institution, case.department,
        case.expert, case.consent.version, case.consent.given_by, case.consent.how,
        case.consent.reason, case.report, case.call_back, case.created, case.changed, audience(case), idempotency,
        msgspec.json.encode(_given(case.consent)).decode(),
    )  # fmt: skip
    return added == 1


async def by_idempotency(reads: Reads, asker: str, key: str) -> str | None:
    """The id of the case that an asker's Idempotency-Key made."""
    found: str | None = await reads.value(
        "SELECT id FROM consultation.case WHERE asker = $1 AND idempotency = $2", asker, key
    )
    return found


async def find(reads: Reads, person: str, id: str) -> tuple[Case, frozenset[str]] | None:
    """A case and the departments of `person`; None where there is none for this actor."""
    row = await reads.row(f"SELECT {_COLUMNS}, {_DEPARTMENTS} FROM consultation.case c WHERE c.id = $2", person, id)  # noqa: S608
    return (_case(row), frozenset(row["departments"])) if row else None


async def lock(tx: Tx, person: str, id: str) -> tuple[Case, frozenset[str]] | None:
    """As `find`, and nobody else changes it until this transaction ends."""
    row = await tx.row(
        f"SELECT {_COLUMNS}, {_DEPARTMENTS} FROM consultation.case c WHERE c.id = $2 FOR UPDATE OF c",  # noqa: S608
        person,
        id,
    )
    return (_case(row), frozenset(row["departments"])) if row else None


# Nothing was signed since a moment, no second person is waited for, and no critical finding is unconfirmed.
_SETTLED = f"c.state = 'signed' AND c.changed < $1 AND 'approvals' <> ALL (c.audience) AND NOT {_UNCONFIRMED}"


async def settled(reads: Reads, before: datetime, count: int) -> list[str]:
    """The cases signed before a moment that want nothing more, the oldest first."""
    rows = await reads.rows(
        f"SELECT c.id FROM consultation.case c WHERE {_SETTLED} ORDER BY c.changed LIMIT $2",  # noqa: S608
        before,
        count,
    )
    return [row["id"] for row in rows]


async def lock_settled(tx: Tx, id: str, before: datetime) -> Case | None:
    """One of them, locked; None when it is none any more."""
    row = await tx.row(
        f"SELECT {_COLUMNS} FROM consultation.case c WHERE {_SETTLED} AND c.id = $2 FOR UPDATE OF c",  # noqa: S608
        before,
        id,
    )
    return _case(row) if row else None


async def page(reads: Reads, person: str, before: str, count: int) -> list[tuple[Case, frozenset[str]]]:
    """The newest cases for this actor, `count` from the one after `before` ('' from the first)."""
    rows = await reads.rows(
        f"SELECT {_LISTED}, {_DEPARTMENTS} FROM consultation.case c WHERE ($2 = '' OR c.id < $2) "  # noqa: S608
        "ORDER BY c.id DESC LIMIT $3",
        person,
        before,
        count,
    )
    return [(_case(row), frozenset(row["departments"])) for row in rows]


async def queue(reads: Reads, person: str, department: str, count: int) -> list[tuple[Case, frozenset[str]]]:
    """What waits for a department: urgent first, oldest first within that."""
    rows = await reads.rows(
        f"SELECT {_LISTED}, {_DEPARTMENTS} FROM consultation.case c WHERE c.department = $2 "  # noqa: S608
        "AND c.state IN ('ringing', 'queued') ORDER BY c.urgency, c.created, c.id LIMIT $3",
        person,
        department,
        count,
    )
    return [(_case(row), frozenset(row["departments"])) for row in rows]


async def save(tx: Tx, case: Case, now: datetime) -> None:
    """Stores what acts change, with who may see the case; an approval that waits goes on waiting."""
    await tx.run(
        "UPDATE consultation.case SET state = $2, department = $3, expert = $4, invited = $5, earlier = $6, slot = $7, "
        "starts = $8, claim_ends = $9, changed = $10, audience = $11 || "
        "CASE WHEN 'approvals' = ANY (audience) THEN '{approvals}'::text[] ELSE '{}' END WHERE id = $1",
        case.id, case.state, case.department, case.expert, case.invited, case.earlier, case.slot,
        case.starts, case.claim_ends, now, audience(case),
    )  # fmt: skip


async def meets(tx: Tx, id: str) -> None:
    """The case has a room from now on."""
    await tx.run("UPDATE consultation.case SET meets = true WHERE id = $1", id)


async def add_step(
    tx: Tx, case: str, what: str, now: datetime, reason: str = "", about: str = "", documents: Sequence[str] = ()
) -> None:
    """One line of the case's time line, by this transaction's actor; `about`: a person or a department."""
    await tx.run(
        "INSERT INTO consultation.step (consultation, at, who, what, reason, about, documents) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        case, now, tx.actor.id, what, reason, about, documents,
    )  # fmt: skip


async def add_rating(tx: Tx, case: str, side: Side, score: int, words: str, now: datetime) -> bool:
    """How it was for one side; False when that side has said so already."""
    added = await tx.run(
        "INSERT INTO consultation.rating (consultation, side, person, score, words, at) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        case, side, tx.actor.id, score, words, now,
    )  # fmt: skip
    return added == 1


async def steps(reads: Reads, case: str) -> list[asyncpg.Record]:
    """The case's time line, oldest first."""
    return await reads.rows(
        "SELECT at, who, what, reason, about, documents FROM consultation.step WHERE consultation = $1 ORDER BY id",
        case,
    )


async def put_draft(tx: Tx, case: str, texts: Texts, on: int | None, now: datetime) -> int | None:
    """Keeps the draft and returns its version; None, and nothing is kept, where it is no longer the version `on`."""
    version: int | None = await tx.value(
        "INSERT INTO consultation.draft (consultation, writer, findings, conclusion, advice, changed, version) "
        "VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (consultation) DO UPDATE SET writer = excluded.writer, "
        "findings = excluded.findings, conclusion = excluded.conclusion, advice = excluded.advice, "
        "changed = excluded.changed, version = draft.version + 1 "
        "WHERE $7::int IS NULL OR draft.version = $7 RETURNING version",
        case,
        tx.actor.id,
        texts.findings,
        texts.conclusion,
        texts.advice,
        now,
        on,
    )
    return version


async def draft(reads: Reads, case: str) -> Draft | None:
    """The draft, for the case's experts alone."""
    row = await reads.row(
        "SELECT findings, conclusion, advice, writer, version, changed FROM consultation.draft WHERE consultation = $1",
        case,
    )
    if row is None:
        return None
    texts = Texts(row["findings"], row["conclusion"], row["advice"])
    return Draft(texts, row["writer"], row["version"], row["changed"])


async def drop_draft(tx: Tx, case: str) -> None:
    """The draft has been signed."""
    await tx.run("DELETE FROM consultation.draft WHERE consultation = $1", case)


def _given(consent: Consent) -> dict[str, Any]:
    """What of a consent has no column of its own, as far as it was said."""
    told = {name: getattr(consent, name) for name in ("name", "relation", "heard_by", "signature")}
    return {name: value for name, value in told.items() if value}


def _consent(row: asyncpg.Record) -> Consent:
    given = msgspec.json.decode(row["consent_given"])
    strokes = tuple(tuple(stroke) for stroke in given.pop("signature", ()))
    columns = (row["consent_version"], row["consent_by"], row["consent_how"], row["consent_reason"])
    return Consent(*columns, signature=strokes, **given)


def _case(row: asyncpg.Record) -> Case:
    return Case(
        id=row["id"],
        state=row["state"],
        mode=row["mode"],
        urgency=row["urgency"],
        question=row["question"],
        patient=row["patient"],
        shown=msgspec.json.decode(row["shown"], type=Shown),
        asker=row["asker"],
        institution=row["institution"],
        department=row["department"],
        expert=row["expert"],
        consent=_consent(row),
        report=row["report"],
        call_back=row["call_back"],
        created=row["created"],
        changed=row["changed"],
        invited=tuple(row["invited"]),
        earlier=tuple(row["earlier"]),
        rated=tuple(row["rated"]),
        slot=row["slot"],
        starts=row["starts"],
        claim_ends=row["claim_ends"],
        unconfirmed=row["unconfirmed"],
        meets=row["meets"],
    )
