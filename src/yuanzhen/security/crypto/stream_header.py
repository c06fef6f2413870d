"""What stands before a sealed stream's chunks: whose master opens it, for what context, and the wrapped data key.

Big-endian: "YZS" 1 | length of kid (1) | length of context (2) | salt (16) | wrapped data key (60) | kid | context |
HMAC-SM3 (32) over all before it. Wrapping key and HMAC key come from the master by HKDF-SM3 with the salt. Key id and
context stand in the clear: ids only.
"""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass
from hmac import compare_digest

from yuanzhen.infrastructure.errors import Invalid, Malformed
from yuanzhen.security.crypto import sm3, sm4

MASTER, DATA_KEY, SALT = 32, 32, 16  # bytes
MAGIC = b"YZS\x01"
LONGEST_KID, LONGEST_CONTEXT = 255, 1024  # bytes of UTF-8

_FIXED = struct.Struct(f">4sBH{SALT}s{sm4.NONCE + DATA_KEY + sm4.TAG}s")
LONGEST = _FIXED.size + LONGEST_KID + LONGEST_CONTEXT + sm3.SIZE
SHORTEST = _FIXED.size + 1 + sm3.SIZE


@dataclass(frozen=True)
class Header:
    """A header as it was read; nothing of it is to be believed before `unlock`."""

    kid: str
    context: str
    salt: bytes
    wrapped: bytes
    signed: bytes
    mac: bytes

    def to_bytes(self) -> bytes:
        """The bytes that it takes in the stream."""
        return self.signed + self.mac

    def unlock(self, master: bytes) -> bytes:
        """Verifies the header and returns the data key; Invalid `stream.bad_header` if changed or another master's."""
        check_master(master)
        if not compare_digest(sm3.hmac(_mac_key(master, self.salt), self.signed), self.mac):
            raise Invalid("stream.bad_header")
        return sm4.open_(_wrap_key(master, self.salt), self.wrapped[: sm4.NONCE], self.wrapped[sm4.NONCE :])


def size(kid: str, context: str) -> int:
    """How many bytes a header takes."""
    return _FIXED.size + len(kid.encode()) + len(context.encode()) + sm3.SIZE


def new(master: bytes, kid: str, context: str, data_key: bytes) -> Header:
    """A header with a fresh salt that carries `data_key` (32 bytes) wrapped under `master` (32 bytes)."""
    check_master(master)
    kid_bytes, context_bytes = kid.encode(), context.encode()
    if not 1 <= len(kid_bytes) <= LONGEST_KID:
        raise Invalid("stream.kid_length", length=len(kid_bytes), longest=LONGEST_KID)
    if len(context_bytes) > LONGEST_CONTEXT:
        raise Invalid("stream.context_length", length=len(context_bytes), longest=LONGEST_CONTEXT)
    salt, nonce = secrets.token_bytes(SALT), secrets.token_bytes(sm4.NONCE)
    wrapped = nonce + sm4.seal(_wrap_key(master, salt), nonce, data_key)
    signed = _FIXED.pack(MAGIC, len(kid_bytes), len(context_bytes), salt, wrapped) + kid_bytes + context_bytes
    return Header(kid, context, salt, wrapped, signed, mac=sm3.hmac(_mac_key(master, salt), signed))


def parse(start: bytes) -> Header | None:
    """Reads the header at the start of a stream, unverified; None if more bytes are needed, Malformed if it is none."""
    if not MAGIC.startswith(start[: len(MAGIC)]):
        raise Malformed("stream.not_sealed")
    if len(start) < _FIXED.size:
        return None
    _, kid_size, context_size, salt, wrapped = _FIXED.unpack_from(start)
    if not kid_size or context_size > LONGEST_CONTEXT:
        raise Malformed("stream.bad_header")
    context_at = _FIXED.size + kid_size
    end = context_at + context_size
    if len(start) < end + sm3.SIZE:
        return None
    try:
        kid, context = start[_FIXED.size : context_at].decode(), start[context_at:end].decode()
    except UnicodeDecodeError as unreadable:
        raise Malformed("stream.bad_header") from unreadable
    return Header(kid, context, salt, wrapped, signed=start[:end], mac=start[end : end + sm3.SIZE])


def check_master(master: bytes) -> None:
    """Refuses a master key that is not 32 bytes: Invalid `envelope.master_length`."""
    if len(master) != MASTER:
        raise Invalid("envelope.master_length", length=len(master), wanted=MASTER)


def _wrap_key(master: bytes, salt: bytes) -> bytes:
    return sm3.hkdf(master, salt, b"yuanzhen stream wrap", sm4.KEY)


def _mac_key(master: bytes, salt: bytes) -> bytes:
    return sm3.hkdf(master, salt, b"yuanzhen stream header", sm3.SIZE)
