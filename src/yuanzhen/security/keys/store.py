"""Signing keys in the database: the public part is read, everything else goes through functions that we sign for."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.keys.model import Purpose, SigningKey, State

_COLUMNS = "id, owner, purpose, public_key, certificate, created, state, ended, revoked_since"


async def find(reads: Reads, key: str) -> SigningKey | None:
    """The key of this id."""
    return _key(await reads.row(f"SELECT {_COLUMNS} FROM security.signing_key WHERE id = $1", key))  # noqa: S608


async def active(reads: Reads, owner: str, purpose: Purpose) -> SigningKey | None:
    """The key with which this owner signs now."""
    return _key(
        await reads.row(
            f"SELECT {_COLUMNS} FROM security.signing_key WHERE owner = $1 AND purpose = $2 AND state = 'active'",  # noqa: S608
            owner,
            purpose,
        )
    )


async def of_owner(reads: Reads, owner: str) -> list[SigningKey]:
    """All keys that this owner ever had, oldest first."""
    rows = await reads.rows(
        f"SELECT {_COLUMNS} FROM security.signing_key WHERE owner = $1 ORDER BY created, id",  # noqa: S608
        owner,
    )
    return [SigningKey(**row) for row in rows]


async def keep(tx: Tx, key: SigningKey, sealed: bytes) -> bool:
    """Saves a new key; False when its owner has an active one for the purpose by now."""
    body = "|".join((key.id, key.owner, key.purpose, _digest(key.public_key), _digest(sealed)))
    kept: bool = await tx.value(
        "SELECT security.keep_key($1, $2, $3, $4, $5, $6, $7, $8)",
        key.id,
        key.owner,
        key.purpose,
        key.public_key,
        key.certificate,
        sealed,
        key.created,
        tx.mac("keep-key", body),
    )
    return kept


async def open_(tx: Tx, key: str) -> bytes | None:
    """The sealed private half of an active key, for its owner (or the chain); None otherwise."""
    sealed: bytes | None = await tx.value("SELECT security.open_key($1, $2)", key, tx.mac("open-key", key))
    return sealed


async def may_end(reads: Reads, owner: str) -> bool:
    """Whether the actor is this owner, or holds 'keys'."""
    return bool(await reads.value("SELECT ARRAY['keys', $1::text] && security.keys('write') AS may", owner))


async def end(tx: Tx, before: State, key: SigningKey, at: datetime) -> bool:
    """Saves a step of a key's life; False when its state is no longer `before`. Destroying deletes the private half."""
    ended: bool = await tx.value(
        "SELECT security.end_key($1, $2, $3, $4, $5, $6)",
        key.id,
        before,
        key.state,
        at,
        key.revoked_since,
        tx.mac("end-key", f"{key.id}|{before}|{key.state}"),
    )
    return ended


def _key(row: Any) -> SigningKey | None:
    return SigningKey(**row) if row else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
