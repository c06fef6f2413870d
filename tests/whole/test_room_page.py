"""A case's people face to face in Chromium: cameras of its own making, the real media server between them."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.make.center import Center, Person
from tests.make.pages import CAMERA, OPENS_PAGES, PHONE, PICTURES, TABLET, WIDE, Visitor, browser
from tests.whole.conftest import Region
from tests.whole.test_after_pages import accepted, patient
from tests.whole.test_signing_pages import come
from tests.whole.test_thread import until
from yuanzhen.network.media.shell import janus

__all__ = ["patient"]
pytestmark = [*OPENS_PAGES, pytest.mark.skipif(not janus.available(), reason="no media server is installed")]
PATIENCE_MS = 60_000
MOVES = """(name) => { const video = document.querySelector(`video[aria-label="${name} 的画面"]`);
  return video && !video.hidden ? video.getVideoPlaybackQuality().totalVideoFrames : 0; }"""

# The second gives pictures of depth, which nobody can send
CAMERAS = "--use-fake-device-for-media-stream=device-count=3"
LARGE = """() => { const video = document.querySelector('.scene-large video');
  return video ? video.getVideoPlaybackQuality().totalVideoFrames : 0; }"""

TRACK = """document.querySelector(`video[aria-label="${name} 的画面"]`)?.srcObject?.getVideoTracks()[0]"""
IS_OLD = f"(name) => {{ const track = {TRACK}; track.isOld = true; }}"
CAME_ANEW = f"(name) => {{ const track = {TRACK}; return Boolean(track && !track.isOld); }}"


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    """A browser with a camera and a microphone."""
    with browser(*CAMERA, CAMERAS) as started:
        yield started


@pytest.fixture
def case(region: Region, patient: str) -> str:
    return accepted(region, patient)


def enters(region: Region, window: Browser, who: Person, case: str) -> Visitor:
    """Somebody goes from the case to its room, looks at themselves, and comes in."""
    visitor = come(region, window, who, f"cases/{case}")
    visitor.page.get_by_role("link", name="会诊室").click()
    expect(visitor.page.get_by_text("摄像头正常")).to_be_visible(timeout=PATIENCE_MS)
    visitor.page.get_by_role("button", name="进入会诊室").click()
    return visitor


def sees(page: Page, name: str, *, seconds: float = PATIENCE_MS / 1000) -> None:
    """Somebody's picture moves: it has more frames from one look to the next, on the connection that there is now."""
    seen = [0]

    def moves() -> bool:
        before, seen[0] = seen[0], page.evaluate(MOVES, name)
        return 0 < before < seen[0]

    until(moves, f"no moving picture of {name}", seconds=seconds)


def inside_are(page: Page, *names: str) -> None:
    """These are in the room, says the list."""
    for name in names:
        expect(page.get_by_role("region", name="室内").get_by_text(name, exact=True)).to_be_visible(timeout=PATIENCE_MS)


def test_both_sides_see_each_other_and_a_colleague_is_let_in_and_put_out(
    region: Region, window: Browser, case: str
) -> None:
    asker = enters(region, window, region.clinician, case)
    expert = enters(region, window, region.expert, case)
    sees(expert.page, "许静")
    sees(asker.page, "陈予安")
    for one in (asker, expert):
        expect(one.page.get_by_text("已端到端加密")).to_be_visible(timeout=PATIENCE_MS)
    codes = {one.page.get_by_text(re.compile(r"核对码 \d{4}")).inner_text() for one in (asker, expert)}
    assert len(codes) == 1, "both read the same digits"
    songqin = region.center.user("songqin", "clinician", region.township, "--display", "宋琴")
    colleague = enters(region, window, songqin, case)
    expect(colleague.page.get_by_text("已告知室内医生，请稍候")).to_be_visible()
    expect(colleague.page.get_by_text("陈予安", exact=True)).to_have_count(0)
    door = expert.page.get_by_role("region", name="门外等候")
    expect(door.get_by_text("宋琴")).to_be_visible(timeout=PATIENCE_MS)
    looked(expert, "room")
    door.get_by_role("button", name="允许进入").click()
    sees(colleague.page, "陈予安")
    sees(expert.page, "宋琴")
    expert.page.get_by_role("listitem").filter(has_text="宋琴").get_by_role("button", name="请出").click()
    expect(colleague.page.get_by_text("您已被请出会诊室")).to_be_visible(timeout=PATIENCE_MS)
    expect(expert.page.locator("video[aria-label='宋琴 的画面']")).to_have_count(0, timeout=PATIENCE_MS)
    asker.page.get_by_role("button", name="离开").click()
    expect(asker.page.get_by_text("您已离开会诊室")).to_be_visible()
    expect(expert.page.locator("video[aria-label='许静 的画面']")).to_have_count(0, timeout=PATIENCE_MS)
    did = [line["what"] for line in region.clinician.http.get(f"/api/consultations/{case}").json()["timeline"]]
    assert [what for what in did if what.startswith("room-")] == [
        "room-joined", "room-joined", "room-waits", "room-admitted", "room-removed", "room-left",
    ]  # fmt: skip
    for one in (asker, expert, colleague):
        assert one.is_quiet(), one.faults
        one.page.context.close()


