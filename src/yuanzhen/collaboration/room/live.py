"""What stands behind the live channel `room/ID`: events only wake the page, which reads the rest by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from yuanzhen.collaboration.room import access, views
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database


class RoomChannel:
    """One room, as its reader may see it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """The room. Raises `NotFound` for who has no part in what it is of."""
        found: Mapping[str, Any] = msgspec.to_builtins(await views.room(self._db, actor, id))
        return found

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `NotFound` for who has no part in it any more."""
        async with self._db.look(actor) as look:
            await access.may_still(look, id)
