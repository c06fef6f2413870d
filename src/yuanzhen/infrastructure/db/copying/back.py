"""Fills all tables of a fresh schema, in one transaction: every row is there at its end, or none."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager

import asyncpg

from yuanzhen.infrastructure.db.copying.catalogue import Sequence, Table
from yuanzhen.infrastructure.db.copying.out import PLAIN, quoted
from yuanzhen.infrastructure.db.provision import OWNER
from yuanzhen.infrastructure.errors import Malformed

# COPY goes into no table whose row-level security holds for its owner, and triggers are for what happens, not for what
# has happened. Both are as before when the transaction ends: nobody else ever sees them off.
_OFF = "ALTER TABLE {0} NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER"
_ON = "ALTER TABLE {0} FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER"


@asynccontextmanager
async def refilled(connection: asyncpg.Connection, tables: Iterable[Table]) -> AsyncIterator[None]:
    """Empties the tables (what migrations put there is in the copy too); the block loads them; the end commits."""
    names = [quoted(table) for table in tables]
    async with connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {OWNER}; {PLAIN}")
        await connection.execute("; ".join(_OFF.format(name) for name in names))
        await connection.execute(f"TRUNCATE {', '.join(names)}")
        yield
        await connection.execute("; ".join(_ON.format(name) for name in names))


async def copy_in(connection: asyncpg.Connection, table: Table, text: AsyncIterable[bytes]) -> None:
    """Loads a table from COPY's text form. Malformed `copy.row` when the server does not take a row."""
    try:
        await connection.copy_to_table(
            table.name, schema_name=table.schema, columns=list(table.columns), source=text, format="text"
        )
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as refused:
        raise Malformed("copy.row", place=str(table), rule=type(refused).__name__) from refused


async def set_sequences(connection: asyncpg.Connection, stand: Iterable[Sequence]) -> None:
    """Puts sequences where they stood."""
    for one in stand:
        await connection.execute(
            "SELECT setval(format('%I.%I', $1::text, $2::text)::regclass, $3, $4)",
            one.schema, one.name, one.value, one.called,
        )  # fmt: skip
