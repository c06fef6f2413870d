"""Few is told as few, and the whole does not give it away; a range of days is one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yuanzhen.applications.management import model
from yuanzhen.applications.management.model import FEW, Figures
from yuanzhen.infrastructure.errors import Invalid

DAY = date(2026, 3, 1)


def groups(*cases: int) -> list[Figures]:
    return [
        Figures("department", str(at), n, 0, 0, None, 0, None, None, 0, 0, None, 0, 0, 0, 0, None, 0, None, 0, None)
        for at, n in enumerate(cases)
    ]


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ((), []),
        ((0, FEW, 7), [0, FEW, 7]),
        ((3, 1, 9), [None, None, 9]),
        ((1, FEW, 9), [None, None, 9]),  # else 1 is the whole less 14
        ((9, 1, 0), [None, None, 0]),
        ((1,), [None]),
    ],
)
def test_few_is_told_as_few_and_never_alone(cases: tuple[int, ...], told: list[int | None]) -> None:
    assert model.told(groups(*cases)) == told


def test_a_share_of_few_is_not_told() -> None:
    assert (model.share_pct(3, FEW - 1), model.share_pct(3, FEW)) == (None, 60)


@pytest.mark.parametrize("until", [DAY - timedelta(days=1), DAY + model.LONGEST + timedelta(days=1)])
def test_days_the_wrong_way_round_or_too_many_are_refused(until: date) -> None:
    with pytest.raises(Invalid):
        model.checked(DAY, until)


@pytest.mark.parametrize("until", [DAY, DAY + model.LONGEST])
def test_one_day_is_a_range_and_so_is_the_longest(until: date) -> None:
    model.checked(DAY, until)
