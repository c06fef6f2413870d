"""Administration's doors: what is there, for the officer to see."""

from __future__ import annotations

import msgspec
from litestar import Router, get, put

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


class DutyPhone(msgspec.Struct, forbid_unknown_fields=True):
    """The number of an institution that somebody answers; '' for none of its own."""

    number: str


@put("/api/institutions/{institution:str}/duty-phone", status_code=204)
async def duty_phone(actor: Actor, db: Database, institution: str, data: DutyPhone) -> None:
    """Keeps the number that askers are told when nobody of the institution answers; for its manager and the officer."""
    async with db.verb(actor) as tx:
        await people.set_duty_phone(tx, institution, data.number)


@get("/api/users")
async def users(actor: Actor, db: Database) -> Users:
    """Everybody who can log in; for the officer."""
    async with db.look(actor) as look:
        if actor.role != "officer":
            problem = Forbidden("identity.not_yours", role=actor.role)
            raise trail.refused(look, problem, "identity.list", "R", entity_type="person", entity="")
        trail.noted(look, "identity.list", "R", entity_type="person", entity="")
        return Users(items=await people.everybody(look))


router = Router(path="/", route_handlers=[institutions, duty_phone, users])
