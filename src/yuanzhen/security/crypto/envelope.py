"""Sealed envelopes under a 32-byte master key: small secrets here, streams of any length by way of `stream`.

Knows no key's home; a master comes as an argument or from the caller's lookup by its id.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto import sm3, sm4
from yuanzhen.security.crypto.stream import Opener, Sealer
from yuanzhen.security.crypto.stream_header import check_master

VERSION = b"\x01"
SHORTEST = len(VERSION) + sm4.NONCE + sm4.TAG


def seal_secret(master: bytes, purpose: str, plaintext: bytes) -> bytes:
    """Version || nonce || SM4-GCM of a small secret; `purpose` (`totp`, `peer-password`) picks the key and is bound in.

    Nonces are random: one purpose of one master seals up to 2^32 secrets (NIST SP 800-38D 8.3).
    """
    nonce = secrets.token_bytes(sm4.NONCE)
    return VERSION + nonce + sm4.seal(_key(master, purpose), nonce, plaintext, _bound(purpose))


def open_secret(master: bytes, purpose: str, sealed: bytes) -> bytes:
    """The plaintext of `seal_secret`; Invalid `envelope.bad_secret` when changed, or of another master or purpose."""
    if len(sealed) < SHORTEST or not sealed.startswith(VERSION):
        raise Invalid("envelope.bad_secret", length=len(sealed), shortest=SHORTEST)
    key, (nonce, body) = _key(master, purpose), _parts(sealed)
    try:
        return sm4.open_(key, nonce, body, _bound(purpose))
    except Invalid as refused:
        raise Invalid("envelope.bad_secret") from refused


def seal_stream(master: bytes, kid: str, context: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The sealed stream of `chunks` (pieces of any size): a header, then chunks of 64 KiB + 16. See `stream`."""
    sealer = Sealer(master, kid, context)
    yield sealer.header
    for chunk in chunks:
        if full := sealer.feed(chunk):
            yield full
    yield sealer.finish()


def open_stream(master_of: Callable[[str], bytes], context: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Verified plaintext, piece by piece; a Problem at the first piece that is not as it was sealed.

    `master_of` turns the header's key id into its master. Act on nothing before the iterator has ended without a
    problem: only then is it sure that the end was not cut off.
    """
    opener = Opener(master_of, context)
    for chunk in chunks:
        if opened := opener.feed(chunk):
            yield opened
    yield opener.finish()


def _key(master: bytes, purpose: str) -> bytes:
    check_master(master)
    return sm3.hkdf(master, b"", b"yuanzhen secret 1\x00" + purpose.encode(), sm4.KEY)


def _parts(sealed: bytes) -> tuple[bytes, bytes]:
    """Nonce, and ciphertext || tag."""
    body = len(VERSION) + sm4.NONCE
    return sealed[len(VERSION) : body], sealed[body:]


def _bound(purpose: str) -> bytes:
    return VERSION + purpose.encode()
