"""The keys of rooms in the database: no actor reads them; what comes out comes through functions that we sign for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.keys.media_model import Epoch

Sealed = tuple[int, str, bytes]  # epoch, sender, sealed key


async def begin(tx: Tx, epoch: Epoch, sealed: Sequence[bytes]) -> bool:
    """Ends the epoch that goes on and begins this one, a key for each sender; False when a later one has begun."""
    digest = hashlib.sha256(b"".join(sealed)).hexdigest()
    body = "|".join((epoch.room, str(epoch.number), ",".join(epoch.senders), digest, epoch.reason))
    begun: bool = await tx.value(
        "SELECT security.begin_media_epoch($1, $2, $3, $4, $5, $6, $7, $8)",
        epoch.room, epoch.number, list(epoch.senders), list(sealed), epoch.reason, epoch.keep, epoch.since,
        tx.mac("media-epoch", body),
    )  # fmt: skip
    return begun


async def open_(tx: Tx, room: str) -> list[Sealed]:
    """The keys of the epoch that goes on, if the actor is in it; none otherwise."""
    rows = await tx.rows("SELECT * FROM security.open_media_keys($1, $2)", room, tx.mac("media-keys", room))
    return [(epoch, sender, sealed) for epoch, sender, sealed in rows]


async def open_recorded(tx: Tx, room: str) -> list[Sealed]:
    """Every key of a room that is still kept, for the worker; none to anybody else."""
    rows = await tx.rows("SELECT * FROM security.open_recorded_keys($1, $2)", room, tx.mac("recorded-keys", room))
    return [(epoch, sender, sealed) for epoch, sender, sealed in rows]


async def destroy(tx: Tx, now: datetime) -> int:
    """Destroys the keys that are kept no longer; how many they were."""
    gone: int = await tx.value("SELECT security.destroy_media_keys($1, $2)", now, tx.mac("destroy-media-keys", ""))
    return gone
