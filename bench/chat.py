"""A case's chat with 16 pages open at it: from sending to what is kept, to the other pages, and to their receipts.

One JSON line. The 16 people write in turn, 4 messages a second in all, whether or not the last was answered; every
page follows `chat/ID` and does what the product's page does: it asks for what came after the last entry that it has (at
once, then at most each 250 ms) and says that it has seen it. `value` and `p99` are milliseconds from a page's POST
until it is answered, which is after the commit; `shown` until another page has the text, `seen` until the centre has
that page's receipt. The pages are a process of their own, over HTTP and WebSocket on loopback; the server runs hub,
chat and live doors, without log-in. `reference` is the same row by bare asyncpg: an INSERT of the superuser's in a
transaction of its own on the same server, at the same pace right before and right after, without rights, trail, lock
and live events.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import uvloop
from litestar import Request
from litestar.di import Provide
from websockets.asyncio.client import connect

from shared.database import provisioned
from shared.pace import evenly
from shared.pages import served
from shared.spread import spread
from yuanzhen.applications.consultation import chat_routes
from yuanzhen.applications.consultation.live import SidesChannel
from yuanzhen.doors.hub import Hub
from yuanzhen.doors.live import Socket
from yuanzhen.infrastructure import clock, log
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db import database
from yuanzhen.infrastructure.db.actor import Actor, Signer
from yuanzhen.infrastructure.metrics import Metrics

PAGES, RATE, SECONDS = 16, 4, 25
COUNT = RATE * SECONDS
AGAIN_S = 0.25
GOAL_MS = 50
PATIENCE_S = 60  # after the last message, for what is under way
KEY = bytes(32)
PEOPLE = [f"expert{n}" for n in range(PAGES)]
INVITED = ",".join(PEOPLE[1:])
CASES = f"""
INSERT INTO security.institution (id, name, level) VALUES ('city', '市中心医院', 'city');
INSERT INTO security.department (id, name, institution) VALUES ('neurology', '神经内科', 'city');
INSERT INTO consultation.case (id, state, mode, urgency, question, patient, shown, asker, institution, department,
    expert, invited, consent_version, consent_by, consent_how, report, created, changed, audience)
  SELECT who, 'accepted', 'live', 'emergency', '是否溶栓？', who, '{{"name": "刘*英", "sex": "female",
         "birth_date": "1959", "number": "0017", "number_kind": "card", "masked": true}}', 'xujing', 'liuhe',
         'neurology', 'expert0', '{{{INVITED}}}', '1', 'patient', 'signed', 'r' || who, now(), now(),
         '{{xujing,expert0,{INVITED}}}'
    FROM unnest(ARRAY['ours', 'bare']) AS who;
ANALYZE;
"""
WORDS = "血压 168/95，已开通静脉，家属同意"
INSERT = "INSERT INTO consultation.message (consultation, at, who, text) VALUES ('bare', $1, $2, $3)"


def actor_of(n: str) -> Actor:
    """One of the experts of the case."""
    return Actor("person", PEOPLE[int(n)], "expert", "city", origin="127.0.0.1", request="r")


class Page:
    """One person's page: what it has, when each message came to it, and when the centre had its receipt."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.last = ""
        self.shown: dict[str, float] = {}
        self.seen: dict[str, float] = {}
        self._there = asyncio.Event()
        self.has_seen_all = asyncio.Event()

    async def follow(self, url: str, ready: asyncio.Event) -> None:
        """Hears the channel; what it says is asked for beside it."""
        async with connect(url, proxy=None, compression=None) as stream, asyncio.TaskGroup() as group:
            await stream.send('{"subscribe": "chat/ours"}')
            group.create_task(self._read())
            async for text in stream:
                if "snapshot" in text:
                    ready.set()
                else:
                    self._there.set()

    async def _read(self) -> None:
        while True:
            await self._there.wait()
            self._there.clear()
            told = (await self.http.get("", params={"after": self.last})).json()
            now, self.last = time.monotonic(), told["last"]
            for one in told["items"]:
                self.shown[one["text"]] = now
            if told["items"]:
                asyncio.get_running_loop().create_task(self._see(told["items"]))
            await asyncio.sleep(AGAIN_S)

    async def _see(self, items: list[dict[str, Any]]) -> None:
        (await self.http.post("/seen", json={"upto": int(items[-1]["id"])})).raise_for_status()
        now = time.monotonic()
        for one in items:
            self.seen[one["text"]] = now
        if len(self.seen) == COUNT:
            self.has_seen_all.set()


