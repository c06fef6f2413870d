"""SM4-GCM by pyca's OpenSSL: the engine that is there on every machine, and slow."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from yuanzhen.security.crypto.buffers import Place

TAG = 16


def available() -> bool:
    """Always: it comes with the wheels."""
    return True


def seal_run(key: bytes, places: Sequence[Place], plaintext: bytes, size: int) -> bytes:
    """Chunks of `size` bytes, the last as long as what is left, each as ciphertext || 16-byte tag."""
    return b"".join(
        _seal(key, place, plaintext[number * size : (number + 1) * size]) for number, place in enumerate(places)
    )


def open_run(key: bytes, places: Sequence[Place], sealed: bytes, size: int) -> tuple[bytes, int]:
    """The plaintext of such chunks and -1, or nothing and which chunk's tag was wrong."""
    step = size + TAG
    opened = []
    for number, place in enumerate(places):
        one = _open(key, place, sealed[number * step : (number + 1) * step])
        if one is None:
            return b"", number
        opened.append(one)
    return b"".join(opened), -1


def _seal(key: bytes, place: Place, plaintext: bytes) -> bytes:
    nonce, aad = place
    encryptor = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def _open(key: bytes, place: Place, sealed: bytes) -> bytes | None:
    nonce, aad = place
    decryptor = Cipher(SM4(key), modes.GCM(nonce, sealed[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(aad)
    plaintext = decryptor.update(sealed[:-TAG])
    try:
        decryptor.finalize()
    except InvalidTag:
        return None
    return plaintext
