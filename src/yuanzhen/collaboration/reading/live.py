"""What stands behind the live channel `reading/ID`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from yuanzhen.collaboration.reading import access, views
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database


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
