"""Files that people bring to a patient's record: told by their content, sealed, a DocumentReference each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from yuanzhen.data.records import access, service
from yuanzhen.data.records.file import kinds, upload_store
from yuanzhen.data.records.file.upload_store import Upload
from yuanzhen.data.records.model import Json
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import DOWN, Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Forbidden, Invalid, Unavailable, Unsupported
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.crypto.sm3 import Hasher
from yuanzhen.security.keys.objects import Objects

VERB = "records.upload"
PATH = "/api/patients/{patient}/documents/DocumentReference/{id}/0"


@dataclass(frozen=True, slots=True)
class Brought:
    """What comes with a file: whose it is, what it is called, what its sender takes it for."""

    patient: str
    name: str
    type: str


async def take(
    db: Database, objects: Objects, actor: Actor, brought: Brought, file: AsyncIterator[bytes], *, now: datetime
) -> Upload:
    """Takes a file in: on the disk and in the record when this returns; else nothing of it is kept.

    Of a commit whose answer was lost nobody knows: the file stays, and is swept should no row name it.

    Raises `Forbidden` for who is no clinician, `NotFound` for others' patients, `Unsupported` `upload.kind` for what is
    no picture, PDF or video, `Invalid` `upload.other_kind` for a file that is not what its sender says.
    """
    async with db.look(actor) as look:
        await _may(look, brought.patient)
    reading = _Reading(file)
    kind = await _kind(reading, brought.type)
    id = new_id()
    key = f"documents/{id[-2:]}/{id}"
    kept = False
    try:
        size = await objects.put_stream(key, reading.whole(), reading.digest.update)
        name = kinds.plain_name(brought.name, kind)
        upload = Upload(id, brought.patient, key, kind, name, size, reading.digest.digest().hex())
        async with db.verb(actor) as tx:
            await _may(tx, brought.patient)  # what was so when the file began to come may be so no more
            described = document(upload, actor.id, actor.institution, now)
            await service.publish(tx, described, source=f"yuanzhen:upload/{id}")
            await upload_store.add(tx, upload)
            trail.noted(tx, VERB, "C", entity_type="DocumentReference", entity=id, patient=upload.patient)
            tx.tell(f"patient/{brought.patient}", "document", {"document": id})
        kept = True
    except Unavailable as problem:
        kept = problem.code == DOWN
        raise
    finally:
        if not kept:
            await objects.delete(key)
    return upload


async def _may(reads: Reads, patient: str) -> None:
    if reads.actor.role != "clinician":
        problem = Forbidden("upload.role", rule="clinicians bring files")
        raise trail.refused(reads, problem, VERB, "C", entity_type="Patient", entity=patient)
    await access.seen(reads, "Patient", patient)


async def _kind(reading: _Reading, told: str) -> str:
    kind = kinds.kind_of(await reading.head())
    if kind is None:
        raise Unsupported("upload.kind", place="body", rule=", ".join(kinds.BEGINS))
    said = told.partition(";")[0].strip().lower()
    if said not in ("", "application/octet-stream", kind):
        raise Invalid("upload.other_kind", place="Content-Type", said=said[:100], found=kind)
    return kind


class _Reading:
    """A file as it comes, of which the beginning has been looked at."""

    def __init__(self, file: AsyncIterator[bytes]) -> None:
        self.digest = Hasher()
        self._file = file
        self._begun = bytearray()

    async def head(self) -> bytes:
        """Its first bytes, as many as tell a kind, or all there are."""
        async for piece in self._file:
            self._begun += piece
            if len(self._begun) >= kinds.HEAD_BYTES:
                break
        return bytes(self._begun[: kinds.HEAD_BYTES])

    async def whole(self) -> AsyncIterator[bytes]:
        """All of it, the beginning first."""
        yield bytes(self._begun)
        async for piece in self._file:
            yield piece


def document(upload: Upload, author: str, house: str, now: datetime) -> Json:
    """R4 DocumentReference: who brought it, which house keeps it, when, and where the file is read."""
    at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    attachment = {
        "contentType": upload.type, "url": PATH.format(patient=upload.patient, id=upload.id), "size": upload.size,
        "title": upload.name, "creation": at,
    }  # fmt: skip
    return {
        "resourceType": "DocumentReference", "id": upload.id, "status": "current",
        "subject": {"reference": f"Patient/{upload.patient}"}, "date": at,
        "author": [{"reference": f"Practitioner/{author}"}],
        "custodian": {"reference": f"Organization/{house}"},
        "content": [{"attachment": attachment}],
    }  # fmt: skip
