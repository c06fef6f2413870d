"""A room of sixteen: two pages of the real product in Chromium, and fourteen guests without a browser, one sending 4K.

Two JSON lines. `room_first_picture`: from the first of fourteen guests' asking to come in until all sixteen have the
first picture of each of the fifteen others. `room_shown`: pictures that each page showed of those that were sent to it
(of who stands in sight there), and of the 4K stream that both have pinned; `reference` is what was sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from shared.room_peers import Elsewhere, Film, Guest, Sealed
from tests.make.center import served
from tests.make.pages import CAMERA, browser
from tests.whole.conftest import Region
from tests.whole.test_after_pages import accepted
from tests.whole.test_reading_page import series, stored
from tests.whole.test_room_page import enters, sees
from yuanzhen.network.media.shell import janus

GUESTS, SETTLING_S, SECONDS, PATIENCE_S = 14, 6, 12, 40
SIZE = {"width": 1920, "height": 1080}
SMALL = {"size": (320, 180), "per_s": 5, "bits_per_s": 150_000}
LARGE = {"size": (3840, 2160), "per_s": 4, "bits_per_s": 20_000_000, "seconds": 1}
GOALS = {"first_s": 3.0, "shown": 0.99}
# Of each picture of others on the page: how many were shown, and its lines
COUNTS = """() => Object.fromEntries([...document.querySelectorAll('.scene video:not(.own, [hidden])')].map((one) => {
  const { totalVideoFrames, droppedVideoFrames } = one.getVideoPlaybackQuality();
  return [one.ariaLabel, [totalVideoFrames - droppedVideoFrames, one.videoHeight]];
}))"""


def invited(region: Region, case: str) -> list[Guest]:
    """The guests with their links; the last one sends 4K."""
    small, large = Film.of(**SMALL), Film.of(**LARGE)  # type: ignore[arg-type]
    guests = []
    for nth in range(GUESTS):
        body = {"name": f"来宾{nth + 1:02}", "role": "guest"}
        made = region.expert.http.post(f"/api/consultations/{case}/room/guests", json=body).raise_for_status().json()
        track = Sealed(large if nth == GUESTS - 1 else small)
        guests.append(Guest(region.center.url, case, made["link"].rpartition("#")[2], track))
    return guests


async def come(guests: list[Guest], let_in: Callable[[str], None]) -> float:
    """All at once: they ask, are let in, send, and see all others; when that was so."""
    await asyncio.gather(*(one.comes() for one in guests))
    for one in guests:
        await asyncio.to_thread(let_in, one.id)
    await asyncio.gather(*(one.publishes() for one in guests))
    await asyncio.gather(*(one.has_keys(GUESTS + 2) for one in guests))
    await asyncio.gather(*(one.sees(GUESTS + 1) for one in guests))
    return time.monotonic()


def first_picture(region: Region, case: str, elsewhere: Elsewhere, guests: list[Guest], pages: list[Page]) -> None:
    """Until everybody sees everybody."""

    def let_in(person: str) -> None:
        path = f"/api/consultations/{case}/room/admit"
        region.expert.http.post(path, json={"person": person}).raise_for_status()

    began = time.monotonic()
    coming = elsewhere.begin(come(guests, let_in))
    at: dict[Page, float] = {}
    while len(at) < len(pages):
        for page in pages:
            shown = [count for count, _ in page.evaluate(COUNTS).values() if count > 0]
            if page not in at and len(shown) == GUESTS + 1:
                at[page] = time.monotonic() - began
        page.wait_for_timeout(20)
        if time.monotonic() - began > PATIENCE_S:
            sys.exit(f"not all are seen: {[page.evaluate(COUNTS) for page in pages]}")
    guests_s = coming.result(PATIENCE_S) - began
    say("room_first_picture", max(*at.values(), guests_s), "s", goal=GOALS["first_s"],
        pages_s=[round(one, 2) for one in at.values()], guests_s=round(guests_s, 2))  # fmt: skip


def shown(guests: list[Guest], pages: list[Page]) -> None:
    """What is shown of what is sent, with the 4K stream pinned at both pages."""
    name = f"来宾{GUESTS:02}"
    for page in pages:
        page.get_by_role("button", name=f"放大 {name} 的画面").first.click()
    pages[0].wait_for_timeout(SETTLING_S * 1000)
    before = [(page.evaluate(COUNTS), sent(guests)) for page in pages]
    pages[0].wait_for_timeout(SECONDS * 1000)
    for page, (was, went) in zip(pages, before, strict=True):
        now, gone = page.evaluate(COUNTS), sent(guests)
        counts = {who: (now[who][0] - was[who][0], gone[who] - went[who]) for who in gone if who in now}
        seen = {who: both for who, both in counts.items() if both[0] > 0}  # who is out of sight is not sent
        large = seen.pop(f"{name} 的画面", (0, 1))
        share = sum(one for one, _ in seen.values()) / max(1, sum(all for _, all in seen.values()))
        more = {
            "in_sight": len(seen),
            "lines_4k": now[f"{name} 的画面"][1],
            "shown_4k": round(large[0] / large[1], 3),
            "frames_4k_per_s": round(large[0] / SECONDS, 1),
            "mbit_per_s_4k": round(guests[-1].track.film.bits_per_s / 1e6, 1),
        }
        say("room_shown", share, "of the pictures that were sent", goal=GOALS["shown"], **more)


def sent(guests: list[Guest]) -> dict[str, int]:
    """How many pictures each has sent."""
    return {f"来宾{nth:02} 的画面": one.track.sent for nth, one in enumerate(guests, 1)}


def say(figure: str, value: float, unit: str, **more: Any) -> None:
    """One line."""
    line = {"figure": figure, "value": round(value, 3), "unit": unit, **more, "load": round(os.getloadavg()[0], 1)}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def measure(window: Browser) -> None:
    """On an empty centre."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "home") as center, Elsewhere() as elsewhere:
        region = Region.of(center)
        case = accepted(region, stored(region, series(905, 3, 1.0)))
        pages = [enters(region, window, who, case).page for who in (region.expert, region.clinician)]
        for page, name in zip(pages, ("许静", "陈予安"), strict=True):
            page.set_viewport_size(SIZE)  # type: ignore[arg-type]
            sees(page, name)

        async def made() -> list[Guest]:
            return invited(region, case)

        guests = elsewhere.run(made())
        first_picture(region, case, elsewhere, guests, pages)
        shown(guests, pages)


if __name__ == "__main__":
    if not janus.available():
        print('{"figure": "room_pages", "skipped": "no media server is here"}')
    else:
        with browser(*CAMERA) as started:
            measure(started)
