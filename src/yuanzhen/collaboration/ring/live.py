"""What a person's own channel `me` says of rings: for which they are called now; for a dispatcher, all that ring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from yuanzhen.collaboration.ring import store, views
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database


class OwnRings:
    """The part of `me` that rings."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """`called`: the sources for which this person is called now; `rings`: for dispatchers, as `GET /api/rings`."""
        async with self._db.look(actor) as look:
            called = await store.calling(look, actor.id)
        told: dict[str, Any] = {"called": [{"ring": ring.id, "source": ring.source} for ring in called]}
        if actor.role == "dispatcher":
            told["rings"] = msgspec.to_builtins((await views.going(self._db, actor)).items)
        return told

    async def allowed(self, actor: Actor, id: str) -> None:
        """One's own channel is always one's own."""
