"""The values of search parameters as R4 writes them: lists, escapes, prefixes, and how precise a number is. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple, get_args

from yuanzhen.data.records.terms import micros, reach
from yuanzhen.infrastructure.errors import Invalid

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]
PREFIXES: frozenset[str] = frozenset(get_args(Prefix))
NEAR = 0.1  # R4 3.1.1.4.7: how much of the value is still approximately the same

_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)


class Span(NamedTuple):
    """A date as it was asked for: [starts, ends) in microseconds since 1970."""

    prefix: str
    starts: int
    ends: int


class Amount(NamedTuple):
    """A number as it was asked for: itself, and the range that its digits leave open, [low, high)."""

    prefix: str
    exactly: float
    low: float
    high: float


def parts(value: str, mark: str) -> list[str]:
    r"""What stands between marks (`,`, `|`, `$`), still escaped; `\,` is none (R4 3.1.1.4.2)."""
    if "\\" not in value:
        return value.split(mark)
    found, start, at = [], 0, 0
    while at < len(value):
        if value[at] == "\\":
            at += 1
        elif value[at] == mark:
            found.append(value[start:at])
            start = at + 1
        at += 1
    return [*found, value[start:]]


def plainly(value: str, place: str) -> str:
    r"""A value without its escapes. Raises `Invalid` for a `\` before anything but `\ , | $`."""
    if "\\" not in value:
        return value
    if re.search(r"(?<!\\)(?:\\\\)*\\(?![\\,|$])", value):
        raise Invalid("fhir.bad_escape", place=place, rule=r"\\ \, \| \$")
    return re.sub(r"\\(.)", r"\1", value)


def prefixed(value: str) -> tuple[str, str]:
    """A prefix and the rest; `eq` where there is none."""
    return (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)


def dated(value: str, place: str, now: datetime) -> Span:
    """A date with its prefix; `ap` widens it by a tenth of the time between then and now."""
    prefix, rest = prefixed(value)
    try:
        starts, ends = reach(rest)
    except Invalid as problem:
        raise Invalid(problem.code, place=place, **problem.facts) from problem
    if prefix == "ap":
        gap = int(abs(micros(now) - starts) * NEAR)
        return Span(prefix, starts - gap, ends + gap)
    return Span(prefix, starts, ends)


def counted(value: str, place: str) -> Amount:
    """A number with its prefix: 100 leaves open [99.5, 100.5), 100.00 [99.995, 100.005) (R4 3.1.1.4.6)."""
    prefix, rest = prefixed(value)
    if not _NUMBER.fullmatch(rest):
        raise Invalid("fhir.bad_number", place=place, rule="[prefix]number, as 100, 5.40 or gt1e3")
    number = Decimal(rest)
    exponent = number.as_tuple().exponent
    half = Decimal((0, (5,), (exponent if isinstance(exponent, int) else 0) - 1))
    if prefix == "ap":
        half = max(half, abs(number) * Decimal(str(NEAR)))
    return Amount(prefix, float(number), float(number - half), float(number + half))
