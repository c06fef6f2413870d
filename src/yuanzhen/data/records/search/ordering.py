"""The order of matches, and where in it a page ended: by what is sorted, last by key, newest first. Pure.

A page goes on behind the last key of the one before, not at a count, so what is written meanwhile neither repeats
nor loses a match.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from yuanzhen.data.records.parameters import TABLE
from yuanzhen.data.records.search.compare import LAST_LETTER, narrowed
from yuanzhen.data.records.search.query import Order
from yuanzhen.data.records.search.statement import Statement
from yuanzhen.data.records.terms import EVER, FOREVER, micros, moment
from yuanzhen.infrastructure.errors import Invalid

# By table: what of its rows comes first and last, the arguments that stand for no row, and what such a value is.
VALUES: dict[str, tuple[str, str, Any, Any, type]] = {
    "word": ("min(i.head)", "max(i.head)", LAST_LETTER, "", str),
    "token": ("min(i.code)", "max(i.code)", LAST_LETTER, "", str),
    "link": ("min(i.target)", "max(i.target)", LAST_LETTER, "", str),
    "moment": ("min(i.starts)", "max(i.starts)", FOREVER, EVER, int),
    "amount": ("min(i.low)", "max(i.high)", float("inf"), float("-inf"), float),
}
OWN: dict[str, str] = {"_id": 'r.id COLLATE "C"', "_lastUpdated": "r.updated", "_source": 'r.source COLLATE "C"'}


def columns(s: Statement, order: list[Order]) -> list[str]:
    """What is sorted by, an expression each; matches without a value come last."""
    told = []
    for by, descending in order:
        if by.name in OWN:
            told.append(OWN[by.name])
            continue
        first, last, behind, before, _ = VALUES[TABLE[by.kind]]
        least = s.value(before if descending else behind)
        told.append(
            f"coalesce((SELECT {last if descending else first} FROM records.{TABLE[by.kind]} AS i "
            f"WHERE {narrowed(by.places, 'i')} AND i.key = r.key), {least})"
        )
    return told


def clause(order: list[Order]) -> str:
    """The ORDER BY over the columns `o0`, `o1`, ... and the key."""
    return ", ".join([*(f"o{nth:d}{' DESC' if one.descending else ''}" for nth, one in enumerate(order)), "key DESC"])


def behind(s: Statement, order: list[Order], after: str) -> str:
    """The condition on the columns that a match comes behind where a page ended."""
    *ends, key = _opened(order, after)
    alternatives, equal = [], ""
    for nth, (one, end) in enumerate(zip(order, ends, strict=True)):
        place = s.value(end)
        alternatives.append(f"{equal}o{nth:d} {'<' if one.descending else '>'} {place}")
        equal += f"o{nth:d} = {place} AND "
    alternatives.append(f"{equal}r.key < {s.value(key)}")
    return "(" + " OR ".join(alternatives) + ")"


def ended(order: list[Order], row: tuple[Any, ...]) -> str:
    """Where a page ended, as its `next` link names it; `row` is the key and then the columns of its last match."""
    key, *values = row
    told = [micros(value) if hasattr(value, "tzinfo") else repr(value) if isinstance(value, float) else value
            for value in values]  # fmt: skip
    return base64.urlsafe_b64encode(msgspec.json.encode([*told, key])).decode().rstrip("=")


def _opened(order: list[Order], after: str) -> list[Any]:
    try:
        told = msgspec.json.decode(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)), type=list)
        wanted = [*(_kind(one) for one in order), "key"]
        return [_value(kind, value) for kind, value in zip(wanted, told, strict=True)]
    except (ValueError, TypeError, OverflowError, binascii.Error, msgspec.DecodeError) as error:
        raise Invalid("fhir.bad_page", place="_after", rule="as a link of ours has it") from error


def _kind(one: Order) -> str:
    if one.by.name == "_lastUpdated":
        return "time"
    return "str" if one.by.name in OWN else VALUES[TABLE[one.by.kind]][4].__name__


def _value(kind: str, value: Any) -> Any:
    if kind == "time":
        return moment(value)
    if kind == "float":
        return float(value)
    if kind == "str":
        if not isinstance(value, str):
            raise TypeError(kind)
        return value
    if not isinstance(value, int) or not EVER <= value <= FOREVER:
        raise TypeError(kind)
    return value
