"""What stands behind the live channel `patient/ID`: its events wake pages, which read with own rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yuanzhen.data.records import store
from yuanzhen.data.records.file import access
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import NotFound


class PatientChannel:
    """That something came into a patient's file, or is on its way."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """Nothing but that one may follow it. Raises as opening a list of the file does; kept."""
        async with self._db.look(actor) as look:
            await access.opened(look, id, "live")
        return {}

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `NotFound` for who may not see the patient any more. Nothing is shown, so nothing is noted."""
        async with self._db.look(actor) as look:
            found = await store.find(look, "Patient", id)
        if found is None or found.deleted:
            raise NotFound("fhir.not_found")
