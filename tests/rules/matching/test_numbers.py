"""Numbers of people as they are compared."""

from __future__ import annotations

import pytest

from yuanzhen.data.matching.numbers import Number, born, number, phone, resident


@pytest.mark.parametrize(
    ("written", "card"),
    [
        ("11010519491231002X", "11010519491231002X"),  # the example of GB 11643-1999
        ("11010519491231002x", "11010519491231002X"),
        (" 110105 19491231 002X ", "11010519491231002X"),
        ("110105491231002", "11010519491231002X"),  # of fifteen digits
        ("110105194912310021", ""),  # the check character does not hold
        ("110105194902310029", ""),  # no such day
        ("11010519491231", ""),
        ("", ""),
    ],
)
def test_an_identity_cards_number(written: str, card: str) -> None:
    assert resident(written) == card


def test_a_card_tells_its_birth_date():
    assert born("11010519491231002X") == "1949-12-31"


def test_numbers_are_their_issuers_but_cards_and_passports_are_everybodys():
    assert number("urn:a", "007", "MR") == Number("urn:a|007", card=False)
    assert number("urn:a", "E 123-456", "PPN") == number("urn:b", "e123456", "PPN")
    assert number("urn:a", "110105491231002", "NNCHN") == number("urn:b", "11010519491231002X", "NI")
    assert number("urn:a", " ", "MR") is None


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("139 1234 5678", "13912345678"),
        ("+86 139-1234-5678", "13912345678"),
        ("008613912345678", "13912345678"),
        ("029-85323338", "02985323338"),
        ("010-66778899转8001", "01066778899"),
        ("(010) 6677 8899 ext. 8001", "01066778899"),
        ("13800000000", ""),  # stands in forms for none
        ("11111111111", ""),
        ("无", ""),
    ],
)
def test_a_telephone(written: str, digits: str) -> None:
    assert phone(written) == digits
