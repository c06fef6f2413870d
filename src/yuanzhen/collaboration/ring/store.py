"""The ring's own tables and their SQL: one statement a function."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import asyncpg

from yuanzhen.collaboration.ring.model import About, Call, Ring
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

_COLUMNS = (
    "r.id, r.source, r.department, r.question, r.urgency, r.place, r.call_back, r.state, r.started, r.circle, "
    "r.circle_until, r.alarm_at, r.alarmed, r.number, r.taken_by, r.taken, r.answered_by, r.answered, r.ended, r.why, "
    "r.turn, r.audience"
)
_CALL = "c.ring, c.number, c.person, c.circle, c.since, c.outcome, c.ended, c.reason, c.pushed"


async def add(tx: Tx, ring: Ring) -> bool:
    """Stores a new ring; False when one of its source rings already."""
    added = await tx.run(
        "INSERT INTO ring.ring (id, source, department, question, urgency, place, call_back, state, started, "
        "alarm_at, turn, audience) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
        "ON CONFLICT (source) WHERE state <> 'over' DO NOTHING",
        ring.id, ring.source, ring.department, ring.about.question, ring.about.urgency, ring.about.place,
        ring.about.call_back, ring.state, ring.started, ring.alarm_at, ring.turn, list(ring.audience),
    )  # fmt: skip
    return added == 1


async def lock(tx: Tx, id: str) -> Ring | None:
    """A ring with its calls, and nobody else changes it until this transaction ends."""
    row = await tx.row(f"SELECT {_COLUMNS} FROM ring.ring r WHERE r.id = $1 FOR UPDATE", id)  # noqa: S608
    return await _with_calls(tx, row)


async def lock_of(tx: Tx, source: str) -> Ring | None:
    """As `lock`: the ring of a source that is not over."""
    row = await tx.row(
        f"SELECT {_COLUMNS} FROM ring.ring r WHERE r.source = $1 AND r.state <> 'over' FOR UPDATE",  # noqa: S608
        source,
    )
    return await _with_calls(tx, row)


async def find(reads: Reads, id: str) -> Ring | None:
    """A ring with its calls."""
    row = await reads.row(f"SELECT {_COLUMNS} FROM ring.ring r WHERE r.id = $1", id)  # noqa: S608
    return await _with_calls(reads, row)


async def of(reads: Reads, sources: Iterable[str]) -> dict[str, Ring]:
    """The last ring of each source that had one."""
    rows = await reads.rows(
        f"SELECT DISTINCT ON (r.source) {_COLUMNS} FROM ring.ring r WHERE r.source = ANY ($1) "  # noqa: S608
        "ORDER BY r.source, r.started DESC, r.id DESC",
        list(sources),
    )
    return {ring.source: ring for ring in await _all_with_calls(reads, rows)}


async def all_of(reads: Reads, source: str) -> list[Ring]:
    """All rings of a source, the first one first."""
    rows = await reads.rows(
        f"SELECT {_COLUMNS} FROM ring.ring r WHERE r.source = $1 ORDER BY r.started, r.id",  # noqa: S608
        source,
    )
    return await _all_with_calls(reads, rows)


async def going(reads: Reads) -> list[Ring]:
    """All that ring now, alarms first, then the longest."""
    rows = await reads.rows(
        f"SELECT {_COLUMNS} FROM ring.ring r WHERE r.state = 'ringing' "  # noqa: S608
        "ORDER BY r.alarmed IS NULL, r.started",
    )
    return await _all_with_calls(reads, rows)


async def calling(reads: Reads, person: str) -> list[Ring]:
    """The rings for which somebody is called now."""
    rows = await reads.rows(
        f"SELECT {_COLUMNS} FROM ring.ring r JOIN ring.call c ON c.ring = r.id "  # noqa: S608
        "WHERE c.person = $1 AND c.outcome = '' ORDER BY r.started",
        person,
    )
    return await _all_with_calls(reads, rows)


async def poke(tx: Tx) -> list[tuple[str, int]]:
    """The next turn of every ring that rings: whose id, and its number."""
    rows = await tx.rows(
        "UPDATE ring.ring SET turn = turn + 1 WHERE id IN (SELECT id FROM ring.ring WHERE state = 'ringing' "
        "ORDER BY id FOR UPDATE) RETURNING id, turn"
    )
    return [(row["id"], row["turn"]) for row in rows]


async def busy(reads: Reads, people: Iterable[str], but: str) -> set[str]:
    """Who of `people` has answered a ring other than `but` that is not over yet."""
    rows = await reads.rows(
        "SELECT DISTINCT answered_by FROM ring.ring WHERE state = 'answered' AND answered_by = ANY ($1) AND id <> $2",
        list(people),
        but,
    )
    return {row["answered_by"] for row in rows}


async def dispatchers(reads: Reads) -> list[str]:
    """Everybody who hears an alarm; for whoever holds 'members'."""
    rows = await reads.rows("SELECT id FROM security.person WHERE role = 'dispatcher' AND NOT disabled ORDER BY id")
    return [row["id"] for row in rows]


async def save(tx: Tx, before: Ring, ring: Ring) -> None:
    """Stores what changed of a ring and of its calls."""
    await tx.run(
        "UPDATE ring.ring SET state = $2, circle = $3, circle_until = $4, alarmed = $5, number = $6, taken_by = $7, "
        "taken = $8, answered_by = $9, answered = $10, ended = $11, why = $12, turn = $13 WHERE id = $1",
        ring.id, ring.state, ring.circle, ring.circle_until, ring.alarmed, ring.number, ring.taken_by, ring.taken,
        ring.answered_by, ring.answered, ring.ended, ring.why, ring.turn,
    )  # fmt: skip
    changed = [(n, call) for n, call in enumerate(ring.calls) if before.calls[n : n + 1] != (call,)]
    await tx.many(
        "INSERT INTO ring.call (ring, number, person, circle, since, outcome, ended, reason) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (ring, number) DO UPDATE "
        "SET outcome = excluded.outcome, ended = excluded.ended, reason = excluded.reason",
        [
            (ring.id, n, call.person, call.circle, call.since, call.outcome, call.ended, call.reason)
            for n, call in changed
        ],
    )


async def push(tx: Tx, ring: str, number: int, at: datetime, receipt: str) -> None:
    """Somebody's telephone was rung for a call, says the gateway."""
    await tx.run(
        "UPDATE ring.call SET pushed = $3, receipt = $4 WHERE ring = $1 AND number = $2", ring, number, at, receipt
    )


