"""What follows a change in a room, new keys, and what it does later, a look who is there. With the relay's rights."""

from __future__ import annotations

from typing import Any

import msgspec

from yuanzhen.collaboration.room import service, store
from yuanzhen.collaboration.room.events import RoomDue
from yuanzhen.collaboration.room.recordings import store as recordings
from yuanzhen.collaboration.room.recordings.model import WANTED
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.security.keys.media import MediaKeys
from yuanzhen.security.keys.media_model import UNRECORDED


async def look(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of `RoomDue`."""
    due = msgspec.convert(body, RoomDue)
    await service.look(tx, due.room, due.at, clock.now())


async def advance(tx: Tx, keys: MediaKeys, body: dict[str, Any]) -> None:
    """The listener of `RoomChanged`: whoever is in the room now has new keys, and whoever is not has none of them.

    What is recorded under them is kept, and so are they.
    """
    room = await store.lock(tx, str(body["room"]))
    if room is None:
        return
    people = [one.person for one in room.those("in")]
    recorded = await recordings.under_way(tx, room.id)
    keep = recorded.keep if recorded and recorded.state in WANTED else UNRECORDED
    try:
        await keys.advance(tx, room.id, room.epoch, people, "room", now=clock.now(), keep=keep)
    except Conflict:
        return  # of this epoch they have them already
    tx.tell(service.channel(room.id), "keys", {"epoch": room.epoch})
