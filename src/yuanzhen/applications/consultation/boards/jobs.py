"""What becomes of a whiteboard when its room ends: a page of the patient's record. With the relay's rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta, timezone
from typing import Any
from uuid import UUID, uuid5

from yuanzhen.applications.consultation import store as cases
from yuanzhen.applications.consultation.boards import drawing, printing, store
from yuanzhen.applications.consultation.model import Case
from yuanzhen.collaboration.room import store as rooms
from yuanzhen.data.records import directory as people
from yuanzhen.data.records import service as records
from yuanzhen.data.records.file import upload_store, uploads
from yuanzhen.data.records.file.upload_store import Upload
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.crypto.sm3 import Hasher
from yuanzhen.security.keys.objects import Objects

RELAY = system("relay")
PDF = "application/pdf"
BEIJING = timezone(timedelta(hours=8))
KEPT = UUID("0d5c5a0e-62a5-4c0c-9a52-7a4d2f1f9b6c")  # names a board that is kept, by its case and its last update


async def keep(db: Database, objects: Objects, body: dict[str, Any]) -> None:
    """The listener of `RoomChanged`: once nobody is in it, what was drawn since it was kept last is kept."""
    id = str(body["room"])
    async with db.look(RELAY) as look:
        room = await rooms.find(look, id)
        found = await cases.find(look, RELAY.id, id)
        if room is None or room.meeting or found is None:
            return
        case = found[0]
        updates = await store.after(look, id, "board", 0)
        document = str(uuid5(KEPT, f"{id}/{updates[-1]['nth']}")) if updates else ""
        if not updates or await upload_store.find(look, case.patient, document) is not None:
            return
        authors, title = await _told(look, id)
    drawn = await asyncio.to_thread(drawing.drawing, [one["content"] for one in updates])
    if drawn is not None:
        page = await asyncio.to_thread(printing.rendered, drawn, title)
        await _put(db, objects, case, document, title, page, authors[0])


async def _told(look: Reads, id: str) -> tuple[list[str], str]:
    """Who drew, the latest first, and what the page is called."""
    wrote = await store.authors(look, id, "board")
    names = await people.names(look, {row["who"] for row in wrote})
    authors = [row["who"] for row in wrote]
    by = "、".join(names.get(who, who) for who in authors)
    return authors, f"会诊白板 Whiteboard {wrote[0]['at'].astimezone(BEIJING):%Y-%m-%d %H.%M} {by}"


async def _put(db: Database, objects: Objects, case: Case, document: str, title: str, page: bytes, author: str) -> None:
    """Keeps it, sealed, with its row and its DocumentReference; tried again it lies where it lay."""
    key, digest, now = f"documents/{document[-2:]}/{document}", Hasher(), clock.now()
    await objects.put_stream(key, _whole(page), digest.update)
    upload = Upload(document, case.patient, key, PDF, f"{title}.pdf", len(page), digest.digest().hex())
    async with db.verb(RELAY) as tx:
        described = uploads.document(upload, author, case.institution, now)
        await records.publish(tx, described, source=f"yuanzhen:upload/{document}")
        await upload_store.add(tx, upload)
        tx.tell(f"patient/{case.patient}", "document", {"document": document})


async def _whole(page: bytes) -> AsyncIterator[bytes]:
    yield page
