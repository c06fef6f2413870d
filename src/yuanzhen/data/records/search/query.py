"""A search as it was asked: its criteria, and how the answer shall be ordered, cut, widened and shown. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, cast, get_args

from yuanzhen.data.records import parameters
from yuanzhen.data.records.parameters import Parameter, Place
from yuanzhen.data.records.search.canonical import Canonical, canonical
from yuanzhen.data.records.search.criteria import unknown
from yuanzhen.infrastructure.errors import Invalid

MOST = 200
USUAL = 50
MOST_CRITERIA = 100

Pairs = Sequence[tuple[str, str]]
Total = Literal["none", "estimate", "accurate"]
Summary = Literal["true", "text", "data", "count", "false"]


class Order(NamedTuple):
    """One part of the order: the parameter that is sorted by, and which way."""

    by: Parameter
    descending: bool


class Include(NamedTuple):
    """What comes along: along these places from `source` to `target` ('' for any); `reverse`: what points here."""

    source: str
    places: tuple[Place, ...]
    target: str
    reverse: bool
    again: bool
    canonical: tuple[Canonical, ...] = ()


@dataclass(slots=True)
class Asked:
    """A search of one type; `used` are the pairs that were understood, `ignored` the names of the others."""

    kind: str
    criteria: list[tuple[str, str]] = field(default_factory=list)
    count: int = USUAL
    order: list[Order] = field(default_factory=list)
    include: list[Include] = field(default_factory=list)
    total: Total = "none"
    summary: Summary = "false"
    elements: list[str] = field(default_factory=list)
    after: str = ""
    used: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    within: tuple[str, str] | None = None  # the compartment: its type and its owner's id

    def counts_alone(self) -> bool:
        """Whether only the number of matches is wanted."""
        return self.summary == "count" or self.count == 0


def understood(kind: str, pairs: Pairs, *, strict: bool = True, within: tuple[str, str] | None = None) -> Asked:
    """A search taken apart. Raises `Invalid` for what is not understood; without `strict` unknown parameters are
    left out and told."""
    asked = Asked(kind, within=within)
    for name, value in pairs:
        head = name.partition(":")[0]
        if head not in CONTROLS and not _known(kind, name):
            if strict:
                raise unknown(kind, name)
            asked.ignored.append(name)
            continue
        asked.used.append((name, value))
        if head in CONTROLS:
            if value:
                CONTROLS[head](asked, name, value)
        elif value or not strict:
            asked.criteria.append((name, value))
        else:
            raise Invalid("fhir.bad_value", place=name, rule="a value")
    asked.criteria = [pair for pair in asked.criteria if pair[1]]
    if len(asked.criteria) > MOST_CRITERIA:
        raise Invalid("fhir.search_too_wide", rule=f"at most {MOST_CRITERIA} criteria")
    return asked


def _known(kind: str, name: str) -> bool:
    return name.startswith("_has:") or name.partition(".")[0].partition(":")[0] in parameters.of(kind)


def _plain(name: str) -> None:
    if ":" in name:
        raise Invalid("fhir.unknown_modifier", place=name, known=[])


def _count(asked: Asked, name: str, value: str) -> None:
    _plain(name)
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Invalid("fhir.bad_count", place="_count", rule="a number from 0")
    asked.count = min(int(value), MOST)


def _total(asked: Asked, name: str, value: str) -> None:
    _plain(name)
    asked.total = cast("Total", _one_of(name, value, get_args(Total)))


def _summary(asked: Asked, name: str, value: str) -> None:
    _plain(name)
    asked.summary = cast("Summary", _one_of(name, value, get_args(Summary)))


def _one_of(name: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise Invalid("fhir.bad_value", place=name, rule=", ".join(choices))
    return value


def _elements(asked: Asked, name: str, value: str) -> None:
    _plain(name)
    names = [one.strip().rpartition(".")[2] for one in value.split(",") if one.strip()]
    if not all(re.fullmatch(r"[A-Za-z]{1,64}", one) for one in names):
        raise Invalid("fhir.bad_value", place=name, rule="names of elements with commas between them")
    asked.elements += names


def _sort(asked: Asked, name: str, value: str) -> None:
    _plain(name)
    for one in value.split(","):
        code, descending = one.removeprefix("-"), one.startswith("-")
        by = parameters.of(asked.kind).get(code)
        if by is None or by.kind == "composite":
            known = sorted(n for n, one in parameters.of(asked.kind).items() if one.kind != "composite")
            raise Invalid("fhir.not_sortable", place="_sort", found=code[:64], known=known)
        asked.order.append(Order(by, descending))
    if len(asked.order) > 5:
        raise Invalid("fhir.search_too_wide", place="_sort", rule="at most 5 parameters")


def _includes(asked: Asked, name: str, value: str) -> None:
    what, _, modifier = name.partition(":")
    if modifier not in ("", "iterate"):
        raise Invalid("fhir.unknown_modifier", place=name, known=["iterate"])
    reverse = what == "_revinclude"
    source, _, rest = value.partition(":")
    code, _, target = rest.partition(":")
    if value == "*" and not reverse:
        source, code = asked.kind, "*"
    known = {n: one for n, one in parameters.of(source).items() if one.kind == "reference"}
    if not known or (code != "*" and code not in known) or (target and not parameters.of(target)):
        raise Invalid("fhir.bad_include", place=name, found=value[:64], known=sorted(known))
    if not reverse and not modifier and source != asked.kind:
        raise Invalid("fhir.bad_include", place=name, found=value[:64], rule=f"{asked.kind}:parameter, or :iterate")
    along = [one for n, one in known.items() if code in ("*", n)]
    places = tuple(place for one in along for place in one.places)
    named = tuple(
        way for one in along if (way := canonical(one, [kind for kind in one.targets if target in ("", kind)]))
    )
    asked.include.append(Include(source, places, target, reverse, modifier == "iterate", named))
    if len(asked.include) > MOST_CRITERIA:
        raise Invalid("fhir.search_too_wide", place=name, rule=f"at most {MOST_CRITERIA} inclusions")


def _after(asked: Asked, name: str, value: str) -> None:
    _plain(name)
    asked.after = value


def _pass(asked: Asked, name: str, value: str) -> None:
    """What the door itself has seen to."""


CONTROLS = {
    "_count": _count,
    "_total": _total,
    "_summary": _summary,
    "_elements": _elements,
    "_sort": _sort,
    "_include": _includes,
    "_revinclude": _includes,
    "_after": _after,
    "_format": _pass,
    "_pretty": _pass,
}
