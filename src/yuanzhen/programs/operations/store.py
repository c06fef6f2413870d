"""What of the home's tables a backup asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg

from yuanzhen.infrastructure.db.provision import OWNER

# Every column that names an object in the store, and how its names are read; such a column is called `blob`.
REFERENCES = {
    "records.instance.blob": "SELECT DISTINCT blob AS key FROM records.instance",
    "records.apart.blob": "SELECT DISTINCT blob AS key FROM records.apart WHERE state <> 'discarded'",
    "records.upload.blob": "SELECT blob AS key FROM records.upload WHERE blob IS NOT NULL",
    "records.piece.blob": "SELECT blob AS key FROM records.piece",
    "room.recording_track.blob": "SELECT blob AS key FROM room.recording_track",
}

OVERLAP = 10_000  # rows commit in another order than their numbers


async def referenced(connection: asyncpg.Connection) -> AsyncIterator[str]:
    """The keys of all objects that rows refer to; inside a transaction, in its snapshot."""
    for query in REFERENCES.values():
        async for row in connection.cursor(query, prefetch=1000):
            yield row["key"]


async def release(connection: asyncpg.Connection) -> str:
    """The server's release, as it names itself."""
    return str(await connection.fetchval("SHOW server_version"))


async def has_database(connection: asyncpg.Connection, name: str) -> bool:
    """Whether the server has a database of that name."""
    return bool(await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name))


async def as_owner(connection: asyncpg.Connection) -> None:
    """From now on the connection sees every row of ours, also where its own role may not."""
    await connection.execute(f"SET ROLE {OWNER}")


async def late(connection: asyncpg.Connection, grace_s: float) -> list[asyncpg.Record]:
    """Facts that should have been delivered `grace_s` seconds ago: by listener their number, the oldest's lateness in
    seconds, and the codes of what went wrong last."""
    rows: list[asyncpg.Record] = await connection.fetch(
        "SELECT listener, count(*) AS count, max(extract(epoch FROM now() - created))::float8 AS age_s, "
        "array_remove(array_agg(DISTINCT problem), NULL) AS problems FROM infrastructure.outbox "
        "WHERE done IS NULL AND (due < now() - make_interval(secs => $1) OR tries > 0) "
        "GROUP BY listener ORDER BY listener",
        grace_s,
    )
    return rows


async def unchained(connection: asyncpg.Connection) -> tuple[int, float]:
    """Rows at the end of the trail that no signed head covers yet, and the oldest's age in seconds."""
    row = await connection.fetchrow(
        "SELECT count(*) AS count, coalesce(max(extract(epoch FROM now() - t.at)), 0)::float8 AS age_s "
        "FROM security.trail t WHERE t.id > (SELECT coalesce(max(trail_id), 0) - $1 FROM security.trail_leaf) "
        "AND NOT EXISTS (SELECT FROM security.trail_leaf l WHERE l.trail_id = t.id)",
        OVERLAP,
    )
    return row["count"], row["age_s"]


async def without_number(connection: asyncpg.Connection) -> list[str]:
    """Houses with a department that has no duty number, nor does any house above it; by name."""
    rows = await connection.fetch(
        "WITH RECURSIVE up AS (SELECT i.id AS house, i.name, i.parent, i.duty_phone FROM security.institution i "
        "WHERE EXISTS (SELECT FROM security.department d WHERE d.institution = i.id) "
        "UNION ALL SELECT up.house, up.name, i.parent, i.duty_phone FROM up "
        "JOIN security.institution i ON i.id = up.parent) "
        "SELECT name FROM up GROUP BY house, name HAVING max(duty_phone) = '' ORDER BY name"
    )
    return [row["name"] for row in rows]


async def telling(connection: asyncpg.Connection) -> list[str]:
    """The server's settings under which it writes statements, and with them patients' data, to its log."""
    rows = await connection.fetch(
        "SELECT name || '=' || setting AS told FROM pg_settings WHERE NOT CASE name "
        "WHEN 'log_statement' THEN setting IN ('none', 'ddl') "
        "WHEN 'log_min_error_statement' THEN setting IN ('fatal', 'panic') "
        "WHEN 'log_error_verbosity' THEN setting = 'terse' "
        "WHEN 'log_min_duration_statement' THEN setting = '-1' "
        "WHEN 'log_min_duration_sample' THEN setting = '-1' "
        "WHEN 'log_min_messages' THEN setting IN ('log', 'fatal', 'panic') "
        "ELSE true END ORDER BY name"
    )
    return [row["told"] for row in rows]
