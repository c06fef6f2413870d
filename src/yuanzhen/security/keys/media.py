"""The hospital's key service for live rooms: with these keys their pages seal faces and voices.

Each verb runs in the caller's transaction. The room says who is in it and numbers its epochs; who gets a key follows
from that alone. What the page does with them: web/src/parts/media/seal.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden
from yuanzhen.security.audit import trail
from yuanzhen.security.crypto import envelope
from yuanzhen.security.keys import media_store
from yuanzhen.security.keys.media_model import KEY, UNRECORDED, Epoch, MediaKey, begun, sealed_for
from yuanzhen.security.keys.media_store import Sealed
from yuanzhen.security.keys.root import Root

ENTITY = "MediaKeys"
_WORKER = system("relay")


class MediaKeys:
    """The keys of one home's rooms; at rest they are sealed under its root."""

    def __init__(self, root: Root) -> None:
        self._master = root.derive("media keys")

    async def advance(
        self,
        tx: Tx,
        room: str,
        number: int,
        senders: Iterable[str],
        reason: str,
        *,
        now: datetime,
        keep: timedelta = UNRECORDED,
    ) -> None:
        """The next epoch of a room, with new keys for whoever is in it now; with nobody, the end of the last one.

        On each join and leave, when somebody's page is another one (two pages never share a key), and when a recording
        begins, whose retention is then `keep`. `number` grows: Conflict `key.media_epoch_over` when it, or a later one,
        has begun; Invalid `key.media_epoch`.
        """
        epoch = begun(room, number, senders, reason, keep, now)
        if not await media_store.begin(tx, epoch, [self._made(epoch, sender) for sender in epoch.senders]):
            raise Conflict("key.media_epoch_over", epoch=number)
        trail.noted(tx, "key.media-epoch", "C", entity_type=ENTITY, entity=_entity(room, number), reason=reason)

    async def keys_for(self, tx: Tx, room: str) -> list[MediaKey]:
        """The keys of the epoch that goes on, the actor's own among them: for whom it has one, noted each time.

        Forbidden `key.not_in_room` for anybody else, also for who was in an epoch before.
        """
        keys = self._opened(room, await media_store.open_(tx, room))
        if not keys:
            refused = Forbidden("key.not_in_room")
            raise trail.refused(tx, refused, "key.media-keys", "R", entity_type=ENTITY, entity=room)
        trail.noted(tx, "key.media-keys", "R", entity_type=ENTITY, entity=_entity(room, keys[0].epoch))
        return keys

    async def recorded(self, tx: Tx, room: str, reason: str) -> list[MediaKey]:
        """Every key of a room that is kept, to open what was recorded in it: for the worker alone, noted each time."""
        keys = self._opened(room, await media_store.open_recorded(tx, room))
        trail.noted(tx, "key.recorded-keys", "R", entity_type=ENTITY, entity=room, reason=reason)
        return keys

    def _made(self, epoch: Epoch, sender: str) -> bytes:
        purpose = sealed_for(epoch.room, epoch.number, sender)
        return envelope.seal_secret(self._master, purpose, secrets.token_bytes(KEY))

    def _opened(self, room: str, rows: Sequence[Sealed]) -> list[MediaKey]:
        return [
            MediaKey(sender, epoch, envelope.open_secret(self._master, sealed_for(room, epoch, sender), sealed))
            for epoch, sender, sealed in rows
        ]


async def destroy_due(db: Database, *, now: datetime) -> int:
    """Destroys the keys of epochs that are kept no longer; how many keys."""
    async with db.verb(_WORKER) as tx:
        return await media_store.destroy(tx, now)


def _entity(room: str, epoch: int) -> str:
    return f"{room}/{epoch}"
