"""What a database server does to those who use it, and waiting for what a table will say."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg

from tests.conftest import Home

PATIENCE_S = 20.0


async def kill_connections(home: Home) -> int:
    """Ends everybody's connection, as a server's restart does; returns how many there were."""
    rows = await home.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return len(rows)


async def until(home: Home, sql: str, holds: Callable[[list[asyncpg.Record]], Any]) -> list[asyncpg.Record]:
    """The rows of a statement as soon as they are as wanted."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds(rows := await home.rows(sql)):  # noqa: ASYNC110 - a table tells nobody that it changed
            await asyncio.sleep(0.01)
    return rows
