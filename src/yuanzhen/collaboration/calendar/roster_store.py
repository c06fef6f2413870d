"""Rosters, swaps, resources and feeds: their SQL, one statement a function."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from yuanzhen.collaboration.calendar.model import Span
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

SwapState = Literal["asked", "agreed", "approved", "refused", "withdrawn"]
ResourceKind = Literal["ct", "mr", "endoscopy", "ultrasound", "other"]

_SWAP = "id, shift, other, asker, person, department, institution, state, asked"


@dataclass(frozen=True, slots=True)
class Swap:
    """A shift that its person wants another to take, for one of the other's (`other`) or for none."""

    id: str
    shift: str
    other: str
    asker: str
    person: str
    department: str
    institution: str
    state: SwapState
    asked: datetime


@dataclass(frozen=True, slots=True)
class Resource:
    """What is booked beside an expert: a scanner, an endoscopy room."""

    id: str
    institution: str
    department: str
    kind: ResourceKind
    name: str


async def add_roster(tx: Tx, id: str, department: str, institution: str, pattern: str, now: datetime) -> None:
    """Keeps a pattern, as JSON."""
    await tx.run(
        "INSERT INTO calendar.roster (id, department, institution, pattern, made_by, made) "
        "VALUES ($1, $2, $3, $4::jsonb, $5, $6)",
        id, department, institution, pattern, tx.actor.id, now,
    )  # fmt: skip


async def rosters(reads: Reads, department: str) -> list[tuple[str, str, datetime]]:
    """The patterns of a department, the newest first: id, JSON, when it was made."""
    rows = await reads.rows(
        "SELECT id, pattern::text AS pattern, made FROM calendar.roster WHERE department = $1 "
        "ORDER BY id DESC LIMIT 100",
        department,
    )
    return [(row["id"], row["pattern"], row["made"]) for row in rows]


async def roster(reads: Reads, id: str) -> tuple[str, str] | None:
    """The department and the house of a roster."""
    row = await reads.row("SELECT department, institution FROM calendar.roster WHERE id = $1", id)
    return (row["department"], row["institution"]) if row else None


async def drop_roster(tx: Tx, id: str) -> None:
    """The pattern is no more."""
    await tx.run("DELETE FROM calendar.roster WHERE id = $1", id)


async def drop_shifts_of(tx: Tx, roster: str, now: datetime) -> int:
    """Its shifts that have not begun are no more; says how many."""
    return await tx.run("DELETE FROM calendar.shift WHERE roster = $1 AND starts > $2", roster, now)


# ---- swaps


async def add_swap(tx: Tx, one: Swap) -> bool:
    """Keeps what is asked; False when the shift is asked of somebody already."""
    return await tx.run(
        "INSERT INTO calendar.swap (id, shift, other, asker, person, department, institution, state, asked, changed) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) "
        "ON CONFLICT (shift) WHERE state IN ('asked', 'agreed') DO NOTHING",
        one.id, one.shift, one.other, one.asker, one.person, one.department, one.institution, one.state, one.asked,
    ) == 1  # fmt: skip


async def lock_swap(tx: Tx, id: str) -> Swap | None:
    """One of them, which nobody else decides until this transaction ends."""
    row = await tx.row(f"SELECT {_SWAP} FROM calendar.swap WHERE id = $1 FOR UPDATE", id)  # noqa: S608
    return _swap(row) if row else None


async def save_swap(tx: Tx, id: str, state: SwapState, now: datetime) -> None:
    """Where it stands now."""
    await tx.run("UPDATE calendar.swap SET state = $2, changed = $3 WHERE id = $1", id, state, now)


async def swaps(reads: Reads, department: str | None, person: str, now: datetime) -> list[Swap]:
    """What is asked, not yet decided and still possible, of a department or of a person.

    With what a person was refused for a shift of theirs, until it begins or is asked of somebody again.
    """
    rows = await reads.rows(
        f"SELECT {_SWAP} FROM calendar.swap w WHERE (state IN ('asked', 'agreed') "  # noqa: S608
        "OR (state = 'refused' AND $1::text IS NULL AND asker = $2 AND NOT EXISTS "
        "(SELECT FROM calendar.swap n WHERE n.shift = w.shift AND n.asker = w.asker "
        "AND (n.asked, n.id) > (w.asked, w.id)))) "
        "AND (department = $1 OR ($1::text IS NULL AND $2 IN (asker, person))) "
        "AND EXISTS (SELECT FROM calendar.shift s WHERE s.id = w.shift AND s.person = w.asker AND s.starts > $3) "
        "AND (other = '' OR EXISTS "
        "(SELECT FROM calendar.shift s WHERE s.id = w.other AND s.person = w.person AND s.starts > $3)) "
        "ORDER BY id LIMIT 200",
        department,
        person,
        now,
    )
    return [_swap(row) for row in rows]


def _swap(row: asyncpg.Record) -> Swap:
    return Swap(**dict(row))


# ---- resources


async def add_resource(tx: Tx, one: Resource, now: datetime) -> None:
    """A resource can be given times."""
    await tx.run(
        "INSERT INTO calendar.resource (id, institution, department, kind, name, made_by, made) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        one.id, one.institution, one.department, one.kind, one.name, tx.actor.id, now,
    )  # fmt: skip


async def resources(reads: Reads, department: str | None = None, ids: Iterable[str] | None = None) -> list[Resource]:
    """Those of a department, those of these ids, or all, by name."""
    rows = await reads.rows(
        "SELECT id, institution, department, kind, name FROM calendar.resource "
        "WHERE ($1::text IS NULL OR department = $1) AND ($2::text[] IS NULL OR id = ANY ($2)) "
        "ORDER BY name, id LIMIT 500",
        department,
        None if ids is None else list(ids),
    )
    return [Resource(**dict(row)) for row in rows]


# ---- feeds


async def put_feed(tx: Tx, digest: bytes, now: datetime) -> None:
    """The actor's secret address is the one of this digest from now on; the one before leads nowhere."""
    await tx.run(
        "INSERT INTO calendar.feed (person, digest, made) VALUES ($1, $2, $3) "
        "ON CONFLICT (person) DO UPDATE SET digest = excluded.digest, made = excluded.made",
        tx.actor.id,
        digest,
        now,
    )


async def drop_feed(tx: Tx) -> bool:
    """The actor's address leads nowhere; False when there was none."""
    return await tx.run("DELETE FROM calendar.feed WHERE person = $1", tx.actor.id) == 1


async def feed_made(reads: Reads) -> datetime | None:
    """When the actor's address was made; None without one."""
    found: datetime | None = await reads.value("SELECT made FROM calendar.feed WHERE person = $1", reads.actor.id)
    return found


async def fed(reads: Reads, digest: bytes, within: Span) -> list[asyncpg.Record] | None:
    """The times behind an address: id, kind, starts, ends, place; None for no address of ours."""
    if not await reads.value("SELECT calendar.feeds($1)", digest):
        return None
    return await reads.rows(
        "SELECT id, kind, starts, ends, place FROM calendar.fed($1, $2, $3)", digest, within.start, within.end
    )
