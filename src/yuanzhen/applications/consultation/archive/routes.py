"""The door of what closed cases lack."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from yuanzhen.applications.consultation.archive import views
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database


@get("/api/archive")
async def archive(
    actor: Actor,
    db: Database,
    since: Annotated[date, QueryParameter(name="from")],
    until: Annotated[date, QueryParameter(name="to")],
) -> views.Archive:
    """What lacks in the consultations that closed from a day to a day (both count), for quality: the worst first."""
    return await views.archive(db, actor, since, until)


router = Router(path="/", route_handlers=[archive])
