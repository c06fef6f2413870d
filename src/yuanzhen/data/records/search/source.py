"""Where a search begins: the index rows that are the fewest, before any resource is looked up. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from yuanzhen.data.records import parameters
from yuanzhen.data.records.parameters import TABLE, Parameter
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


class Row(NamedTuple):
    """A criterion that a row of the index meets."""

    found: Parameter
    modifier: str
    name: str
    value: str

    def met(self, s: Statement, kind: str, i: str) -> tuple[str, str]:
        """The table, and the condition on its row that the statement calls `i`."""
        _, table, where = met(s, kind, self.found, self.name, self.modifier, self.value, i)
        return table, where

    def is_of_one_value(self) -> bool:
        """Whether the rows are those of one place and one value, which the index holds in the order of their keys."""
        if self.found.kind not in ("token", "reference", "uri") or self.modifier in ("text", "below", "above"):
            return False
        one_place = len({place.number for place in self.found.places}) == 1
        return one_place and len(chosen(self.value, self.name)) == 1 and not self.value.endswith("|")


def source(s: Statement, kind: str, criteria: Sequence[Pair], *, in_order: bool) -> Source:
    """The resources `r` of a type that meet all criteria.

    Several criteria that are met by rows of the index are met by rows of one resource before it is itself looked up:
    what meets one of them alone may lie all over the disk. With `in_order`, rows of one value are walked by their
    keys, so that a page ends as soon as it is full; what refers to one and the same is few, and each of it is held
    against the other criteria in their order, whatever a plan takes them for.
    """
    rows, rest = [], []
    for name, value in criteria:
        row = _by_rows(kind, name, value)
        if row is not None:
            rows.append(row)
        else:
            rest.append(condition(s, kind, name, value, "r"))
    if not rows:
        return Source("records.resource AS r", rest, repeats=False)
    few, *others = sorted(rows, key=lambda row: FEWEST.index(row.found.kind))
    table, first = few.met(s, kind, "k")
    walked = in_order and few.is_of_one_value()
    if walked and few.found.kind == "reference":
        tables, last = _one_by_one(s, kind, f"records.{table} AS k", others)
        tables += f" JOIN records.resource AS r ON r.key = {last}.key"
        return Source(tables, [first, *rest], repeats=True, key="k.key")
    also = [condition(s, kind, one.name, one.value, "k") for one in others]
    if walked:
        tables = f"records.{table} AS k JOIN records.resource AS r ON r.key = k.key"
        return Source(tables, [first, *also, *rest], repeats=True)
    inside = f"r.key IN (SELECT k.key FROM records.{table} AS k WHERE {' AND '.join([first, *also])})"
    return Source("records.resource AS r", [inside, *rest], repeats=False)


def _one_by_one(s: Statement, kind: str, tables: str, criteria: Sequence[Row]) -> tuple[str, str]:
    """The rows `k` of `tables`, each held against one criterion after another; and the name of what meets the last.

    Each look depends on the one before, and so no plan turns them round.
    """
    last = "k"
    for nth, one in enumerate(criteria):
        table, where = one.met(s, kind, "i")
        row = f"SELECT i.key FROM records.{table} AS i WHERE i.key = {last}.key AND {where} LIMIT 1"
        tables += f" CROSS JOIN LATERAL ({row}) AS k{nth:d}"
        last = f"k{nth:d}"
    return tables, last


def _by_rows(kind: str, name: str, value: str) -> Row | None:
    """A criterion that is met where a row of the index is, and says nothing else of the resource; None for another."""
    code, _, modifier = name.partition(":")
    found = parameters.of(kind).get(code)
    if found is None or found.kind not in TABLE or code in OWN or "." in modifier or modifier in ("not", "missing"):
        return None
    return Row(found, modifier, name, value)
