"""From a verb's last line to an open page, at 200 events a second: database, hub, real server, WebSocket on loopback.

One JSON line. `value` and `p99` are milliseconds until the page has the message, the commit (`commit_p50`) in them; the
page is a process of its own. `reference` is the same server's bare NOTIFY, heard by LISTEN in the same process at the
same rate: what PostgreSQL alone takes, without a row, a flush or a WebSocket.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

import asyncpg
from websockets.asyncio.client import connect

from shared.database import provisioned
from shared.pace import evenly
from shared.pages import served
from shared.spread import spread
from yuanzhen.doors.hub import Hub
from yuanzhen.doors.live import Socket
from yuanzhen.infrastructure import log
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db import database
from yuanzhen.infrastructure.db.actor import Actor, Signer
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.metrics import Metrics

RATE, SECONDS = 200, 10
COUNT = RATE * SECONDS
KEY = bytes(32)
SOMEBODY = Actor(kind="person", id="somebody", role="nurse")


class Nothing:
    """A source that shows nothing and lets everybody see it."""

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        return {}

    async def allowed(self, actor: Actor, id: str) -> None:
        return None


async def somebody(_socket: Socket) -> Actor:
    return SOMEBODY


async def page(url: str) -> None:
    """The page's process: when each event arrived, one JSON line at the end (CLOCK_MONOTONIC is the machine's)."""
    heard: dict[int, float] = {}
    async with connect(url, proxy=None, compression=None) as stream:
        await stream.send('{"subscribe": "ward/1"}')
        while len(heard) < COUNT:
            message = json.loads(await stream.recv())
            now = time.monotonic()
            if "snapshot" in message:
                print("ready", flush=True)
            elif "event" in message:
                heard[message["data"]["n"]] = now
    print(json.dumps(list(heard.items())), flush=True)


async def pages(db: Database, url: str) -> tuple[list[float], list[float]]:
    """Milliseconds from each verb's last line to the page, and to its commit."""
    told: dict[int, float] = {}
    committed: list[float] = []

    async def tell(n: int) -> None:
        async with db.verb(SOMEBODY) as tx:
            tx.tell("ward/1", "vital", {"n": n, "code": "8867-4", "value": 72, "unit": "/min"})
            told[n] = time.monotonic()
        committed.append((time.monotonic() - told[n]) * 1000)

    reader = await asyncio.create_subprocess_exec(
        sys.executable, __file__, url, stdout=asyncio.subprocess.PIPE, limit=1 << 22
    )
    assert reader.stdout is not None
    await reader.stdout.readline()
    await evenly(tell, COUNT, RATE)
    heard = dict(json.loads(await reader.stdout.readline()))
    await reader.wait()
    return [(heard[n] - told[n]) * 1000 for n in told], committed


async def notices(dsn: str) -> list[float]:
    """Milliseconds from a bare NOTIFY to the LISTEN that hears it."""
    talker, listener = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    told: dict[int, float] = {}
    took: list[float] = []
    turn = asyncio.Lock()
    await listener.add_listener("bench", lambda *heard: took.append((time.monotonic() - told[int(heard[3])]) * 1000))

    async def tell(n: int) -> None:
        async with turn:
            told[n] = time.monotonic()
            await talker.execute("SELECT pg_notify('bench', $1)", str(n))

    await evenly(tell, COUNT, RATE)
    await listener.fetchval("SELECT 1")
    for connection in (talker, listener):
        await connection.close()
    return took


async def measure(dsn: str) -> dict[str, Any]:
    """Our figure and the reference, one after the other on the same server."""
    metrics = Metrics()
    db = await database.connect(dsn, Signer(KEY), {})
    bus = Bus(dsn, metrics)
    hub = Hub(db, bus, {"ward": Nothing()}, metrics)
    try:
        async with served(hub, somebody, metrics, bus.run()) as port:
            ours, committed = await pages(db, f"ws://127.0.0.1:{port}/live")
            reference = await notices(dsn)
    finally:
        await db.close()
    (p50, p99), (reference_p50, reference_p99) = spread(ours), spread(reference)
    return {
        "figure": f"live: a verb's last line to an open page, {RATE} events/s",
        "value": p50,
        "p99": p99,
        "commit_p50": spread(committed)[0],
        "unit": "ms p50",
        "reference": reference_p50,
        "reference_p99": reference_p99,
        "reference_is": "bare NOTIFY to LISTEN, asyncpg",
        "events": len(ours),
    }


async def main() -> None:
    """An embedded server of its own, provisioned as a home's is."""
    log.configure("WARNING")
    async with provisioned(KEY) as (_, dsn):
        print(json.dumps(await measure(dsn)), flush=True)


if __name__ == "__main__":
    asyncio.run(page(sys.argv[1]) if len(sys.argv) > 1 else main())
