"""Reads all tables as they were at one moment, while others go on writing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from yuanzhen.infrastructure.db.copying import catalogue
from yuanzhen.infrastructure.db.copying.catalogue import Table
from yuanzhen.infrastructure.db.provision import OWNER

# Text that every server and every release writes alike.
PLAIN = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; "
    "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1"
)


@asynccontextmanager
async def snapshot(connection: asyncpg.Connection) -> AsyncIterator[list[Table]]:
    """The tables of one moment: all reads on this connection in the block see that moment.

    No migration changes a table while the block lasts; nobody else waits for it.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(f"SET LOCAL ROLE {OWNER}; {PLAIN}")
        tables = await catalogue.tables(connection)
        await connection.execute(f"LOCK TABLE {', '.join(map(quoted, tables))} IN ACCESS SHARE MODE")
        yield tables


async def copy_out(connection: asyncpg.Connection, table: Table, take: Callable[[bytes], Awaitable[None]]) -> None:
    """All rows of a table in COPY's text form, handed over piece by piece as they come."""
    query = f"SELECT {columns(table)} FROM {quoted(table)}"  # noqa: S608
    await connection.copy_from_query(query, output=take)


def quoted(table: Table) -> str:
    """The table's name as SQL text."""
    return f"{_name(table.schema)}.{_name(table.name)}"


def columns(table: Table) -> str:
    """The names of the columns that are copied, as SQL text."""
    return ", ".join(map(_name, table.columns))


def _name(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
