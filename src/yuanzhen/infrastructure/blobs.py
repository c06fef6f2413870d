"""Objects: images, recordings, documents, under keys that the caller reckons from their content.

A folder by default, a bucket by URL. What `put` has acknowledged survives the loss of power; a key is seen whole or not
at all. Sealing is done above: what comes here is bytes.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import contextmanager
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, from_url

from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.disk import sync_folder
from yuanzhen.infrastructure.errors import InsufficientStorage, Invalid, NotFound, Problem, Unavailable
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.pump import pumped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer as Buffer
    from obstore.store import ObjectStore

T = TypeVar("T")

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_FULL = (errno.ENOSPC, errno.EDQUOT)
LEFTOVER_S = 86_400  # no upload lasts a day: what is older was left by a process that died
PIECE_BYTES = 1 << 20  # a stream's small chunks are gathered to this before a thread writes them


class Through(Protocol):
    """What pieces pass on their way: each gives what can be stored by now, the end what is left."""

    def feed(self, piece: bytes) -> bytes: ...
    def finish(self) -> bytes: ...


class Blobs(Protocol):
    """What a store of objects does. Keys are words between slashes (`studies/9f2c`), else `Invalid` (`blobs.key`)."""

    async def put(self, key: str, content: bytes) -> None:
        """Stores an object; durable when this returns. `InsufficientStorage` when the disk is full; nothing is kept."""

    async def put_stream(self, key: str, chunks: AsyncIterable[bytes], through: Through | None = None) -> int:
        """Stores an object that comes in pieces and returns its size in bytes; when `chunks` fails nothing is kept.

        What is stored is what `through` makes of the pieces, on another thread than the caller's.
        """

    async def get(self, key: str) -> bytes:
        """The whole object, or `NotFound`."""

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes from `start`; `NotFound`, or `Invalid` (`blobs.range`) when they are not all there."""

    async def opened_range(self, key: str, start: int, length: int, opened: Callable[[bytes], bytes]) -> bytes:
        """What `opened` makes of such bytes, on another thread than the caller's."""

    async def exists(self, key: str) -> bool:
        """Whether the object is there, whole."""

    async def delete(self, key: str) -> None:
        """Removes an object; one that is not there is removed already."""

    def list(self, prefix: str = "") -> AsyncIterator[tuple[str, int]]:
        """Keys below a prefix of whole words, with their sizes in bytes; in no order."""

    def older(self, before: datetime) -> AsyncIterator[str]:
        """Keys of the objects that were stored before a moment, as the store's clock says; in no order."""


def open_blobs(url: str | None, home: Path) -> Blobs:
    """The store that `YUANZHEN_BLOBS_URL` names; without one, the folder `blobs` in the home."""
    if url is None:
        return Folder(home / "blobs")
    if url.startswith("file:"):
        return Folder(Path(unquote(urlsplit(url).path)))
    return Bucket(from_url(url))


def checked(key: str) -> str:
    """The key itself; `Invalid` for one that could leave the store or hide in it."""
    if len(key) > 500 or not _KEY.fullmatch(key):
        raise Invalid("blobs.key", place="key")
    return key


