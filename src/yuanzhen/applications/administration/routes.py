"""Administration's doors: what is there, for the officer to see."""

from __future__ import annotations

from litestar import Router, get

from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import people
from yuanzhen.security.identity.people import House, Listed


class Institutions(Page):
    """The houses of the region, by name."""

    items: list[House]


class Users(Page):
    """Who can log in, by name."""

    items: list[Listed]


@get("/api/institutions")
async def institutions(actor: Actor, db: Database) -> Institutions:
    """The houses of the region; open to everybody who is logged in."""
    async with db.look(actor) as look:
        return Institutions(items=await people.institutions(look))


@get("/api/users")
async def users(actor: Actor, db: Database) -> Users:
    """Everybody who can log in; for the officer."""
    async with db.look(actor) as look:
        if actor.role != "officer":
            problem = Forbidden("identity.not_yours", role=actor.role)
            raise trail.refused(look, problem, "identity.list", "R", entity_type="person", entity="")
        trail.noted(look, "identity.list", "R", entity_type="person", entity="")
        return Users(items=await people.everybody(look))


router = Router(path="/", route_handlers=[institutions, users])
