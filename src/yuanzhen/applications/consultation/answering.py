"""Answering what rings while one's log-in is slowed: the case is taken, and nothing else opens."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Router, post

from yuanzhen.applications.consultation import access, ringing, service
from yuanzhen.applications.consultation.model import Given
from yuanzhen.applications.consultation.views import Named
from yuanzhen.doors import caller, csrf
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import security_keys, slowed
from yuanzhen.security.identity.factors import CodeProof, Proof
from yuanzhen.security.identity.security_keys import KeyProof
from yuanzhen.security.identity.service import Identity
from yuanzhen.security.policy import directory


class LogInName(msgspec.Struct, forbid_unknown_fields=True):
    """A log-in name."""

    name: str


class FactorAlone(msgspec.Struct, forbid_unknown_fields=True):
    """A log-in name, and a second factor of its person: a one-time code, or what a security key signed."""

    name: str
    code: str = ""
    credential: dict[str, Any] | None = None


class Taken(msgspec.Struct):
    """What was taken, and where to call back: the record opens once one is logged in."""

    consultation: str
    question: str
    place: Named
    call_back: str


@post("/auth/answer/options", status_code=200)
async def options(request: Request[Any, Any, Any], identity: Identity, db: Database, data: LogInName) -> dict[str, Any]:
    """What a security key is asked, of somebody whose log-in is slowed while an emergency calls them."""
    headers = caller.header_map(request.scope)
    csrf.same_origin(headers)
    party = security_keys.party(identity, headers.get("host", ""), request.scope["scheme"])
    return await slowed.options(identity, caller.from_where(request.scope), data.name, party, _awaited(db))


@post("/auth/answer", status_code=200)
async def answer(request: Request[Any, Any, Any], identity: Identity, db: Database, data: FactorAlone) -> Taken:
    """Takes the emergency that calls somebody whose log-in is slowed, by their second factor alone; no session."""
    headers = caller.header_map(request.scope)
    csrf.same_origin(headers)
    proof: Proof = CodeProof(data.code)
    if data.credential is not None:
        party = security_keys.party(identity, headers.get("host", ""), request.scope["scheme"])
        proof = KeyProof(data.credential, party)
    actor = await slowed.shown(identity, caller.from_where(request.scope), data.name, proof, _awaited(db))
    async with db.verb(actor) as tx:
        id = await ringing.calling(tx, actor.id)
        if id is None:
            problem = Conflict("consultation.not_now", act="accept")
            raise trail.refused(tx, problem, "consultation.accept", "U", entity_type=access.ENTITY, entity="")
        case = await service.act(tx, "accept", id, Given(), now=identity.clock())
        houses = await directory.house_names(tx, [case.institution])
    place = Named(case.institution, houses.get(case.institution, ""))
    return Taken(case.id, case.question, place, case.call_back)


def _awaited(db: Database) -> slowed.Awaited:
    async def is_called(actor: Actor) -> bool:
        async with db.look(actor) as look:
            return await ringing.calling(look, actor.id) is not None

    return is_called


router = Router(path="/", route_handlers=[options, answer], tags=["login"])
