"""One row of the trail as one leaf of the Merkle tree, and a signed tree head. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.security.crypto import merkle
from yuanzhen.security.keys.canonical import canonical
from yuanzhen.security.keys.model import Signature, moment

HEAD_PURPOSE = "log.head"
# Every column of security.trail but xid, which a restore gives anew
COLUMNS = (
    "id", "at", "kind", "actor", "role", "institution", "purpose", "origin", "request", "verb", "action", "outcome",
    "entity_type", "entity", "patient", "code", "reason",
)  # fmt: skip
_IN_ORDER = sorted(COLUMNS)
_written = msgspec.json.Encoder().encode


def leaf_of(row: Mapping[str, Any]) -> bytes:
    """The leaf hash (32 bytes) of a trail row: over the canonical JSON of all that it says.

    A row holds texts and whole numbers alone: its members in order, msgspec writes the very bytes of `canonical`.
    """
    said = {name: row[name] for name in _IN_ORDER}
    said["at"] = moment(row["at"])
    return merkle.leaf_hash(b"yuanzhen trail 1\n" + _written(said))


class SignedHead(msgspec.Struct, frozen=True):
    """The log's promise: these many rows, this root (hex), signed with the home's log key."""

    size: int
    root: str
    signature: Signature

    @property
    def at(self) -> datetime:
        """When it was signed."""
        return self.signature.at


def head_bytes(size: int, root: bytes) -> bytes:
    """What a head's signature is over (with purpose, key, owner and time, see `keys.model.signed_bytes`)."""
    return canonical({"root": root.hex(), "size": size})