async def pages(port: int) -> dict[str, list[float]]:
    """The pages' process: milliseconds until each message was kept, shown at another page and known to be seen."""
    sent: dict[str, float] = {}
    kept: list[float] = []
    base = f"http://127.0.0.1:{port}/api/consultations/ours/chat"
    all_pages = [Page(httpx.AsyncClient(base_url=base, headers={"Bench": str(n)})) for n in range(PAGES)]
    ready = [asyncio.Event() for _ in all_pages]
    following = [
        asyncio.create_task(page.follow(f"ws://127.0.0.1:{port}/live?n={n}", ready[n]))
        for n, page in enumerate(all_pages)
    ]
    for one in ready:
        await one.wait()

    async def write(n: int) -> None:
        text = f"{n} {WORDS}"
        sent[text] = time.monotonic()
        answer = await all_pages[n % PAGES].http.post("", json={"text": text}, headers={"Idempotency-Key": str(n)})
        answer.raise_for_status()
        kept.append((time.monotonic() - sent[text]) * 1000)

    await evenly(write, COUNT, RATE)
    async with asyncio.timeout(PATIENCE_S):
        for page in all_pages:
            await page.has_seen_all.wait()
    for task in following:
        task.cancel()
    took: dict[str, list[float]] = {"kept": kept, "shown": [], "seen": []}
    for nth, page in enumerate(all_pages):
        for text, at in sent.items():
            if int(text.split()[0]) % PAGES != nth:
                took["shown"].append((page.shown[text] - at) * 1000)
                took["seen"].append((page.seen[text] - at) * 1000)
    return took


async def bare(dsn: str) -> list[float]:
    """Milliseconds of the same row, by as many connections as there are pages."""
    took: list[float] = []
    links = [await asyncpg.connect(dsn) for _ in PEOPLE]
    turns = [asyncio.Lock() for _ in PEOPLE]

    async def write(n: int) -> None:
        began = time.monotonic()
        async with turns[n % PAGES]:
            await links[n % PAGES].execute(INSERT, clock.now(), PEOPLE[n % PAGES], f"{n} {WORDS}")
        took.append((time.monotonic() - began) * 1000)

    await evenly(write, COUNT, RATE)
    for link in links:
        await link.close()
    return took


@asynccontextmanager
async def ours(dsn: str) -> AsyncIterator[int]:
    """The chat's doors and its live channel, behind the server that the product runs."""
    metrics = Metrics()
    db = await database.connect(dsn, Signer(KEY), {})
    bus = Bus(dsn, metrics)
    hub = Hub(db, bus, {"chat": SidesChannel(db, "chat")}, metrics)

    async def here(socket: Socket) -> Actor:
        return actor_of(socket.query_params["n"])

    def caller(request: Request[Any, Any, Any]) -> Actor:
        return actor_of(request.headers["Bench"])

    given = {"actor": Provide(caller, sync_to_thread=False), "db": Provide(lambda: db, sync_to_thread=False)}
    try:
        async with served(hub, here, metrics, bus.run(), doors=[chat_routes.router], given=given) as port:
            yield port
    finally:
        await db.close()


async def measured(port: int) -> dict[str, list[float]]:
    """The pages' figures, from a process of their own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, str(port), stdout=asyncio.subprocess.PIPE, limit=1 << 24
    )
    told, _ = await process.communicate()
    return dict(json.loads(told))


async def main() -> None:
    """An embedded server of its own, provisioned as a home's is."""
    log.configure("WARNING")
    async with provisioned(KEY) as (admin, dsn):
        own = admin.dsn(database="bench")
        link = await asyncpg.connect(own)
        await link.execute(CASES)
        await link.close()
        reference = await bare(own)
        async with ours(dsn) as port:
            before = time.process_time()
            took = await measured(port)
            cpu_s = time.process_time() - before
        reference += await bare(own)
    (p50, p99), (reference_p50, reference_p99) = spread(took["kept"]), spread(reference)
    figure = {
        "figure": f"chat: a message kept, {PAGES} pages, {RATE} messages/s",
        "value": p50,
        "p99": p99,
        "unit": "ms p50",
        "reference": reference_p50,
        "reference_p99": reference_p99,
        "reference_is": "bare asyncpg INSERT",
        "ratio": round(p50 / reference_p50, 2),
        "shown": spread(took["shown"]),
        "seen": spread(took["seen"]),
        "core": round(cpu_s / SECONDS, 3),
        "goal_p99": GOAL_MS,
        "load": os.getloadavg()[0],
    }
    print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(uvloop.run(pages(int(sys.argv[1])))))
    else:
        uvloop.run(main())
