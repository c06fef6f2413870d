"""Machines remembered by their tokens: asked of the database once, and never after the database told of an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from tests.conftest import Home
from tests.make.faults import PATIENCE_S, kill_connections
from tests.make.people import Region
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.errors import Unauthenticated
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.security.identity import clients, tokens
from yuanzhen.security.identity.session import Caller

WHERE = Caller("10.1.2.3", "r1")


@dataclass
class Heard:
    """A bus that the identity follows, and what it was told after the identity was."""

    bus: Bus
    told: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def next(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            return await self.told.get()


@pytest.fixture
async def heard(region: Region, home: Home) -> AsyncIterator[Heard]:
    one = Heard(Bus(home.dsn, Metrics()))
    region.identity.tokens.follow(one.bus)
    one.bus.subscribe(tokens.CHANNEL, lambda _: one.told.put_nowait("ended"), lambda: one.told.put_nowait("up"))
    running = asyncio.create_task(one.bus.run())
    assert await one.next() == "up"
    yield one
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def issued(region: Region) -> tuple[str, str]:
    """A client and a token of it."""
    async with region.db.verb(system("setup")) as tx:
        his = await clients.add_client(tx, region.identity, "HIS", "system/*.*", "qingshi")
    return his.client_id, (await clients.issue(region.identity, WHERE, his.client_id, his.client_secret, None)).token


async def quietly(home: Home, script: str) -> None:
    """Changes rows without a notice."""
    await home.run(f"SET session_replication_role = replica; {script}")


async def test_a_token_is_looked_up_once_in_five_seconds(region: Region, home: Home, heard: Heard) -> None:
    _, token = await issued(region)
    first = await clients.machine_of(region.identity, token)
    await quietly(home, "DELETE FROM security.token")
    assert await clients.machine_of(region.identity, token) is first
    region.clock.pass_(seconds=4.9)
    assert await clients.machine_of(region.identity, token) is first
    region.clock.pass_(seconds=0.1)
    with pytest.raises(Unauthenticated, match=r"auth\.token_unknown"):
        await clients.machine_of(region.identity, token)


async def test_a_disabled_client_is_forgotten_when_the_notice_comes(region: Region, heard: Heard) -> None:
    client, token = await issued(region)
    await clients.machine_of(region.identity, token)
    async with region.db.verb(system("setup")) as tx:
        await clients.disable_client(tx, client)
    assert await heard.next() == "ended"
    with pytest.raises(Unauthenticated, match=r"auth\.token_unknown"):
        await clients.machine_of(region.identity, token)


async def test_what_was_asked_before_a_notice_is_not_remembered_after_it(region: Region, heard: Heard) -> None:
    _, token = await issued(region)
    held, now = region.identity.tokens, region.clock()
    machine = await clients.machine_of(region.identity, token)
    before = held.turn
    held.forget()
    held.remember(b"digest", machine, now.replace(year=now.year + 1), now=now, turn=before)
    assert held.find(b"digest", now) is None
    held.remember(b"digest", machine, now.replace(year=now.year + 1), now=now, turn=held.turn)
    assert held.find(b"digest", now) is machine


async def test_a_token_is_not_remembered_beyond_its_own_end(region: Region, heard: Heard) -> None:
    _, token = await issued(region)
    region.clock.pass_(minutes=59, seconds=59)
    await clients.machine_of(region.identity, token)
    region.clock.pass_(seconds=1)
    with pytest.raises(Unauthenticated, match=r"auth\.token_unknown"):
        await clients.machine_of(region.identity, token)


async def test_without_notices_nothing_is_remembered(region: Region, home: Home) -> None:
    _, token = await issued(region)
    await clients.machine_of(region.identity, token)
    await quietly(home, "DELETE FROM security.token")
    with pytest.raises(Unauthenticated, match=r"auth\.token_unknown"):
        await clients.machine_of(region.identity, token)


async def test_a_lost_bus_forgets_until_it_is_up_again(region: Region, home: Home, heard: Heard) -> None:
    _, token = await issued(region)
    await clients.machine_of(region.identity, token)
    await quietly(home, "DELETE FROM security.token")
    await kill_connections(home)
    assert await heard.next() == "up"
    with pytest.raises(Unauthenticated, match=r"auth\.token_unknown"):
        await clients.machine_of(region.identity, token)
