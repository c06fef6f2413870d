"""SM4-GCM (GB/T 32907-2016 in GCM as RFC 8998 uses it): seal and open with a full 16-byte tag.

Two engines give the same bytes: libgcrypt where the machine has it, else pyca. Knows no key's home and makes no nonce.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto import gcrypt

KEY, NONCE, TAG = 16, 12, 16  # bytes
Engine = Literal["libgcrypt", "pyca"]


@cache
def engine() -> Engine:
    """Which engine `seal` and `open_` use on this machine."""
    return "libgcrypt" if gcrypt.available() else "pyca"


def seal(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes = b"", *, by: Engine | None = None) -> bytes:
    """Ciphertext || 16-byte tag. `key`: 16 bytes, `nonce`: 12 bytes that this key never saw; `by` picks an engine."""
    _check_lengths(key, nonce)
    if (by or engine()) == "libgcrypt":
        return gcrypt.seal(key, nonce, plaintext, aad)
    return _pyca_seal(key, nonce, plaintext, aad)


def open_(key: bytes, nonce: bytes, sealed: bytes, aad: bytes = b"", *, by: Engine | None = None) -> bytes:
    """The plaintext of `seal`; Invalid `sm4.too_short` without a full tag, `sm4.bad_tag` when anything was changed."""
    _check_lengths(key, nonce)
    if len(sealed) < TAG:
        raise Invalid("sm4.too_short", length=len(sealed), tag=TAG)
    opener = gcrypt.open_ if (by or engine()) == "libgcrypt" else _pyca_open
    plaintext = opener(key, nonce, sealed, aad)
    if plaintext is None:
        raise Invalid("sm4.bad_tag")
    return plaintext


def _pyca_seal(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    encryptor = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def _pyca_open(key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> bytes | None:
    decryptor = Cipher(SM4(key), modes.GCM(nonce, sealed[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(aad)
    plaintext = decryptor.update(sealed[:-TAG])
    try:
        decryptor.finalize()
    except InvalidTag:
        return None
    return plaintext


def _check_lengths(key: bytes, nonce: bytes) -> None:
    if len(key) != KEY:
        raise Invalid("sm4.key_length", length=len(key), wanted=KEY)
    if len(nonce) != NONCE:
        raise Invalid("sm4.nonce_length", length=len(nonce), wanted=NONCE)
