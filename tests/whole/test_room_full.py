"""A room that is full: sixteen people at real pages see one another sealed.

All pages share this machine: each camera gives small pictures, few a second, and only one has a microphone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.make.center import Person
from tests.make.pages import OPENS_PAGES, PICTURES, Visitor, browser
from tests.whole.conftest import Region
from tests.whole.test_after_pages import accepted, patient
from tests.whole.test_room_page import looked
from tests.whole.test_signing_pages import come
from yuanzhen.network.media.shell import janus

__all__ = ["patient"]
pytestmark = [
    *OPENS_PAGES,
    pytest.mark.long,
    pytest.mark.skipif(not janus.available(), reason="no media server is installed"),
]
MOST = 16
PATIENCE_MS = 180_000  # sixteen pages wait for the cores of one machine
FRAMES_PER_S, PICTURE = 2, (320, 180)
SMALL = (800, 1100)  # the whole stage is seen: what is not is not sent
# Whether so many faces are there and each has moved; asked once a second, so that who looks leaves the page its time
ALL_MOVE = """(others) => {
  const seen = (window.seen ??= { before: {}, moved: new Set() });
  const now = Object.fromEntries([...document.querySelectorAll('.scene video:not(.own, [hidden])')]
    .map((one) => [one.ariaLabel, one.getVideoPlaybackQuality().totalVideoFrames]));
  const moves = ([name, count]) => seen.before[name] > 0 && count > seen.before[name];
  Object.entries(now).filter(moves).forEach(([name]) => seen.moved.add(name));
  seen.before = now;
  return Object.keys(now).length === others && Object.keys(now).every((name) => seen.moved.has(name));
}"""


def film(path: Path) -> Path:
    """A bar that goes over a grey field, for five seconds (YUV4MPEG2, what Chromium takes for a camera)."""
    wide, high = PICTURE
    frames = []
    for nth in range(5 * FRAMES_PER_S):
        bright = np.full((high, wide), 90, np.uint8)
        bright[:, nth * wide // (5 * FRAMES_PER_S) :][:, :24] = 220
        frames.append(b"FRAME\n" + bright.tobytes() + b"\x80" * (wide * high // 2))
    path.write_bytes(f"YUV4MPEG2 W{wide} H{high} F{FRAMES_PER_S}:1 Ip A1:1 C420jpeg\n".encode() + b"".join(frames))
    return path


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera is a film; who may use what is said of each person."""
    camera = film(Path(tmp_path_factory.mktemp("camera")) / "bar.y4m")
    with browser("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera}") as started:
        yield started


def comes(region: Region, window: Browser, who: Person, case: str, *devices: str) -> Visitor:
    """One of the case goes to the room, with these devices."""
    visitor = come(region, window, who, "check", size=SMALL)
    visitor.page.context.grant_permissions(list(devices))
    visitor.page.goto(f"https://localhost:{region.center.port('https')}/cases/{case}/room")
    return asks(visitor)


def is_asked(region: Region, window: Browser, case: str, name: str) -> Visitor:
    """A guest follows the link that the expert made for them, with a camera alone, to the room's door."""
    body = {"name": name, "role": "guest"}
    made = region.expert.http.post(f"/api/consultations/{case}/room/guests", json=body)
    link = urljoin(f"https://localhost:{region.center.port('https')}", made.json()["link"])
    visitor = Visitor.come(window, link, (name, "", ""), size=SMALL)
    visitor.page.context.grant_permissions(["camera"])
    visitor.page.get_by_role("button", name="打开邀请").click()
    return asks(visitor)


def asks(visitor: Visitor) -> Visitor:
    """Somebody with a camera that works asks to come in."""
    expect(visitor.page.get_by_text("摄像头正常")).to_be_visible(timeout=PATIENCE_MS)
    visitor.page.get_by_role("button", name="进入会诊室").click()
    return visitor


def lets_in(expert: Visitor, name: str) -> None:
    """The expert lets somebody in who waits."""
    door = expert.page.get_by_role("region", name="门外等候").get_by_role("listitem").filter(has_text=name)
    door.get_by_role("button", name="允许进入").click(timeout=PATIENCE_MS)


def is_in(visitor: Visitor) -> None:
    """Somebody came in."""
    expect(visitor.page.get_by_role("button", name="离开")).to_be_visible(timeout=PATIENCE_MS)


def all_move(visitor: Visitor, others: int) -> None:
    """So many pictures are on somebody's page, and each of them has moved."""
    visitor.page.wait_for_function(ALL_MOVE, arg=others, polling=1000, timeout=PATIENCE_MS)


def full_of(region: Region, window: Browser, case: str, guests: int) -> list[Visitor]:
    """The case's two, and guests, each let in by the expert, who is the first."""
    inside = [comes(region, window, region.expert, case, "camera", "microphone")]
    is_in(inside[0])
    inside.append(comes(region, window, region.clinician, case, "camera"))
    is_in(inside[1])
    for nth in range(1, guests + 1):
        inside.append(is_asked(region, window, case, f"来宾{nth:02}"))
        lets_in(inside[0], f"来宾{nth:02}")
        is_in(inside[-1])
    return inside


def all_see_all(inside: list[Visitor]) -> None:
    """Each picture moves at each page but its own, and each lock says that everything is sealed."""
    for one in inside:
        all_move(one, len(inside) - 1)
        expect(one.page.get_by_text("已端到端加密")).to_be_visible(timeout=PATIENCE_MS)


def test_sixteen_see_one_another_sealed(region: Region, window: Browser, patient: str) -> None:
    inside = full_of(region, window, accepted(region, patient), MOST - 2)
    all_see_all(inside)
    if PICTURES:
        looked(inside[1], "room-full")
    for one in inside:
        assert one.is_quiet(), one.faults
        one.page.context.close()
