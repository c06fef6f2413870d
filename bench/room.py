"""What a room of sixteen, and fifty rooms of three at once, cost the media server; the figure where it breaks.

Two JSON lines. `rooms_16`: fourteen send a small picture and one a pinned one of 20 Mbit/s, all sixteen receive all of
them; `value` is the share of packets that came where they should. `rooms_50`: in each of fifty rooms one sends and two
receive; `open_ms` is what opening one takes, `mib` what the server holds more for each, `core` what all of them take of
a core. Senders and receivers are of our own making (shared/peers.py), on the same two cores.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.peers import PICTURE, Receiver, Sender, cpu_s, memory_mib
from shared.server import running
from yuanzhen.infrastructure import log
from yuanzhen.network.media.shell import janus
from yuanzhen.network.media.shell.sfu import Sfu

PEOPLE, PINNED_BITS_PER_S, SMALL_BITS_PER_S = 16, 20_000_000, 300_000
ROOMS, SECONDS = 50, 8.0


async def carried(sfu: Sfu, rooms: Mapping[str, tuple[list[int], int]], noting: int) -> dict[str, Any]:
    """Rooms with senders of so many bits a second each, and so many receivers, of whom the first few note."""
    senders: list[tuple[Sender, list[Receiver]]] = []
    receivers: list[Receiver] = []
    for room, (rates, count) in rooms.items():
        sending = [Sender(await sfu.take(room, f"a{nth}", PICTURE), rate) for nth, rate in enumerate(rates)]
        there = [Receiver() for _ in range(count)]
        for nth, one in enumerate(there):
            feeds = [f"a{sender}" for sender in range(len(rates))]
            await one.comes(sfu, room, f"b{nth}", feeds, notes=nth < noting)
        senders += [(one, there[:noting]) for one in sending]
        receivers += there
    before = cpu_s(sfu.pid)
    await asyncio.gather(*(sender.run(SECONDS) for sender, _ in senders))
    core = (cpu_s(sfu.pid) - before) / SECONDS
    await asyncio.sleep(0.5)
    due = sum(len(sender.sent) * len(there) for sender, there in senders)
    came = sum(len(one.came) for one in receivers)
    for one in receivers:
        await one.pc.close()
    return {"value": round(came / due, 5), "packets": due, "core": round(core, 3)}


async def sixteen(sfu: Sfu) -> None:
    """One room, and in it who is pinned."""
    await sfu.open_room("full")
    rates = [PINNED_BITS_PER_S, *[SMALL_BITS_PER_S] * (PEOPLE - 2)]
    say("rooms_16", await carried(sfu, {"full": (rates, PEOPLE)}, noting=2), people=PEOPLE)


async def fifty(sfu: Sfu) -> None:
    """As many rooms, each opened after the other, then all of them at once."""
    names = [f"room-{nth}" for nth in range(ROOMS)]
    before, started = memory_mib(sfu.pid), time.perf_counter()
    for name in names:
        await sfu.open_room(name)
    opened_ms = (time.perf_counter() - started) * 1000 / ROOMS
    found = await carried(sfu, {name: ([SMALL_BITS_PER_S], 2) for name in names}, noting=2)
    each_mib = (memory_mib(sfu.pid) - before) / ROOMS
    say("rooms_50", found, rooms=ROOMS, open_ms=round(opened_ms, 2), mib=round(each_mib, 2))


def say(figure: str, found: dict[str, Any], **more: float) -> None:
    """One line."""
    load = os.getloadavg()[0]
    print(json.dumps({"figure": figure, "unit": "of the packets came", **found, **more, "load": load}), flush=True)


async def main() -> None:
    """Each on a server of its own."""
    log.configure("CRITICAL")
    if not janus.available():
        print('{"figure": "rooms", "skipped": "no media server is here"}')
        return
    for measure in (sixteen, fifty):
        with tempfile.TemporaryDirectory() as folder:
            async with running(Path(folder)) as (sfu, _):
                await measure(sfu)


if __name__ == "__main__":
    asyncio.run(main())
