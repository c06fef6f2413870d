"""R4's search parameters, compiled from FHIRPath to lists of steps that need no FHIRPath to be followed.

What a step is stands in `yuanzhen.data.exchange.fhir.definitions`, which reads the outcome.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scripts.setup.fhir.structures import INLINE, Element, Structures

PARAMETERS = "search-parameters.json"
APART = {"_id", "_lastUpdated"}  # columns of the record itself
ANY = "Resource"

# Patient.deceased, the one expression that is not a path: alive is an answer too.
DECEASED = "Patient.deceased.exists() and Patient.deceased != false"
DECEASED_PATH = {"path": [{"exists": ["deceasedBoolean", "deceasedDateTime"]}], "type": "boolean"}

# A slip of R4: this composite reads the relation from the target and the target from the code.
SWAPPED = "http://hl7.org/fhir/SearchParameter/DocumentReference-relationship"

# What choices allow and no search of that kind can compare.
UNFIT = {
    ("date", "Age"),
    ("date", "Range"),
    ("date", "string"),
    ("reference", "Attachment"),
    ("token", "Quantity"),
    ("token", "Range"),
    ("token", "Reference"),
}

STEP = re.compile(
    r"\.?(?:where\((?P<member>\w+)='(?P<value>[^']*)'\)"
    r"|where\(resolve\(\) is (?P<target>\w+)\)"
    r"|ofType\((?P<type>\w+)\)"
    r"|\[(?P<index>\d+)\]"
    r"|(?P<root>%resource)"
    r"|(?P<name>\w+))"
)

Json = dict[str, Any]


class NotCompiled(Exception):
    """An expression that cannot be said in steps; the text says why."""


@dataclass(frozen=True)
class Branch:
    """Where one reading of an expression has come to: `below` is the path whose members come next."""

    steps: tuple[Any, ...]
    type: str
    below: str
    targets: frozenset[str] = frozenset()

    def written(self) -> Json:
        """As the outcome holds it."""
        return {"path": list(self.steps), "type": self.type}


def compiled(folder: Path, structures: Structures) -> tuple[dict[str, dict[str, Json]], list[tuple[str, str, str]]]:
    """({type: {code: parameter}}, [(type, code, why not)])."""
    entries = json.loads((folder / PARAMETERS).read_text(encoding="utf-8"))["entry"]
    official = [entry["resource"] for entry in entries]
    kinds = {parameter["url"]: parameter for parameter in official}
    parameters: dict[str, dict[str, Json]] = {name: {} for name in structures.resources()}
    lacking: list[tuple[str, str, str]] = []
    for parameter in official:
        for base in parameter["base"]:
            if parameter["code"] in APART:
                continue
            try:
                made = Compiler(structures, kinds, base).parameter(parameter)
            except NotCompiled as why:
                lacking.append((base, parameter["code"], str(why)))
                continue
            for name in structures.resources() if base == ANY else [base]:
                parameters[name][parameter["code"]] = made
    return {name: dict(sorted(own.items())) for name, own in parameters.items()}, lacking


@dataclass(frozen=True)
class Compiler:
    """Compiles the parameters of one type."""

    structures: Structures
    official: dict[str, Json]
    base: str

    def parameter(self, parameter: Json) -> Json:
        """One parameter as the outcome holds it."""
        made: Json = {"kind": parameter["type"], "definition": parameter["url"]}
        branches = self.expression(parameter.get("expression", ""), Branch((), self.base, self.base))
        if parameter["type"] == "composite":
            made["of"] = [branch.written() for branch in branches]
            made["components"] = [self._component(component, branches) for component in _components(parameter)]
            return made
        made["paths"] = _written(parameter["type"], branches)
        if parameter["type"] == "reference":
            made["targets"] = self._targets(parameter, branches)
        return made

    def _component(self, component: Json, owners: list[Branch]) -> Json:
        """A component is read from each of its owners; it must be found in the same way in all of them."""
        whole = self.official[component["definition"]]
        readings = [self.expression(component["expression"], Branch((), o.type, o.below)) for o in owners]
        written = [_written(whole["type"], branches) for branches in readings]
        if any(other != written[0] for other in written):
            raise NotCompiled("its owners hold the components differently")
        made: Json = {"code": whole["code"], "kind": whole["type"], "paths": written[0]}
        if whole["type"] == "reference":
            made["targets"] = self._targets(whole, readings[0])
        return made

    def _targets(self, parameter: Json, branches: list[Branch]) -> list[str]:
        """What the parameter's references may point to: what it says, less what its elements cannot hold."""
        said = frozenset(parameter.get("target", ())) or frozenset(self.structures.resources())
        held = frozenset().union(*(branch.targets for branch in branches))
        both = said if ANY in held or not held & said else held & said
        return [ANY] if len(both) >= len(self.structures.resources()) - 1 else sorted(both)

    def expression(self, text: str, start: Branch) -> list[Branch]:
        """The branches of those alternatives that speak of `start`; absolute ones begin with the type's name."""
        if text == DECEASED:
            return [Branch(tuple(DECEASED_PATH["path"]), "boolean", "boolean")]
        if not text:
            raise NotCompiled("it has no expression")
        found = [branch for alternative in text.split("|") for branch in self._alternative(alternative.strip(), start)]
        if not found:
            raise NotCompiled("it says nothing of this type")
        return found

    def _alternative(self, text: str, start: Branch) -> list[Branch]:
        steps = list(_steps(re.sub(r"^\((.*)\)(.*)$", r"\1\2", text)))
        first = steps[0].get("name") if steps else None
        if self.structures.is_resource(first):
            if first != self.base:
                return []
            steps = steps[1:]
            start = Branch((), start.type, self.base)
        branches = [start]
        for step in steps:
            branches = [taken for branch in branches for taken in self._take(branch, step)]
        return branches

    def _take(self, branch: Branch, step: dict[str, str]) -> list[Branch]:
        (kind, value), *_ = step.items()
        if kind == "name":
            return self._member(branch, value)
        if kind == "type":
            # One of the composites writes DateTime.
            return [branch] if branch.type.lower() == value.lower() else []
        if kind == "target":
            return [replace(branch, steps=(*branch.steps, {"target": value}), targets=branch.targets & {value})]
        if kind == "root":
            return [replace(branch, steps=(*branch.steps, {"root": True}), below=self.base)]
        added = {"where": [value, step["value"]]} if kind == "member" else {"index": int(value)}
        return [replace(branch, steps=(*branch.steps, added))]

    def _member(self, branch: Branch, name: str) -> list[Branch]:
        for element in self.structures.members(branch.below):
            if element.name == name:
                return [self._into(branch, element, *named) for named in element.json_names()]
        raise NotCompiled(f"{branch.below} has no {name}")

    def _into(self, branch: Branch, element: Element, name: str, type_: str) -> Branch:
        below = self.structures.below(element, type_)
        return Branch((*branch.steps, name), "BackboneElement" if type_ in INLINE else type_, below, element.targets)


