"""Whether a resource is one by R4: official JSON schema, mended at set-up, and what a schema cannot say.

Value sets other than closed lists of codes, profiles and invariants are not judged.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from threading import Lock
from typing import Any

import jsonschema_rs

from yuanzhen.data.exchange.fhir import faults, shapes
from yuanzhen.data.exchange.fhir.shapes import DEEPEST, MOST_FAULTS, Faults, Shape, Shapes, under, walk
from yuanzhen.infrastructure.errors import Invalid

SMALL = 2000  # members; of a larger resource the schema tells its first fault alone

_MAKING = Lock()  # a shape is known before it is whole, because it may hold itself


def check(resource: Any) -> None:
    """Raises the first of the resource's faults as `Invalid` (422): place, rule, facts."""
    found = problems_of(resource)
    if found:
        raise found[0]


def problems_of(resource: Any) -> Faults:
    """All that is wrong with a resource, each with its place (`Patient.contact[0].telecom[1].system`), at most 50.

    `resource`: as `text.parse` gives it, or made by code of str, int, bool, Decimal, list and dict.
    """
    if not isinstance(resource, dict):
        return [Invalid("fhir.no_object")]
    found = _Judgement().problems(resource, 1)
    if found is None:
        return []
    type_ = resource.get("resourceType")
    first = {fault.place: fault for fault in reversed(found)}  # a value of the wrong type breaks its pattern too
    owner = type_ if isinstance(type_, str) and type_ in _types() else "Resource"
    return under(owner, list(reversed(first.values()))[:MOST_FAULTS])


class _Judgement:
    """One resource and those inside it: how much has been told is known, so that the rest need not be."""

    def __init__(self) -> None:
        self.told = 0

    def problems(self, resource: dict[str, Any], depth: int) -> Faults | None:
        """The faults of one resource, places relative to it; those inside it are judged by their own types."""
        type_ = resource.get("resourceType")
        if type(type_) is not str or type_ not in _types():
            return [Invalid("fhir.no_such_type", place="resourceType")]
        validator, shape = _judge(type_)
        found = walk(resource, shape, depth, self.problems)
        if found and any(fault.code == "fhir.too_deep" for fault in found):
            return found
        try:
            if validator.is_valid(resource):
                return found
            return [*(found or ()), *self._faults(validator, resource)]
        except UnicodeError:
            return [Invalid("fhir.surrogate", place="")]
        except ValueError:  # the validator's own bound, within an element that R4 does not have
            return [Invalid("fhir.too_deep", place="", limit=DEEPEST)]

    def _faults(self, validator: jsonschema_rs.Draft7Validator, resource: dict[str, Any]) -> Faults:
        if self.told >= MOST_FAULTS:
            return []
        told = _all(validator, resource) if _is_small(resource) else _first(validator, resource)
        self.told += len(told)
        return told


def _all(validator: jsonschema_rs.Draft7Validator, resource: dict[str, Any]) -> Faults:
    errors = validator.iter_errors(resource)
    return list(islice((fault for error in errors for fault in faults.of(error, _schema())), MOST_FAULTS))


def _first(validator: jsonschema_rs.Draft7Validator, resource: dict[str, Any]) -> Faults:
    try:
        validator.validate(resource)
    except jsonschema_rs.ValidationError as error:
        return list(islice(faults.of(error, _schema()), MOST_FAULTS))
    return []


def _is_small(resource: dict[str, Any]) -> bool:
    """Whether all of its errors may be asked for: each costs 30 µs, and all are made before the first is told."""
    waiting: list[Any] = [resource]
    members = 0
    while waiting and members <= SMALL:
        node = waiting.pop()
        members += len(node)
        inner = node.values() if isinstance(node, dict) else node
        waiting += [each for each in inner if isinstance(each, dict | list)]
    return members <= SMALL


@cache
def _judge(type_: str) -> tuple[jsonschema_rs.Draft7Validator, Shape]:
    """What judges a type, compiled when first asked for (some 10 ms)."""
    schema = {"$ref": f"#/definitions/{type_}", "definitions": _needed(type_)}
    with _MAKING:
        return jsonschema_rs.Draft7Validator(schema), _shapes().of(type_)


def _needed(definition: str) -> dict[str, Any]:
    """The definitions that one refers to, directly or not; all of them would be compiled for each type."""
    everything = _schema().definitions
    needed: dict[str, Any] = {}
    waiting = [definition]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = everything[name]
            properties = everything[name].get("properties", {}).values()
            references = (str(given.get("items", given).get("$ref", "")) for given in properties)
            waiting += [reference.rpartition("/")[2] for reference in references if reference]
    return needed


@cache
def _schema() -> shapes.Schema:
    return shapes.schema()


@cache
def _shapes() -> Shapes:
    return Shapes(_schema())


@cache
def _types() -> frozenset[str]:
    any_resource = _schema().definitions["ResourceList"]
    return frozenset(any_resource["properties"]["resourceType"]["enum"])
