"""The doors of whoever is asked into a case's room without a part in the case: guests by a link, interpreters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post

from yuanzhen.applications.consultation import meeting
from yuanzhen.applications.consultation.room_routes import ROOM
from yuanzhen.collaboration.room import views
from yuanzhen.collaboration.room.model import Beside
from yuanzhen.doors import caller, cookies, csrf
from yuanzhen.doors.caller import GUESTS_TOO
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict, NotFound, Unauthenticated
from yuanzhen.security.identity import guests, service
from yuanzhen.security.identity.service import Identity

BASE = "/api/guest"
PAGE = "/guest#"  # what follows `#` reaches no server and no log


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Who is asked in by a link: what those in the room will read, and what for."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    role: Beside = "guest"


class GuestLink(msgspec.Struct):
    """A link for one person, one device and one meeting; `link` begins at our own host."""

    guest: str
    link: str
    ends: datetime


class Token(msgspec.Struct, forbid_unknown_fields=True):
    """What follows `#` in a link."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class GuestView(msgspec.Struct):
    """A guest as they know themselves: to which room they were asked, by whom, until when."""

    id: str
    name: str
    role: Beside
    consultation: str
    by: str
    ends: datetime
    csrf: str


class AskedPerson(msgspec.Struct, forbid_unknown_fields=True):
    """Which interpreter is asked in."""

    person: str


@post(ROOM + "/guests", status_code=201)
async def ask(actor: Actor, db: Database, consultation: str, data: Asked) -> GuestLink:
    """Asks somebody in who has no log-in; the link is shown this once."""
    async with db.verb(actor) as tx:
        link = await meeting.ask_guest(tx, consultation, data.name, data.role, clock.now())
    return GuestLink(link.guest, PAGE + link.token, link.ends)


@post(ROOM + "/interpreters", status_code=204)
async def ask_interpreter(actor: Actor, db: Database, consultation: str, data: AskedPerson) -> None:
    """Asks an interpreter in, who hears of it on their own page."""
    async with db.verb(actor) as tx:
        await meeting.ask_interpreter(tx, consultation, data.person, clock.now())


@get("/api/interpreters")
async def interpreters(actor: Actor, db: Database) -> views.People:
    """The interpreters of the region, by name."""
    return await views.interpreters(db, actor)


@get("/api/rooms")
async def rooms(actor: Actor, db: Database) -> views.Rooms:
    """The rooms that one was asked into and may still enter."""
    return await views.rooms(db, actor)


@post("/auth/guest", status_code=200)
async def enter(request: Request[Any, Any, Any], identity: Identity, db: Database, data: Token) -> Response[GuestView]:
    """Opens a link, on this device for good; whoever is logged in here enters no room as somebody else."""
    headers = caller.header_map(request.scope)
    csrf.same_origin(headers)
    secure, logged_in = request.scope["scheme"] == "https", cookies.token(headers.get("cookie", ""))
    if logged_in is not None and await service.find_session(identity, logged_in) is not None:
        raise Conflict("guest.logged_in")
    where = caller.from_where(request.scope)
    token, came = await guests.enter(identity, where, data.token)
    view = await _view(db, came, came.actor(where))
    return Response(
        view, cookies=[cookies.made(token, secure=secure, kind=cookies.GUEST), cookies.ended(secure=secure)]
    )


@get(BASE, opt=GUESTS_TOO)
async def me(request: Request[Any, Any, Any], identity: Identity, actor: Actor, db: Database) -> GuestView:
    """Who is a guest on this device, and the value that unsafe methods send."""
    token = cookies.token(caller.header_map(request.scope).get("cookie", ""), cookies.GUEST)
    if actor.kind != "guest" or token is None:
        raise Conflict("guest.logged_in")
    return await _view(db, await guests.session_of(identity, token), actor)


async def _view(db: Database, session: guests.GuestSession, actor: Actor) -> GuestView:
    """Raises Unauthenticated `guest.over` once the room opens to them no more."""
    try:
        asked = await views.beside(db, actor, session.place)
    except NotFound:
        raise Unauthenticated("guest.over") from None
    return GuestView(session.id, asked.name, asked.role, session.place, asked.by, session.ends, session.csrf)


router = Router(path="/", route_handlers=[ask, ask_interpreter, interpreters, rooms, enter, me])
