"""The doors of what is recorded of a case's room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.response import Stream

from yuanzhen.applications.consultation.room_routes import ROOM, Held, Ticket
from yuanzhen.applications.consultation.routes import BASE
from yuanzhen.collaboration.room.calls import Calls
from yuanzhen.collaboration.room.recordings import access, service, views
from yuanzhen.collaboration.room.recordings.model import LONGEST_NAME, Agreed, GivenBy, How
from yuanzhen.data.records.file.routes import Plain
from yuanzhen.data.records.file.streaming import streamed
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.keys.objects import Objects

RECORDINGS = BASE + "/{consultation:str}/recordings"
Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]


class RecordingBegins(msgspec.Struct, forbid_unknown_fields=True):
    """Recording begins, by a consent that was asked for it alone; `name`, `relation`: of who gave it for another."""

    ticket: Ticket
    given_by: GivenBy
    how: How
    name: Name = ""
    relation: Name = ""


class RecordingBegun(msgspec.Struct):
    """What began: its id."""

    id: str


@post(ROOM + "/recording")
async def begin(
    actor: Actor, db: Database, calls: Calls, recording_kept: timedelta, consultation: str, data: RecordingBegins
) -> RecordingBegun:
    """The host has the room recorded; everybody in it sees that at once."""
    calls.recorder.check()
    agreed = Agreed(data.given_by, data.how, data.name, data.relation)
    async with db.verb(actor) as tx:
        one = await service.begin(tx, consultation, data.ticket, agreed, recording_kept, clock.now())
    return RecordingBegun(one.id)


@post(ROOM + "/recording/stop", status_code=204)
async def stop(actor: Actor, db: Database, consultation: str, data: Held) -> None:
    """The host ends the recording."""
    async with db.verb(actor) as tx:
        await service.stop(tx, consultation, data.ticket, clock.now())


@post(RECORDINGS + "/{recording:str}/withdraw", status_code=204)
async def withdraw(actor: Actor, db: Database, consultation: str, recording: str) -> None:
    """The consent is withdrawn: it ends at once, and nobody plays what there is of it."""
    async with db.verb(actor) as tx:
        await service.withdraw(tx, consultation, recording, clock.now())


@get(RECORDINGS)
async def listed(actor: Actor, db: Database, consultation: str) -> views.Recordings:
    """What was recorded, the newest first, for who was in the room and for the patient."""
    return await views.recordings(db, actor, consultation)


@get(RECORDINGS + "/{recording:str}/{nth:int}", include_in_schema=False)  # for a player, not a page
async def played(
    request: Plain, actor: Actor, db: Database, objects: Objects, consultation: str, recording: str, nth: int
) -> Stream:
    """One film, or the time line; a part of it, when one is asked for."""
    async with db.look(actor) as look:
        track = await access.to_play(look, consultation, recording, nth)

    def read(start: int, length: int) -> AsyncIterator[bytes]:
        return objects.read(track.blob, track.bytes, start, length)

    return streamed(read, track.bytes, track.type, request.headers.get("range", ""))


router = Router(path="/", route_handlers=[begin, stop, withdraw, listed, played])
