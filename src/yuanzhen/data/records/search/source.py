"""Where a search begins: the index rows that are the fewest, before any resource is looked up. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from yuanzhen.data.records import parameters
from yuanzhen.data.records.parameters import TABLE
from yuanzhen.data.records.search.criteria import OWN, chosen, condition, met
from yuanzhen.data.records.search.statement import Statement

# Which kind of parameter leaves the fewest rows, as a rule.
FEWEST: tuple[str, ...] = ("reference", "token", "string", "uri", "number", "quantity", "date")

Pair = tuple[str, str]


class Source(NamedTuple):
    """The tables of a search and its conditions, and the key by which they are walked.

    `repeats`: a resource may come more than once, one after another.
    """

    tables: str
    conditions: list[str]
    repeats: bool
    key: str = "r.key"


def source(s: Statement, kind: str, criteria: Sequence[Pair], *, in_order: bool) -> Source:
    """The resources `r` of a type that meet all criteria.

    Several criteria that are met by rows of the index are met by rows of one resource before it is itself looked up:
    what meets one of them alone may lie all over the disk. With `in_order`, rows of one value are walked by their
    keys, so that a page ends as soon as it is full; what refers to one and the same is few, and each of it is held
    against the other criteria in their order, whatever a plan takes them for.
    """
    rows = sorted((one for one in criteria if _by_rows(kind, one[0])), key=lambda one: _rank(kind, one[0]))
    rest = [condition(s, kind, *one, "r") for one in criteria if one not in rows]
    if not rows:
        return Source("records.resource AS r", rest, repeats=False)
    (name, value), *others = rows
    code, _, modifier = name.partition(":")
    found = parameters.of(kind)[code]
    _, table, first = met(s, kind, found, name, modifier, value, "k")
    if in_order and found.kind == "reference" and _of_one_value(kind, name, value):
        tables, last = _one_by_one(s, kind, f"records.{table} AS k", others)
        tables += f" JOIN records.resource AS r ON r.key = {last}.key"
        return Source(tables, [first, *rest], repeats=True, key="k.key")
    also = [condition(s, kind, *one, "k") for one in others]
    if in_order and _of_one_value(kind, name, value):
        tables = f"records.{table} AS k JOIN records.resource AS r ON r.key = k.key"
        return Source(tables, [first, *also, *rest], repeats=True)
    inside = f"r.key IN (SELECT k.key FROM records.{table} AS k WHERE {' AND '.join([first, *also])})"
    return Source("records.resource AS r", [inside, *rest], repeats=False)


def _one_by_one(s: Statement, kind: str, tables: str, criteria: Sequence[Pair]) -> tuple[str, str]:
    """The rows `k` of `tables`, each held against one criterion after another; and the name of what meets the last.

    Each look depends on the one before, and so no plan turns them round.
    """
    last = "k"
    for nth, (name, value) in enumerate(criteria):
        code, _, modifier = name.partition(":")
        found = parameters.of(kind)[code]
        _, table, where = met(s, kind, found, name, modifier, value, "i")
        row = f"SELECT i.key FROM records.{table} AS i WHERE i.key = {last}.key AND {where} LIMIT 1"
        tables += f" CROSS JOIN LATERAL ({row}) AS k{nth:d}"
        last = f"k{nth:d}"
    return tables, last


def _by_rows(kind: str, name: str) -> bool:
    """Whether a criterion is met where a row of the index is, and says nothing else of the resource."""
    code, _, modifier = name.partition(":")
    found = parameters.of(kind).get(code)
    plain = found is not None and found.kind in TABLE and code not in OWN
    return plain and "." not in modifier and modifier not in ("not", "missing")


def _rank(kind: str, name: str) -> int:
    return FEWEST.index(parameters.of(kind)[name.partition(":")[0]].kind)


def _of_one_value(kind: str, name: str, value: str) -> bool:
    """Whether the rows are those of one place and one value, which the index holds in the order of their keys."""
    code, _, modifier = name.partition(":")
    found = parameters.of(kind)[code]
    fits = found.kind in ("token", "reference", "uri") and modifier not in ("text", "below", "above")
    one_place = len({place.number for place in found.places}) == 1
    return fits and one_place and len(chosen(value, name)) == 1 and not value.endswith("|")
