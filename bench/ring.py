"""From an emergency's commit to its ring on the expert's page, with 500 people's pages open, in one process.

One JSON line. `value` and `p99` are milliseconds from the request's commit to the event on the page of the expert whom
it calls: the outbox row, the relay's look at who is on duty, its commit, the hub, a WebSocket on loopback. `reference`
is the same server's bare NOTIFY, heard by LISTEN in the same process, asked at the same pace in turn with the rings.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import asyncpg
from websockets.asyncio.client import ClientConnection, connect

from shared.database import provisioned
from shared.pages import served
from shared.spread import spread
from yuanzhen.collaboration.ring import jobs, live, service
from yuanzhen.collaboration.ring.model import About, Duty, Pace
from yuanzhen.doors.hub import Hub
from yuanzhen.doors.live import Socket
from yuanzhen.infrastructure import clock, log
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db import database
from yuanzhen.infrastructure.db.actor import Actor, Signer
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.relay import Relay, Within
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.programs.listeners import LISTENS
from yuanzhen.security.identity import presence

PAGES, RINGS, PAUSE_S = 500, 200, 0.05
KEY = bytes(32)
ASKER = Actor(kind="person", id="asker", role="clinician", institution="township")
ABOUT = About("q", "emergency", "township", "")


def expert(number: int) -> Actor:
    return Actor(kind="person", id=f"e{number}", role="expert", institution="city")


async def of_the_address(asked: Socket) -> Actor:
    """The page says in its address whose it is."""
    return expert(int(asked.query_params["n"]))


async def on_duty(tx: Tx, department: str, at: datetime) -> Duty:
    """Each department of the bench has one expert."""
    return Duty(((department,),), rostered=True)


async def pages(url: str) -> None:
    """The pages' process: PAGES open sockets; when each ring arrived, one JSON line at the end."""
    heard: dict[str, float] = {}
    done = asyncio.Event()

    async def follow(stream: ClientConnection) -> None:
        async for message in stream:
            told = json.loads(message)
            if told.get("event") == "ring":
                heard[told["data"]["source"]] = time.monotonic()
                if len(heard) == RINGS:
                    done.set()

    streams = []
    for number in range(PAGES):
        stream = await connect(f"{url}?n={number}", proxy=None, compression=None)
        await stream.send('{"subscribe": "me"}')
        await stream.recv()
        streams.append(stream)
    tasks = [asyncio.create_task(follow(stream)) for stream in streams]
    print("ready", flush=True)
    await done.wait()
    for task in tasks:
        task.cancel()
    print(json.dumps(heard), flush=True)


async def rung(db: Database, url: str, dsn: str) -> tuple[list[float], list[float]]:
    """Milliseconds from each commit to its page, and from each bare NOTIFY to its LISTEN."""
    talker, listener = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    told: dict[str, float] = {}
    notified: dict[int, float] = {}
    took: list[float] = []
    await listener.add_listener(
        "bench", lambda *heard: took.append((time.monotonic() - notified[int(heard[3])]) * 1000)
    )
    reader = await asyncio.create_subprocess_exec(
        sys.executable, __file__, url, stdout=asyncio.subprocess.PIPE, limit=1 << 22
    )
    assert reader.stdout is not None
    await reader.stdout.readline()
    for n in range(RINGS):
        source = f"consultation/{n}"
        async with db.verb(ASKER) as tx:
            await service.start(tx, source, f"e{n % PAGES}", ABOUT, [ASKER.id], clock.now())
        told[source] = time.monotonic()
        await asyncio.sleep(PAUSE_S)
        notified[n] = time.monotonic()
        await talker.execute("SELECT pg_notify('bench', $1)", str(n))
        await asyncio.sleep(PAUSE_S)
    heard: dict[str, float] = json.loads(await reader.stdout.readline())
    await reader.wait()
    for connection in (talker, listener):
        await connection.close()
    return [(heard[source] - at) * 1000 for source, at in told.items()], took


async def measure(dsn: str) -> dict[str, Any]:
    """Our figure and the reference, in turn on the same server."""
    metrics = Metrics()
    db = await database.connect(dsn, Signer(KEY), LISTENS)
    async with db.verb(Actor(kind="system", id="system:relay", role="relay")) as tx:
        await presence.heard(tx, {expert(n).id: clock.now() + timedelta(hours=1) for n in range(PAGES)})
    bus = Bus(dsn, metrics)
    hub = Hub(db, bus, {"me": live.OwnRings(db)}, metrics)
    relay = Relay(db, bus, {
        "look-at-ring": jobs.looker(on_duty, Pace(timedelta(seconds=60), ""), clock.now),
        "look-at-rings": Within(jobs.look_again),
        "tell-dispatchers": Within(jobs.tell_dispatchers),
    }, metrics)  # fmt: skip
    try:
        async with served(hub, of_the_address, metrics, bus.run(), relay.run()) as port:
            ours, reference = await rung(db, f"ws://127.0.0.1:{port}/live", dsn)
    finally:
        await db.close()
    (p50, p99), (reference_p50, reference_p99) = spread(ours), spread(reference)
    return {
        "figure": f"ring: an emergency's commit to the page of whom it calls, {PAGES} pages open",
        "value": p50,
        "p99": p99,
        "unit": "ms p50",
        "reference": reference_p50,
        "reference_p99": reference_p99,
        "reference_is": "bare NOTIFY to LISTEN, asyncpg",
        "rings": len(ours),
    }


async def main() -> None:
    """An embedded server of its own, provisioned as a home's is."""
    log.configure("WARNING")
    async with provisioned(KEY) as (_, dsn):
        print(json.dumps(await measure(dsn)), flush=True)


if __name__ == "__main__":
    asyncio.run(pages(sys.argv[1]) if len(sys.argv) > 1 else main())
