"""What runs beside the requests goes on when the database says that its disk is full."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import msgspec

from tests.conftest import Home
from tests.live.ward import Page, Wards, add, furnish, person
from tests.make.faults import fill_disk_for, until
from yuanzhen.doors.hub import Hub
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.relay import Relay, Within
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.metrics import Metrics


class Happened(msgspec.Struct, frozen=True):
    kind: ClassVar[str] = "toy.happened"


async def test_live_channels_go_on_when_old_events_cannot_be_deleted(home: Home, db: Database) -> None:
    await furnish(home, one="li")
    await fill_disk_for(home, "infrastructure.event")
    bus = Bus(home.dsn, Metrics())
    hub = Hub(db, bus, {"ward": Wards(db)}, Metrics())
    async with asyncio.TaskGroup() as group:
        work = [group.create_task(bus.run()), group.create_task(hub.run())]
        page = Page(person("li"))
        hub.come(page)
        await hub.subscribe(page, "ward/one")
        await add(db, "one", "a", 1)
        await page.until(lambda one: one.beds == {"a": 1})
        assert not any(task.done() for task in work)
        for task in work:
            task.cancel()


async def test_facts_are_delivered_when_old_ones_cannot_be_deleted(home: Home) -> None:
    await fill_disk_for(home, "infrastructure.outbox")
    db = await home.open({Happened.kind: ("ears",)})
    heard: list[dict[str, Any]] = []

    async def hear(tx: Tx, body: dict[str, Any]) -> None:
        heard.append(body)

    bus = Bus(home.dsn, Metrics())
    relay = Relay(db, bus, {"ears": Within(hear)}, Metrics())
    async with asyncio.TaskGroup() as group:
        work = [group.create_task(bus.run()), group.create_task(relay.run())]
        async with db.verb(person("li")) as tx:
            tx.announce(Happened())
        await until(home, "SELECT FROM infrastructure.outbox WHERE done IS NOT NULL", bool)
        assert not any(task.done() for task in work)
        for task in work:
            task.cancel()
    assert len(heard) == 1
    await db.close()
