"""Whatever a FHIR client sends is understood or refused: bodies, queries, conditions, patches, entries of Bundles."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.make import whole_patients
from tests.make.anything import changed, each, most_bytes, tried
from yuanzhen.data.exchange.fhir import text
from yuanzhen.data.records import asked, bundle, conditional, index, judging, model, patch
from yuanzhen.data.records.asked import Form
from yuanzhen.data.records.search.query import understood
from yuanzhen.data.records.search.source import source
from yuanzhen.data.records.search.statement import Statement
from yuanzhen.infrastructure.errors import Problem

NOW = datetime(2026, 3, 18, tzinfo=UTC)
FORM = Form()
ENTRIES = whole_patients.bundle(1)["entry"]
KINDS = ("Patient", "Observation", "Claim", "Encounter", "MedicationRequest")
RESOURCES = [next(one["resource"] for one in ENTRIES if one["resource"]["resourceType"] == kind) for kind in KINDS]
BODIES = [json.dumps(one, ensure_ascii=False).encode() for one in RESOURCES]
BUNDLE = {"resourceType": "Bundle", "type": "transaction", "entry": [*ENTRIES[:3], ENTRIES[-1]]}
LETTERS = b'{}[]":,\\u0123456789eE.-tfn \t\r\n\0\xff\xed\xa0'
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
PATHS = st.text("/~01-abcnametext ", max_size=14) | st.sampled_from(
    ["", "/", "/name/0/given/-", "/name/-", "/id", "/meta"]
)
QUERY = st.text("abc=&;%+0123456789:.|,$\\_-éÿ\0FfCc", max_size=60)
NAMES = st.sampled_from(
    ["name", "birthdate", "_id", "_has:Observation:patient:code", "_sort", "identifier", "general-practitioner.name"]
)


@tried
def test_any_body_is_a_resource_that_can_be_stored_and_found_or_refused(many: int) -> None:
    def read(body: bytes) -> None:
        resource = judging._read(body, "", "http://h/fhir/R4")
        resource["id"] = "x"
        model.draft(resource, institution="house", source="").stored(1, NOW).resource()
        index.rows(resource)

    each(changed(BODIES, LETTERS), many // 2, read)


@tried
def test_any_bundle_has_entries_or_is_refused(many: int) -> None:
    def read(body: bytes) -> None:
        sent = judging._read_bundle(body, "http://h/fhir/R4")
        for number, one in enumerate(sent.get("entry", [])):
            entry = bundle.entry(number, one, FORM)
            for spot in bundle.spots(entry):
                bundle.conditional(spot)
                bundle.resolved(spot, entry, {"urn:uuid:x": "Patient/1"})

    each(changed([json.dumps(BUNDLE, ensure_ascii=False).encode()], LETTERS), many // 4, read)


@tried
def test_any_query_is_a_search_or_refused(many: int) -> None:
    def read(query: str) -> None:
        pairs = asked.pairs(query)
        s = Statement(now=NOW, readable=lambda _: True)
        for in_order in (True, False):
            found = understood("Patient", asked.without_form(pairs))
            assert "DROP" not in " ".join(source(s, "Patient", found.criteria, in_order=in_order).conditions)
        conditional.criteria(query, "request.url")

    each(QUERY | st.builds("{}={}".format, NAMES, QUERY), many, read)


@tried
def test_any_headers_are_conditions_and_a_form_or_refused(many: int) -> None:
    words = st.text('W/"0123456789*,;= return=minimal application/fhir+json GMT', max_size=40)
    names = ["if-match", "if-none-match", "if-modified-since", "if-none-exist", "accept", "prefer"]

    def read(headers: dict[str, str]) -> None:
        asked.conditions(headers)
        asked.form(headers, ())

    each(st.dictionaries(st.sampled_from(names), words, max_size=3), many, read)


@tried
def test_any_patch_is_done_or_refused_and_what_it_is_done_to_stays(many: int) -> None:
    operation = st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "x"]) | LEAF, "path": PATHS | LEAF},
        optional={"value": LEAF | st.lists(LEAF, max_size=2) | st.dictionaries(st.text(max_size=3), LEAF, max_size=2),
                  "from": PATHS | LEAF},
    )  # fmt: skip

    def read(changes: list[dict[str, Any]]) -> None:
        before = copy.deepcopy(RESOURCES[0])
        try:
            patch.applied(RESOURCES[0], patch.operations(json.dumps(changes).encode()))
        finally:
            assert RESOURCES[0] == before

    each(st.lists(operation, max_size=4), many, read)


@pytest.mark.parametrize("letters", ["[", '{"a":', "[1,", '["",', '{"extension":['])
def test_a_body_of_one_thing_again_and_again_costs_no_more_than_its_size(letters: str) -> None:
    body = letters.encode() * (200_000 // len(letters))
    assert most_bytes(lambda: text.parse(body)) < 200 * len(body)


def test_a_query_of_too_many_parameters_is_refused() -> None:
    with pytest.raises(Problem, match="bad_query"):
        asked.pairs("a=1&" * 100_000)
