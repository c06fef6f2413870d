"""Answering what rings while one's log-in is slowed: the case is taken, and nothing else opens."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Router, post

from yuanzhen.applications.consultation import ringing, service
from yuanzhen.applications.consultation.model import Given
from yuanzhen.applications.consultation.views import Named
from yuanzhen.doors import caller, csrf
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.security.identity import slowed
from yuanzhen.security.identity.service import Identity
from yuanzhen.security.policy import directory


class CodeAlone(msgspec.Struct, forbid_unknown_fields=True):
    """A log-in name, and a one-time code of its person."""

    name: str
    code: str


class Taken(msgspec.Struct):
    """What was taken, and where to call back: the record opens once one is logged in."""

    consultation: str
    question: str
    place: Named
    call_back: str


@post("/auth/answer", status_code=200)
async def answer(request: Request[Any, Any, Any], identity: Identity, db: Database, data: CodeAlone) -> Taken:
    """Takes the emergency that calls somebody whose log-in is slowed, by their second factor alone; no session."""
    csrf.same_origin(caller.header_map(request.scope))

    async def is_called(actor: Actor) -> bool:
        async with db.look(actor) as look:
            return await ringing.calling(look, actor.id) is not None

    actor = await slowed.shown(identity, caller.from_where(request.scope), data.name, data.code, is_called)
    async with db.verb(actor) as tx:
        id = await ringing.calling(tx, actor.id)
        if id is None:
            raise Conflict("consultation.not_now", act="accept")
        case = await service.act(tx, "accept", id, Given(), now=identity.clock())
        houses = await directory.house_names(tx, [case.institution])
    place = Named(case.institution, houses.get(case.institution, ""))
    return Taken(case.id, case.question, place, case.call_back)


router = Router(path="/", route_handlers=[answer], tags=["login"])
