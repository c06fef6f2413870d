"""What a ring does later: looks who is on duty when it is due, tells the dispatchers. With the relay's rights."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal

import msgspec

from yuanzhen.collaboration.ring import service, store
from yuanzhen.collaboration.ring.events import CallChanged
from yuanzhen.collaboration.ring.model import Duty, Pace
from yuanzhen.collaboration.ring.push import AGAIN, Gateway, Told, text
from yuanzhen.data.records import directory as people
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.relay import Outside, Within
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.policy import directory

WATCHER = system("relay")
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


def pusher(db: Database, gateway: Gateway | None, clock: Callable[[], datetime]) -> Outside:
    """The listener of `CallChanged`: their telephone rings too, and again, until the call is over; then it is told so.

    Without a gateway nothing is told. What it does not take is tried again, as long as the call goes on.
    """

    async def push(body: dict[str, Any]) -> None:
        changed = msgspec.convert(body, CallChanged)
        async with db.look(WATCHER) as look:
            ring = await store.find(look, changed.ring)
            mine = [(n, call) for n, call in enumerate(ring.calls) if call.person == changed.person] if ring else []
            if gateway is None or ring is None or not mine:
                return
            names = await people.names(look, [changed.person]) | await directory.house_names(look, [ring.department])
        number, call = mine[-1]
        event: Literal["ring", "over"] = "over" if call.outcome else "ring"
        if event == "over" and (changed.again or call.pushed is None):
            return
        name, department = names.get(call.person, ""), names.get(ring.department, "")
        told = Told(f"{ring.id}/{number}", event, call.person, name, department, text(department, event))
        now = clock()
        receipt = await gateway.tell(told, now)
        async with db.verb(WATCHER) as tx:
            await store.push(tx, ring.id, number, now, receipt)
            if event == "ring":
                tx.announce(CallChanged(ring.id, call.person, again=True), due=now + AGAIN)

    return Outside(push)


async def look_again(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of whatever says that somebody came or went."""
    await service.look_again(tx)


async def tell_dispatchers(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of `RingChanged`."""
    await service.tell_dispatchers(tx, body["ring"])
