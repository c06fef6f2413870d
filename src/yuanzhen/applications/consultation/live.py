"""What stands behind the live channels `consultation/ID`, `board/ID`, `chat/ID`, `queue/DEPARTMENT` and `me`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from yuanzhen.applications.consultation import access, views
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.policy import directory


class CaseChannel:
    """One case, as its reader may see it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """The case. Raises `NotFound` for who has no part in it."""
        found: Mapping[str, Any] = msgspec.to_builtins(await views.case(self._db, actor, id))
        return found

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `NotFound` for who has no part in it any more."""
        async with self._db.look(actor) as look:
            await access.may_still(look, id)


class SidesChannel:
    """What both sides of one case share: events only say that there is more, and pages read it themselves.

    `act`: what following it is called in the trail.
    """

    def __init__(self, db: Database, act: str) -> None:
        self._db = db
        self._act = act

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """Nothing but that one may follow it. Raises as `access.of_a_side`."""
        async with self._db.look(actor) as look:
            await access.of_a_side(look, id, self._act, "R")
        return {}

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `NotFound` for who has no part in the case any more. Nothing is shown, so nothing is noted."""
        async with self._db.look(actor) as look:
            await access.may_still(look, id)


class QueueChannel:
    """What waits for a department, for its members."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """The queue, urgent first, then oldest."""
        async with self._db.look(actor) as look:
            await access.queue_of(look, id)
        found: Mapping[str, Any] = msgspec.to_builtins(
            await views.cases(self._db, actor, department=id, after="", count=views.MOST)
        )
        return found

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `NotFound` for who is no member."""
        async with self._db.look(actor) as look:
            await access.queue_still(look, id)


class OwnChannel:
    """What rings or waits for a person; the events only wake the page, which reads the rest with its own rights."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """The cases that one of the person's departments is asked for and nobody has taken."""
        async with self._db.look(actor) as look:
            departments = await directory.departments_of(look, actor.id) if actor.role == "expert" else []
        waiting = [
            line
            for department in departments
            for line in (await views.cases(self._db, actor, department=department, after="", count=views.MOST)).items
        ]
        return {"waiting": msgspec.to_builtins(waiting)}

    async def allowed(self, actor: Actor, id: str) -> None:
        """One's own channel is always one's own."""
