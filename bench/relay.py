"""From a pointer's message to the other pages: hub and real server on loopback, the pages a process of their own.

One JSON line for 16 pages at 200 messages a second, one for 500 at 20. `value` and `p99` are milliseconds from a page's
sending until another page has it. `reference` is a bare WebSocket server (websockets, `broadcast`) that parses nothing
and asks nobody, on the same loop (uvloop), with the same pages right before and right after; `added_p99` is ours.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from live import Nothing, somebody
from shared.database import provisioned
from shared.pages import served
from shared.spread import spread
from yuanzhen.doors.hub import Hub
from yuanzhen.infrastructure import log
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db import database
from yuanzhen.infrastructure.db.actor import Actor, Signer
from yuanzhen.infrastructure.metrics import Metrics

SHAPES = ((16, 200, 8), (500, 20, 8))  # pages, messages a second, seconds
KEY = bytes(32)
CHANNEL = "ward/1"
SENT = re.compile(rb'"t":([0-9]+\.[0-9]+)')


class Spoken(Nothing):
    """Everybody may speak."""

    async def may_speak(self, actor: Actor, id: str) -> None:
        return None


class Page(asyncio.Protocol):
    """A page that notes when each message came (CLOCK_MONOTONIC is the machine's)."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.ready = asyncio.get_running_loop().create_future()
        self.took: list[float] = []
        self._rest = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def say(self, text: str) -> None:
        self.transport.write(Frame(Opcode.TEXT, text.encode()).serialize(mask=True))

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        data = self._rest + data
        end = 0
        for found in SENT.finditer(data):
            self.took.append((now - float(found[1])) * 1000)
            end = found.end()
        self._rest = data[end:][-64:]
        if not self.ready.done() and (b"snapshot" in data or (b" 101 " in data and self.path == "/bare")):
            self.ready.set_result(None)
        elif b" 101 " in data:
            self.say(json.dumps({"subscribe": CHANNEL}))


async def pages(port: int, path: str, count: int, rate: int, seconds: int) -> list[float]:
    """Milliseconds of every message at every page but the one that sends it; they send in turn."""
    loop = asyncio.get_running_loop()
    all_pages = []
    for _ in range(count):
        _, page = await loop.create_connection(lambda: Page(path), "127.0.0.1", port)
        all_pages.append(page)
        await page.ready
    started = time.monotonic()
    for n in range(rate * seconds):
        await asyncio.sleep(max(0.0, started + n / rate - time.monotonic()))
        pointer = f'{{"point":[251.25,198.5],"t":{time.monotonic():.6f}}}'
        all_pages[n % count].say(f'{{"relay":"{CHANNEL}","data":{pointer}}}')
    await asyncio.sleep(1)
    return [took for page in all_pages for took in page.took]


@asynccontextmanager
async def ours(dsn: str) -> AsyncIterator[int]:
    """Our hub behind the server that the product runs."""
    metrics = Metrics()
    db = await database.connect(dsn, Signer(KEY), {})
    bus = Bus(dsn, metrics)
    hub = Hub(db, bus, {"ward": Spoken()}, metrics)
    try:
        async with served(hub, somebody, metrics, bus.run()) as port:
            yield port
    finally:
        await db.close()


@asynccontextmanager
async def bare() -> AsyncIterator[int]:
    """A server that hands each message to all others."""
    here: set[ServerConnection] = set()

    async def joined(one: ServerConnection) -> None:
        here.add(one)
        with suppress(ConnectionClosed):
            async for text in one:
                broadcast(here - {one}, text)
        here.discard(one)

    async with serve(joined, "127.0.0.1", 0, compression=None) as server:
        yield next(iter(server.sockets)).getsockname()[1]


async def measured(port: int, path: str, shape: tuple[int, int, int]) -> list[float]:
    """The pages' figures, from a process of their own."""
    given = [str(part) for part in (port, path, *shape)]
    pages_process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, *given, stdout=asyncio.subprocess.PIPE, limit=1 << 24
    )
    told, _ = await pages_process.communicate()
    return list(json.loads(told))


async def measure(dsn: str, shape: tuple[int, int, int]) -> dict[str, Any]:
    """The reference, ours, and the reference again."""
    reference: list[float] = []
    async with bare() as port:
        reference += await measured(port, "/bare", shape)
    async with ours(dsn) as port:
        before = time.process_time()
        took = await measured(port, "/live", shape)
        cpu_s = time.process_time() - before
    async with bare() as port:
        reference += await measured(port, "/bare", shape)
    (p50, p99), (reference_p50, reference_p99) = spread(took), spread(reference)
    count, rate, seconds = shape
    return {
        "figure": f"relay: a page's message to {count - 1} others, {rate} messages/s",
        "value": p50,
        "p99": p99,
        "unit": "ms p50",
        "reference": reference_p50,
        "reference_p99": reference_p99,
        "reference_is": "bare websockets broadcast",
        "added_p99": round(p99 - reference_p99, 3),
        "came": len(took) / (rate * seconds * (count - 1)),
        "core": round(cpu_s / seconds, 3),
        "load": os.getloadavg()[0],
    }


async def main() -> None:
    """An embedded server of its own, provisioned as a home's is."""
    log.configure("WARNING")
    async with provisioned(KEY) as (_, dsn):
        for shape in SHAPES:
            print(json.dumps(await measure(dsn, shape)), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        port, path, *shape = sys.argv[1:]
        print(json.dumps(asyncio.run(pages(int(port), path, *map(int, shape)))))
    else:
        uvloop.run(main())
