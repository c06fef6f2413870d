"""The doors of management."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from yuanzhen.applications.management import views
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database


@get("/api/management/consultations")
async def consultations(
    actor: Actor,
    db: Database,
    since: Annotated[date, QueryParameter(name="from")],
    until: Annotated[date, QueryParameter(name="to")],
    department: str = "",
) -> views.Consultations:
    """How consultations went from a day to a day (both count), for managers: totals of their house and those below."""
    return await views.consultations(db, actor, since, until, department)


router = Router(path="/", route_handlers=[consultations])
