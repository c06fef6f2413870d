"""R4's JSON schema, mended where it is looser or stricter than R4 itself, and cut so that each type stands alone.

The published file lets `subject: "x"` and `[]` pass, asks for no primitive that R4 asks for (its extension might stand
instead), takes 31 February and 1.0 for an integer, and refuses the nulls that R4's JSON uses to align extensions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.setup.fhir.structures import Element, Structures, referred

SCHEMA = "fhir.schema.json"
RESOURCE = "ResourceList"  # the schema's name for "any resource": contained and entry resources
OR_NULL = "OrNull"  # ends the name of what may also be null in a list
RELEASE = "4.0.1"

Json = dict[str, Any]

# R4 2.24.0.1, with \s read as XML schema reads it (space, tab, line feed, return: full-width spaces are text), without
# NUL, and with days that the calendar has.
BLANK = r" \t\r\n"
ZONE = r"(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
YEAR = r"([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
LEAP = r"([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
MONTH_DAY = r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
DAY = rf"({YEAR}-({MONTH_DAY})|{LEAP}-02-29)"
MONTH = rf"{YEAR}(-(0[1-9]|1[0-2]))?"

PATTERNS = {
    "base64Binary": rf"([{BLANK}]*[0-9a-zA-Z+/=]{{4}}[{BLANK}]*)+",
    "code": rf"[^{BLANK}\x00]+([{BLANK}][^{BLANK}\x00]+)*",
    "date": rf"({MONTH}|{DAY})",
    "dateTime": rf"({MONTH}|{DAY}(T{CLOCK}{ZONE})?)",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "instant": rf"{DAY}T{CLOCK}{ZONE}",
    "oid": r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+",
    "time": CLOCK,
    "uuid": r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
# What they exclude is looked for: three times as fast as matching all that they allow.
EXCLUDED = {
    "canonical": rf"[{BLANK}\x00]",
    "markdown": r"\x00",
    "string": r"\x00",
    "uri": rf"[{BLANK}\x00]",
    "url": rf"[{BLANK}\x00]",
    "xhtml": r"\x00",
}
PRIMITIVES: dict[str, Json] = {
    **{name: {"type": "string", "pattern": f"^({pattern})$"} for name, pattern in PATTERNS.items()},
    **{
        name: {"type": "string", "minLength": 1, "not": {"type": "string", "pattern": no}}
        for name, no in EXCLUDED.items()
    },
    "boolean": {"type": "boolean"},
    "decimal": {"type": "number"},
    "integer": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "positiveInt": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    "unsignedInt": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
}


def published(folder: Path) -> Json:
    """The definitions of the schema as published."""
    return dict(json.loads((folder / SCHEMA).read_text(encoding="utf-8"))["definitions"])


def mended(given: Json, structures: Structures) -> Json:
    """{"definitions": {name: schema}, "choices": {name: {element: [JSON names of which one may be there]}}}."""
    definitions: dict[str, Json] = {**PRIMITIVES, RESOURCE: _any_resource(structures)}
    choices = {}
    for path, name in sorted(structures.schema_names.items()):
        if name in definitions:
            continue
        elements = structures.members(path)
        definitions[name] = _object(given[name], elements)
        exclusive = {element.name: [json for json, _ in element.json_names()] for element in elements if element.choice}
        if exclusive:
            choices[name] = exclusive
    for name in [*PRIMITIVES, "Element"]:
        definitions[f"{name}{OR_NULL}"] = {**definitions[name], "type": [definitions[name]["type"], "null"]}
    return {"definitions": definitions, "choices": choices}


def _any_resource(structures: Structures) -> Json:
    """Its own type's schema says the rest; named here, it would drag all types into each."""
    types = {"resourceType": {"enum": structures.resources()}}
    return {"type": "object", "required": ["resourceType"], "properties": types}


def _object(given: Json, elements: list[Element]) -> Json:
    type_ = given["properties"].get("resourceType", {}).get("const")  # ExampleScenario has an element of that name
    properties: Json = {"resourceType": {"const": type_}} if type_ else {}
    for name, value in [*given["properties"].items(), *_left_out(given, elements)]:
        if name not in properties:
            properties[name] = _property(name, value)
    made: Json = {"type": "object", "minProperties": 1, "properties": properties, "additionalProperties": False}
    ways = [_ways(element, properties) for element in elements if element.least]
    # The structures of the package are sometimes laxer, being later ones.
    ways += [[name] for name in given.get("required", ()) if not any(name in names for names in ways)]
    made["required"] = [names[0] for names in ways if len(names) == 1]
    made["allOf"] = [{"anyOf": [{"required": [name]} for name in names]} for names in ways if len(names) > 1]
    return {key: value for key, value in made.items() if value != []}


def _ways(element: Element, properties: Json) -> list[str]:
    """The members by which a mandatory element may be there; a primitive may be there by its extension alone."""
    names = [way for json, _ in element.json_names() for way in (json, f"_{json}")]
    return [name for name in names if name in properties]


def _left_out(given: Json, elements: list[Element]) -> Iterator[tuple[str, Json]]:
    """What the published schema does not know and R4 has: choices of type Meta (2.24.0.2), partners of canonicals."""
    for element in elements:
        for name, type_ in element.json_names():
            if type_ == "Meta" and name not in given["properties"]:
                yield name, {"$ref": f"#/definitions/{type_}"}
            if type_ == "canonical" and f"_{name}" not in given["properties"]:
                partner = {"$ref": "#/definitions/Element"}
                yield f"_{name}", {"items": partner} if element.many else partner


def _property(name: str, given: Json) -> Json:
    if "items" not in given:
        return _value(name, given, nullable=False)
    return {"type": "array", "minItems": 1, "items": _value(name, given["items"], nullable=True)}


def _value(name: str, given: Json, *, nullable: bool) -> Json:
    """One value; in lists, primitives and their partners may be null."""
    if "enum" in given:
        return _codes(given["enum"], nullable=nullable)
    type_ = referred(given) if "$ref" in given else _primitive_of(name)
    nullable = nullable and (type_ in PRIMITIVES or name.startswith("_"))
    return {"$ref": f"#/definitions/{type_}{OR_NULL if nullable else ''}"}


def _primitive_of(name: str) -> str:
    """The type that a choice's name ends with: the schema repeats the primitive's rule in its place."""
    return max((each for each in PRIMITIVES if name.endswith(f"{each[0].upper()}{each[1:]}")), key=len)


def _codes(codes: list[str], *, nullable: bool) -> Json:
    if "4.0.0" in codes and RELEASE not in codes:
        codes = [*codes, RELEASE]  # the release that this schema describes is missing from its own list
    return {"enum": [*codes, None] if nullable else codes}
