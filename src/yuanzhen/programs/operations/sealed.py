"""Files of a backup: what is written is pressed, sealed under the home's root and hashed on its way to the disk.

A backup leaves the house: tables and the home's own files hold what nobody outside may read.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from yuanzhen.infrastructure.errors import Malformed, NotFound
from yuanzhen.programs.operations.manifest import KID, File
from yuanzhen.security.crypto.sm3 import Hasher
from yuanzhen.security.crypto.stream import Opener, Sealer
from yuanzhen.security.keys.root import Root

PIECE = 1 << 20  # bytes read at a time
_FAST = 1  # zlib's level: tables are text, and shrink to a fifth all the same


class Plain:
    """A new file as it is: hashed, and on the disk when it is closed."""

    def __init__(self, folder: Path, path: str) -> None:
        target = folder / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._file = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        self._hasher = Hasher()
        self._size = 0

    def write(self, content: bytes) -> None:
        """Takes the next piece."""
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]
        self._hasher.update(content)
        self._size += len(content)

    def close(self, mode: int = 0) -> File:
        """Syncs the file; what the manifest says of it."""
        os.fsync(self._file.fileno())
        self._file.close()
        return File(self._path, self._size, self._hasher.digest().hex(), mode)


class Sealed:
    """A new file, pressed and sealed; bound to its path, so that none can stand in another's place."""

    def __init__(self, folder: Path, path: str, root: Root) -> None:
        self._plain = Plain(folder, path)
        self._press = zlib.compressobj(_FAST)
        self._sealer = Sealer(_master(root), KID, path)
        self._plain.write(self._sealer.header)

    def write(self, content: bytes) -> None:
        """Takes the next piece."""
        self._sealed(self._press.compress(content))

    def close(self, mode: int = 0) -> File:
        """Writes the end; what the manifest says of the file."""
        self._sealed(self._press.flush())
        self._plain.write(self._sealer.finish())
        return self._plain.close(mode)

    def _sealed(self, pressed: bytes) -> None:
        self._plain.write(self._sealer.feed(pressed))


def plain(folder: Path, path: str) -> Iterator[bytes]:
    """A file's bytes, piece by piece."""
    with (folder / path).open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def opened(folder: Path, path: str, root: Root) -> Iterator[bytes]:
    """What was written to a sealed file, verified. Raises `stream.*`, and Malformed `backup.pressed` at its end."""
    opener, loosen = Opener(_master_of(root), path), zlib.decompressobj()
    try:
        for piece in plain(folder, path):
            yield loosen.decompress(opener.feed(piece))
        yield loosen.decompress(opener.finish())
    except zlib.error as bad:
        raise Malformed("backup.pressed", place=path) from bad
    if not loosen.eof or loosen.unused_data:
        raise Malformed("backup.pressed", place=path)


def _master(root: Root) -> bytes:
    return root.derive(f"backup {KID}")


def _master_of(root: Root) -> Callable[[str], bytes]:
    """The master of the key id that a stream's header names."""

    def master_of(kid: str) -> bytes:
        if kid != KID:
            raise NotFound("key.unknown", place=kid)
        return _master(root)

    return master_of


def hashed(folder: Path, path: str) -> File:
    """Size and SM3 of a file as it is now."""
    hasher, size = Hasher(), 0
    for piece in plain(folder, path):
        hasher.update(piece)
        size += len(piece)
    return File(path, size, hasher.digest().hex())


def lines(path: Path) -> Iterator[str]:
    """The lines of a list, one at a time, however long it is."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n")
