"""FHIR R4's official definitions as `make setup` compiled them: types, search parameters, compartments.

A path is a list of steps from a resource to the elements it names; arrays are flattened on the way. A step is

- `"name"`: the member of that JSON name (choices are spelled out: `valueQuantity`),
- `{"where": [member, value]}`: those whose member has that value,
- `{"target": type}`: those references that point to a resource of that type,
- `{"index": n}`: the one element at that place,
- `{"root": true}`: back to the resource (parts of composites only),
- `{"exists": [members]}`: one boolean, whether one of them is there and not false (`Patient.deceased`).

`paths.py` follows them. Equal paths are spelled equally, whichever parameter they belong to.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

Kind = Literal["string", "token", "reference", "date", "number", "quantity", "uri", "composite", "special"]
Step = str | dict[str, Any]


class Missing(Exception):
    """The definitions are not compiled: `make setup` brings them."""


class Path(msgspec.Struct, frozen=True):
    """Where a parameter's values stand, and the FHIR type of what stands there (CodeableConcept, Period, ...)."""

    path: list[Step]
    type: str


class Component(msgspec.Struct, frozen=True):
    """One part of a composite: `code` is the parameter it is like; `paths` begin at the composite's owner."""

    code: str
    kind: Kind
    paths: list[Path]
    targets: list[str] = []


class Parameter(msgspec.Struct, frozen=True):
    """One search parameter of one type.

    `definition`: its canonical URL. `targets` (references): the types pointed to, `["Resource"]` for any. `of` and
    `components` (composites): the owners, and what is read from each.
    """

    kind: Kind
    definition: str
    paths: list[Path] = []
    targets: list[str] = []
    of: list[Path] = []
    components: list[Component] = []


class Members(msgspec.Struct, frozen=True):
    """Members of a type that `_summary=true` keeps, and those that no choice of `_elements` may leave out."""

    summary: list[str]
    mandatory: list[str]


class Search(msgspec.Struct, frozen=True):
    """What searching knows of R4.

    `parameters`: {type: {code: parameter}}, without `_id` and `_lastUpdated`, which are the record's own columns.
    `compartment`: {"Patient": {type: [codes that lead to the patient]}}; no code: the resource is the owner itself.
    """

    types: list[str]
    parameters: dict[str, dict[str, Parameter]]
    compartment: dict[str, dict[str, list[str]]]
    members: dict[str, Members]


@cache
def search() -> Search:
    """The search half of the definitions, read once; raises Missing."""
    return msgspec.json.decode(compiled("search.json"), type=Search)


def compiled(name: str) -> bytes:
    """One compiled file, which is data of this package; raises Missing."""
    try:
        return files(__package__).joinpath("compiled", name).read_bytes()
    except FileNotFoundError as lacking:
        raise Missing(f"FHIR's definitions are not there ({name}): run `make setup`") from lacking
