"""What a database server does to those who use it, and waiting for what a table will say."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tests.conftest import Home

PATIENCE_S = 20.0


async def kill_connections(home: Home) -> int:
    """Ends everybody's connection, as a server's restart does; returns how many there were."""
    rows = await home.rows(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND usename <> current_user"
    )
    return len(rows)


@asynccontextmanager
async def gone(home: Home) -> AsyncIterator[None]:
    """For the block the database has ended everybody and takes nobody."""
    server = await asyncpg.connect(home.admin.dsn(database="postgres"))
    name = home.admin.database
    try:
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await server.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", name)
        yield
    finally:
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await server.close()


async def fill_disk_for(home: Home, table: str) -> None:
    """From now on whatever is deleted from a table meets a full disk."""
    await home.run(
        "CREATE FUNCTION public.disk_full() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$; GRANT USAGE ON SCHEMA public TO PUBLIC; "
        f"CREATE TRIGGER disk_full BEFORE DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION public.disk_full()"
    )


async def until(home: Home, sql: str, holds: Callable[[list[asyncpg.Record]], Any]) -> list[asyncpg.Record]:
    """The rows of a statement as soon as they are as wanted."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds(rows := await home.rows(sql)):  # noqa: ASYNC110 - a table tells nobody that it changed
            await asyncio.sleep(0.01)
    return rows
