"""One media server, kept running, with the two lines to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.infrastructure.processes.child import Child
from yuanzhen.infrastructure.processes.kept import keep
from yuanzhen.network.media.configuration import ADMIN, API, Ground
from yuanzhen.network.media.shell import janus
from yuanzhen.network.media.shell.janus import Started
from yuanzhen.network.media.shell.line import FIGURES, REQUESTS, Line, Message, line

KEEP_ALIVE_S = 5.0  # Janus forgets a session after sixty; one that does not answer is replaced


@dataclass(frozen=True, slots=True)
class Lines:
    """To a server that runs: for requests, for its own figures; and the key that makes rooms."""

    requests: Line
    figures: Line
    key: str


class Server:
    """Runs Janus; `up` is awaited when one takes requests, `down` called when it takes none any more."""

    def __init__(self, home: Path, ground: Ground, metrics: Metrics, name: str) -> None:
        self.name = name
        self._home = home
        self._ground = ground
        self._metrics = metrics
        self._started: Started | None = None
        self._lines: Lines | None = None
        metrics.set("media_up", 0, server=name)

    @property
    def is_up(self) -> bool:
        """Whether it takes requests."""
        return self._lines is not None

    @property
    def lines(self) -> Lines:
        """Unavailable `media.no_server` while there are none."""
        if self._lines is None:
            raise Unavailable("media.no_server")
        return self._lines

    @property
    def started(self) -> Started:
        """The program as it runs now; Unavailable `media.no_server`."""
        if self._started is None:
            raise Unavailable("media.no_server")
        return self._started

    async def run(
        self, up: Callable[[], Awaitable[None]], down: Callable[[], None], heard: Callable[[Message], None]
    ) -> None:
        """Keeps it running until cancelled; where none is installed it says so once, and waits."""
        try:
            janus.programs()
        except Unavailable as lacking:
            log.warning("media_absent", lacks=lacking.facts["lacks"])
            await asyncio.Event().wait()
        try:
            await keep("janus", self._start, lambda: self._serve(up, down, heard), self._metrics)
        finally:
            janus.clear(self._home, self.name)

    async def _start(self) -> Child:
        self._started = janus.start(self._home, self._ground, self.name)
        return self._started.child

    async def _serve(
        self, up: Callable[[], Awaitable[None]], down: Callable[[], None], heard: Callable[[Message], None]
    ) -> None:
        began, started = time.monotonic(), self.started
        folder, secrets = started.folder, started.secrets
        async with (
            line(folder / API, REQUESTS, {"apisecret": secrets.api}, heard) as requests,
            line(folder / ADMIN, FIGURES, {"admin_secret": secrets.admin}, lambda _: None) as figures,
        ):
            await requests.open_session()
            self._lines = Lines(requests, figures, secrets.rooms)
            self._metrics.set("media_up", 1, server=self.name)
            try:
                await up()
                log.info("media_started", pid=started.child.pid, took_ms=round((time.monotonic() - began) * 1000))
                while True:
                    await asyncio.sleep(KEEP_ALIVE_S)
                    await requests.keep_alive()
            finally:
                self._lines = None
                self._metrics.set("media_up", 0, server=self.name)
                down()
