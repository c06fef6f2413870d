"""Masked names and numbers, and ages by tables worked by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.data.masking import identity
from yuanzhen.data.masking.identity import Shown

# born, today, completed years: across ends of months, leap days and the turn of the year
AGES = [
    ("1959-03-21", date(2026, 3, 20), 66),
    ("1959-03-21", date(2026, 3, 21), 67),
    ("1959-03-21", date(2026, 3, 22), 67),
    ("2000-01-31", date(2026, 1, 30), 25),
    ("2000-01-31", date(2026, 1, 31), 26),
    ("2000-01-31", date(2026, 2, 28), 26),
    ("2000-12-31", date(2026, 1, 1), 25),
    ("2000-12-31", date(2026, 12, 30), 25),
    ("2000-12-31", date(2026, 12, 31), 26),
    ("2004-02-29", date(2025, 2, 28), 20),
    ("2004-02-29", date(2025, 3, 1), 21),
    ("2004-02-29", date(2028, 2, 28), 23),
    ("2004-02-29", date(2028, 2, 29), 24),
    ("2004-02-28", date(2028, 2, 28), 24),
    ("2004-03-01", date(2028, 2, 29), 23),
    ("2000-02-29", date(2100, 2, 28), 99),  # 2100 has no 29 February
    ("2000-02-29", date(2100, 3, 1), 100),
    ("2026-03-18", date(2026, 3, 18), 0),
    ("1959", date(2026, 3, 18), 67),  # a year alone: the difference of years
    ("1959-03", date(2026, 3, 18), 67),
    ("", date(2026, 3, 18), None),
    ("unknown", date(2026, 3, 18), None),
]


@pytest.mark.parametrize(("born", "today", "years"), AGES)
def test_an_age_is_completed_years(born: str, today: date, years: int | None) -> None:
    assert identity.age(born, today) == years


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.dates(date(2026, 1, 2), date(2100, 12, 31)))
def test_an_age_never_goes_back_and_grows_by_one_a_birthday(born: date, today: date) -> None:
    years = identity.age(born.isoformat(), today)
    assert years is not None
    assert today.year - born.year - 1 <= years <= today.year - born.year


@pytest.mark.parametrize(
    ("name", "masked"),
    [("刘淑英", "刘*英"), ("王芳", "王*"), ("欧阳修远", "欧**远"), ("李", "李"), ("", ""), ("John Smith", "J*** S****"),
     ("Li", "L*"), ("  刘淑英 ", "刘*英"), ("阿依古丽·买买提", "阿******提")],
)  # fmt: skip
def test_a_name_is_called_by_half(name: str, masked: str) -> None:
    assert identity.masked_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [("610100195903210017", "6101**********0017"), ("123456789", "1234*6789"), ("12345678", "******78"),
     ("00017", "***17"), ("17", "17"), ("1", "1"), ("", "")],
)  # fmt: skip
def test_a_number_keeps_its_ends(number: str, masked: str) -> None:
    assert identity.masked_number(number) == masked


@given(st.text(min_size=3, max_size=20).filter(lambda name: name.strip() and len(name.strip()) > 2))
def test_a_masked_name_is_never_the_name(name: str) -> None:
    masked = identity.masked_name(name)
    if any(len(part) > 1 for part in name.split()):
        assert masked != name.strip() or "*" in name


def test_the_line_of_a_patient_is_masked_or_whole() -> None:
    patient = {
        "name": [{"family": "刘", "given": ["淑英"]}],
        "gender": "female",
        "birthDate": "1959-03-21",
        "identifier": [{"value": "610100195903210017"}],
    }
    assert identity.shown(patient, masked=True) == Shown("刘*英", "female", "1959", "6101**********0017", True, "card")
    whole = identity.shown(patient, masked=False)
    assert whole == Shown("刘淑英", "female", "1959-03-21", "6101**********0017", False, "card")
    assert identity.shown({}, masked=True) == Shown("", "unknown", "", "", True)


def test_a_patient_is_told_by_the_card_else_by_the_record_number_and_only_that_is_whole() -> None:
    record = {"value": "000017243", "type": {"coding": [{"code": "MR"}]}}
    passport = {"value": "E12345678", "type": {"coding": [{"code": "PPN"}]}}
    card = {"system": "urn:yuanzhen:number:NNCHN", "value": "110101199003070012"}

    def told(*identifiers: dict[str, Any], masked: bool = False) -> tuple[str, str]:
        return identity.shown_number({"identifier": list(identifiers)}, masked=masked)

    assert told(record, card) == ("1101**********0012", "card")
    checked = {"system": "urn:his", "value": "11010519491231002X"}  # a HIS that counts by cards
    assert told(checked) == ("1101**********002X", "card")
    assert told(passport, record) == ("000017243", "record")
    assert told(passport, record, masked=True) == ("0000*7243", "record")
    assert told(passport) == ("E123*5678", "other")
    assert told({**record, "use": "old"}, {"system": "urn:his", "value": "A-1"}) == ("A-1", "record")
    assert told() == ("", "other")


def test_a_latin_name_is_written_given_name_first() -> None:
    assert identity.written_name({"name": [{"family": "Smith", "given": ["John", "B."]}]}) == "John B. Smith"
    assert identity.written_name({"name": [{"text": " 刘淑英 "}]}) == "刘淑英"
    assert identity.written_name({"name": [{}, {"text": "刘淑英"}]}) == "刘淑英"
