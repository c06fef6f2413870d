"""What follows when a file is whole."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class FileWhole(msgspec.Struct, frozen=True):
    """All of a file is here, and nobody has looked at it yet."""

    kind: ClassVar[str] = "FileWhole"
    file: str


class FileDropped(msgspec.Struct, frozen=True):
    """A file is not kept: what lies of it in the store."""

    kind: ClassVar[str] = "FileDropped"
    blobs: tuple[str, ...]
