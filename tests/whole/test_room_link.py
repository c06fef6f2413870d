"""Two in a room, one of them by a bad link: who stays, with what, and how it is when the link is good again.

What was seen is a row of docs/room.md each (`room-links.md` among the pictures): times are told, and asserted nowhere.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.make.center import Center, Person
from tests.make.link import WATCH, Link, link, own_address
from tests.make.pages import CAMERA, OPENS_PAGES, PICTURES, Visitor, browser
from tests.whole.conftest import Region, served_copy
from tests.whole.test_after_pages import accepted, patient
from tests.whole.test_room_page import PATIENCE_MS, server_of
from tests.whole.test_signing_pages import come
from tests.whole.test_thread import until
from yuanzhen.network.media.shell import janus

__all__ = ["patient"]
pytestmark = [
    *OPENS_PAGES,
    pytest.mark.long,
    pytest.mark.skipif(not janus.available(), reason="no media server is installed"),
]
PORTS = range(22000, 22060)
FLOWS = {"sound": 20, "picture": 1}  # a second, at least, of what is said to go on: packets, frames
CAME = """async () => {
  const found = { sound: 0, picture: 0 };
  for (const one of window.connections ?? []) {
    if (one.connectionState === 'closed') continue;
    for (const told of (await one.getStats()).values()) {
      if (told.type !== 'inbound-rtp') continue;
      if (told.kind === 'audio') found.sound += told.packetsReceived;
      else found.picture += told.framesDecoded ?? 0;
    }
  }
  return found;
}"""
COMES = """([kinds, patience_ms]) => new Promise((done) => {
  const began = performance.now(), counts = new Map(), come = new Set();
  const look = async () => {
    for (const one of window.connections ?? []) {
      if (one.connectionState === 'closed') continue;
      if (!counts.has(one)) counts.set(one, new Map());
      for (const told of (await one.getStats()).values()) {
        if (told.type !== 'inbound-rtp') continue;
        const count = told.kind === 'audio' ? told.packetsReceived : told.framesDecoded ?? 0;
        if (count > (counts.get(one).get(told.id) ?? count)) come.add(told.kind === 'audio' ? 'sound' : 'picture');
        counts.get(one).set(told.id, count);
      }
    }
    const took = performance.now() - began;
    if (kinds.every((kind) => come.has(kind))) done(took / 1000);
    else if (took > patience_ms) done(null);
    else setTimeout(look, 50);
  };
  void look();
})"""
SAYS = """() => ({ frozen: document.querySelector('.face .lag') !== null,
  rung: document.querySelector('.linksign b')?.textContent ?? '' })"""


@dataclass(frozen=True)
class Row:
    """A fault, for how long, and what goes on meanwhile at both pages."""

    name: str
    seconds: float
    faults: dict[str, Any]
    goes_on: tuple[str, ...]
    says_frozen: bool = False


ROWS = (
    Row("15 % of all packets lost", 20, {"loss": 0.15}, ("sound", "picture")),
    Row("150 ms each way", 20, {"delay_s": 0.15}, ("sound", "picture")),
    Row("250 kbit/s each way", 40, {"bits_per_s": 250_000}, ("sound",)),
    Row("64 kbit/s each way", 40, {"bits_per_s": 64_000}, ("sound",)),
    Row("cut for 5 s", 5, {"is_cut": True}, (), says_frozen=True),
)


@dataclass
class Seen:
    """What came at one page, second after second, and what it said."""

    visitor: Visitor
    came: list[dict[str, float]] = field(default_factory=list)
    rungs: list[str] = field(default_factory=list)
    frozen_s: float | None = None
    _last: tuple[float, dict[str, float]] | None = None

    def look(self, since: float) -> dict[str, float]:
        """What came each second since the last look."""
        page, now = self.visitor.page, time.monotonic()
        total: dict[str, float] = page.evaluate(CAME)
        before, self._last = self._last or (now - 1, total), (now, total)
        each = {kind: max(0.0, total[kind] - before[1][kind]) / (now - before[0]) for kind in total}
        said = page.evaluate(SAYS)
        self.came.append(each)
        if said["rung"] and said["rung"] not in self.rungs:
            self.rungs.append(said["rung"])
        if said["frozen"] and self.frozen_s is None:
            self.frozen_s = now - since
        return each

    def mean(self, kind: str) -> float:
        """Of the second half of the time."""
        half = [one[kind] for one in self.came[len(self.came) // 2 :]]
        return sum(half) / len(half)


@pytest.fixture(scope="module")
def center(settled: Region, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    """A centre whose media server has few ports, so that each has its twin at the relay."""
    settings = {
        "YUANZHEN_MEDIA_PORTS": f"{PORTS.start}-{PORTS.stop - 1}",
        "YUANZHEN_MEDIA_INTERFACES": own_address(),
    }
    with served_copy(settled, Path(tmp_path_factory.mktemp("center")), **settings) as center:
        yield center


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    """A browser with a camera and a microphone, which may be taken away from each person by themselves."""
    with browser(CAMERA[0], "--use-fake-device-for-media-stream=fps=10") as started:
        yield started


@pytest.fixture(scope="module")
def bad() -> Iterator[Link]:
    with link(PORTS, own_address()) as one:
        yield one


@dataclass
class Two:
    """In one room: the asker by the bad link, the expert by none."""

    case: str
    asker: Visitor
    expert: Visitor

    @property
    def pages(self) -> tuple[Visitor, Visitor]:
        return self.asker, self.expert


@pytest.fixture
def two(region: Region, window: Browser, bad: Link, patient: str) -> Iterator[Two]:
    bad.becomes()
    case = accepted(region, patient)
    asker = enters(region, window, region.clinician, case, bad.script)
    expert = enters(region, window, region.expert, case, WATCH)
    both = Two(case, asker, expert)
    for one in both.pages:
        comes(one)
    yield both
    bad.becomes()
    for one in both.pages:
        assert one.is_quiet(), one.faults
        one.page.context.close()


def enters(region: Region, window: Browser, who: Person, case: str, script: str) -> Visitor:
    """Somebody goes into the room, on a page that begins with a script."""
    visitor = come(region, window, who, "check")
    may(visitor.page.context, "camera", "microphone")
    visitor.page.add_init_script(script)
    visitor.page.goto(f"https://localhost:{region.center.port('https')}/cases/{case}/room")
    expect(visitor.page.get_by_text("摄像头正常")).to_be_visible(timeout=PATIENCE_MS)
    visitor.page.get_by_role("button", name="进入会诊室").click()
    return visitor


def may(context: BrowserContext, *devices: str) -> None:
    """Somebody's browser may use these, and no others."""
    context.clear_permissions()
    context.grant_permissions(list(devices))


