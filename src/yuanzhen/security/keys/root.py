"""The root key of a home: 32 random bytes in one file, from which every other secret of the home is derived.

Whoever has the file (and its passphrase, if it has one) has the home; without it the database's sealed columns and
the blobs are noise. Knows no database.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.security import files
from yuanzhen.security.crypto import envelope, sm3
from yuanzhen.security.keys import root_file
from yuanzhen.security.keys.root_file import Stretch, Written

KEY = 32  # bytes
SHORTEST = 12  # bytes of a passphrase, as characters of a person's password
_PURPOSE = "root key"
_OTHERS = 0o077


class Root:
    """The opened root key; it derives, and never shows itself."""

    __slots__ = ("_key", "sealed")

    def __init__(self, key: bytes, *, sealed: bool) -> None:
        if len(key) != KEY:
            raise Invalid("root.length", length=len(key), wanted=KEY)
        self._key = key
        self.sealed = sealed  # whether its file wants a passphrase

    @classmethod
    def open(cls, path: Path, passphrase: bytes | None, *, may_create: bool = True) -> Root:
        """The root key in `path`, made there at the first start.

        `may_create=False` for a home that has data already: NotFound `root.missing` instead of a new key that opens
        nothing. Invalid `root.wrong_passphrase`, `root.passphrase_wanted`, at the first start `root.passphrase_short`;
        Conflict `root.not_sealed` when a passphrase is given for a file that has none; Forbidden `root.open_to_others`;
        Malformed `root.unreadable`.
        """
        if may_create and not path.exists():
            # Of two processes that start at once one creates the file, and both then read the same.
            files.create(path, _written(secrets.token_bytes(KEY), passphrase))
        return _read(path, passphrase)

    def derive(self, purpose: str, length: int = 32) -> bytes:
        """`length` bytes (HKDF-SM3) that belong to `purpose` alone: always the same, telling nothing of the others."""
        return sm3.hkdf(self._key, b"", b"yuanzhen root 1\x00" + purpose.encode(), length)

    def derive_text(self, purpose: str) -> str:
        """256 bits for `purpose` as 43 characters of base64url: a password."""
        return base64.urlsafe_b64encode(self.derive(purpose)).rstrip(b"=").decode()

    def __repr__(self) -> str:
        return f"Root(sealed={self.sealed})"


def is_sealed(path: Path) -> bool:
    """Whether the file wants a passphrase. Raises as `Root.open` does."""
    return _decoded(path).stretch is not None


def change_passphrase(path: Path, old: bytes | None, new: bytes | None) -> None:
    """Writes the same key under another passphrase (None: none). Raises as `Root.open` does.

    The file is the old one or the new one at every moment; of two who change it at once the later is refused.
    """
    with _alone(path.parent):
        root = _read(path, old)
        files.replace(path, _written(root._key, new))
        for left in path.parent.glob(f".{path.name}.*"):  # of a process that was killed at this
            left.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _decoded(path: Path) -> Written:
    try:
        mode = path.stat().st_mode & 0o777
        content = path.read_bytes()
    except FileNotFoundError as missing:
        raise NotFound("root.missing", place=path.name) from missing
    if mode & _OTHERS:
        raise Forbidden("root.open_to_others", place=path.name, mode=f"{mode:04o}", wanted="0600")
    return root_file.decode(content, path.name)


def _read(path: Path, passphrase: bytes | None) -> Root:
    written = _decoded(path)
    if written.stretch is None:
        if passphrase is not None:
            raise Conflict("root.not_sealed", place=path.name)
        return Root(written.key, sealed=False)
    if passphrase is None:
        raise Invalid("root.passphrase_wanted", place=path.name)
    try:
        key = envelope.open_secret(written.stretch.key(passphrase), _PURPOSE, written.key)
    except Invalid as refused:
        raise Invalid("root.wrong_passphrase", place=path.name) from refused
    return Root(key, sealed=True)


def _written(key: bytes, passphrase: bytes | None) -> bytes:
    if passphrase is None:
        return root_file.encode(None, key)
    if len(passphrase) < SHORTEST:
        raise Invalid("root.passphrase_short", place="passphrase", shortest=SHORTEST)
    stretch = Stretch(salt=secrets.token_bytes(16))
    return root_file.encode(stretch, envelope.seal_secret(stretch.key(passphrase), _PURPOSE, key))
