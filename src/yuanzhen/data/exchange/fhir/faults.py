"""What jsonschema-rs found, in the words of FHIR: the place as a path, the rule as a code with its facts.

Never the value: it may be a patient's.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import jsonschema_rs

from yuanzhen.data.exchange.fhir.shapes import Schema
from yuanzhen.infrastructure.errors import Invalid

MOST_CODES = 40  # of a closed list, as told to the sender
MOST_LETTERS = 64  # of a member's name

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DATES = {"date", "dateTime", "instant"}

_Kind = jsonschema_rs.ValidationErrorKind


def of(error: jsonschema_rs.ValidationError, schema: Schema) -> Iterator[Invalid]:
    """The refusals that one finding of the schema stands for; their places are relative to the resource."""
    kind = error.kind
    where = place(error.instance_path)
    if isinstance(kind, _Kind.AdditionalProperties):
        yield from (_unknown(where, name, error, schema) for name in kind.unexpected)
    elif isinstance(kind, _Kind.Required):
        yield Invalid("fhir.required", place=_below(where, kind.property))
    elif isinstance(kind, _Kind.AnyOf):
        yield Invalid("fhir.required", place=_below(where, _mandatory(error, schema)))
    elif isinstance(kind, _Kind.Enum):
        codes = [str(code) for code in kind.options if code is not None]
        yield Invalid("fhir.not_a_code", place=where, allowed=codes[:MOST_CODES])
    elif isinstance(kind, _Kind.Minimum | _Kind.Maximum):
        yield Invalid("fhir.out_of_range", place=where, limit=str(kind.limit))
    else:
        yield _of_value(error, where)


def place(path: Iterable[str | int]) -> str:
    """The path of an element as FHIRPath writes it: `contact[0].telecom[1].system`."""
    made = ""
    for step in path:
        made += f"[{step}]" if isinstance(step, int) else f".{step}"
    return made.removeprefix(".")


def _of_value(error: jsonschema_rs.ValidationError, where: str) -> Invalid:
    """A value that is not what its datatype asks for."""
    value = error.instance
    expected = _datatype(error)
    if value is None:
        return Invalid("fhir.null", place=where)
    if value in ("", [], {}):
        return Invalid("fhir.empty", place=where)
    if isinstance(value, str) and "\0" in value:
        return Invalid("fhir.nul", place=where)
    if expected in _DATES and isinstance(value, str) and _names_no_day(value):
        return Invalid("fhir.no_such_day", place=where, expected=expected)
    if isinstance(error.kind, _Kind.Type):
        return Invalid("fhir.wrong_type", place=where, expected=expected)
    return Invalid("fhir.format", place=where, expected=expected)


def _names_no_day(value: str) -> bool:
    """Whether it begins with what looks like a day and is none, as 31 February."""
    if _DAY.match(value) is None:
        return False
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return True
    return False


def _datatype(error: jsonschema_rs.ValidationError) -> str:
    """The FHIR type whose rule is broken, from where the rule stands: definitions/Reference/type."""
    path = error.schema_path
    if "items" in path or (len(path) > 3 and path[2] == "properties"):
        return "array" if path[-1] in ("type", "minItems") else str(path[-1])
    return str(path[1]).removesuffix("OrNull")


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _unknown(where: str, name: str, error: jsonschema_rs.ValidationError, schema: Schema) -> Invalid:
    known = schema.definitions[str(error.schema_path[1])]["properties"]
    close = difflib.get_close_matches(name, known, n=1)
    return Invalid("fhir.unknown_element", place=_below(where, name[:MOST_LETTERS]), near=close[0] if close else None)


def _mandatory(error: jsonschema_rs.ValidationError, schema: Schema) -> str:
    """The element that may be there in several ways and is in none: `status`, `medication[x]`."""
    definition, place_ = str(error.schema_path[1]), error.schema_path[3]
    ways: list[dict[str, Any]] = schema.definitions[definition]["allOf"][int(place_)]["anyOf"]
    first = str(ways[0]["required"][0])
    choices = schema.choices.get(definition, {})
    return next((f"{element}[x]" for element, names in choices.items() if first in names), first)
