"""What there is to copy: the owner's tables in the order in which references allow loading them, and the sequences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import asyncpg

from yuanzhen.infrastructure.db.provision import OWNER
from yuanzhen.infrastructure.errors import Unsupported

STEPS = ("infrastructure", "migration")  # filled by the migrations themselves


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the columns that a copy carries.

    Left out are columns that are reckoned from others, and numbers of transactions (xid8), which mean something on one
    server only: loading gives them anew.
    """

    schema: str
    name: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence and where it stands."""

    schema: str
    name: str
    value: int
    called: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A migration that the database has gone through."""

    number: int
    name: str
    checksum: str


_TABLES = """
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       array_agg(a.attname::text ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attgenerated = '' AND a.atttypid <> 'xid8'::regtype
 WHERE c.relkind IN ('r', 'p') AND pg_get_userbyid(c.relowner) = $1
 GROUP BY c.oid, n.nspname, c.relname, c.relkind ORDER BY n.nspname, c.relname"""
_REFERENCES = """
SELECT conrelid::bigint AS "from", confrelid::bigint AS "to" FROM pg_constraint
 WHERE contype = 'f' AND conrelid <> confrelid"""
# A table that hides rows from its owner would be copied without them, and nobody would hear of it.
_HIDDEN = """
SELECT format('%s.%s', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relforcerowsecurity AND pg_get_userbyid(c.relowner) = $1
   AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('*', 'r')
                    AND c.relowner = ANY (p.polroles) AND pg_get_expr(p.polqual, p.polrelid) = 'true')"""
_SEQUENCES = """
SELECT schemaname AS schema, sequencename AS name, coalesce(last_value, start_value) AS value,
       last_value IS NOT NULL AS called
  FROM pg_sequences WHERE sequenceowner = $1 ORDER BY schemaname, sequencename"""


async def tables(connection: asyncpg.Connection) -> list[Table]:
    """The owner's tables, each after those that it refers to.

    Raises Unsupported `copy.partitioned`, `copy.circle` (of references) or `copy.hidden` for tables of a kind that
    would not come back whole.
    """
    rows = await connection.fetch(_TABLES, OWNER)
    parted = [f"{row['schema']}.{row['name']}" for row in rows if row["kind"] == "p"]
    if parted:
        raise Unsupported("copy.partitioned", place=parted[0])
    if hidden := await connection.fetch(_HIDDEN, OWNER):
        raise Unsupported("copy.hidden", place=hidden[0][0], rule="a policy that shows all rows to the owner")
    found = {row["oid"]: Table(row["schema"], row["name"], tuple(row["columns"])) for row in rows}
    ordered = in_order(found, [(row["from"], row["to"]) for row in await connection.fetch(_REFERENCES)])
    return [table for table in ordered if (table.schema, table.name) != STEPS]


def in_order(found: Mapping[int, Table], references: Iterable[tuple[int, int]]) -> list[Table]:
    """The tables, each after those that it refers to; Unsupported `copy.circle` when that cannot be."""
    sorter: TopologicalSorter[int] = TopologicalSorter({oid: [] for oid in found})
    for referring, referred in references:
        if referring in found and referred in found:
            sorter.add(referring, referred)
    try:
        return [found[oid] for oid in sorter.static_order()]
    except CycleError as circle:
        raise Unsupported("copy.circle", place=str(found[circle.args[1][0]])) from circle


async def sequences(connection: asyncpg.Connection) -> list[Sequence]:
    """Where the owner's sequences stand. Read it after the rows: sequences know no snapshot, they only move up."""
    rows = await connection.fetch(_SEQUENCES, OWNER)
    return [Sequence(row["schema"], row["name"], row["value"], row["called"]) for row in rows]


async def steps(connection: asyncpg.Connection) -> list[Step]:
    """The migrations that were applied, in their order; none in a database without our schema."""
    if await connection.fetchval("SELECT to_regclass('infrastructure.migration')") is None:
        return []
    rows = await connection.fetch("SELECT number, name, checksum FROM infrastructure.migration ORDER BY number")
    return [Step(row["number"], row["name"], row["checksum"]) for row in rows]
