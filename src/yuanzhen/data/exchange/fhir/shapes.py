"""What R4 asks of a resource and JSON schema cannot say, in one walk that looks only at the members concerned.

Alone among the types of a choice; primitives and the partners that carry their extensions (`given`, `_given`) aligned;
integers without a point, decimals that a database can hold; no deeper than `DEEPEST`; resources inside resources.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import IntEnum
from itertools import islice
from typing import Any

import msgspec

from yuanzhen.data.exchange.fhir.definitions import compiled
from yuanzhen.infrastructure.errors import Invalid

DEEPEST = 64  # objects inside one another
MOST_FAULTS = 50  # told of one resource; a list with as many is not looked through to its end
MOST_DIGITS = 1000  # of a decimal, and its largest exponent either way

Faults = list[Invalid]
Inside = Callable[[dict[str, Any], int], Faults | None]  # what is wrong with a resource inside another one


class Kind(IntEnum):
    """How a member is looked at."""

    OBJECT = 1
    PRIMITIVE = 2  # one whose choice matters, or several
    PARTNER = 3
    INTEGER = 4
    DECIMAL = 5
    RESOURCE = 6


# Below a name: how to look at it, the shape of its objects, the bit of the choice that it belongs to.
Member = tuple[Kind, "Shape", int]
Shape = dict[str, Member]

_INTEGERS = {"integer", "positiveInt", "unsignedInt"}
_RESOURCE = "ResourceList"
_OBJECT = Kind.OBJECT  # looking it up in the enumeration costs a tenth of a walk


class Schema(msgspec.Struct, frozen=True):
    """The compiled schema: definitions by name, and of each the choices: {element: JSON names}."""

    definitions: dict[str, dict[str, Any]]
    choices: dict[str, dict[str, list[str]]]


class Shapes:
    """The shapes of the definitions, made when they are first asked for."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._made: dict[str, Shape] = {}

    def of(self, definition: str) -> Shape:
        """The shape of one definition; it may hold itself."""
        shape = self._made.get(definition)
        if shape is None:
            shape = self._made[definition] = {}
            bits = self._bits(definition)
            for name, given in self._schema.definitions[definition].get("properties", {}).items():
                member = self._member(name, given, bits.get(name.removeprefix("_"), 0))
                if member is not None:
                    shape[name] = member
        return shape

    def _bits(self, definition: str) -> dict[str, int]:
        choices = self._schema.choices.get(definition, {}).values()
        return {name: 1 << place for place, names in enumerate(choices) for name in names}

    def _member(self, name: str, given: dict[str, Any], bit: int) -> Member | None:
        many = "items" in given
        target = str(given.get("items", given).get("$ref", "")).rpartition("/")[2].removesuffix("OrNull")
        if name.startswith("_"):
            return Kind.PARTNER, self.of("Element"), bit
        if target == _RESOURCE:
            return Kind.RESOURCE, {}, bit
        if "properties" in self._schema.definitions.get(target, ()):
            return Kind.OBJECT, self.of(target), bit
        if target in _INTEGERS:
            return Kind.INTEGER, {}, bit
        if target == "decimal":
            return Kind.DECIMAL, {}, bit
        return (Kind.PRIMITIVE, {}, bit) if many or bit else None


def walk(node: dict[str, Any], shape: Shape, depth: int, inside: Inside) -> Faults | None:
    """The faults below one object, with places relative to it; None when there are none."""
    if depth > DEEPEST:
        return [Invalid("fhir.too_deep", place="", limit=DEEPEST)]
    found: Faults = []
    chosen = 0
    for name, value in node.items():
        member = shape.get(name)
        if member is None:
            continue
        kind, child, bit = member
        if bit:
            if chosen & bit and not _is_same_choice(name, node):
                found.append(Invalid("fhir.one_of_choice", place=name))
            chosen |= bit
        if kind is not _OBJECT:
            found += _OTHERS[kind](name, value, node, child, depth, inside)
        elif type(value) is dict:
            below = walk(value, child, depth + 1, inside)
            if below is not None:
                found += under(name, below)
        elif type(value) is list:
            found += _each(name, value, child, depth, inside)
    return found or None


