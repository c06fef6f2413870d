"""What a relay leaves behind when its process, its connections or its ears are gone."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CONTEXT_KEY, Home
from tests.make.faults import PATIENCE_S, kill_connections
from tests.make.relaying import EFFECTS, WHO_HEARS, Ears, Happened, announce, relaying_for, until_all_done
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.relay import Listener, Outside, Relay, Within
from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.infrastructure.metrics import Metrics

pytestmark = pytest.mark.slow


@pytest.fixture
async def db(home: Home) -> AsyncIterator[Database]:
    db = await home.open(WHO_HEARS)
    yield db
    await db.close()


async def test_a_delivery_that_takes_long_is_nobody_elses_meanwhile(home: Home, db: Database) -> None:
    begun: list[int] = []
    hold_s, other_db = 0.3, await home.open(WHO_HEARS)

    async def slowly(body: dict[str, Any]) -> None:
        begun.append(body["n"])
        if len(begun) == 1:
            (due,) = await home.rows("SELECT due FROM infrastructure.outbox")
            long = due["due"] + timedelta(seconds=5 * hold_s)
            while not await home.rows("SELECT FROM infrastructure.outbox WHERE due > $1", long):
                pass

    async with (
        relaying_for(home, db, {"ears": Outside(slowly)}, hold_s=hold_s),
        relaying_for(home, other_db, {"ears": Outside(slowly)}, hold_s=hold_s),
    ):
        await announce(db, Happened(1))
        await until_all_done(home)
    await other_db.close()
    assert begun == [1]


async def test_deliveries_go_on_after_every_connection_was_cut(home: Home, db: Database) -> None:
    ears = Ears()
    async with relaying_for(home, db, {"ears": Within(ears.handle)}):
        await announce(db, Happened(1))
        await ears.count(1)
        for n in range(2, 5):
            await until_all_done(home)  # else the mark of the last is cut off too, and it rightly comes again
            assert await kill_connections(home) > 0
            async with asyncio.timeout(PATIENCE_S):
                while not await announced(db, Happened(n)):
                    pass
            await ears.count(n)
    assert ears.heard == [1, 2, 3, 4]


async def announced(db: Database, fact: Happened) -> bool:
    try:
        await announce(db, fact)
    except Unavailable:
        return False
    return True


async def test_facts_are_delivered_while_no_notice_is_heard(home: Home, db: Database) -> None:
    ears = Ears()
    relay = Relay(db, Bus(home.dsn, Metrics()), {"ears": Within(ears.handle)}, Metrics())
    running = asyncio.create_task(relay.run())
    try:
        for n in range(2):
            await announce(db, Happened(n))
            await ears.count(n + 1)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


DIES = """
import asyncio, os, sys
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db import database, relay
from yuanzhen.infrastructure.db.actor import Signer
from yuanzhen.infrastructure.metrics import Metrics

async def deliver(body):
    with open(sys.argv[2], "a") as told:
        told.write(f"{body['n']}\\n")
    os.kill(os.getpid(), 9)

async def within(tx, body):
    await tx.run("INSERT INTO infrastructure.outbox (kind, listener, body) VALUES ('effect', 'nobody', '{}')")
    await deliver(body)

async def main():
    db = await database.connect(sys.argv[1], Signer(bytes.fromhex(sys.argv[4])), {})
    bus = Bus(sys.argv[1], Metrics())
    one = relay.Within(within) if sys.argv[3] == "Within" else relay.Outside(deliver)
    async with asyncio.TaskGroup() as group:
        group.create_task(bus.run())
        group.create_task(relay.Relay(db, bus, {"ears": one}, Metrics(), hold_s=0.5).run())

asyncio.run(main())
"""


@pytest.mark.parametrize("sort", ["Within", "Outside"])
async def test_a_fact_whose_process_was_killed_before_the_mark_is_delivered_again(
    home: Home, db: Database, tmp_path: Path, sort: str
) -> None:
    await announce(db, Happened(7))
    dead = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DIES, home.dsn, str(tmp_path / "told"), sort, CONTEXT_KEY.hex()
    )
    assert await dead.wait() == -9
    assert (tmp_path / "told").read_text() == "7\n"
    assert await home.rows(EFFECTS) == []
    ears = Ears()
    listener: Listener = Within(ears.handle) if sort == "Within" else Outside(ears.deliver)
    async with relaying_for(home, db, {"ears": listener}):
        await ears.count(1)
        await until_all_done(home)
    assert ears.heard == [7]
