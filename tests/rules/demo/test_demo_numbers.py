"""The demo's people have numbers that check and that nobody has."""

from datetime import date

import pytest

from yuanzhen.data.exchange.hl7v2 import adt
from yuanzhen.data.exchange.hl7v2.message import parse
from yuanzhen.infrastructure import clock
from yuanzhen.programs.demo.cast import PATIENTS
from yuanzhen.programs.demo.messages import admission
from yuanzhen.programs.demo.numbers import check_character, resident_number

# GB/T 2260: the provinces' first two digits
PROVINCES = {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
             61, 62, 63, 64, 65, 71, 81, 82}  # fmt: skip


@pytest.mark.parametrize(("digits", "check"), [("11010519491231002", "X"), ("44052418800101001", "4")])
def test_the_check_is_that_of_the_standards_examples(digits, check):
    assert check_character(digits) == check


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.number)
def test_no_region_has_their_number_and_its_check_is_right(patient):
    number = patient.resident_number
    assert int(number[:2]) not in PROVINCES
    assert number[6:14] == f"{patient.born:%Y%m%d}"
    assert (int(number[16]) % 2 == 0) == (patient.sex == "F")
    # ISO 7064 MOD 11-2 over all eighteen leaves 1
    assert sum(pow(2, 17 - at, 11) * (10 if c == "X" else int(c)) for at, c in enumerate(number)) % 11 == 1


def test_a_sequence_out_of_range_is_no_number():
    with pytest.raises(ValueError):
        resident_number(date(1960, 1, 1), 1000)


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.number)
def test_the_centre_reads_from_the_admission_who_it_is(patient):
    fact = adt.patient_seen(parse(admission(patient, clock.now())), "digest", clock.now().tzinfo)
    told = {(identifier.value, identifier.issuer, identifier.type) for identifier in fact.identifiers}
    assert told == {(patient.number, "LIUSHU", "MR"), (patient.resident_number, "CHN", "NNCHN")}
    assert (fact.name.full, fact.birth_date, fact.event) == (patient.name, patient.born.isoformat(), "A04")
    assert (fact.sex, fact.address) == ({"F": "female", "M": "male"}[patient.sex], "柳树镇东街 7 号")
    assert len(fact.message) <= 20


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.number)
def test_the_same_admission_is_the_same_bytes(patient):
    at = clock.now()
    assert admission(patient, at) == admission(patient, at)
