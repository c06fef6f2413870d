"""The home vouches for its keys, and what it hands out, with one that is derived from the root and in no table."""

from __future__ import annotations

from dataclasses import replace

from yuanzhen.security.crypto import sm2, sm3
from yuanzhen.security.crypto.sm2_keys import ORDER, RAW
from yuanzhen.security.keys.canonical import canonical
from yuanzhen.security.keys.model import SigningKey
from yuanzhen.security.keys.root import Root


def home_key(root: Root) -> sm2.PrivateKey:
    """The home's own key pair: always the same for one root."""
    # 128 bits more than the order has, so that the remainder is even (FIPS 186-5 A.2.1)
    number = int.from_bytes(root.derive("home key", RAW + 16)) % (ORDER - 2) + 1
    return sm2.PrivateKey.from_raw(number.to_bytes(RAW))


def certified(home: sm2.PrivateKey, key: SigningKey) -> SigningKey:
    """`key` with the home's signature over whose it is."""
    return replace(key, certificate=sm2.sign(home, key.statement()))


def is_ours(home: sm2.PublicKey, key: SigningKey) -> bool:
    """Whether the home vouched for this very key, owner and purpose."""
    return sm2.is_valid(home, key.statement(), key.certificate)


def vouched(purpose: str, message: bytes) -> bytes:
    """What the home signs of what it hands out; apart from what it signs of keys."""
    return b"yuanzhen vouched 1\n" + canonical({"message": sm3.digest(message).hex(), "purpose": purpose})
