"""From the death of the media server (`kill -9`) until a new one has the same rooms open: seconds, median of five.

The reference, measured in turn with ours, is what no return can do without: the bare program from its start until it
takes a first request. One JSON line.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import tempfile
import time
from pathlib import Path

from shared.server import GROUND, running
from yuanzhen.infrastructure import log
from yuanzhen.network.media.configuration import API
from yuanzhen.network.media.shell import janus
from yuanzhen.network.media.shell.line import REQUESTS, line

ROUNDS = 5
ROOMS = tuple(f"room-{number}" for number in range(50))
GOAL_S = 3.0


async def back(home: Path) -> float:
    """Seconds from the kill until all rooms are open again."""
    async with running(home) as (sfu, up):
        for room in ROOMS:
            await sfu.open_room(room)
        started = time.perf_counter()
        os.kill(sfu.pid, signal.SIGKILL)
        if (await up.get()).rooms != ROOMS:
            raise RuntimeError("a room is not open again")
        return time.perf_counter() - started


async def bare(home: Path) -> float:
    """Seconds from the program's start until its first answer."""
    started = time.perf_counter()
    program = janus.start(home, GROUND)
    async with line(program.folder / API, REQUESTS, {"apisecret": program.secrets.api}, lambda _: None) as requests:
        await requests.open_session()
        took = time.perf_counter() - started
    await program.child.end()
    janus.clear(home)
    return took


async def main() -> None:
    log.configure("CRITICAL")
    if not janus.available():
        print('{"figure": "media_server_back", "skipped": "no media server is here"}')
        return
    with tempfile.TemporaryDirectory() as folder:
        rounds = [(await back(Path(folder)), await bare(Path(folder))) for _ in range(ROUNDS)]
    ours, reference = (statistics.median(column) for column in zip(*rounds, strict=True))
    told = {
        "figure": "media_server_back",
        "value": round(ours, 2),
        "unit": "s",
        "reference": round(reference, 2),
        "reference_is": "the bare program until its first answer",
        "ratio": round(ours / reference, 2),
        "goal": GOAL_S,
        "rooms": len(ROOMS),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
