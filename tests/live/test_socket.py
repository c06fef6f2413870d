"""The WebSocket itself, on a real server: what a page sends and gets, and how it ends."""

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from litestar import Litestar
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.conftest import Home
from tests.live.ward import SpokenWards, add, furnish, person
from tests.make.faults import PATIENCE_S
from yuanzhen.doors.edge import Edge
from yuanzhen.doors.hub import Hub
from yuanzhen.doors.live import Pace, Socket, live
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Unauthenticated, Unavailable
from yuanzhen.infrastructure.metrics import Metrics

pytestmark = pytest.mark.slow


@dataclass
class Site:
    db: Database
    hub: Hub
    metrics: Metrics
    url: str = ""
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    ended: set[str] = field(default_factory=set)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    cannot_tell: bool = False

    async def authenticate(self, socket: Socket) -> Actor:
        who = socket.headers.get("authorization", "").removeprefix("Bearer ")
        if not who:
            raise Unauthenticated("auth.unknown")
        return person(who)

    async def recheck(self, socket: Socket, actor: Actor) -> None:
        self.asked.set()
        if self.cannot_tell:
            raise Unavailable("database.down")
        if actor.id in self.ended:
            raise Unauthenticated("auth.session_ended")

    def connect(self, who: str = "li") -> connect:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        return connect(self.url, additional_headers=headers, proxy=None)


@asynccontextmanager
async def serving(home: Home, db: Database, pace: Pace) -> AsyncIterator[Site]:
    metrics = Metrics()
    bus = Bus(home.dsn, metrics)
    site = Site(db, Hub(db, bus, {"ward": SpokenWards(db)}, metrics), metrics)
    bus.subscribe("access", lambda _: None, site.listening.set)
    app = Litestar([live(site.hub, site.authenticate, site.recheck, metrics, pace)], openapi_config=None)
    app.asgi_handler = Edge(app.asgi_handler, {}, None)
    listening = sockets.create_server(("127.0.0.1", 0))
    site.url = f"ws://127.0.0.1:{listening.getsockname()[1]}/live"
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws_per_message_deflate=False))
    tasks = [asyncio.create_task(work) for work in (bus.run(), site.hub.run(), server.serve(sockets=[listening]))]
    try:
        yield site
    finally:
        server.should_exit = True
        await tasks.pop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def site(home: Home, db: Database) -> AsyncIterator[Site]:
    await furnish(home, one="li wang", two="li")
    async with serving(home, db, Pace(ping_s=0.2, recheck_s=0.1, messages=50)) as site:
        yield site


async def say(page: ClientConnection, **command: Any) -> None:
    await page.send(json.dumps(command))


