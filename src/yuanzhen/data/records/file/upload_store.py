"""The table of files that people brought, and its SQL."""

from __future__ import annotations

from dataclasses import dataclass

from yuanzhen.data.records.file import piece_store
from yuanzhen.data.records.file.piece_store import Piece
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a DocumentReference: where it lies, what it is, its size in bytes and its SM3.

    One that lies in pieces has no `blob`, nor an SM3 of the whole.
    """

    id: str
    patient: str
    blob: str | None
    type: str
    name: str
    size: int
    digest: str


async def add(tx: Tx, upload: Upload) -> None:
    """Keeps it beside its DocumentReference, which decides who sees it."""
    await tx.run(
        "INSERT INTO records.upload (id, patient, blob, type, name, bytes, digest) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        upload.id, upload.patient, upload.blob, upload.type, upload.name, upload.size, upload.digest,
    )  # fmt: skip


async def find(reads: Reads, patient: str, id: str) -> Upload | None:
    """The file of a document of this patient; None where there is none for this actor."""
    row = await reads.row(
        "SELECT id, patient, blob, type, name, bytes AS size, digest FROM records.upload "
        "WHERE id = $1 AND patient = $2",
        id, patient,
    )  # fmt: skip
    return Upload(**dict(row)) if row else None


async def parts(reads: Reads, upload: Upload) -> list[Piece]:
    """Where its bytes lie, in their order."""
    return [Piece(0, upload.size, upload.blob)] if upload.blob else await piece_store.of(reads, upload.id)
