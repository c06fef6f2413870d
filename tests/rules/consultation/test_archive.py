"""What a closed case must hold, and the figures of its time line, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.make.cases import NOW, later
from yuanzhen.applications.consultation.archive import model
from yuanzhen.applications.consultation.archive.figures import CaseFigures, figures
from yuanzhen.applications.consultation.archive.model import Facts, Item, Stand, held, lacking
from yuanzhen.infrastructure.errors import Invalid

WHOLE = Facts(
    id="c", department="d", institution="i", asker="a", expert="e", closed=NOW, unable=False, reviewed=False,
    asked=True, versions=1, unbroken=True, printed=True, pictures=True, marked=True, opened=True, asker_rated=True,
    expert_rated=True, critical=True, confirmed=True,
)  # fmt: skip


def test_a_case_that_has_it_all_lacks_nothing() -> None:
    assert lacking(WHOLE) == []
    assert set(held(WHOLE).values()) == {"there"}


@pytest.mark.parametrize(
    ("without", "item", "stand"),
    [
        ({"unable": True}, "consent", "missing"),
        ({"unable": True, "reviewed": True}, "consent", "there"),
        ({"asked": False}, "request", "missing"),
        ({"marked": False}, "pictures", "missing"),
        ({"marked": False, "pictures": False}, "pictures", "not-needed"),
        ({"versions": 0}, "opinion", "missing"),
        ({"unbroken": False}, "signatures", "missing"),
        ({"confirmed": False}, "critical", "missing"),
        ({"confirmed": False, "critical": False}, "critical", "not-needed"),
        ({"opened": False}, "opened", "missing"),
        ({"printed": False}, "page", "missing"),
        ({"asker_rated": False}, "ratings", "missing"),
        ({"expert_rated": False}, "ratings", "missing"),
    ],
)
def test_each_thing_is_there_lacks_or_is_not_needed(without: dict[str, bool], item: Item, stand: Stand) -> None:
    found = replace(WHOLE, **without)  # type: ignore[arg-type]
    assert held(found)[item] == stand
    assert lacking(found) == ([item] if stand == "missing" else [])


@pytest.mark.parametrize(
    ("since", "until"), [(date(2026, 3, 2), date(2026, 3, 1)), (date(2026, 1, 1), date(2026, 4, 4))]
)
def test_days_that_are_no_range_are_refused(since: date, until: date) -> None:
    with pytest.raises(Invalid, match=r"archive\.range"):
        model.checked(since, until)
    model.checked(until - timedelta(days=92), until)


LINES = [(0, "asked"), (5, "ring-called"), (65, "ring-not-answered"), (65, "ring-busy"), (70, "decline"),
         (90, "accept"), (100, "release"), (130, "accept"), (150, "interrupted"), (600, "sign"),
         (700, "amendment")]  # fmt: skip


@pytest.mark.parametrize(("rings", "failed"), [(True, 3), (False, 0)])
def test_the_first_answer_and_the_first_signature_count(rings: bool, failed: int) -> None:
    told = figures(NOW, [(later(seconds=at), what) for at, what in LINES], rings=rings)
    assert told == CaseFigures(answer_s=90, opinion_s=600, failed_calls=failed, passes=2, interruptions=1)


def test_of_what_has_not_come_yet_there_is_no_time() -> None:
    assert figures(NOW, [(NOW, "asked")], rings=True) == CaseFigures(None, None, 0, 0, 0)
