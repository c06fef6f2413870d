"""From the leader's arrow key to the slice on the follower's screen: two pages of the real product in Chromium.

One JSON line. Both pages stand in one browser, whose clock they share; the leader turns a page by a key, the follower
notes the first animation frame in which that slice stands. `reference` is the same from the key to the leader's own
screen, in the same presses: what a page needs without any network.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from shared.spread import spread
from tests.make.center import served
from tests.make.pages import browser
from tests.whole.conftest import Region
from tests.whole.test_reading_together import agree, another, asked_in, pressed, reads

PRESSES = 100
GOAL_MS = 200

# Notes when each slice first stood on the screen, by the machine's clock.
WATCH = """() => {
  window.stood = [];
  const now = () => performance.timeOrigin + performance.now();
  const look = () => {
    const at = document.querySelector('.stage')?.dataset.shown;
    if (at !== undefined && at !== window.stood.at(-1)?.at) window.stood.push({ at, ms: now() });
    requestAnimationFrame(look);
  };
  look();
  addEventListener('keydown', () => { window.pressed = now(); }, { capture: true });
}"""
# What stands is noted in the next animation frame; an earlier visit of the same slice does not count.
SINCE = """(at) => new Promise((done) => {
  const look = () => {
    const last = window.stood.at(-1);
    if (last?.at === at) done(last.ms);
    else requestAnimationFrame(look);
  };
  look();
})"""


def presses(leader: Page, follower: Page) -> tuple[list[float], list[float]]:
    """Milliseconds from each key to the follower's screen, and to the leader's own."""
    followed, own = [], []
    for page in (leader, follower):
        page.evaluate(WATCH)
    pressed(leader, "Home")
    agree(leader, follower)
    for nth in range(PRESSES):
        pressed(leader, "ArrowUp" if nth % 22 >= 11 else "ArrowDown")  # there and back
        agree(leader, follower)
        began, at = leader.evaluate("window.pressed"), follower.locator(".stage").first.get_attribute("data-shown")
        own.append(leader.evaluate(SINCE, at) - began)
        followed.append(follower.evaluate(SINCE, at) - began)
    return followed, own


def measure(window: Browser) -> dict[str, Any]:
    """Two experts at one case of an empty centre."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "home") as center:
        region = Region.of(center)
        second = another(region)
        case = asked_in(region, second)
        leader, follower = (reads(region, window, who, case).page for who in (region.expert, second))
        leader.get_by_role("button", name="主导翻阅").click()
        follower.get_by_text("跟随 陈予安 主导翻阅").wait_for()
        followed, own = presses(leader, follower)
    (p50, p99), (own_p50, own_p99) = spread(followed), spread(own)
    return {
        "figure": "follow: the leader's key to the follower's picture",
        "value": p50,
        "p99": p99,
        "unit": "ms p50",
        "goal": GOAL_MS,
        "reference": own_p50,
        "reference_p99": own_p99,
        "reference_is": "the same key to the leader's own screen",
        "presses": PRESSES,
        "load": os.getloadavg()[0],
    }


if __name__ == "__main__":
    with browser() as started:
        print(json.dumps(measure(started)), flush=True)
