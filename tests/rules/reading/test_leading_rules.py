"""Who leads the others through the pictures, and what of it stands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from yuanzhen.collaboration.reading import led
from yuanzhen.collaboration.reading.led import SILENT, Lead, View
from yuanzhen.collaboration.reading.model import Place, Reading
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
READING = Reading("c1", "consultation/c1", "p", "open", ("chen", "gao"), (), ("chen", "gao", "xu"))
VIEW = View(Place("1.2", "1.2.3", "1.2.3.4", 1), (256.5, 200.0), (300.0, 200.0), (40.0, 80.0))
CHEN = Lead("chen", "page-1", NOW, NOW, VIEW)


@pytest.mark.parametrize("person", ["chen", "gao", "xu"])
def test_an_expert_or_who_asked_takes_a_lead_that_nobody_has(person: str) -> None:
    assert led.taken(READING, None, person, "page", NOW) == Lead(person, "page", NOW, NOW, None)


def test_who_only_looks_leads_nobody() -> None:
    for act in (
        lambda: led.taken(READING, None, "colleague", "page", NOW),
        lambda: led.handed(READING, CHEN, "colleague", "gao", NOW),
        lambda: led.shown(READING, CHEN, "colleague", "page-1", VIEW, NOW),
    ):
        with pytest.raises(Forbidden, match=r"reading\.not_to_lead"):
            act()


@pytest.mark.parametrize("state", ["signed", "ended"])
def test_nobody_leads_through_what_is_over(state: str) -> None:
    with pytest.raises(Conflict, match=r"reading\.not_now"):
        led.taken(replace(READING, state=state), None, "chen", "page", NOW)  # type: ignore[arg-type]


def test_a_lead_is_taken_from_another_only_when_their_page_is_gone() -> None:
    with pytest.raises(Conflict, match=r"reading\.led"):
        led.taken(READING, CHEN, "gao", "page", NOW + SILENT - timedelta(seconds=1))
    later = NOW + SILENT
    assert led.taken(READING, CHEN, "gao", "page", later) == Lead("gao", "page", later, later, VIEW)


def test_it_is_taken_at_once_from_who_reads_no_more() -> None:
    without = replace(READING, leaders=("gao", "xu"))
    assert led.taken(without, CHEN, "gao", "page", NOW).person == "gao"


def test_ones_own_lead_is_taken_to_another_page_at_any_time() -> None:
    assert led.taken(READING, CHEN, "chen", "page-2", NOW).page == "page-2"


def test_it_is_handed_to_who_may_have_it_by_who_has_it() -> None:
    assert led.handed(READING, CHEN, "chen", "xu", NOW) == Lead("xu", "", NOW, NOW, VIEW)
    with pytest.raises(Invalid, match=r"reading\.not_to_lead"):
        led.handed(READING, CHEN, "chen", "colleague", NOW)
    with pytest.raises(Conflict, match=r"reading\.not_leading"):
        led.handed(READING, CHEN, "gao", "xu", NOW)


def test_what_is_shown_is_shown_by_the_page_that_leads() -> None:
    moved = replace(VIEW, focus=(1.0, 2.0))
    later = NOW + timedelta(seconds=3)
    assert led.shown(READING, CHEN, "chen", "page-1", moved, later) == replace(CHEN, seen=later, view=moved)
    for person, page in (("chen", "page-2"), ("gao", "page-1")):
        with pytest.raises(Conflict, match=r"reading\.not_leading"):
            led.shown(READING, CHEN, person, page, moved, later)


@pytest.mark.parametrize(
    ("place", "view"),
    [
        ("study", replace(VIEW, place=replace(VIEW.place, study="../.."))),
        ("frame", replace(VIEW, place=replace(VIEW.place, frame=0))),
        ("focus", replace(VIEW, focus=(float("nan"), 1.0))),
        ("extent_mm", replace(VIEW, extent_mm=(0.0, 1.0))),
        ("window", replace(VIEW, window=(1.0, float("inf")))),
    ],
)
def test_what_is_no_view_is_refused_by_its_place(place: str, view: View) -> None:
    with pytest.raises(Invalid) as refused:
        led.checked(view)
    assert refused.value.place == place
