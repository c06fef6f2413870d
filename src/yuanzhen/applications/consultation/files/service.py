"""The verbs of a case's files: begin, a piece, yes to what could not be looked at, let go."""

from __future__ import annotations

from collections.abc import AsyncIterable
from datetime import datetime

from yuanzhen.applications.consultation import access as cases
from yuanzhen.applications.consultation.files import access, store
from yuanzhen.applications.consultation.files.events import FileDropped, FileWhole
from yuanzhen.applications.consultation.files.model import LARGEST, LONGEST_MARK, MOST_COMING, File
from yuanzhen.applications.consultation.model import ENDED, Case
from yuanzhen.collaboration.room import service as room
from yuanzhen.data.records import service as records
from yuanzhen.data.records.file import kinds, piece_store, pieces, upload_store, uploads
from yuanzhen.data.records.file.upload_store import Upload
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import DOWN, Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid, Unavailable
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.keys.objects import Objects


async def begin(tx: Tx, id: str, name: str, bytes: int, mark: str, now: datetime) -> File:
    """A file will come. Raises as every act on a case, `Invalid` for no size, `Conflict` with too many half sent."""
    case = await cases.of_a_side(tx, id, "file-begin", "C")
    if not 0 < bytes <= LARGEST or len(mark) > LONGEST_MARK:
        raise Invalid("file.size", place="bytes", rule=f"1 to {LARGEST}")
    if case.state in ENDED:
        raise cases.refused(tx, Conflict("consultation.not_now", act="file", state=case.state), "file-begin", case)
    if await store.coming(tx, id) >= MOST_COMING:
        raise cases.refused(tx, Conflict("file.too_many", most=MOST_COMING), "file-begin", case)
    file = File(new_id(), id, tx.actor.id, now, kinds.harmless(name), bytes, mark)
    await store.add(tx, file)
    _tell(tx, file)
    return file


async def take(
    db: Database, objects: Objects, actor: Actor, id: str, at: int, body: AsyncIterable[bytes], *, now: datetime
) -> File:
    """A piece that begins at a byte: on the disk and counted when this returns, else nothing of it is kept.

    Raises as `access.open_for`, and `Invalid` for an empty piece or one that is longer than what lacks.
    """
    async with db.look(actor) as look:
        await access.to_send(look, id, at)
    piece = await pieces.put(objects, id, at, body)
    kept = False
    try:
        async with db.verb(actor) as tx:
            file, _ = await access.open_for(tx, "piece", id, at)  # another page may have sent it meanwhile
            after = file.with_piece(piece.bytes, now)
            await piece_store.add(tx, id, piece)
            await store.save(tx, after)
            if after.state == "whole":
                tx.announce(FileWhole(id))
                await room.shared(tx, after.consultation, "room-file", now, after.name)
                _tell(tx, after)
        kept = True
    except Unavailable as problem:
        kept = problem.code == DOWN  # nobody knows whether it was committed: it is swept should no row name it
        raise
    finally:
        if not kept:
            await objects.delete(piece.blob)
    return after


async def open(tx: Tx, id: str, now: datetime) -> File:
    """The actor says yes to a file that could not be looked at: from now on it is in the record."""
    file, case = await access.open_for(tx, "open", id)
    opened = file.opened(tx.actor.id, now)
    await store.save(tx, opened)
    await attach(tx, case, opened, now)
    return opened


async def drop(tx: Tx, id: str) -> None:
    """Its sender lets it go; what is in the record stays there."""
    file, _ = await access.open_for(tx, "drop", id)
    blobs = await piece_store.drop(tx, [id])
    await store.drop(tx, id)
    tx.announce(FileDropped(tuple(blobs)))
    _tell(tx, file)


async def attach(tx: Tx, case: Case, file: File, now: datetime) -> None:
    """Makes it a document of the patient's record, and tells the pages."""
    upload = Upload(file.id, case.patient, None, file.type, file.name, file.bytes, "")
    document = uploads.document(upload, file.who, case.institution, now)
    await records.publish(tx, document, source=f"yuanzhen:upload/{file.id}")
    await upload_store.add(tx, upload)
    tx.tell(f"patient/{case.patient}", "document", {"document": file.id})
    _tell(tx, file)


def _tell(tx: Tx, file: File) -> None:
    tx.tell(f"consultation/{file.consultation}", "file", {"file": file.id})
