"""The doors of a patient's file: a list a card, each within what its reader may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import QueryParameter
from litestar.response import Stream

from yuanzhen.data.records.file import (
    access,
    kinds,
    labels,
    lists,
    pieces,
    results,
    sight,
    upload_store,
    uploads,
)
from yuanzhen.data.records.file.piece_store import Piece
from yuanzhen.data.records.file.streaming import streamed
from yuanzhen.data.records.file.upload_store import Upload
from yuanzhen.data.records.file.uploads import Brought
from yuanzhen.data.records.model import Stored
from yuanzhen.doors.openapi import takes_file
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Look
from yuanzhen.security.keys.objects import Objects

BASE = "/api/patients/{patient:str}"
UPLOADS = "/api/uploads"
MOST = 300
YEARS_OF_CURVES = 2
Plain = Request[Any, Any, Any]
Count = Annotated[int, QueryParameter(ge=1, le=MOST)]


@asynccontextmanager
async def _opened(db: Database, actor: Actor, patient: str, part: str) -> AsyncIterator[tuple[Look, Stored]]:
    async with db.look(actor) as look:
        yield look, await access.opened(look, patient, part)


@get(f"{BASE}/timeline")
async def timeline(actor: Actor, db: Database, patient: str, count: Count = MOST) -> lists.Timeline:
    """Visits, exams and consultations at a distance, newest first."""
    async with _opened(db, actor, patient, "timeline") as (look, found):
        return await lists.timeline(look, found.id, count)


@get(f"{BASE}/results")
async def measured(actor: Actor, db: Database, patient: str, after: str = "", count: Count = 20) -> results.Results:
    """The newest result of each code with its curves of two years, what is not usual first."""
    async with _opened(db, actor, patient, "results") as (look, found):
        since = clock.now() - timedelta(days=365 * YEARS_OF_CURVES + 1)
        return await results.results(look, found.id, since, after, count)


@get(f"{BASE}/documents")
async def documents(actor: Actor, db: Database, patient: str, count: Count = 20) -> lists.Documents:
    """Imaging studies, and what is written; without the bytes, which the record has."""
    async with _opened(db, actor, patient, "documents") as (look, found):
        return await lists.documents(look, found.id, count)


@get(f"{BASE}/documents/{{kind:str}}/{{id:str}}/{{number:int}}", include_in_schema=False)  # for a link, not a page
async def document(
    request: Plain, actor: Actor, db: Database, objects: Objects, patient: str, kind: str, id: str, number: int
) -> Response[bytes] | Stream:
    """One file of a document, to be shown where that is safe; a part of it, when one is asked for."""
    async with _opened(db, actor, patient, "document") as (look, found):
        told = await access.document(look, found, kind, id, number)
        parts = await upload_store.parts(look, told) if isinstance(told, Upload) else []
    if isinstance(told, Upload):
        return _sent(objects, told, parts, request.headers.get("range", ""))
    return Response(told.content, media_type=told.type, headers=told.headers)


def _sent(objects: Objects, upload: Upload, parts: list[Piece], asked: str) -> Stream:
    def read(start: int, length: int) -> AsyncIterator[bytes]:
        return pieces.read(objects, parts, start, length)

    return streamed(read, upload.size, upload.type, asked, ending=kinds.ending_of(upload.name))


class Uploaded(msgspec.Struct):
    """What a file became: its DocumentReference, and what it was found to be."""

    id: str
    type: str
    name: str
    bytes: int


class Takes(msgspec.Struct):
    """How large a file may be: told before one is sent, for a browser reads no refusal while it still sends."""

    most_bytes: int


@get(UPLOADS)
async def takes(actor: Actor, upload_bytes: int) -> Takes:
    """What of files is taken."""
    return Takes(upload_bytes)


@post(UPLOADS, operation_class=takes_file(*kinds.BEGINS))
async def upload(
    request: Plain, actor: Actor, db: Database, objects: Objects, patient: str,
    name: Annotated[str, QueryParameter(max_length=1000)] = "",
) -> Uploaded:  # fmt: skip
    """A photo, PDF or video for a patient's record: the body is the file, Content-Type what it is taken for."""
    brought = Brought(patient, name, request.headers.get("content-type", ""))
    kept = await uploads.take(db, objects, actor, brought, aiter(request.stream()), now=clock.now())
    return Uploaded(kept.id, kept.type, kept.name, kept.size)


@get(f"{BASE}/medicines")
async def medicines(actor: Actor, db: Database, patient: str, count: Count = 100) -> lists.Medicines:
    """Medicines in use."""
    async with _opened(db, actor, patient, "medicines") as (look, found):
        return await lists.medicines(look, found.id, count)


@get(f"{BASE}/allergies")
async def allergies(actor: Actor, db: Database, patient: str, count: Count = 100) -> lists.Allergies:
    """Allergies that hold."""
    async with _opened(db, actor, patient, "allergies") as (look, found):
        return await lists.allergies(look, found.id, count)


@get(f"{BASE}/diagnoses")
async def diagnoses(actor: Actor, db: Database, patient: str, count: Count = 100) -> lists.Diagnoses:
    """Diagnoses that hold."""
    async with _opened(db, actor, patient, "diagnoses") as (look, found):
        return await lists.diagnoses(look, found.id, count)


@get(f"{BASE}/sight")
async def seen(actor: Actor, db: Database, patient: str) -> sight.Sight:
    """Why its reader sees the file, until when, under which consent, what is held back, and who looked lately."""
    async with _opened(db, actor, patient, "sight") as (look, found):
        return await sight.sight(look, found, consents=20, looked=5)


@get(f"{BASE}/lookers")
async def lookers(
    actor: Actor, db: Database, patient: str, before: datetime | None = None, count: Count = 50
) -> sight.Lookers:
    """Who looked at the file, newest first."""
    async with _opened(db, actor, patient, "lookers") as (look, found):
        return await sight.lookers(look, found, before, count)


class Labelling(msgspec.Struct, forbid_unknown_fields=True):
    """Which resource of the patient is labelled sensitive, how, and why."""

    type: str
    id: str
    code: labels.Code
    reason: str


class TakingBack(msgspec.Struct, forbid_unknown_fields=True):
    """Whose label is taken back, and why."""

    type: str
    id: str
    reason: str


@post(f"{BASE}/labels", status_code=204)
async def label(actor: Actor, db: Database, patient: str, data: Labelling) -> None:
    """Labels a resource sensitive (`meta.security`): it closes to whoever may not see what is sensitive."""
    async with db.verb(actor) as tx:
        found = await access.opened(tx, patient, "label")
        await labels.put(tx, found, data.type, data.id, data.code, data.reason)


@post(f"{BASE}/labels/take-back", status_code=204)
async def unlabel(actor: Actor, db: Database, patient: str, data: TakingBack) -> None:
    """Takes back a label that a person set; what the sender labelled stays so."""
    async with db.verb(actor) as tx:
        found = await access.opened(tx, patient, "unlabel")
        await labels.take_back(tx, found, data.type, data.id, data.reason)


router = Router(
    path="/",
    route_handlers=[
        timeline, measured, documents, document, medicines, allergies, diagnoses, seen, lookers, label, unlabel,
        takes, upload,
    ],
    tags=["file"],
)  # fmt: skip
