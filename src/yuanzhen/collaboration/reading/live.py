"""What stands behind the live channels `reading/ID`, what is marked, and `led/ID`, what is looked at together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from yuanzhen.collaboration.reading import access, views
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Forbidden


class ReadingChannel:
    """One reading: its marks, and that a draft was saved. Before the signature for the invited experts alone."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """The marks. Raises `NotFound` for who may not see them."""
        found: Mapping[str, Any] = msgspec.to_builtins(await views.marks(self._db, actor, id))
        return found

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `NotFound` for who may not see them any more."""
        async with self._db.look(actor) as look:
            await access.may_still(look, id)

    async def may_speak(self, actor: Actor, id: str) -> None:
        """A stroke is shown while it is drawn by who may set marks. Raises `Forbidden` for who only looks."""
        async with self._db.look(actor) as look:
            reading = await access.may_still(look, id)
        if not reading.is_written_by(actor.id):
            raise Forbidden("reading.not_yours")


class LedChannel:
    """What is looked at together: who leads, where, and pointers in passing; for whoever may see the pictures."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """Who leads and what they look at. Raises `NotFound` for who may not see the pictures."""
        found: Mapping[str, Any] = msgspec.to_builtins(await views.led(self._db, actor, id, clock.now()))
        return found

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `NotFound` for who may not see the pictures any more."""
        async with self._db.look(actor) as look:
            await access.may_still_follow(look, id)

    async def may_speak(self, actor: Actor, id: str) -> None:
        """Who may lead points too. Raises `Forbidden` for who only looks."""
        async with self._db.look(actor) as look:
            reading = await access.may_still_follow(look, id)
        if actor.id not in reading.leaders or reading.state != "open":
            raise Forbidden("reading.not_to_lead")
