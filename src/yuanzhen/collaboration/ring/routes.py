"""The dispatchers' doors: what rings, whom to ring by hand, who has an alarm in hand."""

from __future__ import annotations

import msgspec
from litestar import Router, get, post

from yuanzhen.collaboration.ring import service, views
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database

BASE = "/api/rings"


class ByHand(msgspec.Struct, forbid_unknown_fields=True):
    """Whom a dispatcher rings."""

    person: str


@get(BASE)
async def listed(actor: Actor, db: Database) -> views.Rings:
    """What rings now, alarms first, for dispatchers."""
    return await views.going(db, actor)


@get(BASE + "/{ring:str}")
async def one(actor: Actor, db: Database, ring: str) -> views.DispatchLine:
    """One ring, for dispatchers."""
    return await views.one(db, actor, ring)


@get(BASE + "/{ring:str}/people")
async def callables(actor: Actor, db: Database, ring: str) -> views.Callables:
    """Whom a dispatcher may ring by hand, those who can be reached first."""
    return await views.callables(db, actor, ring, clock.now())


@post(BASE + "/{ring:str}/take", status_code=200)
async def take(actor: Actor, db: Database, ring: str) -> views.DispatchLine:
    """Takes an alarm in hand."""
    async with db.verb(actor) as tx:
        await service.take(tx, ring, clock.now())
    return await views.one(db, actor, ring)


@post(BASE + "/{ring:str}/call", status_code=200)
async def call(actor: Actor, db: Database, ring: str, data: ByHand) -> views.DispatchLine:
    """Rings somebody of the department by hand."""
    async with db.verb(actor) as tx:
        await service.call(tx, ring, data.person, clock.now())
    return await views.one(db, actor, ring)


router = Router(path="/", route_handlers=[listed, one, callables, take, call])
