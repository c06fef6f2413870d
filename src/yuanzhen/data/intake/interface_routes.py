"""The doors of the interfaces themselves: the officer sees each system with its state, edits it, switches it off."""

from __future__ import annotations

import msgspec
from litestar import Router, get, post, put

from yuanzhen.data.intake import console, interfaces
from yuanzhen.data.intake.interfaces import EditPeer, PeerLine, Peers, Tried
from yuanzhen.doors.titles import TITLES
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database

BASE = "/api/exchange/peers"
REASONS = ("apart.", "dicom.", "exchange.", "hl7.", "intake.", "peer.")  # why something waits, was refused or set aside


class Off(msgspec.Struct, forbid_unknown_fields=True):
    """Why a system is turned away."""

    reason: str


class Round(msgspec.Struct, forbid_unknown_fields=True):
    """Where a round of messages begins: behind this one, or with the first."""

    after: str = ""


@get(BASE)
async def listed(actor: Actor, db: Database) -> Peers:
    """Every system of the officer's houses with its state; numbers and settings alone, nothing of a patient."""
    async with db.look(actor) as look:
        console.allowed(look, "list")
        return await interfaces.overview(look)


class Reason(msgspec.Struct):
    """A code in words."""

    code: str
    zh: str
    en: str


class Reasons(msgspec.Struct):
    """Every code that a message, an image or a system may show."""

    items: list[Reason]
    next: None = None


@get("/api/exchange/reasons", sync_to_thread=False)
def reasons(actor: Actor) -> Reasons:
    """What the codes mean, in both languages; open to everybody who is logged in."""
    return Reasons([Reason(code, *title) for code, title in sorted(TITLES.items()) if code.startswith(REASONS)])


@put(f"{BASE}/{{id:str}}")
async def edit(actor: Actor, db: Database, id: str, data: EditPeer) -> PeerLine:
    """Changes how a system is read and reached."""
    async with db.verb(actor) as tx:
        await interfaces.edit(tx, id, data)
        return await interfaces.one(tx, id)


@post(f"{BASE}/{{id:str}}/off", status_code=200)
async def switch_off(actor: Actor, db: Database, id: str, data: Off) -> PeerLine:
    """Turns a system away until it is switched on again."""
    async with db.verb(actor) as tx:
        await interfaces.switch(tx, id, off=True, reason=data.reason)
        return await interfaces.one(tx, id)


@post(f"{BASE}/{{id:str}}/on", status_code=200)
async def switch_on(actor: Actor, db: Database, id: str) -> PeerLine:
    """Lets a system in again."""
    async with db.verb(actor) as tx:
        await interfaces.switch(tx, id, off=False)
        return await interfaces.one(tx, id)


@post(f"{BASE}/{{id:str}}/replay", status_code=200)
async def try_again(actor: Actor, db: Database, id: str, data: Round) -> Tried:
    """Tries the messages of a system that wait again, a round of them at a time."""
    return await interfaces.try_again(db, actor, id, data.after)


router = Router(path="/", route_handlers=[listed, reasons, edit, switch_off, switch_on, try_again], tags=["exchange"])
