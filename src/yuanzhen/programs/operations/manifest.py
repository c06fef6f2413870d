"""What a backup says of itself: every file with its digest, every table with its rows. Pure.

`manifest.json` can be read by anybody and holds no patient's data; `manifest.mac` is its HMAC-SM3 under a key of the
home's root, so that a byte that was changed anywhere is found.
"""

from __future__ import annotations

from datetime import datetime
from hmac import compare_digest

import msgspec

from yuanzhen.infrastructure.db.copying.catalogue import Sequence, Step, Table
from yuanzhen.infrastructure.errors import Invalid, Malformed, Unsupported
from yuanzhen.security.crypto import sm3
from yuanzhen.security.keys.root import Root

FORMAT = 1
MANIFEST, MAC, ROOT = "manifest.json", "manifest.mac", "root.key"
OBJECTS, OBJECT_LIST, LOST_LIST = "objects", "objects.list", "objects.lost"
KID = "backup-1"


class File(msgspec.Struct, frozen=True):
    """One file: where in the backup, its size in bytes, its SM3; `mode` for one that goes back to the home."""

    path: str
    bytes: int
    sm3: str
    mode: int = 0


class Rows(msgspec.Struct, frozen=True):
    """One table: where its rows are, how many, and the sum of their SM3 (`RowSum`)."""

    table: Table
    path: str
    rows: int
    sum: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole backup. `home` is the home's fingerprint; objects are listed one by one in `objects.list`."""

    format: int
    made: datetime
    program: str
    server: str
    home: str
    sealed: bool  # whether root.key wants a passphrase
    steps: list[Step]
    tables: list[Rows]
    sequences: list[Sequence]
    files: list[File]
    objects: int
    object_bytes: int
    lost: int


def encode(manifest: Manifest) -> bytes:
    """As JSON, for people too."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def decode(content: bytes) -> Manifest:
    """From JSON. Malformed `backup.manifest_unreadable`; Unsupported `backup.format` for one of a later program."""
    try:
        form = msgspec.json.decode(content, type=dict[str, object]).get("format")
        if form != FORMAT:
            raise Unsupported("backup.format", place=MANIFEST, found=str(form), known=FORMAT)
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise Malformed("backup.manifest_unreadable", place=MANIFEST) from bad


def mac(root: Root, content: bytes) -> bytes:
    """What stands in `manifest.mac` for a manifest's bytes."""
    return sm3.hmac(root.derive("backup manifest"), content).hex().encode() + b"\n"


def check_mac(root: Root, content: bytes, found: bytes) -> None:
    """Invalid `backup.manifest_changed` unless the home with this root wrote the manifest."""
    if not compare_digest(mac(root, content), found):
        raise Invalid("backup.manifest_changed", place=MANIFEST, rule="as the home wrote it")


def fingerprint(root: Root) -> str:
    """A home's name among homes: sixteen hexadecimal digits that tell nothing of its key."""
    return root.derive("home fingerprint", 8).hex()
