"""What stands behind the live channel `exchange/INSTITUTION`: its events wake pages, which read with own rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yuanzhen.data.intake import apart, console, store
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.security.audit import trail


class ExchangeChannel:
    """That something changed at a house's interfaces."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """Nothing but that one may follow it. Raises `NotFound`, kept, for who has nothing to do with them."""
        async with self._db.look(actor) as look:
            if not await _may(look, id):
                raise trail.refused(look, _unknown(), "exchange.follow", "R", entity_type="institution", entity=id)
        return {}

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `NotFound` for who has nothing to do with them any more."""
        async with self._db.look(actor) as look:
            if not await _may(look, id):
                raise _unknown()


async def _may(look: Reads, institution: str) -> bool:
    """The officer who handles the house, and its clinicians, whose images may wait."""
    if look.actor.role == apart.ROLE:
        return look.actor.institution == institution
    return look.actor.role == console.ROLE and await store.handles(look, institution)


def _unknown() -> NotFound:
    return NotFound("exchange.house_unknown", place="institution")
