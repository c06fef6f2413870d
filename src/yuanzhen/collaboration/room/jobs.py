"""What a room does later: looks who is still there. With the relay's rights."""

from __future__ import annotations

from typing import Any

import msgspec

from yuanzhen.collaboration.room import service
from yuanzhen.collaboration.room.events import RoomDue
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.tx import Tx


async def look(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of `RoomDue`."""
    due = msgspec.convert(body, RoomDue)
    await service.look(tx, due.room, due.at, clock.now())
