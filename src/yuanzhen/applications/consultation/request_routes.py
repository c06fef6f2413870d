"""The doors of a request before it is sent."""

from __future__ import annotations

from litestar import Router, get, put

from yuanzhen.applications.consultation import requests
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database

PATH = "/api/requests/{patient:str}"


@get(PATH)
async def prepared(actor: Actor, db: Database, patient: str) -> requests.Prepared:
    """One's draft for a patient, and what may be filled in: complaints, departments, where to call back."""
    return await requests.prepared(db, actor, patient, clock.now())


@put(PATH, status_code=204)
async def kept(actor: Actor, db: Database, patient: str, data: requests.RequestDraft) -> None:
    """Keeps the draft, for any page of the same person."""
    await requests.keep(db, actor, patient, data, clock.now())


router = Router(path="/", route_handlers=[prepared, kept])
