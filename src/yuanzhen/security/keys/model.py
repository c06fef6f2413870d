"""What a managed key is, the steps of its life, what exactly its owner signs, and when a signature is believed."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, Self

import msgspec

from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.security.crypto import sm3
from yuanzhen.security.keys.canonical import canonical

State = Literal["active", "retired", "revoked", "destroyed"]
Step = Literal["retire", "revoke", "destroy"]
Purpose = Literal["person", "log"]
Verdict = Literal["valid", "broken", "unknown-key", "revoked"]

ALGORITHM: Literal["SM2"] = "SM2"
LOG_OWNER = "home:log"

NEXT: dict[tuple[State, Step], State] = {
    ("active", "retire"): "retired",
    ("active", "revoke"): "revoked",
    ("active", "destroy"): "destroyed",
    ("retired", "revoke"): "revoked",
    ("retired", "destroy"): "destroyed",
    ("revoked", "revoke"): "revoked",  # it was known to others earlier than we thought
    ("revoked", "destroy"): "destroyed",
    ("destroyed", "revoke"): "destroyed",  # a copy turned up
}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The public part of a managed key. `public_key` is a SubjectPublicKeyInfo, `certificate` the home's signature."""

    id: str
    owner: str
    purpose: Purpose
    public_key: bytes
    certificate: bytes
    created: datetime
    state: State = "active"
    ended: datetime | None = None
    revoked_since: datetime | None = None

    def after(self, step: Step, at: datetime, since: datetime | None = None) -> Self:
        """The key after one step of its life; Conflict `key.not_now` when there is no such step from its state."""
        state = NEXT.get((self.state, step))
        if state is None:
            raise Conflict("key.not_now", act=step, state=self.state)
        known = [moment for moment in (self.revoked_since, since) if moment is not None]
        return replace(self, state=state, ended=self.ended or at, revoked_since=min(known, default=None))

    def statement(self) -> bytes:
        """What the home certifies: whose key this is, and for what."""
        return b"yuanzhen key 1\n" + canonical(
            {
                "algorithm": ALGORITHM,
                "key": self.id,
                "owner": self.owner,
                "purpose": self.purpose,
                "public": self.public_key.hex(),
            }
        )


class Signature(msgspec.Struct, frozen=True):
    """One signature as it is kept beside what it signs; `value` is DER in base64, `at` is signed too."""

    key: str
    algorithm: Literal["SM2"]
    value: str
    at: datetime

    @classmethod
    def of(cls, key: str, der: bytes, at: datetime) -> Self:
        """The signature `der` made with `key` at this moment."""
        return cls(key, ALGORITHM, base64.b64encode(der).decode(), at)


def signed_bytes(key: SigningKey, purpose: str, message: bytes, at: datetime) -> bytes:
    """What SM2 signs: the message's SM3 with signer, key, purpose and time, so that none can be exchanged."""
    return b"yuanzhen signature 1\n" + canonical(
        {"at": moment(at), "key": key.id, "message": sm3.digest(message).hex(), "purpose": purpose, "signer": key.owner}
    )


def moment(at: datetime) -> str:
    """One spelling for one moment: UTC, microseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def believed(key: SigningKey, at: datetime) -> Verdict:
    """Whether a signature that holds was made while its key was good; `at` is the signer's word, bound in.

    Somebody who stole a key can name an earlier time: an officer who revokes it says since when, and each of our own
    signatures has its row in the trail.
    """
    if key.revoked_since is not None and at >= key.revoked_since:
        return "revoked"
    return "valid" if key.ended is None or at <= key.ended else "revoked"
