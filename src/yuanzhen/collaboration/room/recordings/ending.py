"""How a recording ends, whoever ends it: the room when its meeting is over, its host, whoever withdraws, ourselves."""

from __future__ import annotations

from datetime import datetime

from yuanzhen.collaboration.room.model import Line
from yuanzhen.collaboration.room.recordings import store
from yuanzhen.collaboration.room.recordings.events import RecordingChanged
from yuanzhen.collaboration.room.recordings.model import ENDS, WANTED, Why
from yuanzhen.infrastructure.db.tx import Tx


async def end(tx: Tx, room: str, by: str, why: Why, now: datetime) -> tuple[Line, ...]:
    """What is recorded of a room is to be no longer; what that puts on its time line."""
    found = await store.under_way(tx, room)
    if found is None or found.state not in WANTED:
        return ()
    await store.save(tx, found.ended_at(now, by, why))
    tx.announce(RecordingChanged(room, found.id))
    return (Line(now, ENDS[why], by or found.by, by),)
