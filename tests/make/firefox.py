"""A real Firefox at one page, as it comes from Mozilla or Debian, with a camera and a microphone of its own making."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from tests.make.center import Person
from tests.make.pages import ROOT

FIREFOX = next((path for name in ("firefox-esr", "firefox") if (path := shutil.which(name))), None)


@dataclass(frozen=True)
class Firefox:
    """What is asked of `web/dev/firefox.mjs`, line by line."""

    asks: IO[str]
    answers: IO[str]

    def go(self, url: str) -> None:
        """Opens a page."""
        self._does("go", url)

    def keep(self, who: Person) -> None:
        """Takes the session that somebody has over HTTP: a code is good once."""
        cookies = [
            {"name": one.name, "value": one.value, "domain": "localhost", "path": "/", "httpOnly": True, "secure": True}
            for one in who.http.cookies.jar
        ]
        self._does("keep", cookies)

    def press(self, name: str) -> None:
        """Presses a button, once it is there and can be pressed."""
        self._does("press", name)

    def evaluate(self, script: str) -> Any:
        """What an expression is in the page."""
        return self._does("evaluate", script)

    def shows(self, text: str) -> bool:
        """Whether a text stands on the page."""
        return text in self.evaluate("document.body.innerText")

    def picture(self, path: str) -> None:
        """A picture of the page as PNG."""
        self._does("picture", path)

    def faults(self) -> list[str]:
        """What the page raised."""
        found: list[str] = self._does("faults", None)
        return found

    def _does(self, verb: str, given: object) -> Any:
        print(json.dumps([verb, given]), file=self.asks, flush=True)
        line = self.answers.readline()
        assert line, "Firefox is gone"
        answer = json.loads(line)
        assert "failed" not in answer, answer["failed"]
        return answer.get("said")


@contextmanager
def firefox() -> Iterator[Firefox]:
    """Firefox, headless."""
    started = subprocess.Popen(
        [ROOT / ".venv/bin/node", "dev/firefox.mjs", FIREFOX or ""],
        cwd=ROOT / "web", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert started.stdin is not None
    assert started.stdout is not None
    try:
        yield Firefox(started.stdin, started.stdout)
    finally:
        started.stdin.close()
        started.wait(30)
        started.stdout.close()
