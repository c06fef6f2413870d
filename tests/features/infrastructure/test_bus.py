"""Notices of the database reach whoever asked for their channel, and a lost connection is told."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.conftest import Home
from tests.make.faults import PATIENCE_S, kill_connections
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.metrics import Metrics


class Hearer:
    def __init__(self, bus: Bus, channel: str) -> None:
        self.told: asyncio.Queue[str] = asyncio.Queue()
        bus.subscribe(channel, self.told.put_nowait, lambda: self.told.put_nowait("(again)"))

    async def next(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            return await self.told.get()


@pytest.fixture
async def bus(home: Home) -> AsyncIterator[Bus]:
    yield Bus(home.dsn, Metrics())


@pytest.fixture
async def ward(bus: Bus) -> AsyncIterator[Hearer]:
    hearer = Hearer(bus, "ward")
    running = asyncio.create_task(bus.run())
    assert await hearer.next() == "(again)"
    yield hearer
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def notify(home: Home, channel: str, *payloads: str) -> None:
    await home.rows("SELECT pg_notify($1, p) FROM unnest($2::text[]) AS p", channel, list(payloads))


async def test_a_hearer_is_told_of_its_channel_in_order_and_of_no_other(home: Home, ward: Hearer) -> None:
    await notify(home, "bed", "x")
    await notify(home, "ward", "1", "2")
    await notify(home, "ward", "3")
    assert [await ward.next() for _ in range(3)] == ["1", "2", "3"]


async def test_every_hearer_of_a_channel_is_told(home: Home, bus: Bus) -> None:
    one, other = Hearer(bus, "ward"), Hearer(bus, "ward")
    running = asyncio.create_task(bus.run())
    assert (await one.next(), await other.next()) == ("(again)", "(again)")
    await notify(home, "ward", "1")
    assert (await one.next(), await other.next()) == ("1", "1")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_cut_connection_is_made_again_and_told(home: Home, bus: Bus, ward: Hearer) -> None:
    for n in range(3):
        assert await kill_connections(home) == 1
        assert await ward.next() == "(again)"
        assert bus.up
        await notify(home, "ward", str(n))
        assert await ward.next() == str(n)


async def test_a_bus_that_was_stopped_is_down(home: Home) -> None:
    metrics = Metrics()
    bus = Bus(home.dsn, metrics)
    hearer = Hearer(bus, "ward")
    running = asyncio.create_task(bus.run())
    await hearer.next()
    assert b"yuanzhen_bus_up 1.0" in metrics.render()[0]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not bus.up
    assert b"yuanzhen_bus_up 0.0" in metrics.render()[0]
