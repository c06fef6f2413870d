"""What follows a change in a room, new keys, and what it does later, a look who is there. With the relay's rights."""

from __future__ import annotations

from typing import Any

import msgspec

from yuanzhen.collaboration.room import service, store
from yuanzhen.collaboration.room.events import RoomDue
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.security.keys.media import MediaKeys


async def look(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of `RoomDue`."""
    due = msgspec.convert(body, RoomDue)
    await service.look(tx, due.room, due.at, clock.now())


async def advance(tx: Tx, keys: MediaKeys, body: dict[str, Any]) -> None:
    """The listener of `RoomChanged`: whoever is in the room now has new keys, and whoever is not has none of them."""
    room = await store.lock(tx, str(body["room"]))
    if room is None:
        return
    people = [one.person for one in room.those("in")]
    try:
        await keys.advance(tx, room.id, room.epoch, people, "room", now=clock.now())
    except Conflict:
        return  # of this epoch they have them already
    tx.tell(service.channel(room.id), "keys", {"epoch": room.epoch})
