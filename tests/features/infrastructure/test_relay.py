"""Each committed fact reaches its listener: soon, once where it can be once, in order where order was asked for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Home
from tests.make.faults import PATIENCE_S, until
from tests.make.relaying import (
    EFFECTS,
    LI,
    UNDONE,
    WHO_HEARS,
    Both,
    Ears,
    Happened,
    announce,
    relaying_for,
    until_all_done,
)
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db import relay as relaying
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.relay import Outside, Relay, Within, wait_s
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Unavailable
from yuanzhen.infrastructure.metrics import Metrics

pytestmark = pytest.mark.slow


@pytest.fixture
async def db(home: Home) -> AsyncIterator[Database]:
    db = await home.open(WHO_HEARS)
    yield db
    await db.close()


async def undone(home: Home) -> list[Any]:
    return await home.rows(UNDONE)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaying, "AGAIN_S", (0,))
    monkeypatch.setattr(relaying, "AFTERWARDS_S", 0)


def test_the_wait_grows_and_is_never_longer_than_a_minute() -> None:
    assert [wait_s(tries) for tries in (1, 2, 3, 4, 5, 6, 1000)] == [1, 5, 30, 60, 60, 60, 60]


@pytest.mark.parametrize("sort", [Within, Outside])
async def test_what_was_announced_before_and_after_the_start_is_delivered(home: Home, db: Database, sort: Any) -> None:
    ears = Ears()
    await announce(db, Happened(1))
    async with relaying_for(home, db, {"ears": sort(ears.handle if sort is Within else ears.deliver)}):
        await ears.count(1)
        await announce(db, Happened(2))
        await ears.count(2)
        await until_all_done(home)
    assert ears.heard == [1, 2]


async def test_nothing_is_delivered_of_a_verb_that_was_rolled_back(home: Home, db: Database) -> None:
    ears = Ears()
    async with relaying_for(home, db, {"ears": Within(ears.handle)}):
        with pytest.raises(Conflict):
            async with db.verb(LI) as tx:
                tx.announce(Happened(1))
                raise Conflict("toy.no")
        await announce(db, Happened(2))
        await ears.count(1)
    assert ears.heard == [2]


async def test_each_listener_of_a_fact_has_a_row_of_its_own(home: Home, db: Database) -> None:
    ears, post = Ears(), Ears()
    post.fail = lambda n: Unavailable("peer.down") if not ears.heard else None
    async with relaying_for(home, db, {"ears": Within(ears.handle), "post": Outside(post.deliver)}):
        await announce(db, Both(1))
        await ears.count(1)
        await post.count(1)


async def test_rows_of_a_listener_that_runs_elsewhere_are_left_alone(home: Home, db: Database) -> None:
    ears = Ears()
    async with relaying_for(home, db, {"ears": Within(ears.handle)}):
        await announce(db, Both(1))
        await ears.count(1)
    assert [row["listener"] for row in await undone(home)] == ["post"]


async def test_a_failure_is_kept_as_a_code_and_tried_again(home: Home, db: Database) -> None:
    ears = Ears()
    failed = asyncio.Event()

    def fail(n: int) -> Exception | None:
        if failed.is_set():
            return None
        failed.set()
        return ValueError("Zhang San has hepatitis")

    ears.fail = fail
    async with relaying_for(home, db, {"ears": Outside(ears.deliver)}):
        await announce(db, Happened(1))
        await failed.wait()
        (kept,) = await until(home, UNDONE, lambda rows: rows[0]["problem"])
        assert (kept["problem"], kept["tries"]) == ("fault.ValueError", 1)
        await ears.count(1)
        await until_all_done(home)


async def test_effects_of_a_failed_try_are_rolled_back_and_those_of_the_last_happen_once(
    home: Home, db: Database, quickly: None
) -> None:
    tries = []

    async def handle(tx: Tx, body: dict[str, Any]) -> None:
        await tx.run("INSERT INTO infrastructure.outbox (kind, listener, body) VALUES ('effect', 'nobody', '{}')")
        tries.append(body["n"])
        if len(tries) < 4:
            raise Conflict("toy.not_yet")

    async with relaying_for(home, db, {"ears": Within(handle)}):
        await announce(db, Happened(1))
        await until(home, EFFECTS, len)
    assert len(tries) == 4
    assert len(await home.rows(EFFECTS)) == 1


async def test_facts_with_one_order_key_arrive_in_order_though_the_first_fails(
    home: Home, db: Database, quickly: None
) -> None:
    ears = Ears()
    failures = iter(range(5))
    ears.fail = lambda n: Unavailable("peer.down") if n == 0 and next(failures, None) is not None else None
    for n in range(30):
        await announce(db, Happened(n, order_key="peer-1"), Happened(100 + n, order_key="peer-2"), Happened(200 + n))
    async with relaying_for(home, db, {"ears": Outside(ears.deliver)}):
        await ears.count(90)
    assert [n for n in ears.heard if n < 100] == list(range(30))
    assert [n for n in ears.heard if 100 <= n < 200] == list(range(100, 130))
    assert sorted(ears.heard) == [*range(30), *range(100, 130), *range(200, 230)]


async def test_a_fact_that_fails_holds_up_only_its_own_order_key(home: Home, db: Database) -> None:
    ears = Ears()
    ears.fail = lambda n: Unavailable("peer.down") if n == 0 else None
    await announce(db, Happened(0, order_key="dead"), Happened(1, order_key="dead"))
    await announce(db, Happened(2, order_key="alive"), Happened(3))
    async with relaying_for(home, db, {"ears": Outside(ears.deliver)}):
        await ears.count(2)
    assert sorted(ears.heard) == [2, 3]
    assert [row["id"] for row in await undone(home)] == [1, 2]


async def test_a_bell_does_not_wait_for_deliveries_that_hang(
    home: Home, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "STOP_S", 0.1)
    ears = Ears()
    hung = asyncio.Event()

    async def hang(body: dict[str, Any]) -> None:
        hung.set()
        await asyncio.Event().wait()

    async with relaying_for(home, db, {"ears": Within(ears.handle), "post": Outside(hang)}, hands=1):
        await announce(db, Both(1))
        await hung.wait()
        await announce(db, Both(2))
        await ears.count(2)


async def test_a_delivery_that_hangs_is_given_up_and_tried_again(home: Home, db: Database, quickly: None) -> None:
    ears = Ears()
    hung: list[int] = []

    async def hang_once(body: dict[str, Any]) -> None:
        if not hung:
            hung.append(body["n"])
            await asyncio.Event().wait()
        await ears.deliver(body)

    async with relaying_for(home, db, {"ears": Outside(hang_once)}, deliver_within_s=0.05):
        await announce(db, Happened(1))
        await ears.count(1)
    assert hung == [1]


async def test_a_fact_waits_until_it_is_due(home: Home, db: Database) -> None:
    ears = Ears()
    async with relaying_for(home, db, {"ears": Within(ears.handle)}):
        started = asyncio.get_running_loop().time()
        await announce(db, Happened(1), due_in_s=0.7)
        await announce(db, Happened(2), due_in_s=0.3)
        await announce(db, Happened(3))
        await ears.count(3)
        took = asyncio.get_running_loop().time() - started
    assert ears.heard == [3, 2, 1]
    assert 0.65 < took < 2


async def test_a_thousand_facts_are_each_delivered_once_by_two_relays(home: Home, db: Database) -> None:
    ears = Ears()
    other_db = await home.open(WHO_HEARS)
    for start in range(0, 1000, 100):
        await announce(db, *(Happened(n) for n in range(start, start + 100)))
    async with (
        relaying_for(home, db, {"ears": Within(ears.handle)}),
        relaying_for(home, other_db, {"ears": Within(ears.handle)}),
    ):
        await ears.count(1000)
        await until_all_done(home)
    await other_db.close()
    assert sorted(ears.heard) == list(range(1000))


async def test_two_relays_keep_the_order_of_a_key(home: Home, db: Database) -> None:
    ears = Ears()
    other_db = await home.open(WHO_HEARS)
    await announce(db, *(Happened(n, order_key="peer") for n in range(100)))
    async with (
        relaying_for(home, db, {"ears": Outside(ears.deliver)}),
        relaying_for(home, other_db, {"ears": Outside(ears.deliver)}),
    ):
        await ears.count(100)
    await other_db.close()
    assert ears.heard == list(range(100))


async def test_only_the_relay_may_take(home: Home, db: Database) -> None:
    await announce(db, Happened(1))
    for actor in (LI, system("door")):
        with pytest.raises(Exception, match="not the relay"):
            async with db.verb(actor) as tx:
                await tx.row("SELECT * FROM infrastructure.take($1, NULL, true)", ["ears"])
    assert len(await undone(home)) == 1


async def test_what_was_done_a_week_ago_is_forgotten(home: Home, db: Database) -> None:
    for days, done in ((8, True), (6, True), (8, False)):
        await home.rows(
            "INSERT INTO infrastructure.outbox (kind, listener, body, done) "
            "VALUES ('old', 'nobody', '{}', CASE WHEN $2 THEN now() - make_interval(days => $1) END)",
            days,
            done,
        )
    async with relaying_for(home, db, {}):
        left = await until(home, "SELECT * FROM infrastructure.outbox ORDER BY id", lambda rows: len(rows) == 2)
    assert [row["id"] for row in left] == [2, 3]


async def test_a_stop_lets_a_delivery_under_way_end(home: Home, db: Database) -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), []

    async def slow(body: dict[str, Any]) -> None:
        begun.set()
        await may_end.wait()
        ended.append(body["n"])

    async with relaying_for(home, db, {"ears": Outside(slow)}):
        await announce(db, Happened(1))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.1, may_end.set)
    assert ended == [1]
    assert await undone(home) == []


async def test_a_hundred_thousand_waiting_rows_do_not_slow_the_next(home: Home, db: Database) -> None:
    await home.rows(
        "INSERT INTO infrastructure.outbox (kind, listener, body, due) SELECT 'toy', 'ears', "
        "jsonb_build_object('n', n, 'order_key', 'dead'), now() + CASE WHEN n = 1 THEN interval '1 hour' "
        "ELSE interval '0' END FROM generate_series(1, 100000) n ORDER BY n"
    )
    ears = Ears()
    async with relaying_for(home, db, {"ears": Within(ears.handle)}):
        await announce(db, Happened(-1))
        await ears.count(1)
        started = asyncio.get_running_loop().time()
        for n in range(2, 12):
            await announce(db, Happened(-n))
            await ears.count(n)
        took_s = (asyncio.get_running_loop().time() - started) / 10
    assert took_s < 0.1  # a scan of all of them takes longer, each time


async def test_a_relay_that_is_cancelled_while_it_is_rung_ends(home: Home, db: Database) -> None:
    """A ring and the end in the same moment: the end counts."""
    for _ in range(20):
        bus = Bus(home.dsn, Metrics())
        relay = Relay(db, bus, {"ears": Within(Ears().handle)}, Metrics())
        running = asyncio.create_task(relay.run())
        await asyncio.sleep(0.02)  # until it rests
        for crew in relay._crews:
            crew._ring()
        await asyncio.sleep(0)  # the ring has been heard, and the one who rests has not yet gone on
        running.cancel()
        ended, _ = await asyncio.wait({running}, timeout=PATIENCE_S)
        assert ended == {running}
