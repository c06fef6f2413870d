"""Searching the record: what a client asks becomes one statement over the index tables, within row-level security."""

from __future__ import annotations

from typing import Any, NamedTuple

from yuanzhen.data.records.index import PARAMETERS, Kind, folded, span
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.store import COLUMNS, stored
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Invalid

MOST = 200
USUAL = 50
CONTROL = frozenset({"_count", "_after", "_format"})


class Query(NamedTuple):
    """A search as one statement: its text, its arguments, and how many rows a page holds."""

    sql: str
    args: list[Any]
    page: int


def query(kind: str, asked: list[tuple[str, str]]) -> Query:
    """The statement for a search. Raises `Invalid` for a parameter that the type does not have (never ignored)."""
    where = ["r.type = $1", "NOT r.deleted"]
    args: list[Any] = [kind]
    count = USUAL
    for name, value in asked:
        if name == "_count":
            count = _count(value)
        elif name == "_after":
            args.append(value)
            where.append(f"r.id < ${len(args)}")
        elif name == "_id":
            args.append(value.split(","))
            where.append(f"r.id = ANY (${len(args)})")
        elif name not in CONTROL:
            where.append(_condition(kind, name, value, args))
    args.append(count + 1)
    sql = f"SELECT {COLUMNS} FROM records.resource r WHERE {' AND '.join(where)} ORDER BY r.id DESC LIMIT ${len(args)}"  # noqa: S608
    return Query(sql, args, count)


async def run(reads: Reads, asked: Query) -> tuple[list[Stored], bool]:
    """One page, newest first, and whether more follow."""
    rows = await reads.rows(asked.sql, *asked.args)
    return [stored(row) for row in rows[: asked.page]], len(rows) > asked.page


def _count(value: str) -> int:
    if not value.isdigit():
        raise Invalid("fhir.bad_count", place="_count", rule="a number from 0")
    return min(int(value), MOST)


def _condition(kind: str, name: str, value: str, args: list[Any]) -> str:
    known = PARAMETERS.get(kind, {})
    parameter = known.get(name)
    if parameter is None:
        raise Invalid("fhir.unknown_parameter", place=name, known=sorted(known))
    args.append(name)
    return (
        f"r.id IN (SELECT i.id FROM records.{parameter.kind} i WHERE i.type = $1 AND i.name = ${len(args)} "  # noqa: S608
        f"AND ({' OR '.join(_matches(parameter.kind, name, one, args) for one in value.split(','))}))"
    )


def _matches(kind: Kind, name: str, value: str, args: list[Any]) -> str:
    """One value of a parameter as a condition on its index table's row `i` (R4 3.1.1.4)."""
    if kind == "token":
        return _equal("i.system", "|", "i.code", value, args)
    if kind == "word":
        args.append(folded(value).replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%")
        return f"i.value LIKE ${len(args)}"
    if kind == "link":
        return _equal("i.target_type", "/", "i.target", value, args)
    return _moment(name, value, args)


def _equal(owner_column: str, mark: str, column: str, value: str, args: list[Any]) -> str:
    """`code` or `system|code`, `id` or `Type/id`: what stands before the mark counts only where the mark is given."""
    owner, marked, rest = value.rpartition(mark)
    args.append(rest)
    condition = f"{column} = ${len(args)}"
    if marked:
        args.append(owner)
        condition += f" AND {owner_column} = ${len(args)}"
    return f"({condition})"


# R4 3.1.1.4.7: how the searched span [a, z) and the value's span [starts, ends) must lie.
PREFIXES: dict[str, str] = {
    "eq": "i.starts >= {a} AND i.ends <= {z}",
    "ne": "NOT (i.starts >= {a} AND i.ends <= {z})",
    "gt": "i.ends > {z}",
    "lt": "i.starts < {a}",
    "ge": "(i.ends > {z} OR (i.starts >= {a} AND i.ends <= {z}))",
    "le": "(i.starts < {a} OR (i.starts >= {a} AND i.ends <= {z}))",
    "sa": "i.starts >= {z}",
    "eb": "i.ends <= {a}",
}


def _moment(name: str, value: str, args: list[Any]) -> str:
    prefix = value[:2] if value[:2] in PREFIXES else "eq"
    try:
        starts, ends = span(value.removeprefix(prefix))
    except Invalid as problem:
        raise Invalid(problem.code, place=name, **problem.facts) from problem
    # An argument that the statement does not name has no type to PostgreSQL.
    named = {}
    for letter, moment in (("a", starts), ("z", ends)):
        if f"{{{letter}}}" in PREFIXES[prefix]:
            args.append(moment)
            named[letter] = f"${len(args)}"
    return "(" + PREFIXES[prefix].format(**named) + ")"