async def _with_calls(reads: Reads, row: asyncpg.Record | None) -> Ring | None:
    return (await _all_with_calls(reads, [row]))[0] if row else None


async def _all_with_calls(reads: Reads, rows: list[asyncpg.Record]) -> list[Ring]:
    if not rows:
        return []
    calls = await reads.rows(
        f"SELECT {_CALL} FROM ring.call c WHERE c.ring = ANY ($1) ORDER BY c.ring, c.number",  # noqa: S608
        [row["id"] for row in rows],
    )
    rings = {row["id"]: _ring(row) for row in rows}
    for call in calls:
        ring = rings[call["ring"]]
        rings[ring.id] = replace(ring, calls=(*ring.calls, _call(call)))
    return list(rings.values())


def _ring(row: asyncpg.Record) -> Ring:
    return Ring(
        id=row["id"],
        source=row["source"],
        department=row["department"],
        about=About(row["question"], row["urgency"], row["place"], row["call_back"]),
        started=row["started"],
        alarm_at=row["alarm_at"],
        audience=tuple(row["audience"]),
        state=row["state"],
        circle=row["circle"],
        circle_until=row["circle_until"],
        alarmed=row["alarmed"],
        number=row["number"],
        taken_by=row["taken_by"],
        taken=row["taken"],
        answered_by=row["answered_by"],
        answered=row["answered"],
        ended=row["ended"],
        why=row["why"],
        turn=row["turn"],
    )


def _call(row: asyncpg.Record) -> Call:
    return Call(row["person"], row["circle"], row["since"], row["outcome"], row["ended"], row["reason"], row["pushed"])
