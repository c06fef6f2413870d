"""The doors of a case's whiteboard and minutes."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import QueryParameter

from yuanzhen.applications.consultation.boards import service
from yuanzhen.applications.consultation.boards.model import Kind
from yuanzhen.applications.consultation.boards.service import BoardView
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Invalid

BASE = "/api/consultations/{consultation:str}/boards/{kind:str}"
MOST = 2**62


class BoardUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What a page drew or wrote (a Yjs update, base64)."""

    update: str


class BoardKept(msgspec.Struct):
    """The number of an update that is kept."""

    nth: int


@get(BASE)
async def read(
    actor: Actor, db: Database, consultation: str, kind: Kind, after: Annotated[int, QueryParameter(ge=0, le=MOST)] = 0
) -> BoardView:
    """What is on the board after an update that the page has."""
    return await service.read(db, actor, consultation, kind, after)


@post(BASE)
async def write(actor: Actor, db: Database, consultation: str, kind: Kind, data: BoardUpdate) -> BoardKept:
    """Keeps what a page drew or wrote; on the disk when this is answered."""
    try:
        update = b64decode(data.update, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("board.update", place="update") from error
    async with db.verb(actor) as tx:
        return BoardKept(await service.add(tx, consultation, kind, update, clock.now()))


router = Router(path="/", route_handlers=[read, write])
