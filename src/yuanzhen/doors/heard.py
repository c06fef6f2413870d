"""Who was heard of: noted in memory at every call, and while a live page is open; written for all at once.

A row a request would be a write a request. Only somebody who has been silent is written at once, so that whoever
comes can be called within a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.security.identity import presence
from yuanzhen.security.identity.presence import HEARD_WITHIN

EVERY_S = 10.0  # a sixth of what makes somebody present
AGAIN_S = 1.0  # after the database was away

WRITER = system("relay")
Open = Callable[[], Iterable[Actor]]


class Heard:
    """When each person was last heard of by this process. `run` it once; `open_pages`: whose live pages are open."""

    def __init__(self, db: Database, open_pages: Open, now: Callable[[], datetime] = clock.now) -> None:
        self._db = db
        self._open_pages = open_pages
        self._now = now
        self._fresh: dict[str, datetime] = {}  # not written yet
        self._written: dict[str, datetime] = {}
        self._come = asyncio.Event()

    def note(self, actor: Actor) -> None:
        """Somebody called; patients and machines are nobody's to call, and not kept."""
        if actor.kind != "person" or not presence.is_called(actor.role):
            return
        now = self._now()
        before = self._fresh.get(actor.id) or self._written.get(actor.id)
        self._fresh[actor.id] = now
        if before is None or now - before >= HEARD_WITHIN / 2:
            self._come.set()

    async def run(self) -> None:
        """Writes every ten seconds, and at once when somebody comes; until cancelled."""
        while True:
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._come.wait()
            except TimeoutError:
                for actor in self._open_pages():
                    self.note(actor)
            self._come.clear()
            try:
                await self.write()
            except Problem as down:
                log.warning("presence_waits", problem=down.code)
                await asyncio.sleep(AGAIN_S)
                self._come.set()

    async def write(self) -> None:
        """Writes what was noted since the last time, in one statement."""
        fresh, self._fresh = self._fresh, {}
        if not fresh:
            return
        try:
            async with self._db.verb(WRITER) as tx:
                await presence.heard(tx, fresh)
        except BaseException:
            self._fresh = {**fresh, **self._fresh}
            raise
        written, now = {**self._written, **fresh}, self._now()
        self._written = {person: at for person, at in written.items() if now - at < HEARD_WITHIN}


class Listening:
    """An application, each of whose callers is noted as soon as they were recognised and something was answered."""

    def __init__(self, app: ASGIApp, heard: Heard) -> None:
        self._app = app
        self._heard = heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or WebSocket."""

        async def sent(message: Message) -> None:
            known = scope["state"].get("known")
            if known is not None and message["type"] in ("http.response.start", "websocket.accept"):
                self._heard.note(known.actor)
            await send(message)

        await self._app(scope, receive, sent)
