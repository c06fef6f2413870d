"""What a ring does later: looks who is on duty when it is due, tells the dispatchers. With the relay's rights."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from yuanzhen.collaboration.ring import service, store
from yuanzhen.collaboration.ring.model import Duty, Pace
from yuanzhen.infrastructure.db.relay import Within
from yuanzhen.infrastructure.db.tx import Tx

OnDuty = Callable[[Tx, str, datetime], Awaitable[Duty]]  # of a department, at a moment


def looker(on_duty: OnDuty, pace: Pace, clock: Callable[[], datetime]) -> Within:
    """The listener of `RingDue`: who is on duty comes from whoever keeps the calendar."""

    async def look(tx: Tx, body: dict[str, Any]) -> None:
        ring = await store.find(tx, body["ring"])
        if ring is not None:
            now = clock()
            duty = await on_duty(tx, ring.department, now)
            await service.look(tx, ring.id, body["turn"], duty, pace, now)

    return Within(look)


async def look_again(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of whatever says that somebody came or went."""
    await service.look_again(tx)


async def tell_dispatchers(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of `RingChanged`."""
    await service.tell_dispatchers(tx, body["ring"])
