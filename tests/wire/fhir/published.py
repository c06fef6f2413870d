"""The official JSON schema as published, the reference beside which our judgement is held.

As published it drags every type into each; so resources inside are judged apart, which gives the same answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from scripts.setup.fhir import SCHEMA, schema

INSIDE = ("contained", "resource", "outcome")  # members that hold resources


@cache
def definitions() -> dict[str, Any]:
    """Its definitions, with any resource cut to any object."""
    return {**schema.published(SCHEMA), schema.RESOURCE: {"type": "object"}}


@cache
def validator(type_: str) -> jsonschema_rs.Draft7Validator:
    """The judge of one type, with those definitions alone that it needs."""
    needed: dict[str, Any] = {}
    waiting = [type_]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = definitions()[name]
            parts = json.dumps(needed[name]).split('"#/definitions/')[1:]
            waiting += [part.partition('"')[0] for part in parts]
    return jsonschema_rs.Draft7Validator({"$ref": f"#/definitions/{type_}", "definitions": needed})


def accepts(resource: Any) -> bool:
    """Whether the published schema accepts a resource and all inside it."""
    type_ = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(type_, str) or type_ not in definitions():
        return False
    return validator(type_).is_valid(resource) and all(map(accepts, _inside(resource)))


def _inside(node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        for each in node:
            yield from _inside(each)
    elif isinstance(node, dict):
        for name, value in node.items():
            held = [each for each in (value if isinstance(value, list) else [value]) if _is_resource(each)]
            if name in INSIDE and held:
                yield from held
            else:
                yield from _inside(value)


def _is_resource(node: Any) -> bool:
    return isinstance(node, dict) and "resourceType" in node
