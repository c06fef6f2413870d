"""A Chromium of the demo's own: headless, without a trace of anybody's profile, driven by its DevTools protocol."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from yuanzhen.infrastructure.db.embedded.places import Places
from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.infrastructure.processes import runtime
from yuanzhen.infrastructure.processes.account import account_for
from yuanzhen.infrastructure.processes.child import spawn
from yuanzhen.infrastructure.processes.kept import END_STEPS

NAMES = ("chromium", "chromium-browser", "google-chrome")
FOLDER = "browser"
PORT_FILE = "DevToolsActivePort"  # Chromium writes it once it listens: the port, and the path of its socket
ARGUMENTS = (
    "--headless", "--disable-gpu", "--mute-audio", "--no-first-run", "--no-startup-window",
    "--no-sandbox",  # it opens our own pages alone, and in a container it has no sandbox
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-breakpad",
    # its pages are seen by nobody here, and go on all the same
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
    "--remote-debugging-port=0",
)  # fmt: skip
LISTENS_S, LOOK_S, ANSWER_S = 30.0, 0.1, 30.0


def found() -> str | None:
    """Where Chromium is, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[DevTools]:
    """Chromium inside the block, as whoever runs our other programs; it dies with us. Raises Unavailable."""
    program = found()
    if program is None:
        raise Unavailable("demo.no_browser", lacks=NAMES[0])
    account = account_for(Places.of(home).data)
    folder = runtime.runtime_folder(home, account) / FOLDER
    runtime.furnish(folder, account, {})
    places = (f"HOME={folder}", f"TMPDIR={folder}")  # all that it writes is in there
    own = ["/usr/bin/env", *places, program, *ARGUMENTS, f"--user-data-dir={folder}"]
    child = spawn(own, account, stderr=subprocess.DEVNULL)
    try:
        async with connect(await _socket(folder), max_size=None, compression=None) as line:
            yield DevTools(line)
    except (WebSocketException, OSError, TimeoutError) as gone:
        raise Unavailable("demo.no_browser", lacks=type(gone).__name__) from gone
    finally:
        await child.end(END_STEPS)
        runtime.clear(folder)


async def _socket(folder: Path) -> str:
    file = folder / PORT_FILE
    async with asyncio.timeout(LISTENS_S):
        while True:
            lines = file.read_text().splitlines() if file.exists() else []
            if len(lines) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            await asyncio.sleep(LOOK_S)


class DevTools:
    """One request after the other; what it tells unasked is passed over."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._numbers = itertools.count(1)

    async def ask(self, method: str, session: str | None = None, **given: Any) -> dict[str, Any]:
        """The answer's result. Raises Unavailable `demo.no_browser` for a refusal, TimeoutError for none."""
        number = next(self._numbers)
        asked = {"id": number, "method": method, "params": given}
        async with asyncio.timeout(ANSWER_S):
            await self._line.send(json.dumps({**asked, "sessionId": session} if session else asked))
            while (answer := json.loads(await self._line.recv())).get("id") != number:
                continue
        if "error" in answer:
            raise Unavailable("demo.no_browser", place=method, lacks=answer["error"]["message"])
        result: dict[str, Any] = answer["result"]
        return result

    async def open(self, url: str, cookies: dict[str, str], script: str) -> Tab:
        """A page in a profile of its own, with these cookies; `script` runs in it before the page's own."""
        context = (await self.ask("Target.createBrowserContext"))["browserContextId"]
        kept = [{"name": name, "value": value, "url": url, "path": "/"} for name, value in cookies.items()]
        await self.ask("Storage.setCookies", browserContextId=context, cookies=kept)
        target = await self.ask("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        tab = Tab(self, attached["sessionId"])
        await self.ask("Page.enable", tab.session)
        await self.ask("Page.addScriptToEvaluateOnNewDocument", tab.session, source=script)
        await tab.go(url)
        return tab


@dataclass(frozen=True, slots=True)
class Tab:
    """One page."""

    browser: DevTools
    session: str

    async def go(self, url: str) -> None:
        """Leaves the page for another."""
        await self.browser.ask("Page.navigate", self.session, url=url)

    async def press(self, selector: str) -> None:
        """Presses the button, if it is there."""
        press = f"document.querySelector({json.dumps(selector)})?.click()"
        await self.browser.ask("Runtime.evaluate", self.session, expression=press)