async def hear(page: ClientConnection, *, pings: bool = False) -> dict[str, Any]:
    """The next message; the server's pings are passed over unless they are wanted."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            message: dict[str, Any] = json.loads(await page.recv())
            if ("ping" in message) == pings:
                return message


async def test_a_page_follows_a_channel(site: Site) -> None:
    async with site.connect() as page:
        await say(page, subscribe="ward/one")
        assert await hear(page) == {"channel": "ward/one", "seq": 0, "snapshot": {"beds": {}}}
        await add(site.db, "one", "a", 3)
        assert await hear(page) == {
            "channel": "ward/one",
            "seq": 1,
            "event": "added",
            "data": {"by": 3, "bed": "a"},
        }


async def test_a_page_that_comes_back_gets_what_it_missed(site: Site) -> None:
    async with site.connect() as page:
        await say(page, subscribe="ward/one")
        await hear(page)
    for n in range(3):
        await add(site.db, "one", "a", n)
    async with site.connect() as page:
        await say(page, subscribe="ward/one", after=1)
        assert [(await hear(page))["seq"] for _ in range(2)] == [2, 3]


async def test_without_a_login_the_handshake_is_refused_with_a_problem(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with site.connect(""):
            pass
    answer = refused.value.response
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body)["code"] == "auth.unknown"


async def test_a_refusal_is_told_on_its_channel_and_the_page_stays(site: Site) -> None:
    async with site.connect("wang") as page:
        await say(page, subscribe="ward/two")
        assert await hear(page) == {"channel": "ward/two", "problem": {"status": 404, "code": "ward.unknown"}}
        await say(page, subscribe="ward/one")
        assert (await hear(page))["seq"] == 0


NO_COMMANDS = (
    "", "{", "[]", "{}", '{"after": 1}', '{"subscribe": 7}', '{"subscribe": "ward/one", "unsubscribe": "ward/one"}',
    '{"subscribe": "ward/one", "after": -1}', '{"unsubscribe": "ward/one", "after": 1}', '{"shout": "ward/one"}',
    b"\x00\xff", '{"ping": ' + "[" * 3000,
)  # fmt: skip


async def test_what_is_no_command_is_told_and_the_page_stays(site: Site) -> None:
    async with site.connect() as page:
        for said in NO_COMMANDS:
            await page.send(said)
            assert (await hear(page))["problem"] == {"status": 400, "code": "live.malformed", "place": "message"}, said
        await say(page, ping=1)
        assert await hear(page) == {"pong": 1}


async def test_unsubscribing_ends_the_events(site: Site) -> None:
    async with site.connect() as page:
        for command in ({"subscribe": "ward/one"}, {"subscribe": "ward/two"}, {"unsubscribe": "ward/one"}, {"ping": 1}):
            await say(page, **command)
        assert [next(iter(await hear(page))) for _ in range(3)] == ["channel", "channel", "pong"]
        await add(site.db, "one", "a", 1)
        await add(site.db, "two", "a", 1)
        assert (await hear(page))["channel"] == "ward/two"


async def test_a_ping_says_the_time_and_where_each_channel_is(site: Site) -> None:
    async with site.connect() as page:
        await say(page, subscribe="ward/one")
        await hear(page)
        ping = await hear(page, pings=True)
        assert ping["ping"].endswith("Z")
        assert ping["channels"] == {"ward/one": 0}
        await say(page, pong=ping["ping"])
        await hear(page, pings=True)


async def test_a_session_that_ends_closes_the_page(site: Site) -> None:
    async with site.connect("li") as ending, site.connect("wang") as staying:
        site.ended.add("li")
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await hear(ending)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4401, "auth.session_ended")
        await say(staying, ping=1)
        assert await hear(staying) == {"pong": 1}


async def test_a_page_is_asked_at_once_whether_it_may_stay_when_the_access_of_its_person_changed(
    home: Home, db: Database
) -> None:
    await furnish(home, one="li")
    async with serving(home, db, Pace(recheck_s=3600)) as site, site.connect("li") as one, site.connect("li") as other:
        for page in (one, other):
            await say(page, subscribe="ward/one")
            await hear(page)
        await site.listening.wait()
        site.ended.add("li")
        await home.rows("SELECT pg_notify('access', 'li')")
        for page in (one, other):
            with pytest.raises(ConnectionClosed) as closed:
                await hear(page)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4401, "auth.session_ended")


async def test_who_begins_to_follow_a_channel_is_asked_at_once_whether_the_session_goes_on(
    home: Home, db: Database
) -> None:
    await furnish(home, one="li")
    async with serving(home, db, Pace(recheck_s=3600)) as site, site.connect() as page:
        site.ended.add("li")
        await say(page, subscribe="ward/one")
        with pytest.raises(ConnectionClosed) as closed:
            await hear(page)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4401, "auth.session_ended")


async def test_a_page_stays_while_nobody_can_tell_whether_its_session_has_ended(site: Site) -> None:
    site.cannot_tell = True
    async with site.connect() as page:
        for _ in range(2):
            site.asked.clear()
            await site.asked.wait()
        await say(page, ping=1)
        assert await hear(page) == {"pong": 1}


async def test_a_page_that_reads_too_slowly_is_closed_and_others_are_not_held_up(site: Site) -> None:
    async with site.connect("wang") as quick:
        await say(quick, subscribe="ward/one")
        await hear(quick)
        slow = await site.connect("li")
        await say(slow, subscribe="ward/one")
        await hear(slow)
        slow.transport.pause_reading()
        long = "x" * 200_000
        for n in range(1, 101):
            async with site.db.verb(person("door")) as tx:
                tx.tell("ward/one", "is", {"bed": long, "n": n})
            assert (await hear(quick))["seq"] == n
        slow.transport.resume_reading()
        with pytest.raises(ConnectionClosed):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await slow.recv()
        assert b'yuanzhen_live_closed_total{reason="4408"} 1.0' in site.metrics.render()[0]
        assert len(site.hub._of) == 1


async def test_a_command_that_is_too_long_closes_the_page(site: Site) -> None:
    async with site.connect() as page:
        await page.send("x" * 5000)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await hear(page)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_nothing_is_left_of_pages_that_have_gone(site: Site) -> None:
    pages = [await site.connect() for _ in range(5)]
    for number, page in enumerate(pages):
        await say(page, subscribe="ward/one")
        await hear(page)
        if number % 2:
            page.transport.abort()
        else:
            await page.close()
    async with site.connect() as last:
        async with asyncio.timeout(PATIENCE_S):
            while len(site.hub._of) > 1:
                await hear(last, pings=True)
        assert b"yuanzhen_live_sockets 1.0" in site.metrics.render()[0]
        assert site.hub._channels == {}


async def test_what_a_page_shows_in_passing_reaches_the_others(site: Site) -> None:
    async with site.connect() as li, site.connect("wang") as wang:
        for page in (li, wang):
            await say(page, subscribe="ward/one")
            await hear(page)
        await say(li, relay="ward/one", data={"at": [1.5, 2]})
        assert await hear(wang) == {"relayed": "ward/one", "from": "li", "data": {"at": [1.5, 2]}}
        await say(li, relay="ward/two", data=1)
        refused = await hear(li)
        assert (refused["relayed"], refused["problem"]["code"]) == ("ward/two", "live.no_channel")


@pytest.mark.parametrize("command", [{"relay": "ward/one"}, {"subscribe": "ward/one", "data": 1}, {"data": 1}])
async def test_something_is_shown_where_it_is_said_where_and_what(site: Site, command: dict[str, Any]) -> None:
    async with site.connect() as page:
        await say(page, **command)
        assert (await hear(page))["problem"]["code"] == "live.malformed"


async def test_a_page_that_shows_too_much_is_told_so_and_stays(site: Site) -> None:
    async with site.connect() as li, site.connect("wang") as wang:
        for page in (li, wang):
            await say(page, subscribe="ward/one")
            await hear(page)
        for n in range(400):
            await say(li, relay="ward/one", data=n)
        refused = await hear(li)
        assert (refused["relayed"], refused["problem"]["code"]) == ("ward/one", "request.too_often")
        await add(site.db, "one", "a", 1)
        while "event" not in (message := await hear(wang)):
            assert message["from"] == "li"


async def test_a_page_that_falls_behind_loses_the_oldest_of_what_passes_and_no_event(site: Site) -> None:
    async with site.connect("wang") as wang:
        await say(wang, subscribe="ward/one")
        await hear(wang)
        (reader,) = site.hub._of
        for n in range(100):  # before it is sent anything
            reader.give_passing(json.dumps({"relayed": "ward/one", "from": "li", "data": n}))
        reader.give(json.dumps({"channel": "ward/one", "seq": 1, "event": "is", "data": {}}))
        assert (await hear(wang))["seq"] == 1
        kept = [(await hear(wang))["data"] for _ in range(Pace().passing)]
        assert kept == list(range(100))[-Pace().passing :]
        assert b"yuanzhen_live_passing_lost_total 36.0" in site.metrics.render()[0]
