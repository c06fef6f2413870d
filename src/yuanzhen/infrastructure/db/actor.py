"""Who acts: the values that row-level security sees, and the signature without which the database believes none."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Literal

import msgspec

Kind = Literal["person", "guest", "machine", "peer", "system"]

_SAFE = re.compile(r"[A-Za-z0-9_.:@-]*")
_BLOCK_BYTES = 64  # SHA-256, RFC 2104


class Actor(msgspec.Struct, frozen=True):
    """One caller as the database knows it: ids and words of closed lists, and for the trail from where it calls."""

    kind: Kind
    id: str
    role: str
    institution: str = ""
    patient: str = ""
    purpose: str = "treatment"
    origin: str = ""
    request: str = ""

    def body(self) -> str:
        """The signed fields in the order that `security.who()` reads them."""
        fields = (self.kind, self.id, self.role, self.institution, self.patient, self.purpose)
        if not all(_SAFE.fullmatch(field) for field in fields):
            raise ValueError("an actor's fields are ids and words")
        return "|".join(fields)


def system(role: str) -> Actor:
    """A part of the product itself: `door`, `relay`, `chain`, `setup`; `security.grants` says what each may touch."""
    return Actor(kind="system", id=f"system:{role}", role=role, purpose="operation")


class Signer:
    """Signs contexts and relations with the key that only this process and the database's definer functions hold.

    HMAC-SHA-256 (RFC 2104) with both pads hashed beforehand, bound to the backend's pid, so that a context
    overheard on one connection is worth nothing on another.
    """

    def __init__(self, key: bytes, numbers_key: bytes = b"") -> None:
        self._numbers_key = numbers_key
        padded = key.ljust(_BLOCK_BYTES, b"\0")
        self.inner_pad = bytes(b ^ 0x36 for b in padded)
        self.outer_pad = bytes(b ^ 0x5C for b in padded)
        self._inner = hashlib.sha256(self.inner_pad)
        self._outer = hashlib.sha256(self.outer_pad)

    def context(self, actor: Actor, backend_pid: int) -> str:
        """The value of `yuanzhen.context` for one transaction on one backend."""
        body = actor.body()
        return f"{body}.{self.mac('context', backend_pid, body)}"

    def sealed(self, number: str) -> str:
        """32 hex digits that stand for a person's number wherever it is only compared, never shown (HMAC-SHA-256).

        Its key is no row of the database: whoever holds the rows alone cannot try all numbers.
        """
        if not self._numbers_key:
            raise ValueError("no key for numbers was given")
        return hmac.digest(self._numbers_key, number.encode(), "sha256").hex()[:32]

    def mac(self, purpose: str, backend_pid: int, body: str) -> str:
        """64 hex digits over `purpose|pid|body`, as `security.signed()` recomputes them."""
        inner = self._inner.copy()
        inner.update(f"{purpose}|{backend_pid}|{body}".encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()
