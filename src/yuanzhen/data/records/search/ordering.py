"""The order of matches, and where in it a page ended: by what is sorted, last by key, newest first. Pure.

A page goes on behind the last key of the one before, not at a count, so what is written meanwhile neither repeats
nor loses a match. Sorted by `_lastUpdated`, what is written meanwhile stays where it was at the first page.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any, cast

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
UPDATED = "_lastUpdated"
OWN: dict[str, str] = {"_id": 'r.id COLLATE "C"', UPDATED: "r.updated", "_source": 'r.source COLLATE "C"'}


def begun(order: list[Order], after: str) -> datetime | None:
    """When the first page was asked for, where the order depends on it and this is a later one."""
    if not after or not _moves(order):
        return None
    return cast("datetime", _opened(order, after)[-1])


def columns(s: Statement, order: list[Order], since: datetime | None = None) -> list[str]:
    """What is sorted by, an expression each; matches without a value come last.

    `since`: when the first page was asked for; what was written later stands where it stood then.
    """
    told = []
    for by, descending in order:
        if by.name == UPDATED and since is not None:
            told.append(_UPDATED_THEN.format(s.value(since)))
            continue
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


# What is new since then stands behind all in either order: nobody has waited for it
_UPDATED_THEN = (
    "CASE WHEN r.updated <= {0} THEN r.updated ELSE coalesce((SELECT v.updated FROM records.version AS v "
    "WHERE v.type = r.type AND v.id = r.id AND v.updated <= {0} ORDER BY v.version DESC LIMIT 1), '9999-01-01Z') END"
)


def clause(order: list[Order]) -> str:
    """The ORDER BY over the columns `o0`, `o1`, ... and the key."""
    return ", ".join([*(f"o{nth:d}{' DESC' if one.descending else ''}" for nth, one in enumerate(order)), "key DESC"])


def behind(s: Statement, order: list[Order], after: str, by: str = "r.key") -> str:
    """The condition on the columns, and on the key `by`, that a match comes behind where a page ended."""
    told = _opened(order, after)
    ends, key = told[: len(order)], told[len(order)]
    alternatives, equal = [], ""
    for nth, (one, end) in enumerate(zip(order, ends, strict=True)):
        place = s.value(end)
        alternatives.append(f"{equal}o{nth:d} {'<' if one.descending else '>'} {place}")
        equal += f"o{nth:d} = {place} AND "
    alternatives.append(f"{equal}{by} < {s.value(key)}")
    return "(" + " OR ".join(alternatives) + ")"


def ended(order: list[Order], row: tuple[Any, ...], first: datetime) -> str:
    """Where a page ended, as its `next` link names it; `row` is the key and then the columns of its last match.

    `first`: when the first page was asked for.
    """
    key, *values = row
    told = [micros(value) if hasattr(value, "tzinfo") else repr(value) if isinstance(value, float) else value
            for value in values]  # fmt: skip
    since = [micros(first)] if _moves(order) else []
    return base64.urlsafe_b64encode(msgspec.json.encode([*told, key, *since])).decode().rstrip("=")


def _moves(order: list[Order]) -> bool:
    """Whether a write changes where a match stands."""
    return any(one.by.name == UPDATED for one in order)


def _opened(order: list[Order], after: str) -> list[Any]:
    """What is sorted by, the key, and when the first page was asked for, where that counts."""
    try:
        told = msgspec.json.decode(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)), type=list)
        wanted = [*(_kind(one) for one in order), "key", *(["time"] if _moves(order) else [])]
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
