"""R4's StructureDefinitions as a table of elements, for the compilers of this folder: which types stand at a path.

The package adds elements of later releases to some types; the published JSON schema tells which are R4's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STRUCTURES = ("profiles-types.json", "profiles-resources.json")
CANONICAL = "http://hl7.org/fhir/StructureDefinition/"
NOT_R4 = {"SubscriptionStatus"}  # a later draft that the package adds
INLINE = {"BackboneElement", "Element"}  # their members stand in the same structure
FHIR_TYPE = f"{CANONICAL}structuredefinition-fhir-type"

Json = dict[str, Any]


@dataclass(frozen=True)
class Element:
    """One line of a snapshot: `path` without `[x]`; `types`: FHIR types in order; `targets`: those of references."""

    path: str
    types: tuple[str, ...]
    targets: frozenset[str]
    least: int
    many: bool
    choice: bool
    in_summary: bool
    like: str | None  # the path whose members it shares (contentReference)

    @property
    def name(self) -> str:
        """The member's name; of a choice, what its JSON names begin with."""
        return self.path.rpartition(".")[2]

    def json_names(self) -> Iterator[tuple[str, str]]:
        """(JSON name, FHIR type) for each type it may have: ("valueQuantity", "Quantity")."""
        for type_ in self.types:
            yield (f"{self.name}{type_[0].upper()}{type_[1:]}" if self.choice else self.name), type_


@dataclass(frozen=True)
class Structure:
    """One type: its kind (resource, complex-type, primitive-type), whether it is abstract, its elements by path."""

    name: str
    kind: str
    abstract: bool
    elements: dict[str, Element]


class Structures:
    """All types of R4 by name; `schema_names`: what the published schema calls the element at a path."""

    def __init__(self, structures: Iterable[Structure], published: Json) -> None:
        self.by_name = {structure.name: structure for structure in structures}
        self.schema_names: dict[str, str] = {}
        for name in self.by_name.keys() & published.keys():
            self._compare(name, name, published)

    def _compare(self, path: str, schema_name: str, published: Json) -> None:
        """Drops the members of a path that the schema lacks, and goes on into those it has."""
        if path in self.schema_names or "properties" not in published[schema_name]:
            return
        self.schema_names[path] = schema_name
        properties = published[schema_name]["properties"]
        for element in self.members(path):
            there = [(properties[json], type_) for json, type_ in element.json_names() if json in properties]
            if not there:
                del self.by_name[path.split(".")[0]].elements[element.path]
            for given, type_ in there:
                below = self.below(element, type_)
                if below not in self.by_name:
                    self._compare(below, referred(given), published)

    def resources(self) -> list[str]:
        """The names of the types that a server can hold, in alphabetical order."""
        return sorted(s.name for s in self.by_name.values() if s.kind == "resource" and not s.abstract)

    def members(self, path: str) -> list[Element]:
        """The elements directly below a path ("Observation", "Observation.component"), in their order."""
        own = self.by_name[path.split(".")[0]].elements
        depth = path.count(".") + 1
        return [e for p, e in own.items() if p.startswith(f"{path}.") and p.count(".") == depth]

    def below(self, element: Element, type_: str) -> str:
        """The path under which the members of an element of that type stand."""
        if element.like is not None:
            return element.like
        return element.path if type_ in INLINE else type_

    def is_resource(self, name: str | None) -> bool:
        """Whether it is the name of a resource type, abstract ones too."""
        return name is not None and name in self.by_name and self.by_name[name].kind == "resource"


def read(folder: Path, published: Json) -> Structures:
    """The structures of the files in `folder`, without profiles and logical models; `published`: R4's JSON schema."""
    return Structures((_structure(definition) for definition in _definitions(folder)), published)


def referred(given: Json) -> str:
    """The definition that a property of the schema, or each item of it, refers to."""
    return str(given.get("items", given)["$ref"]).rpartition("/")[2]


def _definitions(folder: Path) -> Iterator[Json]:
    for name in STRUCTURES:
        for entry in json.loads((folder / name).read_text(encoding="utf-8"))["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] != "StructureDefinition" or resource["kind"] == "logical":
                continue
            if resource.get("derivation") != "constraint" and resource["id"] not in NOT_R4:
                yield resource


def _structure(definition: Json) -> Structure:
    elements = (_element(line) for line in definition["snapshot"]["element"])
    return Structure(
        name=definition["id"],
        kind=definition["kind"],
        abstract=definition["abstract"],
        elements={element.path: element for element in elements},
    )


def _element(line: Json) -> Element:
    types = line.get("type", ())
    return Element(
        path=line["path"].removesuffix("[x]"),
        types=tuple(_type(each) for each in types) or ("BackboneElement",),
        targets=frozenset(t.removeprefix(CANONICAL) for each in types for t in each.get("targetProfile", ())),
        least=line["min"],
        many=line["max"] == "*",
        choice=line["path"].endswith("[x]"),
        in_summary=line.get("isSummary", False),
        like=line["contentReference"].removeprefix("#") if "contentReference" in line else None,
    )


def _type(each: Json) -> str:
    """The FHIR type; ids and values of primitives are given as types of FHIRPath, with FHIR's name beside."""
    named = (extension["valueUrl"] for extension in each.get("extension", ()) if extension["url"] == FHIR_TYPE)
    return str(next(named, each["code"]))
