"""The written form of a root key: one JSON object with how it was sealed, and a digest that shows damage.

Its members: `format`, `stretch` (argon2id's parameters, or null), `key` (base64), `digest` (SM3 of the others, hex).
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated

import msgspec
from argon2.low_level import Type, hash_secret_raw

from yuanzhen.infrastructure.errors import Malformed
from yuanzhen.security.crypto import sm3

FORMAT = "yuanzhen root key 1"
_LARGEST = 4096  # bytes of a file that can be one


class Stretch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a passphrase becomes a key: argon2id (RFC 9106) with these parameters; bounded, since a file names them.

    The defaults are RFC 9106 4's second choice but one lane: 64 MiB, 3 passes.
    """

    salt: Annotated[bytes, msgspec.Meta(min_length=16, max_length=64)]
    memory_kib: Annotated[int, msgspec.Meta(ge=19 * 1024, le=1024 * 1024)] = 64 * 1024
    passes: Annotated[int, msgspec.Meta(ge=2, le=16)] = 3
    lanes: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1

    def key(self, passphrase: bytes) -> bytes:
        """The 32 bytes that `passphrase` opens with."""
        return hash_secret_raw(
            passphrase, self.salt, self.passes, self.memory_kib, self.lanes, hash_len=32, type=Type.ID, version=19
        )


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in the file; `key` is sealed when there is a `stretch`."""

    format: str
    stretch: Stretch | None
    key: bytes
    digest: str


def encode(stretch: Stretch | None, key: bytes) -> bytes:
    """The file's content."""
    return msgspec.json.encode(Written(FORMAT, stretch, key, _digest(stretch, key))) + b"\n"


def decode(content: bytes, place: str) -> Written:
    """Reads `encode`; Malformed `root.unreadable` when cut off, damaged, or no root key at all."""
    try:
        written = msgspec.json.decode(content[: _LARGEST + 1], type=Written)
    except (msgspec.MsgspecError, UnicodeDecodeError) as bad:
        raise Malformed("root.unreadable", place=place, bytes=len(content), rule=f"a whole file of '{FORMAT}'") from bad
    if written.format != FORMAT:
        raise Malformed("root.unreadable", place=place, rule=f"a whole file of '{FORMAT}'")
    if not compare_digest(written.digest, _digest(written.stretch, written.key)):
        raise Malformed("root.unreadable", place=place, rule="its digest fits")
    return written


def _digest(stretch: Stretch | None, key: bytes) -> str:
    return sm3.digest(msgspec.json.encode([FORMAT, stretch, key])).hex()