def shows_large(page: Page) -> None:
    """A picture that stands large moves."""
    seen = [0]

    def moves() -> bool:
        before, seen[0] = seen[0], page.evaluate(LARGE)
        return 0 < before < seen[0]

    until(moves, "nothing large moves", seconds=PATIENCE_MS / 1000)


def test_a_second_picture_is_shown_a_hand_is_raised_and_a_page_that_is_closed_has_left(
    region: Region, window: Browser, case: str
) -> None:
    asker = enters(region, window, region.clinician, case)
    expert = enters(region, window, region.expert, case)
    sees(expert.page, "许静")
    asker.page.get_by_role("button", name="加一路摄像头或超声").click()
    asker.page.get_by_label("第二路用哪个摄像头").select_option(index=1)
    shows_large(expert.page)
    expect(expert.page.get_by_text("已端到端加密")).to_be_visible(timeout=PATIENCE_MS)
    asker.page.get_by_role("button", name="停止第二路画面").click()
    expect(expert.page.locator(".scene-large")).to_have_count(0, timeout=PATIENCE_MS)
    sees(expert.page, "许静")
    asker.page.get_by_role("button", name="举手").click()
    asker.page.get_by_role("button", name="静音").click()
    expect(expert.page.get_by_text("举手 1")).to_be_visible(timeout=PATIENCE_MS)
    expect(expert.page.get_by_role("listitem").filter(has_text="许静").get_by_text("已静音")).to_be_visible()
    expert.page.get_by_role("button", name="推到台前").click()
    shows_large(expert.page)
    expert.page.get_by_role("button", name="请放下手").click()
    expect(asker.page.get_by_role("button", name="举手")).to_be_visible(timeout=PATIENCE_MS)
    asker.page.close(run_before_unload=True)
    expect(expert.page.locator("video[aria-label='许静 的画面']")).to_have_count(0, timeout=PATIENCE_MS)
    did = [line["what"] for line in region.expert.http.get(f"/api/consultations/{case}").json()["timeline"]]
    assert "room-left" in did
    assert "interrupted" not in did, "who closes the page has not broken off"
    assert expert.is_quiet(), expert.faults
    for one in (asker, expert):
        one.page.context.close()


def server_of(center: Center) -> int | None:
    """The media server's process, a child of the centre."""
    assert center.process is not None
    children = Path(f"/proc/{center.process.pid}/task").glob("*/children")
    pids = [int(pid) for told in children for pid in told.read_text().split()]
    return next((pid for pid in pids if _named(pid) == "janus"), None)


def _named(pid: int) -> str:
    """A program's name; '' when it has just ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def looked(visitor: Visitor, name: str, but: str = "") -> None:
    """The page fits its window, and axe finds nothing, at each size in both languages."""
    for size in (WIDE, TABLET, PHONE):
        visitor.page.set_viewport_size({"width": size[0], "height": size[1]})
        for _ in range(2):
            language = visitor.page.evaluate("document.documentElement.lang")[:2]
            assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size[0]
            assert visitor.axe(but) == []
            if PICTURES:
                visitor.page.screenshot(path=f"{PICTURES}/{name}-{language}-{size[0]}.png", full_page=True)
            visitor.page.evaluate("document.querySelector('button[lang]').click()")
    visitor.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


@pytest.mark.long
def test_a_media_server_that_is_killed_is_back_with_everybody_in_it(region: Region, window: Browser, case: str) -> None:
    asker = enters(region, window, region.clinician, case)
    expert = enters(region, window, region.expert, case)
    sees(expert.page, "许静")
    expert.page.evaluate(IS_OLD, "许静")
    killed = server_of(region.center)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: server_of(region.center) not in (None, killed), "no server runs")
    until(lambda: expert.page.evaluate(CAME_ANEW, "许静"), "nothing came anew", seconds=60)
    sees(expert.page, "许静")
    sees(asker.page, "陈予安")
    for one in (asker, expert):
        assert one.is_quiet(), one.faults
        one.page.context.close()


def test_who_joins_on_another_page_has_left_the_first(region: Region, window: Browser, case: str) -> None:
    first = enters(region, window, region.expert, case)
    inside_are(first.page, "陈予安")
    second = enters(region, window, region.expert, case)
    inside_are(second.page, "陈予安")
    expect(first.page.get_by_text("您已在别的页面或设备进入会诊室")).to_be_visible(timeout=PATIENCE_MS)
    for one in (first, second):
        one.page.context.close()
