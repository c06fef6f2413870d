"""SM4-GCM (GB/T 32907-2016 in GCM as RFC 8998 uses it): seal and open with a full 16-byte tag.

Two engines give the same bytes: libgcrypt where the machine has it, else pyca. Knows no key's home and makes no nonce.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto import gcrypt
from yuanzhen.security.crypto.gcrypt import Place

KEY, NONCE, TAG = 16, 12, 16  # bytes
Engine = Literal["libgcrypt", "pyca"]


@cache
def engine() -> Engine:
    """Which engine `seal` and `open_` use on this machine."""
    return "libgcrypt" if gcrypt.available() else "pyca"


def seal(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes = b"", *, by: Engine | None = None) -> bytes:
    """Ciphertext || 16-byte tag. `key`: 16 bytes, `nonce`: 12 bytes that this key never saw; `by` picks an engine."""
    return seal_run(key, [(nonce, aad)], plaintext, len(plaintext), by=by)


def open_(key: bytes, nonce: bytes, sealed: bytes, aad: bytes = b"", *, by: Engine | None = None) -> bytes:
    """The plaintext of `seal`; Invalid `sm4.too_short` without a full tag, `sm4.bad_tag` when anything was changed."""
    return open_run(key, [(nonce, aad)], sealed, max(0, len(sealed) - TAG), by=by)


def seal_run(key: bytes, places: Sequence[Place], plaintext: bytes, size: int, *, by: Engine | None = None) -> bytes:
    """As many chunks as `places` (nonce, AAD), of `size` bytes each but the last, sealed one after another."""
    _check_lengths(key, places)
    if (by or engine()) == "libgcrypt":
        return gcrypt.seal_run(key, places, plaintext, size)
    return b"".join(
        _pyca_seal(key, place, plaintext[number * size : (number + 1) * size]) for number, place in enumerate(places)
    )


def open_run(key: bytes, places: Sequence[Place], sealed: bytes, size: int, *, by: Engine | None = None) -> bytes:
    """The plaintext of `seal_run`; Invalid as `open_`, with the `chunk` whose tag is wrong, counted from 0."""
    _check_lengths(key, places)
    step = size + TAG
    if not (len(places) - 1) * step + TAG <= len(sealed) <= len(places) * step:
        raise Invalid("sm4.too_short", length=len(sealed), tag=TAG)
    if (by or engine()) == "libgcrypt":
        plaintext, bad = gcrypt.open_run(key, places, sealed, size)
    else:
        opened = [_pyca_open(key, place, sealed[n * step : (n + 1) * step]) for n, place in enumerate(places)]
        bad = next((number for number, one in enumerate(opened) if one is None), -1)
        plaintext = b"".join(one for one in opened if one is not None)
    if bad >= 0:
        raise Invalid("sm4.bad_tag", chunk=bad)
    return plaintext


def _pyca_seal(key: bytes, place: Place, plaintext: bytes) -> bytes:
    nonce, aad = place
    encryptor = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def _pyca_open(key: bytes, place: Place, sealed: bytes) -> bytes | None:
    nonce, aad = place
    decryptor = Cipher(SM4(key), modes.GCM(nonce, sealed[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(aad)
    plaintext = decryptor.update(sealed[:-TAG])
    try:
        decryptor.finalize()
    except InvalidTag:
        return None
    return plaintext


def _check_lengths(key: bytes, places: Sequence[Place]) -> None:
    if len(key) != KEY:
        raise Invalid("sm4.key_length", length=len(key), wanted=KEY)
    for nonce, _ in places:
        if len(nonce) != NONCE:
            raise Invalid("sm4.nonce_length", length=len(nonce), wanted=NONCE)
