"""SM2 key pairs (GB/T 32918.5-2017 curve sm2p256v1) and their written forms: raw, PKCS8 and SPKI DER.

Knows no message and not where a key is kept; `sm2` signs and encrypts with them.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_size_t, c_void_p
from typing import Self

from yuanzhen.infrastructure.errors import Malformed
from yuanzhen.security.crypto import libcrypto
from yuanzhen.security.crypto.libcrypto import Handle, check, freed, library

RAW, POINT = 32, 65  # bytes of a private number and of an uncompressed point 04 || x || y
UNCOMPRESSED = 4
ORDER = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123  # GB/T 32918.5-2017, n

# AlgorithmIdentifier: id-ecPublicKey 1.2.840.10045.2.1 with the curve 1.2.156.10197.1.301 (GB/T 35276-2017 7.1)
_ALGORITHM = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
# SubjectPublicKeyInfo up to the point (RFC 5280 4.1)
_SPKI_HEAD = b"\x30\x59" + _ALGORITHM + bytes.fromhex("034200")
# PrivateKeyInfo (RFC 5208 5) around ECPrivateKey (RFC 5915 3), with the public key and without it
_PKCS8_HEAD = bytes.fromhex("308187020100") + _ALGORITHM + bytes.fromhex("046d306b0201010420")
_PKCS8_POINT = bytes.fromhex("a144034200")
_PKCS8_BARE_HEAD = bytes.fromhex("3041020100") + _ALGORITHM + bytes.fromhex("042730250201010420")


class PublicKey:
    """The open half of a pair; equal to another when the points are equal."""

    __slots__ = ("handle", "point")

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        self.point = _point(handle)

    @classmethod
    def from_point(cls, point: bytes) -> Self:
        """Reads 04 || x || y (65 bytes); Malformed `sm2.bad_public_key` off the curve."""
        if len(point) != POINT or point[0] != UNCOMPRESSED:
            raise Malformed("sm2.bad_public_key", length=len(point), wanted=POINT)
        return cls.from_der(_SPKI_HEAD + point)

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Reads a SubjectPublicKeyInfo; Malformed `sm2.bad_public_key` when it is none, or of another curve."""
        cursor, start = _cursor(der)
        address = library().d2i_PUBKEY(None, byref(cursor), len(der))
        return cls(_sm2_or_malformed(address, (cursor.value or 0) - start == len(der), "sm2.bad_public_key"))

    def to_der(self) -> bytes:
        """SubjectPublicKeyInfo, 91 bytes."""
        return _SPKI_HEAD + self.point

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.point == other.point

    def __hash__(self) -> int:
        return hash(self.point)

    def __repr__(self) -> str:
        return f"PublicKey({self.point.hex()})"


class PrivateKey:
    """The secret half of a pair; it never shows itself, its written forms are asked for by name."""

    __slots__ = ("handle", "public")

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        self.public = PublicKey(handle)

    @classmethod
    def generate(cls) -> Self:
        """A fresh key, from libcrypto's own random source."""
        lib, address = library(), c_void_p()
        with freed(lib.EVP_PKEY_CTX_new_from_name(None, b"SM2", None), by="EVP_PKEY_CTX_free") as context:
            check(lib.EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init")
            check(lib.EVP_PKEY_generate(context, byref(address)), "EVP_PKEY_generate")
        return cls(Handle(address.value or 0))

    @classmethod
    def from_raw(cls, raw: bytes) -> Self:
        """Reads the private number, 32 bytes big-endian; Malformed `sm2.bad_private_key` outside 1 to n-2."""
        # GB/T 32918.1-2016 6.1
        if len(raw) != RAW or not 1 <= int.from_bytes(raw) <= ORDER - 2:
            raise Malformed("sm2.bad_private_key", length=len(raw), wanted=RAW)
        return cls(_read_pkcs8(_PKCS8_BARE_HEAD + raw))

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Reads a PKCS8 PrivateKeyInfo; Malformed `sm2.bad_private_key` when it is none, or its halves do not match."""
        claimed = cls(_read_pkcs8(der))
        key = cls.from_raw(claimed.to_raw())  # computes the public half anew: a stored one is only a claim
        if key.public != claimed.public:
            raise Malformed("sm2.bad_private_key", rule="the public half is another's")
        return key

    def to_raw(self) -> bytes:
        """The private number, 32 bytes big-endian."""
        lib, number, raw = library(), c_void_p(), ctypes.create_string_buffer(RAW)
        check(lib.EVP_PKEY_get_bn_param(self.handle.address, b"priv", byref(number)), "EVP_PKEY_get_bn_param")
        with freed(number.value, by="BN_clear_free") as address:
            if lib.BN_bn2binpad(address, raw, RAW) != RAW:
                raise Malformed("sm2.bad_private_key", wanted=RAW)
        return raw.raw

    def to_der(self) -> bytes:
        """PKCS8 PrivateKeyInfo in the clear, 138 bytes."""
        return _PKCS8_HEAD + self.to_raw() + _PKCS8_POINT + self.public.point

    def __repr__(self) -> str:
        return f"PrivateKey(of {self.public!r})"


def _read_pkcs8(der: bytes) -> Handle:
    """The pair in a PrivateKeyInfo; Malformed when it is none, or of another curve."""
    lib = library()
    cursor, start = _cursor(der)
    info = lib.d2i_PKCS8_PRIV_KEY_INFO(None, byref(cursor), len(der))
    if not info:
        libcrypto.forget_errors()
        raise Malformed("sm2.bad_private_key")
    with freed(info, by="PKCS8_PRIV_KEY_INFO_free"):
        address = lib.EVP_PKCS82PKEY(info)
    return _sm2_or_malformed(address, (cursor.value or 0) - start == len(der), "sm2.bad_private_key")


def _sm2_or_malformed(address: int | None, whole: bool, code: str) -> Handle:
    """Owns what a parser returned; Malformed when it returned nothing, left bytes over, or read another curve."""
    if not address:
        libcrypto.forget_errors()
        raise Malformed(code)
    handle = Handle(address)
    if not whole or library().EVP_PKEY_is_a(address, b"SM2") != 1:
        raise Malformed(code)
    return handle


def _cursor(der: bytes) -> tuple[c_void_p, int]:
    """The pointer that a d2i function moves over `der`, and where it began; `der` must outlive it."""
    start = ctypes.cast(ctypes.c_char_p(der), c_void_p).value or 0
    return c_void_p(start), start


def _point(handle: Handle) -> bytes:
    """The public point, uncompressed; Malformed when it was written otherwise (GB/T 35276-2017 7.1 knows 04 alone)."""
    point, written = ctypes.create_string_buffer(POINT), c_size_t()
    check(
        library().EVP_PKEY_get_octet_string_param(handle.address, b"pub", point, POINT, byref(written)),
        "EVP_PKEY_get_octet_string_param",
    )
    if point.raw[0] != UNCOMPRESSED:
        raise Malformed("sm2.bad_public_key", length=written.value, wanted=POINT)
    return point.raw
