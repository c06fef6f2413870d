"""What agrees, what it weighs, and what follows."""

from __future__ import annotations

from typing import Any

import pytest

from bench.matching import candidates, indexed, judged, quality
from tests.make.registrations import region
from yuanzhen.data.matching import index
from yuanzhen.data.matching.model import WEIGHTS, birth_agreement, compared

CARD, OTHER_CARD = "11010519491231002X", "110105194912310038"


def patient(
    name: str = "欧阳建国", birth: str = "1949-12-31", sex: str = "male", phone: str = "", card: str = ""
) -> Any:
    told: dict[str, Any] = {"name": [{"text": name}], "birthDate": birth, "gender": sex}
    told["telecom"] = [{"system": "phone", "value": phone}]
    told["identifier"] = [{"system": "urn:yuanzhen:number:NNCHN", "value": card}]
    return index.traits("p", told, "h", str)


FULL = {"phone": "13912345678", "card": CARD}


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ({}, {}, "unsure"),  # a namesake of the same day lives somewhere among millions
        ({"phone": "13912345678"}, {"phone": "13912345678"}, "certain"),
        ({"card": CARD}, {"card": CARD}, "certain"),
        ({"card": CARD}, {"card": CARD, "name": "OUYANG JIANGUO"}, "certain"),
        ({"card": CARD}, {"card": CARD, "name": "王芳"}, "unsure"),  # somebody's card was lent
        ({"card": CARD}, {"card": CARD, "birth": "1949-12-30"}, "certain"),
        ({"card": CARD}, {"card": CARD, "sex": "female"}, "unsure"),
        (FULL, FULL | {"card": OTHER_CARD}, "none"),  # two people, whatever else agrees
        (FULL, {"phone": "13912345678", "birth": "1980-02-03", "sex": "female"}, "none"),
        ({"phone": "13912345678"}, {"phone": "13912345678", "name": "欧阳建军"}, "unsure"),  # twins, or a slip
        ({"phone": "13912345678"}, {"phone": "13912345678", "name": "欧阳军", "birth": "1975-05-05"}, "none"),  # a son
        ({"phone": "13912345678", "birth": "2026-01-02", "name": "王芳之子"},
         {"phone": "13912345678", "birth": "2026-01-02", "name": "欧阳建国"}, "unsure"),
        ({"phone": "13912345678", "birth": "2026-01-02", "name": "王芳之女", "sex": "female"},
         {"phone": "13912345678", "birth": "1995-07-08", "name": "王芳", "sex": "female"}, "none"),  # child and mother
    ],
)  # fmt: skip
def test_what_follows_from_what_agrees(one: dict[str, str], other: dict[str, str], verdict: str) -> None:
    assert compared(patient(**one), patient(**other)).verdict == verdict
    assert compared(patient(**other), patient(**one)).verdict == verdict


def test_the_reasons_are_the_sum():
    score = compared(patient(**FULL), patient(**FULL))
    assert score.bits == round(sum(reason.weight for reason in score.reasons), 1)
    assert {reason.field for reason in score.reasons} == {"card", "name", "birth_date", "sex", "phone"}


def test_what_agrees_speaks_for_and_what_differs_against():
    assert all(weight > 0 for (_, agreement), weight in WEIGHTS.items() if agreement != "differs")
    assert all(weight < 0 for (_, agreement), weight in WEIGHTS.items() if agreement == "differs")


def test_a_card_that_names_another_day_was_lent():
    newborn = patient("王芳之子", "2026-01-02", card=CARD)
    assert newborn.cards == frozenset()


def test_a_card_tells_the_birth_date_that_nobody_wrote():
    assert patient(birth="", card=CARD).birth_date == "1949-12-31"


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("1949-12-31", "1949-12-31", "same"),
        ("1949-12-31", "1949-12-30", "one_digit"),
        ("1949-03-04", "1949-04-03", "day_month"),
        ("1949-12-31", "1949", "part"),
        ("1949", "1949", "part"),
        ("1949-12-31", "1950", "differs"),
        ("1949-12-31", "1962-07-05", "differs"),
        ("", "1949-12-31", ""),
    ],
)
def test_how_two_birth_dates_agree(one: str, other: str, agreement: str) -> None:
    assert birth_agreement(one, other) == birth_agreement(other, one) == agreement


def test_of_many_registrations_nobody_is_linked_to_another_and_most_are_found():
    """The floor under docs/matching.md's figures, on fewer people."""
    found = region(1500)
    truth, scores = found.pairs(), judged(indexed(found))
    certain = {pair for pair, score in scores.items() if score.verdict == "certain"}
    likely = {pair for pair, score in scores.items() if score.verdict != "none"}
    assert quality(certain, truth)["precision"] >= 0.999
    assert quality(certain, truth)["recall"] >= 0.50
    assert quality(likely, truth)["precision"] >= 0.98
    assert quality(likely, truth)["recall"] >= 0.93


def test_blocks_hold_all_but_few_of_those_who_are_one():
    found = region(1500)
    truth = found.pairs()
    assert len(truth & candidates(indexed(found))) >= 0.97 * len(truth)