def under(name: str, faults: Faults) -> Faults:
    """The same faults, with places that begin at the owner of `name`."""
    for fault in faults:
        fault.place = f"{name}.{fault.place}" if fault.place else name
    return faults


def _each(name: str, values: list[Any], shape: Shape, depth: int, inside: Inside) -> Faults:
    found: Faults = []
    for place, value in enumerate(values):
        if type(value) is dict:
            below = walk(value, shape, depth + 1, inside)
            if below is not None:
                found += under(f"{name}[{place}]", below)
                if len(found) >= MOST_FAULTS:
                    break
    return found


def _some(faults: Iterable[Invalid]) -> Faults:
    return list(islice(faults, MOST_FAULTS))


def _is_same_choice(name: str, node: dict[str, Any]) -> bool:
    """Whether the member before belongs to the same type of the choice: a primitive and its partner."""
    return (name[1:] if name[0] == "_" else f"_{name}") in node


def _resources(name: str, value: Any, _: Any, __: Shape, depth: int, inside: Inside) -> Faults:
    several = type(value) is list
    found: Faults = []
    for place, resource in enumerate(value if several else [value]):
        if type(resource) is dict:
            below = inside(resource, depth + 1)
            if below is not None:
                found += under(f"{name}[{place}]" if several else name, below)
                if len(found) >= MOST_FAULTS:
                    break
    return found


def _primitives(name: str, values: Any, node: dict[str, Any], *_: Any) -> Faults:
    """A null among the primitives stands for one that is an extension alone, in the partner at its place."""
    if type(values) is not list or None not in values:
        return []
    partners = node.get(f"_{name}")
    beside = partners if isinstance(partners, list) else []
    return _some(
        Invalid("fhir.null", place=f"{name}[{place}]")
        for place, value in enumerate(values)
        if value is None and (place >= len(beside) or beside[place] is None)
    )


def _partner(name: str, value: Any, node: dict[str, Any], shape: Shape, depth: int, inside: Inside) -> Faults:
    if type(value) is dict:
        return under(name, walk(value, shape, depth + 1, inside) or [])
    if type(value) is not list:
        return []
    found = _each(name, value, shape, depth, inside)
    base = node.get(name[1:])
    if not isinstance(base, list):
        found += _some(Invalid("fhir.null", place=f"{name}[{n}]") for n, each in enumerate(value) if each is None)
    elif len(base) != len(value):
        found.append(Invalid("fhir.not_aligned", place=name, count=len(value), wanted=len(base)))
    return found


def _integers(name: str, value: Any, *_: Any) -> Faults:
    several = type(value) is list
    return _some(
        Invalid("fhir.wrong_type", place=f"{name}[{place}]" if several else name, expected="integer")
        for place, each in enumerate(value if several else [value])
        if isinstance(each, Decimal | float)
    )


def _decimals(name: str, value: Any, *_: Any) -> Faults:
    return [] if _can_be_kept(value) else [Invalid("fhir.number_not_kept", place=name, limit_digits=MOST_DIGITS)]


def _can_be_kept(value: Any) -> bool:
    """Whether a database keeps a decimal exactly; what is no number is not judged here."""
    if type(value) is Decimal:
        _sign, digits, exponent = value.as_tuple()
        return isinstance(exponent, int) and len(digits) <= MOST_DIGITS and abs(exponent) <= MOST_DIGITS
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is int:
        return value.bit_length() < 3 * MOST_DIGITS
    return type(value) is not list or all(map(_can_be_kept, value))


_OTHERS: dict[Kind, Callable[..., Faults]] = {
    Kind.PRIMITIVE: _primitives,
    Kind.PARTNER: _partner,
    Kind.INTEGER: _integers,
    Kind.DECIMAL: _decimals,
    Kind.RESOURCE: _resources,
}


def schema() -> Schema:
    """The compiled schema, read anew; raises `definitions.Missing`."""
    return msgspec.json.decode(compiled("schema.json"), type=Schema)
