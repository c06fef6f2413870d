"""A file that comes in pieces: each sealed and on the disk before it counts, read as one from any byte on."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Sequence

from yuanzhen.data.records.file.piece_store import Piece
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.keys.objects import Objects


async def put(objects: Objects, file: str, at: int, body: AsyncIterable[bytes]) -> Piece:
    """Seals and stores a piece; its row is the caller's. Two that race for one place lie in two."""
    key = f"pieces/{file[-2:]}/{file}/{new_id()}"
    return Piece(at, await objects.put_stream(key, body), key)


async def read(objects: Objects, pieces: Sequence[Piece], start: int, length: int) -> AsyncIterator[bytes]:
    """The `length` bytes from `start` of a file, verified, some at a time."""
    end = start + length
    for piece in pieces:
        first, last = max(start, piece.at), min(end, piece.at + piece.bytes)
        if first < last:
            async for some in objects.read(piece.blob, piece.bytes, first - piece.at, last - first):
                yield some
