"""What of the home's tables a backup asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg

# Every column that names an object in the store.
REFERENCES = ("SELECT DISTINCT blob AS key FROM records.instance",)


async def referenced(connection: asyncpg.Connection) -> AsyncIterator[str]:
    """The keys of all objects that rows refer to; inside a transaction, in its snapshot."""
    for query in REFERENCES:
        async for row in connection.cursor(query, prefetch=1000):
            yield row["key"]


async def release(connection: asyncpg.Connection) -> str:
    """The server's release, as it names itself."""
    return str(await connection.fetchval("SHOW server_version"))


async def has_database(connection: asyncpg.Connection, name: str) -> bool:
    """Whether the server has a database of that name."""
    return bool(await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name))
