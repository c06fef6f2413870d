"""What stands behind the live channel `board/ID`: its events say that there is more; pages read it themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yuanzhen.applications.consultation import access
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database


class BoardChannel:
    """The boards of one case, for its two sides."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """Nothing but that one may follow it. Raises as `access.of_a_side`."""
        async with self._db.look(actor) as look:
            await access.of_a_side(look, id, "board-read", "R")
        return {}

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `NotFound` for who has no part in the case any more. Nothing is shown, so nothing is noted."""
        async with self._db.look(actor) as look:
            await access.may_still(look, id)
