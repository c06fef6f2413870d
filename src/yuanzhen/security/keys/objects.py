"""Objects at rest: sealed under the home's root before they reach the store, opened only whole and verified."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from datetime import datetime
from functools import partial

from yuanzhen.infrastructure.blobs import Blobs
from yuanzhen.infrastructure.errors import Invalid, Malformed, NotFound
from yuanzhen.infrastructure.recent import Recent
from yuanzhen.security.crypto import envelope, stream_header
from yuanzhen.security.crypto.stream import CHUNK, RangeOpener, Sealer
from yuanzhen.security.crypto.stream_header import LONGEST
from yuanzhen.security.keys.root import Root

KID = "objects-1"
HEAD_BYTES = LONGEST  # holds the whole header of a sealed object
PIECE_BYTES = 16 * CHUNK
HELD_BYTES = 256 << 20  # of what was opened a moment ago: a series of 300 CT images is half of it


class Objects:
    """A store of sealed objects; each is bound to its key, so that none can be put in another's place."""

    def __init__(self, root: Root, blobs: Blobs) -> None:
        self._masters = {KID: root.derive(f"objects {KID}")}
        self._blobs = blobs
        self._recent = Recent(HELD_BYTES)

    async def put(self, key: str, content: bytes) -> None:
        """Seals and stores; on the disk when this returns. Raises `InsufficientStorage`."""
        await self._blobs.put(key, await asyncio.to_thread(self._sealed, key, content))

    async def put_stream(
        self, key: str, chunks: AsyncIterable[bytes], seen: Callable[[bytes], None] | None = None
    ) -> int:
        """Seals and stores what comes in pieces; answers its size in bytes. When `chunks` fails nothing is kept.

        `seen` is told each piece before it is sealed, in order, on the thread that seals it.
        """
        sealing = _Sealing(partial(Sealer, self._masters[KID], KID, key), seen)
        await self._blobs.put_stream(key, chunks, sealing)
        return sealing.size

    async def delete(self, key: str) -> None:
        """Removes an object; one that is not there is removed already."""
        self._recent.forget(key)
        await self._blobs.delete(key)

    def older(self, before: datetime) -> AsyncIterator[str]:
        """Keys of the objects that were stored before a moment; in no order."""
        return self._blobs.older(before)

    async def is_ours(self, key: str) -> bool:
        """Whether an object was sealed under this root for this key: another home's may lie in the same bucket."""
        try:
            start = await self._blobs.get_range(key, 0, stream_header.size(KID, key))
            await asyncio.to_thread(RangeOpener(self._master, key, 0).begin, start)
        except (Invalid, Malformed, NotFound):
            return False
        return True

    async def get(self, key: str) -> bytes:
        """The object, every chunk verified. Raises `NotFound`, and `Malformed` or `Invalid` (`stream.*`)."""
        return await asyncio.to_thread(self._opened, key, await self._blobs.get(key))

    async def read(self, key: str, size: int, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Verified pieces of the `length` bytes from `start` (by default all) of an object of `size` bytes.

        Raises as `get`. Each piece is as it was sealed in its place; that the end was not cut off follows from `size`,
        which the caller knows from elsewhere.
        """
        end = size if length is None else min(size, start + length)
        opener = RangeOpener(self._master, key, size)
        if start < end and start < PIECE_BYTES:  # the object's beginning, its header with it, is one run
            stop = min(end, PIECE_BYTES)
            at, count = opener.place(start, stop, header=stream_header.size(KID, key))

            def opened(run: bytes) -> bytes:
                opener.begin(run)
                return opener.open(run[opener.place(start, stop)[0] :], start, stop)

            yield await self._blobs.opened_range(key, 0, at + count, opened)
            start = stop
        elif start < end:
            await self._blobs.opened_range(key, 0, min(HEAD_BYTES, opener.fewest_bytes), opener.begun)
        while start < end:
            stop = min(end, (start // PIECE_BYTES + 1) * PIECE_BYTES)
            at, count = opener.place(start, stop)
            yield await self._blobs.opened_range(key, at, count, partial(opener.open, start=start, stop=stop))
            start = stop

    async def run(self, key: str, size: int, start: int, length: int, *, again: bool = False) -> bytes:
        """The same bytes at once. With `again` they are held for a while, for somebody will soon ask for them too."""

        async def opened() -> bytes:
            return b"".join([piece async for piece in self.read(key, size, start, length)])

        return await self._recent.of((key, start, length), opened) if again else await opened()

    def _sealed(self, key: str, content: bytes) -> bytes:
        return b"".join(envelope.seal_stream(self._masters[KID], KID, key, [content]))

    def _opened(self, key: str, sealed: bytes) -> bytes:
        return b"".join(envelope.open_stream(self._master, key, [sealed]))

    def _master(self, kid: str) -> bytes:
        if kid not in self._masters:
            raise NotFound("key.unknown", place=kid)
        return self._masters[kid]


class _Sealing:
    """Pieces on their way to the store: sealed and counted."""

    def __init__(self, begin: Callable[[], Sealer], seen: Callable[[bytes], None] | None) -> None:
        self.size = 0
        self._seen = seen
        self._begin = begin  # derives keys: on the thread that seals
        self._sealer: Sealer | None = None

    def feed(self, piece: bytes) -> bytes:
        """Header and full chunks, as far as they are known."""
        self.size += len(piece)
        if self._seen is not None:
            self._seen(piece)
        if self._sealer is not None:
            return self._sealer.feed(piece)
        self._sealer = self._begin()
        return self._sealer.header + self._sealer.feed(piece)

    def finish(self) -> bytes:
        """The last chunk, and the header if nothing came before."""
        begun = self.feed(b"") if self._sealer is None else b""
        return begun + (self._sealer.finish() if self._sealer is not None else b"")
