"""The doors of a case's chat."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import HeaderParameter, QueryParameter

from yuanzhen.applications.consultation import chat
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database

BASE = "/api/consultations/{consultation:str}/chat"


class Text(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a message."""

    text: str


class SeenUpTo(msgspec.Struct, forbid_unknown_fields=True):
    """The number of the last message that somebody has seen."""

    upto: Annotated[int, msgspec.Meta(ge=0, le=2**62)]


@post(BASE)
async def write(
    actor: Actor,
    db: Database,
    consultation: str,
    data: Text,
    key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=200)] = None,
) -> chat.Kept:
    """Writes a message to the other side; with the same key again it is the same one. Kept when this is answered."""
    async with db.verb(actor) as tx:
        return await chat.write(tx, consultation, data.text, idempotency=key or None, now=clock.now())


@post(BASE + "/seen", status_code=204)
async def see(actor: Actor, db: Database, consultation: str, data: SeenUpTo) -> None:
    """Says that one has seen all messages up to one."""
    async with db.verb(actor) as tx:
        await chat.see(tx, consultation, data.upto, now=clock.now())


@get(BASE)
async def listed(
    actor: Actor,
    db: Database,
    consultation: str,
    after: str = "",
    count: Annotated[int, QueryParameter(ge=1, le=chat.MOST)] = chat.MOST,
) -> chat.Messages:
    """The messages of both sides and who has seen them, oldest first, from what came after `after`."""
    return await chat.listed(db, actor, consultation, after=after, count=count)


router = Router(path="/", route_handlers=[write, see, listed])
