"""What a search finds a resource by: the span of a date, folded words, and the index rows of a resource."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from yuanzhen.data.exchange.fhir import definitions
from yuanzhen.data.records import index, parameters, terms
from yuanzhen.infrastructure.errors import Invalid


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "starts", "ends"),
    [
        ("2026", at(2026, 1, 1), at(2027, 1, 1)),
        ("2026-02", at(2026, 2, 1), at(2026, 3, 1)),
        ("2024-02", at(2024, 2, 1), at(2024, 3, 1)),
        ("2026-12", at(2026, 12, 1), at(2027, 1, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2026-12-31", at(2026, 12, 31), at(2027, 1, 1)),
        ("2026-03-18T09:30+08:00", at(2026, 3, 18, 1, 30), at(2026, 3, 18, 1, 31)),
        ("2026-03-18T09:30:05Z", at(2026, 3, 18, 9, 30, 5), at(2026, 3, 18, 9, 30, 6)),
        ("2026-03-18T23:59:59.999Z", at(2026, 3, 18, 23, 59, 59, 999000), at(2026, 3, 19)),
    ],
)
def test_a_date_covers_as_much_as_it_says(text: str, starts: datetime, ends: datetime) -> None:
    assert terms.span(text) == (starts, ends)


@pytest.mark.parametrize("text", ["2026-02-30", "2025-02-29", "2026-13", "26", "2026-1-1", "2026-03-18T25:00", "", "x"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"fhir\.not_a_date"):
        terms.span(text)


@pytest.mark.parametrize("text", ["9999", "9999-12", "9999-12-31", "9999-12-31T23:59:59Z", "0001", "0001-01-01"])
def test_the_ends_of_the_calendar_are_dates_or_refused_but_no_fault(text: str) -> None:
    try:
        starts, ends = terms.span(text)
    except Invalid:
        return
    assert starts <= ends


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),  # a leap second, which R4 allows
        ("2026-03-18T09:30:05.123456Z", "2026-03-18T17:30:05.123456+08:00"),
    ],
)
def test_two_ways_to_write_a_moment_begin_together(text: str, same: str) -> None:
    assert terms.reach(text)[0] == terms.reach(same)[0]


@pytest.mark.parametrize("text", ["0001", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_the_index_reaches_beyond_the_calendar(text: str) -> None:
    starts, ends = terms.reach(text)
    assert terms.EVER < starts < ends < terms.FOREVER


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("MÜLLER", "muller"),
        ("Müller", "muller"),
        ("１００％", "100%"),
        ("张伟", "张伟"),
        ("ẞ", "ss"),
        ("김", "김"),
        ("", ""),
    ],
)
def test_case_width_and_accents_make_no_difference(text: str, plain: str) -> None:
    assert terms.plain(text) == plain


def test_a_very_long_code_is_found_by_itself_alone() -> None:
    one, other = "x" * 1000 + "1", "x" * 1000 + "2"
    assert terms.short(one) != terms.short(other)
    assert len(terms.short(one)) < terms.LONGEST


def row(type: str, *steps: Any, beside: str = "") -> int:
    return parameters.number(type, steps, beside)


def test_one_row_is_written_for_a_place_and_not_for_each_parameter_that_reads_it() -> None:
    found = index.rows(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": "2026-03-18",
            "valueQuantity": {"value": Decimal("71.50"), "unit": "/min", "code": "{beats}/min", "system": "u"},
        }
    ).rows
    day = 24 * 3600 * 1_000_000
    assert sorted(found["token"], key=str) == sorted(
        [
            (row("Observation", "status"), 0, None, "final"),
            (row("Observation", "code"), 0, "http://loinc.org", "8867-4"),
        ],
        key=str,
    )
    assert found["word"] == [(row("Observation", "code", beside=":text"), 0, "heart rate", None, "Heart rate")]
    assert found["link"] == [(row("Observation", "subject"), 0, "Patient", "p")]  # for subject, for patient
    starts = terms.micros(datetime(2026, 3, 18, tzinfo=UTC))
    assert found["moment"] == [(row("Observation", "effectiveDateTime"), 0, starts, starts + day)]
    assert found["amount"] == [(row("Observation", "valueQuantity"), 0, 71.5, 71.5, "u", "{beats}/min", "/min")]


def test_the_parts_of_one_element_stand_at_one_place() -> None:
    found = index.rows(
        {
            "resourceType": "Observation",
            "component": [
                {"code": {"coding": [{"code": "a"}]}, "valueQuantity": {"value": 1}},
                {"code": {"coding": [{"code": "b"}]}, "valueQuantity": {"value": 2}},
            ],
        }
    ).rows
    assert [(place, code) for _, place, _, code in found["token"]] == [(0, "a"), (1, "b")]
    assert [(place, low) for _, place, low, *_ in found["amount"]] == [(0, 1.0), (1, 2.0)]


# reference, its row
REFERENCES: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"reference": "Patient/p"}, ("Patient", "p")),
    ({"reference": "Patient/p/_history/3"}, ("Patient", "p")),
    ({"reference": "http://other/fhir/Patient/p"}, ("Patient", "http://other/fhir/Patient/p")),
    ({"reference": "urn:uuid:7"}, ("", "urn:uuid:7")),
    ({"reference": "urn:uuid:7", "type": "Patient"}, ("Patient", "urn:uuid:7")),
    ({"reference": "#inside"}, ("", "")),
    ({"display": "somebody"}, ("", "")),
]


@pytest.mark.parametrize(("reference", "target"), REFERENCES)
def test_a_reference_is_found_by_the_id_if_it_is_ours_and_else_by_all_of_it(
    reference: dict[str, Any], target: tuple[str, str]
) -> None:
    (found,) = index.rows({"resourceType": "Observation", "subject": reference}).rows["link"]
    assert found[2:] == target


def test_every_place_of_r4_has_its_own_number_and_a_reader() -> None:
    """Numbers are cut from a digest: two places with one number would find each other's resources."""
    numbers: dict[int, tuple[str, str, str]] = {}
    for type in definitions.search().types:
        for table, place in index._places(type):
            assert place.type in index.READ[table], (type, place)
            for beside in ("", ":text", ":identifier", ":of-type"):
                spelled = (type, str(place.steps), beside)
                assert numbers.setdefault(parameters.number(type, place.steps, beside), spelled) == spelled
    assert len(numbers) > 5000


