"""The tables of rooms and their SQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from yuanzhen.collaboration.room.model import Line, Member, Room, Signs, Standing
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

_ROOM = "id, source, patient, audience, is_open, meeting, epoch, due, spotlit"
_MEMBER = "person, role, direct, standing, since, heard, ticket, name, by, signs"


async def add(tx: Tx, room: Room) -> None:
    """Stores a room, unless it is there: two who come first make one."""
    await tx.run(
        f"INSERT INTO room.room ({_ROOM}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",  # noqa: S608
        *_room_values(room),
    )


async def find(reads: Reads, id: str) -> Room | None:
    """A room with its members; None where there is none for this actor."""
    return await _with_members(reads, await reads.row(f"SELECT {_ROOM} FROM room.room WHERE id = $1", id))  # noqa: S608


async def lock(tx: Tx, id: str) -> Room | None:
    """As `find`, and nobody else changes it until this transaction ends."""
    row = await tx.row(f"SELECT {_ROOM} FROM room.room WHERE id = $1 FOR UPDATE", id)  # noqa: S608
    return await _with_members(tx, row)


async def save(tx: Tx, before: Room, after: Room, lines: Sequence[Line]) -> None:
    """Stores what changed, and the lines that go on its time line."""
    await tx.run(
        "UPDATE room.room SET audience = $2, is_open = $3, meeting = $4, epoch = $5, due = $6, spotlit = $7 "
        "WHERE id = $1",
        after.id, list(after.audience), after.is_open, after.meeting, after.epoch, after.due, after.spotlit,
    )  # fmt: skip
    await tx.many(
        f"INSERT INTO room.member (room, {_MEMBER}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb) "  # noqa: S608
        "ON CONFLICT (room, person) DO UPDATE SET role = excluded.role, direct = excluded.direct, "
        "standing = excluded.standing, since = excluded.since, heard = excluded.heard, ticket = excluded.ticket, "
        "name = excluded.name, by = excluded.by, signs = excluded.signs",
        [(after.id, *_member_values(one)) for one in after.members if one not in before.members],
    )
    await add_lines(tx, after.id, lines)


async def add_lines(tx: Tx, id: str, lines: Sequence[Line]) -> None:
    """What goes on a room's time line."""
    await tx.many(
        "INSERT INTO room.line (room, at, what, person, by, reason) VALUES ($1, $2, $3, $4, $5, $6)",
        [(id, one.at, one.what, one.person, one.by, one.reason) for one in lines],
    )


async def add_shared(tx: Tx, id: str, line: Line) -> None:
    """The line, if its person is in the room and has none like it since they came."""
    await tx.run(
        "INSERT INTO room.line (room, at, what, person, by, reason) SELECT m.room, $2, $3, m.person, $5, $6 "
        "FROM room.member m WHERE m.room = $1 AND m.person = $4 AND m.standing = 'in' AND NOT EXISTS (SELECT 1 "
        "FROM room.line l WHERE l.room = m.room AND l.what = $3 AND l.person = m.person AND l.reason = $6 "
        "AND l.at >= m.since)",
        id, line.at, line.what, line.person, line.by, line.reason,
    )  # fmt: skip


async def hear(tx: Tx, id: str, ticket: str, quality: dict[str, Any], now: datetime) -> Standing | None:
    """The actor's page was heard of, with what it measured; how they stand, None for a ticket that counts no more."""
    standing: Standing | None = await tx.value(
        "UPDATE room.member SET heard = $4, quality = $3::jsonb WHERE room = $1 AND ticket = $2 "
        "AND person = $5 AND standing IN ('in', 'waiting') RETURNING standing",
        id, ticket, msgspec.json.encode(quality).decode(), now, tx.actor.id,
    )  # fmt: skip
    return standing


async def qualities(reads: Reads, id: str) -> dict[str, dict[str, Any]]:
    """What each page that is in the room measured last."""
    rows = await reads.rows("SELECT person, quality FROM room.member WHERE room = $1 AND standing = 'in'", id)
    return {row["person"]: msgspec.json.decode(row["quality"]) for row in rows}


async def lines(reads: Reads, id: str) -> list[Line]:
    """What happened in a room, the oldest first."""
    rows = await reads.rows("SELECT at, what, person, by, reason FROM room.line WHERE room = $1 ORDER BY nth", id)
    return [Line(*row.values()) for row in rows]


async def add_word(tx: Tx, room: Room, text: str, idempotency: str | None, now: datetime) -> int:
    """Keeps what the actor writes to all in the meeting that goes on; its number. The room is locked."""
    nth: int = await tx.value(
        "INSERT INTO room.word (room, meeting, at, who, text, idempotency) VALUES ($1, $2, $3, $4, $5, $6) "
        "RETURNING nth",
        room.id, room.meeting, now, tx.actor.id, text, idempotency,
    )  # fmt: skip
    return nth


async def word_under(reads: Reads, id: str, idempotency: str) -> asyncpg.Record | None:
    """What this actor wrote under a key."""
    return await reads.row(
        "SELECT nth, at, text FROM room.word WHERE room = $1 AND who = $2 AND idempotency = $3",
        id, reads.actor.id, idempotency,
    )  # fmt: skip


async def words(reads: Reads, id: str, meeting: str, count: int) -> list[asyncpg.Record]:
    """The last so many of what was written in a meeting, oldest first."""
    return await reads.rows(
        "SELECT * FROM (SELECT nth, at, who, text, idempotency FROM room.word WHERE room = $1 AND meeting = $2 "
        "ORDER BY nth DESC LIMIT $3) AS last ORDER BY nth",
        id, meeting, count,
    )  # fmt: skip


async def words_between(reads: Reads, id: str, since: datetime, until: datetime) -> list[asyncpg.Record]:
    """What was written in a room from one moment to another, oldest first."""
    return await reads.rows(
        "SELECT at, who, text FROM room.word WHERE room = $1 AND at BETWEEN $2 AND $3 ORDER BY nth", id, since, until
    )


async def asked_into(reads: Reads, person: str) -> list[str]:
    """The rooms into which somebody was asked who has no part in their cases."""
    rows = await reads.rows("SELECT room FROM room.member WHERE person = $1 AND by <> ''", person)
    return [row["room"] for row in rows]


async def names(reads: Reads, id: str) -> dict[str, str]:
    """What everybody was called who came to a room, or was asked in; of the patient nothing."""
    rows = await reads.rows("SELECT person, name FROM room.member WHERE room = $1", id)
    return {row["person"]: row["name"] for row in rows}


async def _with_members(reads: Reads, row: asyncpg.Record | None) -> Room | None:
    if row is None:
        return None
    rows = await reads.rows(f"SELECT {_MEMBER} FROM room.member WHERE room = $1 ORDER BY person", row["id"])  # noqa: S608
    values = {**dict(row), "audience": tuple(row["audience"])}
    return Room(**values, members=tuple(_member(one) for one in rows))


def _member(row: asyncpg.Record) -> Member:
    *values, signs = row.values()
    return replace(Member(*values), signs=msgspec.json.decode(signs, type=Signs))


def _room_values(room: Room) -> tuple[Any, ...]:
    return (
        room.id, room.source, room.patient, list(room.audience), room.is_open, room.meeting, room.epoch, room.due,
        room.spotlit,
    )  # fmt: skip


def _member_values(one: Member) -> tuple[Any, ...]:
    signs = msgspec.json.encode(one.signs).decode()
    return (one.person, one.role, one.direct, one.standing, one.since, one.heard, one.ticket, one.name, one.by, signs)
