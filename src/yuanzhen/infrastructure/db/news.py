"""Reading the events of live channels, as the relay: what was told (`Tx.tell`), in the order of the commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database

_RELAY = system("relay")
_LAST = "SELECT seq FROM infrastructure.channel WHERE name = $1"
_NEWS = """
SELECT e.channel, e.seq, e.event, e.data::text AS data, extract(epoch FROM clock_timestamp() - e.at)::float8 AS age_s
  FROM unnest($1::text[], $2::bigint[]) AS here(name, seen)
  JOIN infrastructure.event e ON e.channel = here.name AND e.seq > here.seen
 ORDER BY e.channel, e.seq LIMIT $3
"""
_MISSED = """
SELECT c.seq AS last, e.channel, e.seq, e.event, e.data::text AS data, 0::float8 AS age_s
  FROM infrastructure.channel c LEFT JOIN infrastructure.event e ON e.channel = c.name AND e.seq > $2
 WHERE c.name = $1 ORDER BY e.seq LIMIT $3
"""
# No row is written, so that a crash loses nothing that is not lost anyway
_IN_PASSING = """
SELECT count(pg_notify($1, word)) FROM set_config('synchronous_commit', 'off', true), unnest($2::text[]) AS word
"""
_FORGET = "DELETE FROM infrastructure.event WHERE at < now() - $1::interval"


@dataclass(frozen=True, slots=True)
class Told:
    """One event; `data` is JSON as the database wrote it, `age_s` the seconds from its writing to this reading."""

    channel: str
    seq: int
    event: str
    data: bytes
    age_s: float


async def last(db: Database, channel: str) -> int:
    """The number of the channel's last event; 0 before the first."""
    rows = await db.once(_RELAY, _LAST, channel)
    return int(rows[0]["seq"]) if rows else 0


async def since(db: Database, seen: Mapping[str, int], most: int) -> list[Told]:
    """What came on each channel after the number seen there, at most so many, in one round trip."""
    return [_told(row) for row in await db.once(_RELAY, _NEWS, list(seen), list(seen.values()), most)]


async def missed(db: Database, channel: str, after: int, most: int) -> list[Told] | None:
    """All events after a number; None when they are more than `most`, no longer kept, or the number is not reached."""
    rows = await db.once(_RELAY, _MISSED, channel, after, most)
    reached = int(rows[0]["last"]) if rows else 0
    found = [_told(row) for row in rows if row["seq"] is not None]
    whole = after + len(found) == reached and (not found or found[0].seq == after + 1)
    return found if whole else None


async def forget(db: Database, older_than: timedelta) -> None:
    """Deletes what was told longer ago."""
    async with db.verb(_RELAY) as tx:
        await tx.run(_FORGET, older_than)


async def pass_by(db: Database, notice: str, words: list[str]) -> None:
    """Says words of at most 8000 bytes to every process that listens for the notice; they are kept nowhere."""
    await db.once(_RELAY, _IN_PASSING, notice, words)


def _told(row: asyncpg.Record) -> Told:
    return Told(row["channel"], row["seq"], row["event"], row["data"].encode(), row["age_s"])