class _Stored:
    """Reading through `obstore`, alike for both."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def get(self, key: str) -> bytes:
        with _translated():
            found = await obstore.get_async(self._store, checked(key))
            return bytes(await found.bytes_async())

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise Invalid("blobs.range", start=start, length=length)
        with _translated():
            size = (await obstore.head_async(self._store, checked(key)))["size"]
            if start + length > size:
                raise Invalid("blobs.range", start=start, length=length, size=size)
            if length == 0:
                return b""
            return bytes(await obstore.get_range_async(self._store, key, start=start, length=length))

    async def opened_range(self, key: str, start: int, length: int, opened: Callable[[bytes], bytes]) -> bytes:
        return await asyncio.to_thread(opened, await self.get_range(key, start, length))

    async def exists(self, key: str) -> bool:
        with _translated():
            try:
                await obstore.head_async(self._store, checked(key))
            except (NotFoundError, FileNotFoundError):
                return False
            return True

    async def list(self, prefix: str = "") -> AsyncIterator[tuple[str, int]]:
        with _translated():
            async for found in obstore.list(self._store, checked(prefix) if prefix else None):
                for meta in found:
                    yield meta["path"], meta["size"]

    async def older(self, before: datetime) -> AsyncIterator[str]:
        with _translated():
            async for found in obstore.list(self._store):
                for meta in found:
                    if meta["last_modified"] < before:
                        yield meta["path"]


class _Whole(FileIO):
    """A file without a buffer (nothing is left to fail when it is closed) whose `write` writes all of its argument."""

    def write(self, content: Buffer, /) -> int:
        left = memoryview(content)
        while left:
            left = left[super().write(left) :]
        return memoryview(content).nbytes


class Folder(_Stored):
    """A folder on this machine: `objects` below it, and `incoming` for what is not whole yet.

    `obstore` writes, renames and never syncs, so writing is our own: file, rename, folder, and every folder made on
    the way, each synced before the return.
    """

    def __init__(self, root: Path) -> None:
        self._objects = root / "objects"
        self._incoming = root / "incoming"
        self._settled: set[Path] = set()
        with _translated():
            _make(self._objects)
            _make(self._incoming)
            _clear(self._incoming, older_than=clock.now().timestamp() - LEFTOVER_S)
        super().__init__(LocalStore(self._objects))

    async def put(self, key: str, content: bytes) -> None:
        target = self._objects / checked(key)

        def store() -> None:
            with self._newcomer() as file:
                file.write(content)
                self._publish(file, target)

        await _in_thread(store)

    async def put_stream(self, key: str, chunks: AsyncIterable[bytes], through: Through | None = None) -> int:
        target = self._objects / checked(key)

        def store(pieces: Iterator[bytes]) -> int:
            size = 0
            with _translated(), self._newcomer() as file:
                for piece in pieces:
                    size += file.write(through.feed(piece) if through else piece)
                size += file.write(through.finish()) if through else 0
                self._publish(file, target)
            return size

        return await pumped(chunks, store)

    async def opened_range(self, key: str, start: int, length: int, opened: Callable[[bytes], bytes]) -> bytes:
        target = self._objects / checked(key)

        def read() -> bytes:
            with target.open("rb", buffering=0) as file:
                file.seek(start)
                found = file.read(length)
            if len(found) != length:
                raise Invalid("blobs.range", start=start, length=length)
            return opened(found)

        return await _in_thread(read)

    async def delete(self, key: str) -> None:
        target = self._objects / checked(key)

        def remove() -> None:
            target.unlink(missing_ok=True)
            if target.parent.exists():
                sync_folder(target.parent)

        await _in_thread(remove)

    @contextmanager
    def _newcomer(self) -> Iterator[FileIO]:
        """A file under a name of its own that nobody reads, to be published; gone when that fails."""
        path = self._incoming / new_id()
        with _translated():
            file = _Whole(path, "x")
        try:
            with file:
                yield file
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _publish(self, file: FileIO, target: Path) -> None:
        os.fdatasync(file.fileno())
        self._settle(target.parent)
        Path(str(file.name)).replace(target)
        sync_folder(target.parent)

    def _settle(self, folder: Path) -> None:
        """Makes a folder so that it outlives a loss of power: its entry in its parent is synced, up to the root."""
        if folder == self._objects or folder in self._settled:
            return
        self._settle(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        sync_folder(folder.parent)
        self._settled.add(folder)


class Bucket(_Stored):
    """A bucket of an object store, which makes an object durable and seen at once; large ones go in parts."""

    async def put(self, key: str, content: bytes) -> None:
        with _translated():
            await obstore.put_async(self._store, checked(key), content)

    async def put_stream(self, key: str, chunks: AsyncIterable[bytes], through: Through | None = None) -> int:
        source = _Counted(_passed(chunks, through) if through else chunks)
        try:
            with _translated():
                await obstore.put_async(self._store, checked(key), source.pieces())
        except Exception:
            if source.failed:
                raise source.failed from None
            raise
        return source.size

    async def delete(self, key: str) -> None:
        with _translated():
            try:
                await obstore.delete_async(self._store, checked(key))
            except (NotFoundError, FileNotFoundError):
                return


class _Counted:
    """Pieces on their way through `obstore`, which keeps neither their number nor the error of their source."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = chunks
        self.size = 0
        self.failed: Exception | None = None

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            async for piece in _gathered(self._chunks):
                self.size += len(piece)
                yield piece
        except Exception as error:
            self.failed = error
            raise


async def _passed(chunks: AsyncIterable[bytes], through: Through) -> AsyncIterator[bytes]:
    async for piece in _gathered(chunks):
        yield await asyncio.to_thread(through.feed, piece)
    yield await asyncio.to_thread(through.finish)


async def _gathered(chunks: AsyncIterable[bytes], size: int = PIECE_BYTES) -> AsyncIterator[bytes]:
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) >= size:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


async def _in_thread(work: Callable[..., T], *args: object) -> T:
    """Runs `work` in a thread and waits for its end even when we are cancelled, so that no file is closed under it."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        with _translated():
            return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _make(folder: Path) -> None:
    """A folder with its parents, each entry synced in the one above."""
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        sync_folder(folder.parent)


def _clear(folder: Path, *, older_than: float) -> None:
    for left in folder.iterdir():
        if left.stat().st_mtime < older_than:
            left.unlink(missing_ok=True)


@contextmanager
def _translated() -> Iterator[None]:
    """What the disk or the store says, as a problem; a `Problem` passes as it is."""
    try:
        yield
    except Problem:
        raise
    except (NotFoundError, FileNotFoundError) as error:
        raise NotFound("blobs.missing") from error
    except OSError as error:
        if error.errno in _FULL:
            raise InsufficientStorage("blobs.disk_full") from error
        raise Unavailable("blobs.down", error=errno.errorcode.get(error.errno or 0, "")) from error
    except BaseError as error:
        raise Unavailable("blobs.down", error=type(error).__name__) from error
