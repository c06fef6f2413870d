"""The doors of a case's files."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post
from litestar.params import QueryParameter

from yuanzhen.applications.consultation.files import service, views
from yuanzhen.applications.consultation.files.model import LARGEST, LARGEST_PIECE, LONGEST_MARK
from yuanzhen.doors.openapi import takes_file
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.keys.objects import Objects

OF_CASE = "/api/consultations/{consultation:str}/files"
FILES = "/api/files"
PIECES = "/api/pieces"  # beside: a piece may be larger than other bodies
Plain = Request[Any, Any, Any]


class Begins(msgspec.Struct, forbid_unknown_fields=True):
    """A file that will come; `mark`: by which its page knows it again, should it have to begin anew."""

    name: Annotated[str, msgspec.Meta(max_length=1000)]
    bytes: Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
    mark: Annotated[str, msgspec.Meta(max_length=LONGEST_MARK)] = ""


class Begun(msgspec.Struct):
    """What it is called from now on, and how large its pieces may be."""

    id: str
    name: str
    piece_bytes: int


class Got(msgspec.Struct):
    """How many bytes of it are here."""

    got: int


@get(OF_CASE)
async def listed(actor: Actor, db: Database, consultation: str) -> views.Files:
    """The files that both sides gave each other, the newest first."""
    return await views.listed(db, actor, consultation)


@post(OF_CASE)
async def begin(actor: Actor, db: Database, consultation: str, data: Begins) -> Begun:
    """Begins a file; its pieces follow."""
    async with db.verb(actor) as tx:
        file = await service.begin(tx, consultation, data.name, data.bytes, data.mark, clock.now())
    return Begun(file.id, file.name, LARGEST_PIECE)


@post(PIECES + "/{file:str}", status_code=200, operation_class=takes_file("application/octet-stream"))
async def piece(
    request: Plain, actor: Actor, db: Database, objects: Objects, file: str,
    at: Annotated[int, QueryParameter(ge=0, le=LARGEST)],
) -> Got:  # fmt: skip
    """The next piece, from byte `at` on; kept when this is answered. 409 `file.offset` says where it goes on."""
    kept = await service.take(db, objects, actor, file, at, aiter(request.stream()), now=clock.now())
    return Got(kept.got)


@post(FILES + "/{file:str}/open", status_code=204)
async def open(actor: Actor, db: Database, file: str) -> None:
    """Says yes to a file that could not be looked at: it opens to others, with one's name."""
    async with db.verb(actor) as tx:
        await service.open(tx, file, clock.now())


@post(FILES + "/{file:str}/drop", status_code=204)
async def drop(actor: Actor, db: Database, file: str) -> None:
    """Lets go of a file that one sent."""
    async with db.verb(actor) as tx:
        await service.drop(tx, file)


router = Router(path="/", route_handlers=[listed, begin, piece, open, drop])
