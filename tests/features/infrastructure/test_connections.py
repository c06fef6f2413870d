"""Lending the database's connections: first come, first served; none is lost, none is lent with anything left on it."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.conftest import Home
from tests.make.faults import PATIENCE_S, kill_connections
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.lent import Connections
from yuanzhen.infrastructure.errors import Unavailable

SETUP = system("setup")


def lender(home: Home, size: int = 2) -> Connections:
    async def opened() -> asyncpg.Connection:
        return await asyncpg.connect(home.dsn)

    return Connections(opened, size)


async def test_no_more_than_so_many_are_open_and_who_waits_is_served_in_turn(home: Home) -> None:
    lent = lender(home)
    first, second = await lent.take(), await lent.take()
    served: list[int] = []

    async def wants(number: int) -> None:
        async with lent.one():
            served.append(number)

    waiting = [asyncio.create_task(wants(number)) for number in range(5)]
    await asyncio.sleep(0)
    assert served == []
    lent.give(first)
    await asyncio.gather(*waiting)
    assert served == [0, 1, 2, 3, 4]
    lent.give(second)
    await lent.close(5)


async def test_one_that_was_left_in_a_transaction_is_not_lent_again(home: Home) -> None:
    lent = lender(home, 1)
    async with lent.one() as left:
        await left.execute("BEGIN")
    async with lent.one() as fresh:
        assert fresh is not left
        assert not fresh.is_in_transaction()
    await lent.close(5)


async def test_one_that_died_makes_room_for_another(home: Home) -> None:
    lent = lender(home, 1)
    async with lent.one() as first:
        assert await first.fetchval("SELECT 1") == 1
    await kill_connections(home)
    async with asyncio.timeout(PATIENCE_S):
        while not first.is_closed():  # noqa: ASYNC110 - a closed connection tells nobody
            await asyncio.sleep(0)
    async with lent.one() as second:
        assert await second.fetchval("SELECT 2") == 2
    await lent.close(5)


async def test_who_waits_goes_on_when_a_borrower_loses_theirs(home: Home) -> None:
    lent = lender(home, 1)
    first = await lent.take()
    waiting = asyncio.create_task(lent.take())
    await asyncio.sleep(0)
    first.terminate()
    lent.give(first)
    second = await asyncio.wait_for(waiting, 10)
    assert await second.fetchval("SELECT 1") == 1
    lent.give(second)
    await lent.close(5)


async def test_when_connecting_fails_the_next_who_waits_tries(home: Home) -> None:
    tries: list[int] = []

    async def opened() -> asyncpg.Connection:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionRefusedError
        return await asyncpg.connect(home.dsn)

    lent = Connections(opened, 1)
    answers = await asyncio.gather(lent.take(), lent.take(), return_exceptions=True)
    assert isinstance(answers[0], ConnectionRefusedError)
    assert isinstance(answers[1], asyncpg.Connection)
    lent.give(answers[1])
    await lent.close(5)


async def test_who_stops_waiting_takes_nothing_along(home: Home) -> None:
    lent = lender(home, 1)
    first = await lent.take()
    gone, stays = asyncio.create_task(lent.take()), asyncio.create_task(lent.take())
    await asyncio.sleep(0)
    gone.cancel()
    lent.give(first)
    assert await asyncio.wait_for(stays, 10) is first
    also = asyncio.create_task(lent.take())
    await asyncio.sleep(0)
    lent.give(first)  # handed over, and cancelled in the same moment
    also.cancel()
    await asyncio.gather(also, return_exceptions=True)
    assert await asyncio.wait_for(lent.take(), 10) is first
    lent.give(first)
    await lent.close(5)


async def test_after_the_end_nobody_is_served_and_what_is_lent_is_waited_for(home: Home) -> None:
    lent = lender(home, 1)
    first = await lent.take()
    waiting = asyncio.create_task(lent.take())
    await asyncio.sleep(0)
    closing = asyncio.create_task(lent.close(5))
    with pytest.raises(Unavailable):
        await waiting
    assert not closing.done()
    lent.give(first)
    await closing
    with pytest.raises(Unavailable):
        await lent.take()
    assert first.is_closed()


async def test_what_is_not_given_back_in_time_is_ended(home: Home) -> None:
    lent = lender(home, 1)
    first = await lent.take()
    await asyncio.wait_for(lent.close(0.05), 5)
    assert first.is_closed()


async def test_a_storm_of_cancelled_reads_and_verbs_leaves_every_connection_usable(home: Home, db: Database) -> None:
    async def reads() -> None:
        await db.once(SETUP, "SELECT pg_sleep(0.02)::text AS slept")

    async def acts() -> None:
        async with db.verb(SETUP) as tx:
            await tx.run("INSERT INTO security.institution VALUES ('half', 'half', 'city', NULL)")
            await tx.value("SELECT pg_sleep(0.02)::text")
            raise AssertionError("it was cancelled before")

    for round_ in range(10):
        work = [asyncio.create_task(one()) for one in (reads, acts) for _ in range(15)]
        await asyncio.sleep(0.001 * round_)
        for one in work:
            one.cancel()
        ended = await asyncio.gather(*work, return_exceptions=True)
        assert not [one for one in ended if isinstance(one, AssertionError)]
    assert await asyncio.gather(*(db.once(SETUP, "SELECT 1 AS one") for _ in range(50)))
    assert await home.rows("SELECT FROM security.institution WHERE id = 'half'") == []
    idle = await home.rows(
        "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    )
    assert idle == []
