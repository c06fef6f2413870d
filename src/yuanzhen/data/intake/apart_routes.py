"""The doors to images kept apart: a clinician of the house compares them, and releases or discards them."""

from __future__ import annotations

import asyncio

import msgspec
from litestar import Response, Router, get, post

from yuanzhen.data.exchange.dicom import pixels
from yuanzhen.data.intake import apart
from yuanzhen.data.intake.apart import ApartLine, ApartWhole, Settled
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import TooLarge
from yuanzhen.security.keys.objects import Objects

BASE = "/api/apart"
MAX_PICTURE = 256 * 2**20  # bytes of a file that is drawn whole


class Waiting(msgspec.Struct):
    """What waits in the clinician's house, the newest first."""

    items: list[ApartLine]
    next: None = None


class Release(msgspec.Struct, forbid_unknown_fields=True):
    """Whose they are: the id of a Patient of the house."""

    patient: str


class Discard(msgspec.Struct, forbid_unknown_fields=True):
    """Why they are nobody's."""

    reason: str


@get(BASE)
async def listed(actor: Actor, db: Database) -> Waiting:
    """Images that wait for somebody who knows whose they are, grouped by what they say."""
    async with db.look(actor) as look:
        return Waiting(await apart.waiting(look))


@get(f"{BASE}/{{id:str}}")
async def whole(actor: Actor, db: Database, id: str) -> ApartWhole:
    """A group beside what is known: whose the study is, who carries the number, what differs."""
    async with db.look(actor) as look:
        return await apart.whole(look, id)


@get(f"{BASE}/{{id:str}}/pictures/{{number:int}}", include_in_schema=False)
async def picture(actor: Actor, db: Database, objects: Objects, id: str, number: int) -> Response[bytes]:
    """One of the images as PNG, counted from 1."""
    async with db.look(actor) as look:
        one = await apart.member(look, id, number)
    if one.size > MAX_PICTURE:
        raise TooLarge("dicom.too_large", limit_bytes=MAX_PICTURE)
    file = b"".join([piece async for piece in objects.read(one.blob, one.size)])
    return Response(await asyncio.to_thread(pixels.rendered, file), media_type="image/png")


@post(f"{BASE}/{{id:str}}/release", status_code=200)
async def release(actor: Actor, db: Database, objects: Objects, id: str, data: Release) -> Settled:
    """Gives the images to a patient of the house; they are served from now on."""
    return await apart.release(db, objects, actor, id, data.patient)


@post(f"{BASE}/{{id:str}}/discard", status_code=200)
async def discard(actor: Actor, db: Database, id: str, data: Discard) -> Settled:
    """Puts the images aside for good, with a reason; their files go a day later."""
    async with db.verb(actor) as tx:
        return await apart.discard(tx, id, data.reason)


router = Router(path="/", route_handlers=[listed, whole, picture, release, discard], tags=["apart"])
