"""Resources that nobody here wrote: what R4 allows passes, what it excludes is refused with its place."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.wire.fhir import published
from yuanzhen.data.exchange.fhir import validate
from yuanzhen.data.exchange.fhir.text import parse, written
from yuanzhen.infrastructure.errors import Problem

# How many of each corpus we refuse though the published schema, laxer than R4, accepts them; they may only become less.
REFUSED_AT_MOST = {
    "fhir-test-cases-r4": 2,  # no Bundle.type; no Questionnaire.item.linkId
    "ms-fhir-server-testfiles": 3,  # an empty list; no linkId, twice
    "r4-examples": 1,  # no linkId
    "synthea-r4-bundles": 0,
    "testscripts-testscript-engine": 1,  # no TestScript...assert.warningOnly
}

# Corpora are also of what is broken on purpose, of earlier releases, or no resource at all.
REFUSED_BY_BOTH_AT_MOST = {
    "fhir-test-cases-r4": 4,
    "ms-fhir-server-testfiles": 24,
    "r4-examples": 0,
    "synthea-r4-bundles": 0,
    "testscripts-testscript-engine": 15,
}


def texts(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(name, JSON) of each resource in the folder's files."""
    for path in sorted(folder.rglob("*.json*")) + sorted(folder.rglob("*.ndjson")):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for line in data.splitlines() if path.suffix == ".ndjson" else [data]:
            if line.strip():
                yield path.name, line


def problem_of(data: bytes) -> Problem | None:
    """The first problem of a resource as it comes from the wire."""
    try:
        validate.check(parse(data))
    except Problem as problem:
        return problem
    return None


def accepted_as_published(data: bytes) -> bool:
    try:
        return published.accepts(json.loads(data.decode("utf-8-sig")))
    except ValueError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("corpus", sorted(REFUSED_AT_MOST))
def test_what_the_published_schema_accepts_passes(shared, corpus, capsys):
    refused: list[tuple[str, str]] = []
    refused_by_both: list[tuple[str, str]] = []
    accepted = laxer = 0
    for name, data in texts(shared / corpus):
        problem, as_published = problem_of(data), accepted_as_published(data)
        if problem is not None:
            (refused if as_published else refused_by_both).append((name, str(problem)))
        accepted += as_published
        laxer += problem is None and not as_published
    with capsys.disabled():
        sys.stdout.write(
            f"\n{corpus}: {accepted} accepted by the published schema, {len(refused)} of them refused here; "
            f"{laxer} accepted here alone; {len(refused_by_both)} refused by both\n"
        )
    assert accepted >= 30
    assert len(refused) <= REFUSED_AT_MOST[corpus], refused
    assert len(refused_by_both) <= REFUSED_BY_BOTH_AT_MOST[corpus], refused_by_both


def test_99_of_100_official_examples_pass(examples):
    passed = [problem_of(path.read_bytes()) is None for path in examples]
    assert sum(passed) >= 0.99 * len(passed)


def test_official_examples_come_back_as_they_were(examples):
    for path in examples:
        data = path.read_bytes()
        assert exactly(written(parse(data))) == exactly(data), path.name


def exactly(data: bytes) -> Any:
    """The tree with numbers as they are written: 1.50 is not 1.5."""
    return json.loads(data, parse_float=lambda text: ("decimal", text), parse_int=lambda text: ("integer", text))


def primitives(shared: Path, verdict: str) -> Iterator[tuple[str, str]]:
    """(type, JSON of the value) of the primitives that are valid, or are not."""
    for path in sorted((shared / "google-primitive-validation").glob(f"*.{verdict}.ndjson")):
        first, *rest = path.name.partition(".")[0].split("_")
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield first + "".join(word.capitalize() for word in rest), line


def problem_of_primitive(type_: str, value: str) -> Problem | None:
    member = f"value{type_[0].upper()}{type_[1:]}"
    return problem_of(f'{{"resourceType":"Parameters","parameter":[{{"name":"x","{member}":{value}}}]}}'.encode())


def test_every_primitive_that_r4_excludes_is_refused_with_its_place(shared, capsys):
    tried = 0
    for type_, value in primitives(shared, "invalid"):
        problem = problem_of_primitive(type_, value)
        assert problem is not None, (type_, value)
        if problem.code != "fhir.not_json":
            assert problem.place == f"Parameters.parameter[0].value{type_[0].upper()}{type_[1:]}", (type_, value)
        tried += 1
    with capsys.disabled():
        sys.stdout.write(f"\n{tried} primitives that R4 excludes: all refused, each with its place\n")
    assert tried > 60


def test_every_primitive_that_r4_allows_passes(shared):
    tried = 0
    for type_, value in primitives(shared, "valid"):
        if value == "null":  # how that set says absent; R4's JSON leaves the member out (2.6.2)
            continue
        assert problem_of_primitive(type_, value) is None, (type_, value)
        tried += 1
    assert tried > 30