def unplugged(visitor: Visitor, window: Browser) -> None:
    """The camera is taken away from this person, and nothing else."""
    asked = window.new_browser_cdp_session()
    told = visitor.page.context.new_cdp_session(visitor.page).send("Target.getTargetInfo")["targetInfo"]
    denied = {"permission": {"name": "camera"}, "setting": "denied", "browserContextId": told["browserContextId"]}
    asked.send("Browser.setPermission", denied)


def comes(visitor: Visitor, *kinds: str) -> float:
    """Waits until sound and picture come; how long it took."""
    took: float | None = visitor.page.evaluate(COMES, [kinds or tuple(FLOWS), PATIENCE_MS])
    assert took is not None, f"no {kinds or tuple(FLOWS)} at {visitor.name}"
    return took


def lived_through(seconds: float, *visitors: Visitor) -> list[Seen]:
    """What these saw in that time."""
    started = time.monotonic()
    seen = [Seen(one) for one in visitors]
    while time.monotonic() - started < seconds:
        for one in seen:
            one.look(started)
        visitors[0].page.wait_for_timeout(250)
    return seen


def did(region: Region, two: Two) -> list[str]:
    """What the time line says of the room."""
    steps = region.expert.http.get(f"/api/consultations/{two.case}").json()["timeline"]
    return [one["what"] for one in steps]


def tell(name: str, seen: list[Seen], back_s: list[float]) -> None:
    """One row of the table, as it was, for whoever wants to look."""
    if PICTURES:
        row = [name, *map(cell, seen), f"{max(back_s):.1f} s", f"{os.getloadavg()[0]:.0f}"]
        with Path(PICTURES, "room-links.md").open("a", encoding="utf-8") as file:
            file.write(f"| {' | '.join(row)} |\n")


def cell(seen: Seen) -> str:
    """What came at one page."""
    frozen = [] if seen.frozen_s is None else [f"frozen said after {seen.frozen_s:.1f} s"]
    flows = f"{seen.mean('picture'):.0f} pictures/s, {seen.mean('sound'):.0f} packets of sound/s"
    return "; ".join([flows, *frozen, *seen.rungs])


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_both_stay_by_a_bad_link(region: Region, two: Two, bad: Link, row: Row) -> None:
    bad.becomes(**row.faults)
    seen = lived_through(row.seconds, *two.pages)
    bad.becomes()
    back_s = [comes(one) for one in two.pages]
    tell(row.name, seen, back_s)
    for one in seen:
        for kind in row.goes_on:
            assert one.mean(kind) >= FLOWS[kind], (one.visitor.name, kind, one.came)
        assert one.frozen_s is not None or not row.says_frozen, one.visitor.name
    assert "interrupted" not in did(region, two)


def test_a_page_that_comes_from_another_address_is_found_again(region: Region, two: Two, bad: Link) -> None:
    bad.moves()
    seen = lived_through(10, *two.pages)
    back_s = [comes(one) for one in two.pages]
    tell("another address", seen, back_s)
    assert "interrupted" not in did(region, two)


def test_a_media_server_that_is_killed_has_both_back(region: Region, two: Two) -> None:
    killed = server_of(region.center)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    started = time.monotonic()
    until(lambda: server_of(region.center) not in (None, killed), "no server runs")
    until_it_runs_s = time.monotonic() - started
    back_s = [until_it_runs_s + comes(one) for one in two.pages]
    tell("media server killed", lived_through(3, *two.pages), back_s)
    assert "interrupted" not in did(region, two)


def test_a_camera_that_is_taken_away_leaves_the_voice(two: Two, window: Browser) -> None:
    unplugged(two.asker, window)
    expect(two.asker.page.get_by_text("摄像头已断开")).to_be_visible(timeout=PATIENCE_MS)
    face = two.expert.page.locator("video[aria-label='许静 的画面']:not([hidden])")
    expect(face).to_have_count(0, timeout=PATIENCE_MS)
    comes(two.expert, "sound")


def test_a_page_that_slept_goes_on_when_it_wakes(region: Region, two: Two) -> None:
    sleeper = two.asker.page.context.new_cdp_session(two.asker.page)
    sleeper.send("Page.setWebLifecycleState", {"state": "frozen"})
    seen = lived_through(12, two.expert)
    sleeper.send("Page.setWebLifecycleState", {"state": "active"})
    tell("a page asleep for 12 s", seen, [comes(one) for one in two.pages])
    assert "interrupted" not in did(region, two)
