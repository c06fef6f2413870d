"""From an emergency to three in a sealed room who look at its CT together; a circle in between does not answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from itertools import permutations
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.make.pages import OPENS_PAGES, Visitor
from tests.whole.test_pages import drawn
from tests.whole.test_reading_page import series, stored_by
from tests.whole.test_reading_together import pressed, shown
from tests.whole.test_ring import Night, at, goes_in, standing
from tests.whole.test_room_page import PATIENCE_MS, inside_are, sees
from tests.whole.test_thread import until
from yuanzhen.network.media.shell import janus

pytestmark = [
    *OPENS_PAGES, pytest.mark.long, pytest.mark.skipif(not janus.available(), reason="no media server is installed"),
]  # fmt: skip
USUAL_S = 60.0  # for which a circle is called where nobody set anything else
THREE_S = 180  # within which three see each other
SLICES = 12


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    with standing(Path(tmp_path_factory.mktemp("night")) / "home", USUAL_S) as night:
        yield night


def all_see_each_other(everybody: dict[str, Visitor]) -> None:
    """Each one's picture moves at each other: six sealed streams on one machine, which takes a busy one its time."""
    for (name, visitor), (other, _) in permutations(everybody.items(), 2):
        try:
            sees(visitor.page, other, seconds=THREE_S)
        except AssertionError as error:
            error.add_note(f"at {name}: {visitor.page.inner_text('main')}")
            raise


def look_together(leader: Visitor, *others: Visitor) -> None:
    """The CT stands on every stage; one leads through it, and the others see what they see."""
    everybody = (leader, *others)
    for one in everybody:
        one.page.get_by_role("button", name="影像", exact=True).click()
    for one in everybody:
        until(partial(drawn, one.page), "no slice was drawn", seconds=PATIENCE_MS / 1000)
    leader.page.get_by_role("button", name="主导翻阅").click()
    for one in others:
        expect(one.page.get_by_text("跟随 林海峰 主导翻阅")).to_be_visible(timeout=PATIENCE_MS)
    for key, slice in (("End", SLICES - 1), ("Home", 0)):
        pressed(leader.page, key)
        for one in everybody:
            until(partial(stands_at, one.page, slice), f"slice {slice} is not shown", seconds=PATIENCE_MS / 1000)


def stands_at(page: Page, slice: int) -> bool:
    """Whether a slice of the stack is on the stage."""
    return shown(page) == str(slice)


def test_three_are_in_a_sealed_room_though_the_first_circle_does_not_answer(night: Night, window: Browser) -> None:
    night.patient = stored_by(night.center, night.township, series(911, SLICES, 1.0))
    night.here(night.first, night.second)
    # Both at their pages: who has none open is gone before the minute is over
    first, second = (at(night, window, who, "desk") for who in (night.first, night.second))
    began = time.monotonic()
    case = night.ask()
    asker = at(night, window, night.asker, f"cases/{case}/room")
    goes_in(asker)
    second.page.get_by_role("button", name="接诊并进会诊室").click(timeout=2 * USUAL_S * 1000)
    goes_in(second)
    assert night.act(night.second, case, "invite", person=night.first.id) == 200
    first.page.goto(asker.page.url)
    goes_in(first)
    everybody = {"许静": asker, "林海峰": second, "陈予安": first}
    for one in everybody.values():
        inside_are(one.page, *everybody)
    all_see_each_other(everybody)
    for one in everybody.values():
        expect(one.page.get_by_text("已端到端加密")).to_be_visible(timeout=PATIENCE_MS)
    took = time.monotonic() - began
    ring = night.ring(case)
    print(  # noqa: T201 - the figure that this test is for
        f"asked to three in a sealed room: {took:.0f} s, of which {ring['there_s']:.0f} s until somebody answered"
    )
    assert [one["why"] for one in ring["failed"]] == ["not-answered"]
    assert ring["answered_by"]["id"] == night.second.id
    look_together(second, asker, first)
    all_see_each_other(everybody)
    for one in everybody.values():
        assert one.is_quiet(), one.faults
        one.page.context.close()
