"""What stands behind the live channel `calendar/INSTITUTION`: its events wake pages, which read with own rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yuanzhen.collaboration.calendar import access
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import NotFound


class CalendarChannel:
    """That something changed in the calendar of a house."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """Nothing but that one may follow it. Raises `NotFound`, kept, for who neither books nor is booked."""
        async with self._db.look(actor) as look:
            if actor.role not in access.READERS:
                raise access.refused(look, NotFound("live.no_channel"), "follow", "R", "institution", id)
        return {}

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `NotFound` for who neither books nor is booked."""
        if actor.role not in access.READERS:
            raise NotFound("live.no_channel")
