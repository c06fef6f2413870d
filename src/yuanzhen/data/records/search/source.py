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
    """The tables of a search and its conditions. `repeats`: a resource may come more than once, one after another."""

    tables: str
    conditions: list[str]
    repeats: bool


def source(s: Statement, kind: str, criteria: Sequence[Pair], *, in_order: bool) -> Source:
    """The resources `r` of a type that meet all criteria.

    Several criteria that are met by rows of the index are met by rows of one resource before it is itself looked up:
    what meets one of them alone may lie all over the disk. With `in_order`, rows of one value are walked by their
    keys, so that a page ends as soon as it is full.
    """
    rows = sorted((one for one in criteria if _by_rows(kind, one[0])), key=lambda one: _rank(kind, one[0]))
    rest = [condition(s, kind, *one, "r") for one in criteria if not _by_rows(kind, one[0])]
    if not rows:
        return Source("records.resource AS r", rest, repeats=False)
    (name, value), *others = rows
    code, _, modifier = name.partition(":")
    _, table, first = met(s, kind, parameters.of(kind)[code], name, modifier, value, "k")
    also = [condition(s, kind, *one, "k") for one in others]
    if in_order and _of_one_value(kind, name, value):
        tables = f"records.{table} AS k JOIN records.resource AS r ON r.key = k.key"
        return Source(tables, [first, *also, *rest], repeats=True)
    inside = f"r.key IN (SELECT k.key FROM records.{table} AS k WHERE {' AND '.join([first, *also])})"
    return Source("records.resource AS r", [inside, *rest], repeats=False)


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
