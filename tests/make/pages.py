"""People at real pages: headless Chromium over HTTPS, each person in a browser profile of their own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState, expect, sync_playwright

from tests.make import rank
from tests.make.center import Center

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # and a microphone
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
# What turns or flashes for as long as it is there is at rest too: it is not on its way to another colour.
AT_REST = """Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect.getTiming().iterations !== Infinity).map((one) => one.finished)).then(() => null)"""
ROOT = Path(__file__).parents[2]
# What a test that opens pages needs: its time, a browser, and the pages built.
OPENS_PAGES = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here: no page was opened"),
    pytest.mark.skipif(not (ROOT / "web/dist/index.html").is_file(), reason="the pages are not built"),
]
PICTURES = os.environ.get("YUANZHEN_TEST_PICTURES")  # a folder for pictures of the pages, for whoever wants to look
OPENS_MS = 90_000  # within which a page is loaded, on a machine that sends and gets pictures beside it
WIDE, TABLET, PHONE = (1440, 900), (1024, 768), (390, 844)
expect.set_options(timeout=20_000)  # what shows within a moment takes longer beside other work; what fails, too
# In which windows and languages a page is looked at; the run that is to be quick looks at two of them.
_LATER = [(WIDE, "en-GB"), (TABLET, "zh-CN"), (TABLET, "en-GB"), (PHONE, "zh-CN")]
IN_EVERY_WINDOW = pytest.mark.parametrize(
    ("size", "locale"),
    [(WIDE, "zh-CN"), (PHONE, "en-GB"), *(pytest.param(*one, marks=pytest.mark.long) for one in _LATER)],
)
IN_THREE_WINDOWS = pytest.mark.parametrize(
    ("size", "locale"),
    [(WIDE, "zh-CN"), pytest.param(TABLET, "en-GB", marks=pytest.mark.long), (PHONE, "zh-CN")],
)


@contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """Debian's Chromium, headless; with more of its own arguments."""
    rank.renounce()  # a bench has no conftest
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *more])
        try:
            yield started
        finally:
            started.close()


@dataclass
class Visitor:
    """One person at one window; faults of the page are kept and looked at when the window is left."""

    page: Page
    name: str
    password: str
    totp_secret: str
    faults: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)  # of the browser's console: a refusal is one
    _used: str = ""

    @classmethod
    def come(
        cls,
        browser: Browser,
        url: str,
        who: tuple[str, str, str],
        *,
        locale: str = "zh-CN",
        size: tuple[int, int] = WIDE,
        state: StorageState | None = None,
        zone: str = "Asia/Shanghai",
        touch: bool = False,
    ) -> Visitor:
        """Opens the portal; `who` is login name, password, TOTP secret; with `state` as somebody who is logged in."""
        context = browser.new_context(
            ignore_https_errors=True,
            locale=locale,
            timezone_id=zone,
            viewport={"width": size[0], "height": size[1]},
            storage_state=state,
            has_touch=touch,
        )
        visitor = cls(context.new_page(), *who)
        visitor.page.set_default_navigation_timeout(OPENS_MS)
        visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
        visitor.page.on("console", visitor._heard)
        visitor.page.goto(url)
        return visitor

    def code(self) -> str:
        """A one-time code that was not used yet; waits for the next step of the clock where this one was."""
        while (code := pyotp.TOTP(self.totp_secret).now()) == self._used:
            time.sleep(0.5)
        self._used = code
        return code

    def login(self) -> Visitor:
        """Both steps, by keyboard alone; a code that the demo has just used for itself is followed by the next one."""
        self.page.locator("input").first.fill(self.name)
        self.page.locator("input[type=password]").fill(self.password)
        self.page.keyboard.press("Enter")
        field = self.page.locator("input[autocomplete='one-time-code']")
        expect(field).to_be_visible()
        for _ in range(2):
            field.fill(self.code())
            self.page.keyboard.press("Enter")
            with contextlib.suppress(AssertionError):
                expect(field).to_be_hidden()
            if not field.is_visible():
                return self
        expect(field).to_be_hidden()
        return self

    def fingers(self, *paths: tuple[tuple[float, float], tuple[float, float]], steps: int = 20) -> None:
        """As many fingers as paths go over the page at once, each from one point to another, and are lifted."""
        glass = self.page.context.new_cdp_session(self.page)
        touch = lambda kind, points: glass.send(  # noqa: E731
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y, "id": nth} for nth, (x, y) in enumerate(points)]},
        )
        touch("touchStart", [start for start, _ in paths])
        for step in range(1, steps + 1):
            share = step / steps
            touch("touchMove", [(ax + (bx - ax) * share, ay + (by - ay) * share) for (ax, ay), (bx, by) in paths])
        touch("touchEnd", [])

    def axe(self, but: str = "") -> list[str]:
        """What axe finds on the page as it stands, once what has just come has come to rest; not in what is `but`."""
        self.page.evaluate(AT_REST)
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "(but) => axe.run(but ? {exclude: [[but]]} : document)"
            ".then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].target))",
            but,
        )
        return [str(one) for one in found]

    def is_quiet(self) -> bool:
        """Whether the page never raised."""
        return not self.faults

    def _heard(self, told: ConsoleMessage) -> None:
        if told.type == "error":
            self.complaints.append(f"{told.text} {told.location.get('url', '')}")


def pages(center: Center) -> str:
    """Where a centre's pages are."""
    return f"https://localhost:{center.port('https')}/"


def who(demo: Center, login: str) -> tuple[str, str, str]:
    """A demo person's name, password and TOTP secret."""
    known = json.loads((demo.home / "demo.json").read_text(encoding="utf-8"))["logins"][login]
    return login, known["password"], known["totp_secret"]


def cookies(demo: Center, window: Browser, logins: Iterable[str]) -> dict[str, StorageState]:
    """The cookies of demo people: a code is good once, so that each logs in once."""
    kept = {}
    for login in logins:
        visitor = Visitor.come(window, pages(demo), who(demo, login)).login()
        kept[login] = visitor.page.context.storage_state()
        visitor.page.context.close()
    return kept
