"""The doors of a case's chat."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import QueryParameter

from yuanzhen.applications.consultation import chat
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database

BASE = "/api/consultations/{consultation:str}/chat"


class Text(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a message."""

    text: str


class Kept(msgspec.Struct):
    """What a message was kept as."""

    id: str


@post(BASE)
async def write(actor: Actor, db: Database, consultation: str, data: Text) -> Kept:
    """Writes a message to the other side."""
    async with db.verb(actor) as tx:
        return Kept(await chat.write(tx, consultation, data.text, now=clock.now()))


@get(BASE)
async def listed(
    actor: Actor,
    db: Database,
    consultation: str,
    after: str = "",
    count: Annotated[int, QueryParameter(ge=1, le=chat.MOST)] = chat.MOST,
) -> chat.Messages:
    """The messages of both sides, oldest first, from the one after `after`."""
    return await chat.listed(db, actor, consultation, after=after, count=count)


router = Router(path="/", route_handlers=[write, listed])
