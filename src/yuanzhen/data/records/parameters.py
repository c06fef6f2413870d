"""R4's search parameters as the index knows them: each place that values are read from has a number of its own.

A number is made of the resource's type and the steps that lead to a value, so it is the same in every process and
for every parameter that reads the same place, and another one when a later release means another place. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Literal, NamedTuple

import msgspec

from yuanzhen.data.exchange.fhir import definitions
from yuanzhen.data.exchange.fhir.definitions import Kind, Path, Step

Table = Literal["token", "word", "link", "moment", "amount"]
TABLE: dict[Kind, Table] = {
    "string": "word",
    "token": "token",
    "uri": "token",
    "reference": "link",
    "date": "moment",
    "number": "amount",
    "quantity": "amount",
}
FORM = 2  # of the index rows; one more whenever what is written for a value changes

# What is kept beside the values themselves, by the modifier that asks for it.
TEXT, IDENTIFIER, OF_TYPE = ":text", ":identifier", ":of-type"
UNSTORED = frozenset({"AuditEvent"})  # rendered from the trail, and searched by it
# The record's own columns, which every type has.
OWN: dict[str, Kind] = {"_id": "token", "_lastUpdated": "date", "_source": "uri"}


class Place(NamedTuple):
    """Where values of one FHIR type stand. `only`: of references, those to this type; `owner`: how many steps lead to
    the element in which a composite looks for its parts (0: the resource itself)."""

    number: int
    steps: tuple[Step, ...]
    type: str
    only: str = ""
    owner: int = 0


class Part(NamedTuple):
    """One part of a composite; `within`: it must stand in the same element as the others."""

    kind: Kind
    places: tuple[Place, ...]
    targets: tuple[str, ...]
    within: bool


class Parameter(NamedTuple):
    """One search parameter of a type. `composites`: the parts, once for each kind of owner."""

    name: str
    kind: Kind
    definition: str
    places: tuple[Place, ...] = ()
    targets: tuple[str, ...] = ()
    composites: tuple[tuple[Part, ...], ...] = ()


def number(type: str, steps: Sequence[Step], beside: str = "") -> int:
    """The number of a place, or of what is kept `beside` it, as PostgreSQL's int."""
    spelled = msgspec.json.encode([type, *steps, beside], order="deterministic")
    return int.from_bytes(hashlib.sha256(spelled).digest()[:4], "big", signed=True)


@cache
def of(type: str) -> dict[str, Parameter]:
    """The parameters that a type is searched by; none for what R4 does not have or the record does not store."""
    read = definitions.search().parameters.get(type)
    if read is None or type in UNSTORED:
        return {}
    known = {name: _parameter(type, name, one) for name, one in read.items() if one.kind != "special"}
    own = {
        name: Parameter(name, kind, f"http://hl7.org/fhir/SearchParameter/Resource-{name[1:]}")
        for name, kind in OWN.items()
    }
    return known | own


def refers(type: str, name: str) -> bool:
    """Whether a criterion's values are references: `subject`, `encounter.subject:Patient`, `_has:...:subject`."""
    if name.startswith("_has:"):
        _, by, _, rest = (*name.split(":", 3), "", "", "")[:4]
        return refers(by, rest)
    asked, dot, rest = name.partition(".")
    code, _, modifier = asked.partition(":")
    found = of(type).get(code)
    if found is None or found.kind != "reference":
        return False
    if not dot:
        return modifier not in ("identifier", "missing")
    return any(refers(one, rest) for one in ([modifier] if modifier else found.targets))


@cache
def digest() -> str:
    """Of the definitions and the form of the rows: another one means another index."""
    return hashlib.sha256(definitions.compiled("search.json") + f"|{FORM}".encode()).hexdigest()


def _parameter(type: str, name: str, read: definitions.Parameter) -> Parameter:
    places = tuple(_place(type, path.path, path) for path in read.paths)
    composites = tuple(
        tuple(_part(type, owner, component) for component in read.components) for owner in read.of
    )  # fmt: skip
    return Parameter(name, read.kind, read.definition, places, tuple(read.targets), composites)


def _part(type: str, owner: Path, component: definitions.Component) -> Part:
    rooted = [path for path in component.paths if path.path[:1] == [{"root": True}]]
    places = tuple(
        _place(type, path.path[1:], path) if path in rooted else _place(type, [*owner.path, *path.path], path)
        for path in component.paths
    )
    return Part(component.kind, places, tuple(component.targets), within=bool(owner.path) and not rooted)


def _place(type: str, steps: Sequence[Step], path: Path) -> Place:
    """The last step of a path to references of one type is a condition on the row: the row is written once."""
    only = ""
    if steps and isinstance(steps[-1], dict) and "target" in steps[-1]:
        only, steps = str(steps[-1]["target"]), steps[:-1]
    return Place(number(type, steps), tuple(steps), path.type, only, _owners(type).get(_spelled(steps), 0))


@cache
def _owners(type: str) -> dict[bytes, int]:
    """Of the paths that composites of a type read: the steps to their owner, where that is not the resource."""
    return {
        _spelled([*owner.path, *path.path]): len(owner.path)
        for read in definitions.search().parameters[type].values()
        for owner in read.of
        if owner.path
        for component in read.components
        for path in component.paths
        if path.path[:1] != [{"root": True}]
    }


def _spelled(steps: Sequence[Step]) -> bytes:
    return msgspec.json.encode(list(steps), order="deterministic")
