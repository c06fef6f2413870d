"""The table of pieces in which large files lie, and its SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a file: the first one's place in it, how many, and where they lie."""

    at: int
    bytes: int
    blob: str


async def add(tx: Tx, file: str, piece: Piece) -> None:
    """Keeps a piece, of this transaction's actor."""
    await tx.run(
        "INSERT INTO records.piece (file, at, bytes, blob, who) VALUES ($1, $2, $3, $4, $5)",
        file, piece.at, piece.bytes, piece.blob, tx.actor.id,
    )  # fmt: skip


async def of(reads: Reads, file: str) -> list[Piece]:
    """The pieces of a file in their order, as far as the actor may see them."""
    rows = await reads.rows("SELECT at, bytes, blob FROM records.piece WHERE file = $1 ORDER BY at", file)
    return [Piece(*row.values()) for row in rows]


async def drop(tx: Tx, files: Sequence[str]) -> list[str]:
    """Lets go of the pieces of files that are no documents; where they lay, to be taken away."""
    rows = await tx.rows("DELETE FROM records.piece WHERE file = ANY ($1) RETURNING blob", list(files))
    return [row["blob"] for row in rows]
