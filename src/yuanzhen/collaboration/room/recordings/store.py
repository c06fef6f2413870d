"""The tables of recordings and their SQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from yuanzhen.collaboration.room.recordings.model import AGAIN, WRITTEN, Agreed, Recording, Track
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

_ALL = (
    "id, room, meeting, patient, state, agreed, by, begun, keep, ended, ended_by, reason, withdrawn, withdrawn_by, "
    "problem, tried"
)
_FROM = f"SELECT {_ALL} FROM room.recording "  # noqa: S608
_TRACK = "recording, nth, person, label, type, blob, bytes, at_ms, lasts_ms, counts"
_UNDER_WAY = "state IN ('begins', 'on', 'ends')"


async def add(tx: Tx, one: Recording) -> None:
    """Stores a recording that begins."""
    await tx.run(
        "INSERT INTO room.recording (id, room, meeting, patient, state, agreed, by, begun, keep) "
        "VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9)",
        one.id, one.room, one.meeting, one.patient, one.state, msgspec.json.encode(one.agreed).decode(), one.by,
        one.begun, one.keep,
    )  # fmt: skip


async def under_way(reads: Reads, room: str) -> Recording | None:
    """The recording of a room that has not ended, or of whose end the media server was not told."""
    return _one(await reads.row(_FROM + f"WHERE room = $1 AND {_UNDER_WAY}", room))


async def all_under_way(reads: Reads) -> list[Recording]:
    """Those of all rooms."""
    return [_read(row) for row in await reads.rows(_FROM + f"WHERE {_UNDER_WAY}")]


async def lock(tx: Tx, id: str) -> Recording | None:
    """One recording, which nobody else changes until this transaction ends."""
    return _one(await tx.row(_FROM + "WHERE id = $1 FOR UPDATE", id))


async def find(reads: Reads, id: str) -> Recording | None:
    """One recording; None where there is none for this actor."""
    return _one(await reads.row(_FROM + "WHERE id = $1", id))


async def of_room(reads: Reads, room: str) -> list[Recording]:
    """The recordings of a room, the newest first."""
    return [_read(row) for row in await reads.rows(_FROM + "WHERE room = $1 ORDER BY begun DESC", room)]


async def next_to_open(reads: Reads, now: datetime) -> Recording | None:
    """What has waited the longest to be opened; what could not be is left alone for a while."""
    return _one(await reads.row(
        _FROM + "WHERE state = 'recorded' AND ended < $1 AND (tried IS NULL OR tried < $2) ORDER BY ended LIMIT 1",
        now - WRITTEN, now - AGAIN,
    ))  # fmt: skip


async def next_due(reads: Reads, now: datetime) -> Recording | None:
    """One that was kept long enough."""
    return _one(await reads.row(
        _FROM + "WHERE state IN ('recorded', 'opened') AND ended + keep <= $1 ORDER BY ended LIMIT 1", now
    ))  # fmt: skip


async def save(tx: Tx, one: Recording) -> None:
    """Stores what became of it."""
    await tx.run(
        "UPDATE room.recording SET state = $2, ended = $3, ended_by = $4, reason = $5, withdrawn = $6, "
        "withdrawn_by = $7, problem = $8, tried = $9 WHERE id = $1",
        one.id, one.state, one.ended, one.ended_by, one.reason, one.withdrawn, one.withdrawn_by, one.problem, one.tried,
    )  # fmt: skip


async def add_tracks(tx: Tx, tracks: Sequence[Track]) -> None:
    """Stores what it was opened to."""
    await tx.many(
        f"INSERT INTO room.recording_track ({_TRACK}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb)",  # noqa: S608
        [
            (one.recording, one.nth, one.person, one.label, one.type, one.blob, one.bytes, one.at_ms, one.lasts_ms,
             msgspec.json.encode(one.counts).decode())
            for one in tracks
        ],
    )  # fmt: skip


async def drop_tracks(tx: Tx, recording: str) -> None:
    """What it was opened to is there no more."""
    await tx.run("DELETE FROM room.recording_track WHERE recording = $1", recording)


async def tracks(reads: Reads, recordings: Sequence[str]) -> list[Track]:
    """What these were opened to."""
    rows = await reads.rows(
        f"SELECT {_TRACK} FROM room.recording_track WHERE recording = ANY ($1) ORDER BY recording, nth",  # noqa: S608
        list(recordings),
    )
    return [Track(**{**dict(row), "counts": msgspec.json.decode(row["counts"])}) for row in rows]


def _one(row: asyncpg.Record | None) -> Recording | None:
    return None if row is None else _read(row)


def _read(row: asyncpg.Record) -> Recording:
    return Recording(**{**dict(row), "agreed": msgspec.json.decode(row["agreed"], type=Agreed)})
