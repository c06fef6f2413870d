"""A case's room with Firefox in it: both browsers see and hear each other, sealed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.make.firefox import FIREFOX, Firefox, firefox
from tests.make.pages import OPENS_PAGES, PICTURES
from tests.whole.conftest import Region
from tests.whole.test_after_pages import accepted, patient
from tests.whole.test_room_page import PATIENCE_MS, enters, sees
from tests.whole.test_thread import until
from yuanzhen.network.media.shell import janus

__all__ = ["patient"]
pytestmark = [
    *OPENS_PAGES,
    pytest.mark.long,
    pytest.mark.skipif(not janus.available(), reason="no media server is installed"),
    pytest.mark.skipif(FIREFOX is None, reason="Firefox is not here: nobody joined with it"),
]
PATIENCE_S = PATIENCE_MS / 1000
CODE = re.compile(r"核对码 \d{4}")
# Firefox counts no frames of a stream in getVideoPlaybackQuality
PAINTED = "document.querySelector('video[aria-label=\"{} 的画面\"]')?.mozPaintedFrames ?? 0"


def reads(page: Firefox, text: str) -> None:
    """A text comes to stand on Firefox's page."""
    until(lambda: page.shows(text), f"not on the page: {text}", seconds=PATIENCE_S)


def moves(page: Firefox, name: str) -> None:
    """Somebody's picture moves in Firefox."""
    seen = [0]

    def further() -> bool:
        before, seen[0] = seen[0], page.evaluate(PAINTED.format(name))
        return 0 < before < seen[0]

    until(further, f"no moving picture of {name} in Firefox", seconds=PATIENCE_S)


def test_firefox_and_chromium_see_each_other_sealed(region: Region, window: Browser, patient: str) -> None:
    case = accepted(region, patient)
    base = f"https://localhost:{region.center.port('https')}"
    asker = enters(region, window, region.clinician, case)
    with firefox() as expert:
        expert.go(f"{base}/check")
        expert.keep(region.expert)
        expert.evaluate("localStorage.setItem('yuanzhen.in', JSON.stringify(true))")
        expert.go(f"{base}/cases/{case}/room")
        reads(expert, "摄像头正常")
        expert.press("进入会诊室")
        sees(asker.page, "陈予安")
        moves(expert, "许静")
        expect(asker.page.get_by_text("已端到端加密")).to_be_visible(timeout=PATIENCE_MS)
        reads(expert, "已端到端加密")
        codes = [
            CODE.findall(text) for text in (asker.page.inner_text("body"), expert.evaluate("document.body.innerText"))
        ]
        assert codes[0] and codes[0] == codes[1], "both read the same digits"
        if PICTURES:
            expert.picture(f"{PICTURES}/room-firefox.png")
            asker.page.screenshot(path=f"{PICTURES}/room-with-firefox.png")
        asker.page.get_by_role("button", name="离开").click()
        reads(expert, "室内 1 人")
        assert expert.faults() == []
    assert asker.is_quiet(), asker.faults
    asker.page.context.close()
