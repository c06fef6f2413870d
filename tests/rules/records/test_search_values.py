"""How the values of a search are read: escapes, prefixes, precision; and what is refused, with its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yuanzhen.data.records.search.criteria import condition
from yuanzhen.data.records.search.query import MOST, understood
from yuanzhen.data.records.search.statement import MOST_VALUES, Statement
from yuanzhen.data.records.search.values import counted, dated, parts, plainly
from yuanzhen.infrastructure.errors import Forbidden, Invalid

NOW = datetime(2026, 3, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "mark", "found"),
    [
        ("a,b", ",", ["a", "b"]),
        (r"a\,b,c", ",", [r"a\,b", "c"]),
        (r"a\\,b", ",", [r"a\\", "b"]),  # the backslash itself was escaped
        ("a|b|c", "|", ["a", "b", "c"]),
        (r"a\|b|c", "|", [r"a\|b", "c"]),
        ("a$b", "$", ["a", "b"]),
        ("", ",", [""]),
        ("a\\", ",", ["a\\"]),
    ],
)
def test_a_value_is_parted_where_its_marks_are_not_escaped(value: str, mark: str, found: list[str]) -> None:
    assert parts(value, mark) == found


@pytest.mark.parametrize(
    ("value", "plain"), [(r"a\,b", "a,b"), (r"\|\$", "|$"), (r"a\\b", "a\\b"), (r"\\\,", "\\,"), ("a", "a")]
)
def test_escapes_are_taken_away(value: str, plain: str) -> None:
    assert plainly(value, "x") == plain


@pytest.mark.parametrize("value", [r"\a", "a\\", r"\\\x"])
def test_an_escape_of_nothing_is_refused(value: str) -> None:
    with pytest.raises(Invalid, match=r"fhir\.bad_escape at x"):
        plainly(value, "x")


@pytest.mark.parametrize(
    ("value", "low", "high"),  # R4 3.1.1.4.6
    [
        ("100", 99.5, 100.5),
        ("100.00", 99.995, 100.005),
        ("1e2", 50, 150),
        ("5.4", 5.35, 5.45),
        ("-5.4", -5.45, -5.35),
        ("0", -0.5, 0.5),
        ("ap100", 90, 110),
        ("ap1", 0.5, 1.5),  # its own digits leave more open than a tenth
    ],
)
def test_a_number_is_as_precise_as_it_is_written(value: str, low: float, high: float) -> None:
    asked = counted(value, "x")
    assert (asked.low, asked.high) == (low, high)


@pytest.mark.parametrize("value", ["", "x", "1,0", "NaN", "Infinity", "1e9999", "--1", "１", "0x1", "1_0", "1" * 41])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(Invalid, match=r"fhir\.bad_number at x"):
        counted(value, "x")


def test_approximately_is_a_tenth_of_the_time_since() -> None:
    exactly, about = dated("2026-03-08T00:00:00Z", "x", NOW), dated("ap2026-03-08T00:00:00Z", "x", NOW)
    day = 24 * 3600 * 1_000_000
    assert (exactly.starts - about.starts, about.ends - exactly.ends) == (day, day)


# name, value, code, place
REFUSED: list[tuple[str, str, str, str]] = [
    ("_count", "x", "fhir.bad_count", "_count"),
    ("_count", "-1", "fhir.bad_count", "_count"),
    ("_count", "９", "fhir.bad_count", "_count"),
    ("_count", "1" * 10, "fhir.bad_count", "_count"),
    ("_count:x", "1", "fhir.unknown_modifier", "_count:x"),
    ("", "x", "fhir.unknown_parameter", ""),
    ("phones", "x", "fhir.unknown_parameter", "phones"),
    ("phones.name", "x", "fhir.unknown_parameter", "phones.name"),
    ("birthdate", "2026-02-30", "fhir.not_a_date", "birthdate"),
    ("birthdate", "xx2026", "fhir.not_a_date", "birthdate"),
    ("birthdate", "", "fhir.bad_value", "birthdate"),
    ("birthdate", ",", "fhir.bad_value", "birthdate"),
    ("birthdate:not", "2026", "fhir.unknown_modifier", "birthdate:not"),
    ("birthdate:missing", "yes", "fhir.bad_value", "birthdate:missing"),
    ("_id:missing", "true", "fhir.unknown_modifier", "_id:missing"),
    ("_id:x", "1", "fhir.unknown_modifier", "_id:x"),
    ("_lastUpdated", "x", "fhir.not_a_date", "_lastUpdated"),
    ("gender:in", "urn:x", "fhir.unknown_modifier", "gender:in"),
    ("gender:above", "x", "fhir.unknown_modifier", "gender:above"),
    ("gender:of-type", "a|b|c", "fhir.unknown_modifier", "gender:of-type"),
    ("gender", "a|b|c", "fhir.bad_value", "gender"),
    ("gender", "|", "fhir.bad_value", "gender"),
    ("identifier:of-type", "a|b", "fhir.bad_value", "identifier:of-type"),
    ("name:text", "x", "fhir.unknown_modifier", "name:text"),
    ("name", "\\x", "fhir.bad_escape", "name"),
    ("organization:Patient", "x", "fhir.unknown_modifier", "organization:Patient"),
    ("organization:Nothing", "x", "fhir.unknown_modifier", "organization:Nothing"),
    ("organization.phones", "x", "fhir.bad_chain", "organization.phones"),
    ("organization:Patient.name", "x", "fhir.bad_chain", "organization:Patient.name"),
    ("name.family", "x", "fhir.bad_chain", "name.family"),
    ("_has:Observation:patient", "x", "fhir.bad_chain", "_has:Observation:patient"),
    ("_has:Observation:code:code", "x", "fhir.bad_chain", "_has:Observation:code:code"),
    ("_has:Observation:device:code", "x", "fhir.bad_chain", "_has:Observation:device:code"),  # leads to no Patient
    ("_has:AuditEvent:patient:type", "x", "fhir.bad_chain", "_has:AuditEvent:patient:type"),
    ("_has:Observation:patient:phones", "x", "fhir.unknown_parameter", "phones"),
    ("_sort", "phones", "fhir.not_sortable", "_sort"),
    ("_sort", "name,,", "fhir.not_sortable", "_sort"),
    ("_sort", "name,name,name,name,name,name", "fhir.search_too_wide", "_sort"),
    ("_include", "Patient:name", "fhir.bad_include", "_include"),
    ("_include", "Observation:subject", "fhir.bad_include", "_include"),  # comes from no Patient, but by :iterate
    ("_include", "Patient:organization:Nothing", "fhir.bad_include", "_include"),
    ("_include", "x", "fhir.bad_include", "_include"),
    ("_include:x", "Patient:organization", "fhir.unknown_modifier", "_include:x"),
    ("_revinclude", "*", "fhir.bad_include", "_revinclude"),
    ("_revinclude", "AuditEvent:patient", "fhir.bad_include", "_revinclude"),
    ("_total", "many", "fhir.bad_value", "_total"),
    ("_summary", "x", "fhir.bad_value", "_summary"),
    ("_elements", "a b", "fhir.bad_value", "_elements"),
    ("name", ",".join("x" * (MOST_VALUES + 1)), "fhir.search_too_wide", "name"),
]


@pytest.mark.parametrize(("name", "value", "code", "place"), REFUSED)
def test_what_is_not_understood_is_refused_with_its_place(name: str, value: str, code: str, place: str) -> None:
    with pytest.raises(Invalid) as problem:
        written(name, value)
    assert (problem.value.code, problem.value.place) == (code, place)


def test_a_chain_has_an_end() -> None:
    with pytest.raises(Invalid, match=r"fhir\.search_too_wide"):
        written("organization" + ".partof" * 5 + ".name", "x")


@pytest.mark.parametrize("name", ["organization.name", "_has:Observation:patient:code", "general-practitioner.name"])
def test_no_chain_reaches_beyond_the_scopes(name: str) -> None:
    s = Statement(now=NOW, readable=lambda type: type == "Patient")
    with pytest.raises(Forbidden, match=r"fhir\.scope"):
        condition(s, "Patient", name, "x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (name, "o'x")
            for name in ("name", "name:exact", "name:contains", "gender", "organization", "_id", "_source")
        ),
        *((name, "o'x") for name in ("organization.name", "organization:identifier", "_has:Observation:patient:code")),
        ("identifier:of-type", "o'x|o'x|o'x"),
    ],
)
def test_no_value_becomes_part_of_the_statement(name: str, value: str) -> None:
    text, s = written(name, value)
    assert "o'x" not in text
    assert any("o'x" in str(one) for one in s.args)


def test_without_strictness_what_is_unknown_is_left_out_and_told() -> None:
    asked = understood("Patient", [("phones", "1"), ("name", "x"), ("_sort", "name")], strict=False)
    assert (asked.ignored, asked.criteria, asked.used) == (
        ["phones"], [("name", "x")], [("name", "x"), ("_sort", "name")],
    )  # fmt: skip


def test_no_page_is_longer_than_the_longest() -> None:
    assert understood("Patient", [("_count", "100000")]).count == MOST


def written(name: str, value: str) -> tuple[str, Statement]:
    s = Statement(now=NOW, readable=lambda _: True)
    asked = understood("Patient", [(name, value)])
    return " AND ".join(condition(s, "Patient", *one) for one in asked.criteria), s
