"""SM3 digests (GB/T 32905-2016), HMAC and HKDF over them. Pure; knows nothing of keys' homes."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as _hmac
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from yuanzhen.infrastructure.errors import Invalid

SIZE = 32  # bytes in a digest
LONGEST_KEY = 255 * SIZE  # RFC 5869 2.3: one octet counts the blocks

_SM3 = hashes.SM3()


class Hasher:
    """SM3 over data that comes in pieces."""

    def __init__(self, data: bytes = b"") -> None:
        self._state = hashes.Hash(_SM3)
        self._state.update(data)

    def update(self, data: bytes) -> None:
        """Takes the next piece."""
        self._state.update(data)

    def digest(self) -> bytes:
        """The digest (32 bytes) of all pieces so far; more may follow."""
        return self._state.copy().finalize()


def digest(data: bytes) -> bytes:
    """The SM3 digest of `data`, 32 bytes."""
    return hashes.Hash.hash(_SM3, data)


def hmac(key: bytes, data: bytes) -> bytes:
    """HMAC-SM3 (RFC 2104 over SM3), 32 bytes; compare it with `hmac.compare_digest` only."""
    state = _hmac.HMAC(key, _SM3)
    state.update(data)
    return state.finalize()


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SM3 (RFC 5869, extract and expand): `length` bytes, 1 to 8160; Invalid `sm3.hkdf_length` beyond."""
    if not 1 <= length <= LONGEST_KEY:
        raise Invalid("sm3.hkdf_length", length=length, longest=LONGEST_KEY)
    return HKDF(_SM3, length, salt, info).derive(key)
