"""Canonical JSON: RFC 8785's rules for names and strings, and decimals as they were written."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.infrastructure.errors import Invalid, Malformed
from yuanzhen.security.keys.canonical import canonical, canonical_json

# RFC 8785 3.2.2 and 3.2.3, its strings and literals
RFC_STRING = r'{"string":"\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}'
RFC_STRING_CANONICAL = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
RFC_NAMES = r"""{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
  "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"""
RFC_ORDER = ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
             "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh"]  # fmt: skip


def test_strings_and_literals_are_written_as_in_rfc_8785() -> None:
    assert canonical_json(RFC_STRING).decode() == RFC_STRING_CANONICAL


def test_names_stand_in_the_order_of_rfc_8785() -> None:
    assert list(json.loads(canonical_json(RFC_NAMES)).values()) == RFC_ORDER


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1.50", "1.50"), ("1.5", "1.5"), ("0.10", "0.10"), ("-0", "0"), ("-0.0", "-0.0"), ("1e2", "1E+2"),
     ("1E+2", "1E+2"), ("123456789012345678901234567890",) * 2, ("0.1000000000000000055511151231257827",) * 2,
     ("333333333.33333329",) * 2, ("1", "1")],
)  # fmt: skip
def test_a_number_keeps_the_digits_that_were_written(written: str, kept: str) -> None:
    assert canonical_json(f'{{"valueDecimal": {written} }}') == f'{{"valueDecimal":{kept}}}'.encode()


def test_white_space_and_the_order_of_names_make_no_difference() -> None:
    assert canonical_json('{ "b" : [ 1 , 2 ],\n "a" : {} }') == b'{"a":{},"b":[1,2]}'


def test_the_order_of_a_list_does() -> None:
    assert canonical([1, 2]) != canonical([2, 1])


def test_text_is_kept_as_it_is_not_normalised() -> None:
    assert canonical("\u00e9") != canonical("e\u0301")


def test_a_document_and_its_text_have_the_same_bytes() -> None:
    assert canonical({"v": Decimal("1.50"), "n": [None, True]}) == canonical_json('{"n": [null, true], "v": 1.50}')


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', "NaN", "[Infinity]", "{", "", b"\xff", "[" * 100_000, "1" * 5000])
def test_what_two_readers_could_read_differently_is_refused(text: str | bytes) -> None:
    with pytest.raises(Malformed):
        canonical_json(text)


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [({"a": [0, 1.5]}, "canonical.type", "$.a[1]"), ({1: 2}, "canonical.name", "$"), (b"x", "canonical.type", "$"),
     ({"a": Decimal("NaN")}, "canonical.number", "$.a"), ("\ud800", "canonical.text", None)],
)  # fmt: skip
def test_what_has_no_written_form_is_refused_with_its_place(value: object, code: str, place: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        canonical(value)
    assert (refused.value.code, refused.value.place) == (code, place)


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)  # fmt: skip


@given(DOCUMENTS)
@pytest.mark.slow
def test_canonical_bytes_are_json_and_canonical_again(document: object) -> None:
    once = canonical(document)
    assert canonical_json(once) == once
