"""SM4-GCM (GB/T 32907-2016 in GCM as RFC 8998 uses it): seal and open with a full 16-byte tag.

Three engines give the same bytes; the first that this machine has is used. Knows no key's home and makes no nonce.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal, Protocol

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto import gcrypt, native, pyca
from yuanzhen.security.crypto.buffers import Place

KEY, NONCE, TAG = 16, 12, 16  # bytes
Engine = Literal["native", "libgcrypt", "pyca"]


class _Runs(Protocol):
    """What each engine's file gives."""

    def available(self) -> bool: ...
    def seal_run(self, key: bytes, places: Sequence[Place], plaintext: bytes, size: int) -> bytes: ...
    def open_run(self, key: bytes, places: Sequence[Place], sealed: bytes, size: int) -> tuple[bytes, int]: ...


ENGINES: dict[Engine, _Runs] = {"native": native, "libgcrypt": gcrypt, "pyca": pyca}  # the fastest first


@cache
def engine() -> Engine:
    """Which engine `seal` and `open_` use on this machine."""
    return next(name for name, one in ENGINES.items() if one.available())


def seal(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes = b"", *, by: Engine | None = None) -> bytes:
    """Ciphertext || 16-byte tag. `key`: 16 bytes, `nonce`: 12 bytes that this key never saw; `by` picks an engine."""
    return seal_run(key, [(nonce, aad)], plaintext, len(plaintext), by=by)


def open_(key: bytes, nonce: bytes, sealed: bytes, aad: bytes = b"", *, by: Engine | None = None) -> bytes:
    """The plaintext of `seal`; Invalid `sm4.too_short` without a full tag, `sm4.bad_tag` when anything was changed."""
    return open_run(key, [(nonce, aad)], sealed, max(0, len(sealed) - TAG), by=by)


def seal_run(key: bytes, places: Sequence[Place], plaintext: bytes, size: int, *, by: Engine | None = None) -> bytes:
    """As many chunks as `places` (nonce, AAD), of `size` bytes each but the last, sealed one after another."""
    _check_lengths(key, places)
    return ENGINES[by or engine()].seal_run(key, places, plaintext, size)


def open_run(key: bytes, places: Sequence[Place], sealed: bytes, size: int, *, by: Engine | None = None) -> bytes:
    """The plaintext of `seal_run`; Invalid as `open_`, with the `chunk` whose tag is wrong, counted from 0."""
    _check_lengths(key, places)
    step = size + TAG
    if not (len(places) - 1) * step + TAG <= len(sealed) <= len(places) * step:
        raise Invalid("sm4.too_short", length=len(sealed), tag=TAG)
    plaintext, bad = ENGINES[by or engine()].open_run(key, places, sealed, size)
    if bad >= 0:
        raise Invalid("sm4.bad_tag", chunk=bad)
    return plaintext


def _check_lengths(key: bytes, places: Sequence[Place]) -> None:
    if len(key) != KEY:
        raise Invalid("sm4.key_length", length=len(key), wanted=KEY)
    for nonce, _ in places:
        if len(nonce) != NONCE:
            raise Invalid("sm4.nonce_length", length=len(nonce), wanted=NONCE)
