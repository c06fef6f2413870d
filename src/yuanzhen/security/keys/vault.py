"""The vault: signing keys that people and the home's log own; made, used, rotated, revoked, destroyed, and verified.

Each verb runs in the caller's transaction, so that a signature is kept together with what it signs or not at all.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Malformed, NotFound, Problem
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.crypto import envelope, sm2
from yuanzhen.security.identity.fresh import FreshFactor
from yuanzhen.security.identity.model import FRESH
from yuanzhen.security.keys import certify, store
from yuanzhen.security.keys.model import (
    LOG_OWNER,
    Purpose,
    Signature,
    SigningKey,
    Step,
    Verdict,
    believed,
    signed_bytes,
)
from yuanzhen.security.keys.root import Root

ENTITY = "SigningKey"


@dataclass(frozen=True, slots=True)
class Signer:
    """An opened key; it lives as long as the work that it was opened for."""

    key: SigningKey
    private: sm2.PrivateKey

    def sign(self, purpose: str, message: bytes, at: datetime) -> Signature:
        """The signature over `message` for one purpose (`opinion`, `log.head`) and time."""
        return Signature.of(self.key.id, sm2.sign(self.private, signed_bytes(self.key, purpose, message, at)), at)


class Vault:
    """Signing keys of one home; their private halves are sealed under its root."""

    def __init__(self, root: Root) -> None:
        self._master = root.derive("signing keys")
        self._home = certify.home_key(root)

    @property
    def home_key(self) -> sm2.PublicKey:
        """With this, anybody can tell which keys the home vouches for."""
        return self._home.public

    async def enrol(self, tx: Tx, person: str, *, now: datetime) -> SigningKey:
        """The person's signing key, made if there is none."""
        return await self._active(tx, person, "person", now)

    async def sign(self, tx: Tx, fresh: FreshFactor, purpose: str, message: bytes, *, now: datetime) -> Signature:
        """The acting person signs, with a second factor shown in the last five minutes.

        The key is made at the first signature. Forbidden `factor.stale`, or `key.not_yours` with another's factor.
        """
        if fresh.person != tx.actor.id:
            raise _refused(tx, Forbidden("key.not_yours"), "sign", fresh.person)
        if not now - FRESH <= fresh.at <= now:
            raise _refused(tx, Forbidden("factor.stale", within_s=int(FRESH.total_seconds())), "sign", fresh.person)
        signer = await self._open(tx, await self._active(tx, fresh.person, "person", now))
        trail.noted(tx, "key.sign", "E", entity_type=ENTITY, entity=signer.key.id, reason=purpose)
        return signer.sign(purpose, message, now)

    async def log_signer(self, tx: Tx, *, now: datetime) -> Signer:
        """The key with which the log's heads are signed; opens for the chain alone."""
        return await self._open(tx, await self._active(tx, LOG_OWNER, "log", now))

    async def rotate(self, tx: Tx, owner: str, purpose: Purpose = "person", *, now: datetime) -> SigningKey:
        """A new key in the place of the active one, whose signatures stay good. By the owner or who holds 'keys'."""
        key = await store.active(tx, owner, purpose)
        if key is None:
            raise NotFound("key.none_active", place=owner)
        await self._end(tx, key, "retire", now)
        return await self._active(tx, owner, purpose, now)

    async def revoke(self, tx: Tx, key: str, *, since: datetime, now: datetime, reason: str) -> None:
        """Nothing signed from `since` on is believed any more. By the owner or who holds 'keys'."""
        await self._end(tx, await _found(tx, key), "revoke", now, since, reason)

    async def destroy(self, tx: Tx, key: str, *, now: datetime) -> None:
        """The private half is deleted; what it signed stays verifiable. By the owner or who holds 'keys'."""
        await self._end(tx, await _found(tx, key), "destroy", now)

    async def verify(self, reads: Reads, signature: Signature, purpose: str, message: bytes, *, owner: str) -> Verdict:
        """Whether it is `owner`'s signature over this message for this purpose, made while the key was good."""
        key = await store.find(reads, signature.key)
        if key is not None and key.owner != owner:
            return "unknown-key"
        return verdict(self.home_key, key, signature, purpose, message)

    def vouch(self, purpose: str, message: bytes) -> bytes:
        """The home's own signature over what it has handed out, for one purpose."""
        return sm2.sign(self._home, certify.vouched(purpose, message))

    def vouches(self, purpose: str, message: bytes, signature: bytes) -> bool:
        """Whether the home vouched for this message, for this purpose."""
        return sm2.is_valid(self._home.public, certify.vouched(purpose, message), signature)

    async def _active(self, tx: Tx, owner: str, purpose: Purpose, now: datetime) -> SigningKey:
        key = await store.active(tx, owner, purpose)
        if key is None:
            await self._make(tx, owner, purpose, now)
            key = await store.active(tx, owner, purpose)  # ours, or what somebody made just before ours could be kept
        if key is None:
            raise Conflict("key.try_again", place=owner)
        return key

    async def _make(self, tx: Tx, owner: str, purpose: Purpose, now: datetime) -> None:
        private = sm2.PrivateKey.generate()
        key = SigningKey(new_id(), owner, purpose, private.public.to_der(), b"", now)
        sealed = envelope.seal_secret(self._master, _sealed_for(key), private.to_raw())
        if await store.keep(tx, certify.certified(self._home, key), sealed):
            trail.noted(tx, "key.create", "C", entity_type=ENTITY, entity=key.id, reason=owner)

    async def _open(self, tx: Tx, key: SigningKey) -> Signer:
        sealed = await store.open_(tx, key.id)
        if sealed is None:
            raise _refused(tx, Forbidden("key.not_yours"), "open", key.id)
        raw = envelope.open_secret(self._master, _sealed_for(key), sealed)
        return Signer(key, sm2.PrivateKey.from_raw(raw))

    async def _end(
        self, tx: Tx, key: SigningKey, step: Step, now: datetime, since: datetime | None = None, reason: str = ""
    ) -> None:
        if not await store.may_end(tx, key.owner):
            raise _refused(tx, Forbidden("key.not_yours"), step, key.id)
        if not await store.end(tx, key.state, key.after(step, now, since), now):
            raise Conflict("key.not_now", act=step, state=key.state)
        trail.noted(tx, f"key.{step}", "U", entity_type=ENTITY, entity=key.id, reason=reason)


def verdict(home: sm2.PublicKey, key: SigningKey | None, signature: Signature, purpose: str, message: bytes) -> Verdict:
    """The judgement on a signature, from public values alone. A key that the home did not vouch for is unknown."""
    if key is None or not certify.is_ours(home, key):
        return "unknown-key"
    try:
        der = base64.b64decode(signature.value, validate=True)
        public = sm2.PublicKey.from_der(key.public_key)
    except (binascii.Error, ValueError, Malformed):
        return "broken"
    if not sm2.is_valid(public, signed_bytes(key, purpose, message, signature.at), der):
        return "broken"
    return believed(key, signature.at)


async def _found(reads: Reads, key: str) -> SigningKey:
    found = await store.find(reads, key)
    if found is None:
        raise NotFound("key.unknown", place=key)
    return found


def _refused(tx: Tx, problem: Problem, step: str, entity: str) -> Problem:
    return trail.refused(tx, problem, f"key.{step}", "E", entity_type=ENTITY, entity=entity)


def _sealed_for(key: SigningKey) -> str:
    """Bound to its key: one sealed half put in the place of another does not open."""
    return f"signing key {key.id}"
