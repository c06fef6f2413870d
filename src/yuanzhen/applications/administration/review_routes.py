"""The doors of what is done in need: break the glass, see who did, and look at it afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import QueryParameter

from yuanzhen.applications.administration import glass
from yuanzhen.applications.administration import review_views as views
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.reviews import service
from yuanzhen.security.reviews.model import State, Verdict


class Break(msgspec.Struct, forbid_unknown_fields=True):
    """Whose record, and why; by id, or by a whole number (resident's or record) and the whole name."""

    reason: str
    patient: str = ""
    number: str = ""
    name: str = ""


class Broken(msgspec.Struct):
    """Until when whose record is open."""

    patient: str
    until: datetime | None
    review: str


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """What is thought of it."""

    verdict: Verdict
    words: str


@post("/api/break-glass")
async def break_glass(actor: Actor, db: Database, glass_lasts: timedelta, data: Break) -> Broken:
    """Opens a record without relation for hours; the patient is told, quality looks at it afterwards."""
    # Nobody is looked for on behalf of who may not do it.
    found = await glass.found(db, data.patient, data.number, data.name) if actor.role in glass.ROLES else None
    async with db.verb(actor) as tx:
        review = await glass.broken(tx, found, data.reason, glass_lasts, now=clock.now())
    return Broken(review.patient, review.until, review.id)


@get("/api/break-glass")
async def glasses(actor: Actor, db: Database, glass_lasts: timedelta) -> views.Glasses:
    """Who broke one's glass, for a patient; those that one has broken, for anybody else; and how long one lasts."""
    return await views.glasses(db, actor, glass_lasts)


@get("/api/reviews")
async def listed(
    actor: Actor,
    db: Database,
    shelf: State = "open",
    after: str = "",
    count: Annotated[int, QueryParameter(ge=1, le=views.MOST)] = 50,
) -> views.Reviews:
    """What was done in need and waits to be looked at, or was; for quality and the officer."""
    return await views.listed(db, actor, shelf, after, count, now=clock.now())


@post("/api/reviews/{review:str}/decide", status_code=200)
async def decide(actor: Actor, db: Database, review: str, data: Decision) -> views.ReviewView:
    """Quality's word on it; what was opened without need is closed at once."""
    now = clock.now()
    async with db.verb(actor) as tx:
        await service.decide(tx, review, data.verdict, data.words, now=now)
    return await views.one(db, actor, review, now=now)


@post("/api/reviews/{review:str}/end", status_code=204)
async def end(actor: Actor, db: Database, review: str) -> None:
    """Closes a record that was opened in need before its time; for quality, the officer, and whoever opened it."""
    async with db.verb(actor) as tx:
        await service.end(tx, review, now=clock.now())


router = Router(path="/", route_handlers=[break_glass, glasses, listed, decide, end])
