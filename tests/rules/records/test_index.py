"""What a search finds a resource by: the span of a date, folded words, tokens and links."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yuanzhen.data.records import index
from yuanzhen.data.records.search import query
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
    assert index.span(text) == (starts, ends)


@pytest.mark.parametrize("text", ["2026-02-30", "2025-02-29", "2026-13", "26", "2026-1-1", "2026-03-18T25:00", "", "x"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"fhir\.not_a_date"):
        index.span(text)


@pytest.mark.parametrize("text", ["9999", "9999-12", "9999-12-31", "9999-12-31T23:59:59Z", "0001", "0001-01-01"])
def test_the_ends_of_the_calendar_are_dates_or_refused_but_no_fault(text: str) -> None:
    try:
        starts, ends = index.span(text)
    except Invalid:
        return
    assert starts <= ends


@pytest.mark.parametrize(
    ("name", "value"), [("_count", "x"), ("_count", "-1"), ("name:exact", "x"), ("", "x"), ("birthdate", "2026-02-30")]
)
def test_a_parameter_that_is_not_understood_is_refused(name: str, value: str) -> None:
    with pytest.raises(Invalid):
        query("Patient", [(name, value)])