def test_no_place_stands_in_elements_of_two_depths() -> None:
    """A row has one `place`: composites that read one path must agree which element it counts."""
    for type in definitions.search().types:
        depths: dict[str, set[int]] = {}
        for one in definitions.search().parameters[type].values():
            for owner in one.of:
                for component in one.components:
                    for path in component.paths:
                        if owner.path and path.path[:1] != [{"root": True}]:
                            depths.setdefault(str([*owner.path, *path.path]), set()).add(len(owner.path))
        assert all(len(one) == 1 for one in depths.values()), type


def test_what_was_stored_unjudged_is_indexed_as_far_as_it_can_be_read() -> None:
    old = {"resourceType": "Patient", "name": ["x"], "birthDate": "no day", "gender": "male"}
    found, whole = index.rows_of_old(old)
    assert not whole
    assert "male" in [code for *_, code in found.rows["token"]]


@pytest.mark.parametrize(
    ("value", "low"),
    [(10**400, float("inf")), (-(10**400), float("-inf")), (Decimal("1E+400"), float("inf")), (Decimal("1.50"), 1.5)],
)
def test_a_number_that_no_double_holds_lies_at_infinity(value: Any, low: float) -> None:
    (found,) = index.rows({"resourceType": "Observation", "valueQuantity": {"value": value}}).rows["amount"]
    assert found[2] == low
