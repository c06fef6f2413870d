"""The table of a case's files and its SQL: one statement a function."""

from __future__ import annotations

from datetime import datetime

from yuanzhen.applications.consultation.files.model import File
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

_COLUMNS = "id, consultation, who, at, name, bytes, mark, got, state, type, found, engine, opened_by, opened_at"


async def add(tx: Tx, file: File) -> None:
    """Stores a new file, of which nothing is here yet."""
    await tx.run(
        f"INSERT INTO consultation.file ({_COLUMNS}) "  # noqa: S608
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        file.id, file.consultation, file.who, file.at, file.name, file.bytes, file.mark, file.got, file.state,
        file.type, file.found, file.engine, file.opened_by, file.opened_at,
    )  # fmt: skip


async def save(tx: Tx, file: File) -> None:
    """Stores what changed of it."""
    await tx.run(
        "UPDATE consultation.file SET at = $2, got = $3, state = $4, type = $5, found = $6, engine = $7, "
        "opened_by = $8, opened_at = $9 WHERE id = $1",
        file.id, file.at, file.got, file.state, file.type, file.found, file.engine, file.opened_by, file.opened_at,
    )  # fmt: skip


async def find(reads: Reads, id: str) -> File | None:
    """A file; None where there is none for this actor."""
    row = await reads.row(f"SELECT {_COLUMNS} FROM consultation.file WHERE id = $1", id)  # noqa: S608
    return File(**dict(row)) if row else None


async def lock(tx: Tx, id: str) -> File | None:
    """As `find`, and nobody else changes it until this transaction ends."""
    row = await tx.row(f"SELECT {_COLUMNS} FROM consultation.file WHERE id = $1 FOR UPDATE", id)  # noqa: S608
    return File(**dict(row)) if row else None


async def of(reads: Reads, case: str, count: int) -> list[File]:
    """The files of a case, those of which something came last before."""
    rows = await reads.rows(
        f"SELECT {_COLUMNS} FROM consultation.file WHERE consultation = $1 ORDER BY at DESC, id LIMIT $2",  # noqa: S608
        case, count,
    )  # fmt: skip
    return [File(**dict(row)) for row in rows]


async def coming(reads: Reads, case: str) -> int:
    """How many files of a case are half sent."""
    found: int = await reads.value(
        "SELECT count(*) FROM consultation.file WHERE consultation = $1 AND state = 'coming'", case
    )
    return found


async def drop(tx: Tx, id: str) -> None:
    """Lets go of a file; of its pieces see `piece_store.drop`."""
    await tx.run("DELETE FROM consultation.file WHERE id = $1", id)


async def drop_stale(tx: Tx, before: datetime, count: int) -> list[str]:
    """Lets go of files that are half sent, and of which nothing came since; their ids."""
    rows = await tx.rows(
        "DELETE FROM consultation.file WHERE id IN (SELECT id FROM consultation.file WHERE state = 'coming' "
        "AND at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id",
        before, count,
    )  # fmt: skip
    return [row["id"] for row in rows]
