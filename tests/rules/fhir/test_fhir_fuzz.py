"""Whatever comes, reading and judging a resource end in an answer: problems with a place, never a crash."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanzhen.data.exchange.fhir import definitions, validate
from yuanzhen.data.exchange.fhir.paths import follower
from yuanzhen.data.exchange.fhir.text import parse, written
from yuanzhen.infrastructure.errors import Problem

pytestmark = pytest.mark.long

GOOD: dict[str, Any] = {
    "resourceType": "Observation",
    "contained": [
        {"resourceType": "Patient", "id": "p", "name": [{"given": ["a", "b"], "_given": [None, {"id": "x"}]}]}
    ],
    "extension": [{"url": "urn:x", "valueDecimal": Decimal("1.50")}],
    "status": "final",
    "code": {"coding": [{"system": "urn:s", "code": "c"}], "text": "体温"},
    "subject": {"reference": "#p"},
    "effectivePeriod": {"start": "2024-02-29", "end": "2024-03-01T10:00:00Z"},
    "valueQuantity": {"value": Decimal("37.20"), "unit": "Cel"},
    "component": [{"code": {"text": "x"}, "valueInteger": 3}],
}
NAMES = ["resourceType", "contained", "extension", "valueString", "_given", "value", "id", "status", "url", "\0", ""]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "2024-02-30", "Patient", "Bundle", "\0"])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner),
    max_leaves=12,
)


@settings(max_examples=1000, deadline=None)
@given(TREES)
def test_any_tree_is_judged(tree):
    for problem in validate.problems_of(tree):
        assert problem.code.startswith("fhir.")


@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_a_resource_with_one_thing_changed_is_judged(data):
    resource = copy.deepcopy(GOOD)
    node: Any = resource
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        if not node[key] or not isinstance(node[key], dict | list) or data.draw(st.booleans()):
            break
        node = node[key]
    node[key] = data.draw(TREES)
    problems = validate.problems_of(resource)
    assert all(problem.place is not None for problem in problems)
    if not problems:
        text = written(resource)
        assert json.loads(written(parse(text))) == json.loads(text)
        for parameter in definitions.search().parameters[resource["resourceType"]].values():
            for path in parameter.paths:
                follower(path.path)(resource, resource)


@settings(max_examples=1000, deadline=None)
@given(st.binary(max_size=64) | st.text(max_size=64).map(str.encode))
def test_any_bytes_are_read_or_refused(data):
    try:
        parse(data)
    except Problem as refused:
        assert refused.status == 400


SPELLED = ['"a"', '"b" ', r'"\u0061"', '"c"', r'"\":"']  # names as they stand in the bytes: the third is the first
JSON_TEXT = st.recursive(
    st.sampled_from(["1", "1.50", "null", '"a"', r'"\u0022:"', r'"\"\u003a"', '" : "', "[]", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.lists(st.tuples(st.sampled_from(SPELLED), inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f"{name}:{value}" for name, value in pairs) + "}"
        )
    ),
    max_leaves=10,
)


class Twice(Exception):
    """A name stands twice."""


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise Twice
    return dict(pairs)


@settings(max_examples=2000, deadline=None)
@given(JSON_TEXT)
def test_a_name_that_stands_twice_is_found_wherever_it_stands(text):
    whole = f'{{"x":{text}}}'
    try:
        json.loads(whole, object_pairs_hook=once)
    except Twice:
        with pytest.raises(Problem) as refused:
            parse(whole.encode())
        assert refused.value.code == "fhir.name_twice"
    else:
        assert parse(whole.encode())
