"""The newest signed head in a file of the home, beside the database: who cuts off the log's end must find this too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from yuanzhen.infrastructure.errors import InsufficientStorage, Malformed
from yuanzhen.security import files
from yuanzhen.security.audit.leaf import SignedHead


class KeptHead:
    """`home/log.head`: hand `keep` to the chain, and what `read` gives to verification."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def keep(self, head: SignedHead) -> None:
        """Writes the head, synced; InsufficientStorage `trail.head_not_kept` when the disk does not take it."""
        try:
            await asyncio.to_thread(files.replace, self._path, msgspec.json.encode(head) + b"\n", files.PUBLIC)
        except OSError as full:
            raise InsufficientStorage("trail.head_not_kept", place=self._path.name) from full

    def read(self) -> SignedHead | None:
        """The head that was kept last; None when none ever was, Malformed `trail.head_unreadable` when damaged."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=SignedHead)
        except FileNotFoundError:
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError) as damaged:
            raise Malformed("trail.head_unreadable", place=self._path.name) from damaged
