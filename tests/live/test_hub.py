"""A snapshot and the events after it are the next snapshot, whatever happens meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.conftest import Home
from tests.live.ward import Page, Wards, add, empty, furnish, person, put
from tests.make.faults import kill_connections, until
from yuanzhen.doors import hub as hubs
from yuanzhen.doors.hub import Hub
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import NotFound, TooMany
from yuanzhen.infrastructure.metrics import Metrics

LI, WANG = person("li"), person("wang")


@dataclass
class Live:
    home: Home
    db: Database
    bus: Bus
    hub: Hub
    wards: Wards
    metrics: Metrics
    listening: asyncio.Event

    def page(self, actor: Actor = LI) -> Page:
        page = Page(actor)
        self.hub.come(page)
        return page


@pytest.fixture
async def live(home: Home, db: Database) -> AsyncIterator[Live]:
    await furnish(home, one="li wang", two="li")
    metrics = Metrics()
    bus = Bus(home.dsn, metrics)
    wards = Wards(db)
    hub = Hub(db, bus, {"ward": wards}, metrics)
    listening = asyncio.Event()  # what is told of access before that is found later, when every page is asked again
    bus.subscribe("access", lambda _: None, listening.set)
    tasks = [asyncio.create_task(bus.run()), asyncio.create_task(hub.run())]
    yield Live(home, db, bus, hub, wards, metrics, listening)
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


async def test_a_page_gets_a_snapshot_and_then_every_event(live: Live) -> None:
    await add(live.db, "one", "a", 1)
    page = live.page()
    await live.hub.subscribe(page, "ward/one")
    assert (page.seq, page.beds) == (1, {"a": 1})
    await add(live.db, "one", "a", 2)
    await empty(live.db, "one", "a")
    await page.until(lambda p: p.seq == 3)
    assert page.beds == {}
    assert page.snapshots == 1


async def test_a_channel_that_was_never_told_of_stands_at_nought(live: Live) -> None:
    page = live.page()
    await live.hub.subscribe(page, "ward/one")
    assert (page.seq, page.beds) == (0, {})
    await add(live.db, "one", "a", 1)
    await page.until(lambda p: p.seq == 1)


async def test_a_page_hears_its_own_channels_only(live: Live) -> None:
    one, two = live.page(), live.page()
    await live.hub.subscribe(one, "ward/one")
    await live.hub.subscribe(two, "ward/two")
    await add(live.db, "one", "a", 1)
    await add(live.db, "two", "b", 1)
    await two.until(lambda p: p.seq == 1)
    await one.until(lambda p: p.seq == 1)
    assert (one.beds, two.beds) == ({"a": 1}, {"b": 1})


async def test_nothing_comes_after_unsubscribing(live: Live) -> None:
    page, other = live.page(), live.page(WANG)
    await live.hub.subscribe(page, "ward/one")
    await live.hub.subscribe(other, "ward/one")
    live.hub.unsubscribe(page, "ward/one")
    await add(live.db, "one", "a", 1)
    await other.until(lambda p: p.seq == 1)
    assert page.seq == 0


async def test_who_may_not_see_a_channel_gets_a_problem_and_no_event(live: Live) -> None:
    stranger, li = live.page(WANG), live.page()
    with pytest.raises(NotFound, match=r"ward\.unknown"):
        await live.hub.subscribe(stranger, "ward/two")
    with pytest.raises(NotFound, match=r"ward\.unknown"):
        await live.hub.subscribe(stranger, "ward/two", after=0)
    await live.hub.subscribe(li, "ward/two")
    await add(live.db, "two", "a", 1)
    await li.until(lambda p: p.seq == 1)
    assert stranger.seq is None


@pytest.mark.parametrize("wire", ["bed/1", "ward", "nothing"])
async def test_an_unknown_channel_is_not_found(live: Live, wire: str) -> None:
    with pytest.raises(NotFound, match=r"live\.no_channel"):
        await live.hub.subscribe(live.page(), wire)


async def test_a_page_has_a_limit_of_channels(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MOST_CHANNELS", 1)
    page = live.page()
    await live.hub.subscribe(page, "ward/one")
    await live.hub.subscribe(page, "ward/one")
    with pytest.raises(TooMany, match=r"live\.too_many_channels"):
        await live.hub.subscribe(page, "ward/two")


async def test_after_a_number_come_exactly_the_missed_events(live: Live) -> None:
    for n in range(5):
        await add(live.db, "one", "a", n)
    page = live.page()
    page.seq, page.beds = 2, {"a": 0 + 1}
    await live.hub.subscribe(page, "ward/one", after=2)
    assert (page.seq, page.beds, page.snapshots, page.events) == (5, {"a": 10}, 0, 3)
    await add(live.db, "one", "a", 1)
    await page.until(lambda p: p.seq == 6)


async def test_after_the_last_number_comes_nothing_until_there_is_something(live: Live) -> None:
    await add(live.db, "one", "a", 1)
    page = live.page()
    page.seq, page.beds = 1, {"a": 1}
    await live.hub.subscribe(page, "ward/one", after=1)
    assert (page.events, page.snapshots) == (0, 0)
    assert live.hub.places(page) == {"ward/one": 1}
    await add(live.db, "one", "a", 1)
    await page.until(lambda p: p.beds == {"a": 2})


@pytest.mark.parametrize("after", [2, 99])
async def test_a_snapshot_comes_when_the_missed_events_are_not_there(live: Live, after: int) -> None:
    for _ in range(5):
        await add(live.db, "one", "a", 1)
    await live.home.rows("DELETE FROM infrastructure.event WHERE seq = 3")
    page = live.page()
    await live.hub.subscribe(page, "ward/one", after=after)
    assert (page.seq, page.beds, page.snapshots, page.events) == (5, {"a": 5}, 1, 0)


async def test_a_page_that_missed_very_much_gets_a_snapshot(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MOST_MISSED", 3)
    for _ in range(4):
        await add(live.db, "one", "a", 1)
    page = live.page()
    await live.hub.subscribe(page, "ward/one", after=0)
    assert (page.snapshots, page.events, page.beds) == (1, 0, {"a": 4})


async def test_more_events_than_one_reading_takes_all_come(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MOST_MISSED", 3)
    page = live.page()
    await live.hub.subscribe(page, "ward/one")
    async with live.db.verb(LI) as tx:
        for _ in range(50):
            tx.tell("ward/one", "added", {"bed": "a", "by": 1})
    await page.until(lambda p: p.seq == 50)


class Busy:
    """A source on which every reading is followed by a commit."""

    def __init__(self, wards: Wards, db: Database, times: int) -> None:
        self._wards, self._db, self._left = wards, db, times

    async def allowed(self, actor: Actor, id: str) -> None:
        await self._wards.allowed(actor, id)

    async def snapshot(self, actor: Actor, id: str) -> dict[str, object]:
        shown = await self._wards.snapshot(actor, id)
        if self._left:
            self._left -= 1
            await add(self._db, id, "a", 1)
        return shown


@pytest.mark.parametrize("times", [0, 1, hubs.ATTEMPTS - 1])
async def test_a_commit_while_the_snapshot_is_read_is_neither_lost_nor_counted_twice(live: Live, times: int) -> None:
    live.hub._sources = {"ward": Busy(live.wards, live.db, times)}
    page = live.page()
    await live.hub.subscribe(page, "ward/one")
    assert (page.seq, page.snapshots, page.events) == (times, 1, 0)
    await add(live.db, "one", "a", 1)
    await page.until(lambda p: p.seq == times + 1)
    assert page.beds == {"a": times + 1}


async def test_a_channel_that_never_rests_is_followed_from_where_the_last_try_began(live: Live) -> None:
    live.hub._sources = {"ward": Busy(live.wards, live.db, 1000)}
    page = live.page()
    await live.hub.subscribe(page, "ward/one")
    await page.until(lambda p: p.seq == hubs.ATTEMPTS)
    assert page.snapshots == 1


async def test_access_that_ends_ends_the_channel(live: Live) -> None:
    li, wang = live.page(), live.page(WANG)
    for page in (li, wang):
        await live.hub.subscribe(page, "ward/one")
    await live.hub.recheck(li)
    assert li.problems == []
    await live.home.rows("DELETE FROM toy.staff WHERE ward = 'one' AND person = 'li'")
    await live.hub.recheck(li)
    assert li.problems == [("ward/one", "ward.unknown")]
    assert live.hub.places(li) == {}
    await add(live.db, "one", "a", 1)
    await wang.until(lambda p: p.seq == 1)
    assert li.seq == 0
    assert wang.problems == []


LOGGED_IN = (
    "INSERT INTO security.institution (id, name, level) VALUES ('h', 'h', 'city')",
    "INSERT INTO security.person (id, name, display, role, institution, created) "
    "VALUES ('li', 'li', 'Li', 'expert', 'h', now())",
    "INSERT INTO security.session (id, digest, person, csrf, created, seen, factor_at, ends) "
    "VALUES ('s', '', 'li', '', now(), now(), now(), now())",
)


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO security.relation (id, person, patient, source) VALUES ('r', 'li', 'p', 'consultation:1')",
        "INSERT INTO security.membership (person, department) VALUES ('li', 'd')",
        "UPDATE security.session SET revoked = now() WHERE person = 'li'",
    ],
)
async def test_every_page_of_a_person_whose_access_changed_is_told_to_ask(live: Live, change: str) -> None:
    for row in LOGGED_IN:
        await live.home.rows(row)
    await live.listening.wait()
    pages, wang = (live.page(), live.page()), live.page(WANG)
    await live.home.rows(change)
    for page in pages:
        await page.until(lambda p: p.doubts)
    assert wang.doubts == 0


async def test_everybody_has_a_channel_of_their_own(live: Live) -> None:
    class Mine:
        async def allowed(self, actor: Actor, id: str) -> None:
            return None

        async def snapshot(self, actor: Actor, id: str) -> dict[str, object]:
            assert id == actor.id
            return {"beds": {}}

    live.hub._sources = {"me": Mine()}
    li, wang = live.page(), live.page(WANG)
    for page in (li, wang):
        await live.hub.subscribe(page, "me")
    async with live.db.verb(system("relay")) as tx:
        tx.tell("me/wang", "added", {"bed": "ring", "by": 1})
        tx.tell("me/li", "added", {"bed": "bell", "by": 1})
    await li.until(lambda p: p.seq == 1)
    await wang.until(lambda p: p.seq == 1)
    assert (li.beds, wang.beds) == ({"bell": 1}, {"ring": 1})


async def test_pages_miss_nothing_when_every_connection_is_cut(live: Live) -> None:
    page = live.page()
    await live.hub.subscribe(page, "ward/one")
    for n in range(1, 4):
        # Committed past the process, which hears nothing of it.
        await live.home.rows(
            "WITH told AS (INSERT INTO infrastructure.event (channel, seq, event, data) "
            "VALUES ('ward/one', $1, 'added', '{\"bed\": \"a\", \"by\": 1}') RETURNING 1) "
            "INSERT INTO infrastructure.channel VALUES ('ward/one', $1) ON CONFLICT (name) DO UPDATE SET seq = $1",
            n,
        )
        await kill_connections(live.home)
        await page.until(lambda p, n=n: p.seq == n)
    assert page.snapshots == 1


async def test_a_gap_in_what_was_kept_gives_every_page_a_new_snapshot(live: Live) -> None:
    one, other = live.page(), live.page(WANG)
    for page in (one, other):
        await live.hub.subscribe(page, "ward/one")
    await live.home.rows("INSERT INTO toy.tally VALUES ('one', 'a', 7)")
    await live.home.rows("INSERT INTO infrastructure.channel VALUES ('ward/one', 40)")
    await add(live.db, "one", "a", 1)
    for page in (one, other):
        await page.until(lambda p: p.seq == 41)
        assert (page.beds, page.snapshots, page.events) == ({"a": 8}, 2, 0)


async def test_old_events_are_forgotten_and_new_ones_kept(home: Home, db: Database) -> None:
    await home.rows(
        "INSERT INTO infrastructure.event (channel, seq, event, data, at) VALUES "
        "('a', 1, 'x', '{}', now() - interval '61 minutes'), ('a', 2, 'x', '{}', now() - interval '59 minutes')"
    )
    assert timedelta(hours=1) == hubs.KEEP
    metrics = Metrics()
    running = asyncio.create_task(Hub(db, Bus(home.dsn, metrics), {}, metrics).run())
    assert [row["seq"] for row in await until(home, "SELECT seq FROM infrastructure.event", lambda r: len(r) < 2)] == [
        2
    ]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def churn(live: Live, dice: random.Random, times: int) -> None:
    for _ in range(times):
        ward, bed = dice.choice(["one", "two"]), dice.choice("abnz")
        if dice.random() < 0.2:
            await empty(live.db, ward, bed)
        else:
            await put(live.db, ward, bed, dice.randint(1, 9))


async def come_and_go(live: Live, dice: random.Random, ward: str, still: Callable[[], bool]) -> Page:
    """A page that loses its socket again and again and comes back with what it has."""
    page = live.page()
    await live.hub.subscribe(page, f"ward/{ward}")
    while still():
        for _ in range(dice.randrange(30)):
            await asyncio.sleep(0)
        live.hub.go(page)
        for _ in range(dice.randrange(30)):
            await asyncio.sleep(0)
        live.hub.come(page)
        await live.hub.subscribe(page, f"ward/{ward}", after=page.seq if dice.random() < 0.8 else None)
    return page


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
async def test_snapshot_and_events_are_the_later_snapshot_for_pages_that_come_and_go(live: Live, seed: int) -> None:
    dice = random.Random(seed)
    writers = [asyncio.create_task(churn(live, random.Random(seed * 10 + n), 120)) for n in range(3)]
    writing = asyncio.gather(*writers)
    pages = [
        (ward, asyncio.create_task(come_and_go(live, random.Random(dice.random()), ward, lambda: not writing.done())))
        for ward in ("one", "two")
        for _ in range(4)
    ]
    await writing
    for ward, coming in pages:
        page = await coming
        last = (await live.home.rows("SELECT seq FROM infrastructure.channel WHERE name = $1", f"ward/{ward}"))[0][
            "seq"
        ]
        await page.until(lambda p, last=last: p.seq == last)
        rows = await live.home.rows("SELECT bed, n FROM toy.tally WHERE ward = $1", ward)
        assert page.beds == {row["bed"]: row["n"] for row in rows}
        assert page.events > 20