def compartments(folder: Path, structures: Structures) -> dict[str, dict[str, list[str]]]:
    """{compartment: {type: [codes of the parameters that lead to its owner]}}; an owner in its own has no code."""
    made: dict[str, dict[str, list[str]]] = {}
    for definition in _compartments(folder):
        made[definition["code"]] = {
            line["code"]: [code for code in line["param"] if code != "{def}"]
            for line in definition["resource"]
            if "param" in line
        }
    for owner, types in made.items():
        types.setdefault(owner, [])
    return dict(sorted(made.items()))


def _compartments(folder: Path) -> Iterator[Json]:
    for entry in json.loads((folder / "profiles-resources.json").read_text(encoding="utf-8"))["entry"]:
        if entry["resource"]["resourceType"] == "CompartmentDefinition":
            yield entry["resource"]


def overview(structures: Structures) -> dict[str, dict[str, list[str]]]:
    """{type: {"summary": [...], "mandatory": [...]}}: the members that `_summary` and `_elements` keep."""
    return {
        name: {
            "summary": [json for e in structures.members(name) if e.in_summary for json, _ in e.json_names()],
            "mandatory": [json for e in structures.members(name) if e.least for json, _ in e.json_names()],
        }
        for name in structures.resources()
    }


def _components(parameter: Json) -> list[Json]:
    components: list[Json] = parameter["component"]
    if parameter["url"] != SWAPPED:
        return components
    first, second = components
    return [{**first, "expression": second["expression"]}, {**second, "expression": first["expression"]}]


def _written(kind: str, branches: Iterable[Branch]) -> list[Json]:
    """Each path once (some parameters name one twice), without those that hold no value of that kind."""
    written: list[Json] = []
    for branch in branches:
        if (kind, branch.type) not in UNFIT and branch.written() not in written:
            written.append(branch.written())
    return written


def _steps(text: str) -> Iterator[dict[str, str]]:
    """The named parts of each step; raises NotCompiled at what is none."""
    at = 0
    while at < len(text):
        found = STEP.match(text, at)
        if found is None:
            raise NotCompiled(f"no step: {text[at:]}")
        yield {name: part for name, part in found.groupdict().items() if part is not None}
        at = found.end()
