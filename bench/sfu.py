"""What our set-up of the media server adds to bare Janus: one picture of 20 Mbit/s to 20 receivers, RTP in to RTP out.

`value` and `p99` are milliseconds from a packet's going to the server until one receiver has it, in a room that wants
everything sealed, on the server as the product starts it; `core` is what it takes of one. `reference` is the same
program with Debian's configuration as it comes (all its plugins and transports) and a room that wants nothing sealed,
in turn with ours. One JSON line. The other receivers are connected and let lie what comes: the cores are the server's.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from shared.peers import PICTURE, Receiver, Sender, cpu_s, took_ms
from shared.server import running
from shared.spread import spread
from yuanzhen.infrastructure import log
from yuanzhen.network.media import configuration
from yuanzhen.network.media.configuration import Ground, Secrets
from yuanzhen.network.media.events import RoomOptions
from yuanzhen.network.media.shell import janus

RECEIVERS, BITS_PER_S, SECONDS, ROUNDS = 20, 20_000_000, 8.0, 3
DEBIAN = Path("/etc/janus")
GOALS = {"goal_ms": 2.0, "goal_p99_ms": 5.0, "goal_core_ratio": 1.2}
ROOM = "r"


def bare(folder: Path, ground: Ground, secrets: Secrets) -> dict[str, str]:
    """Debian's files; of ours the two by which we ask it, and where it finds them."""
    debian = {path.name: path.read_text() for path in DEBIAN.glob("*.jcfg")}
    core = debian["janus.jcfg"].replace(f'"{DEBIAN}"', f'"{folder}"').replace('"janusoverlord"', f'"{secrets.admin}"')
    asked = {name: text for name, text in configuration.files(folder, ground, secrets).items() if name != "janus.jcfg"}
    return debian | asked | {"janus.jcfg": core}


@contextmanager
def configured(files: Callable[[Path, Ground, Secrets], dict[str, str]]) -> Iterator[None]:
    """What is started meanwhile is started with these files."""
    before = janus.configuration
    janus.configuration = SimpleNamespace(files=files)
    try:
        yield
    finally:
        janus.configuration = before


async def measured(sealed: bool) -> tuple[list[float], float, float]:
    """Milliseconds of each packet, what the server takes of a core, and the share that came."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as (sfu, _):
            await sfu.open_room(ROOM, RoomOptions(sealed=sealed))
            sender = Sender(await sfu.take(ROOM, "a", PICTURE), BITS_PER_S)
            receivers = [Receiver() for _ in range(RECEIVERS)]
            for nth, one in enumerate(receivers):
                await one.comes(sfu, ROOM, f"b{nth}", ["a"], notes=nth == 0)
            before = cpu_s(sfu.pid)
            await sender.run(SECONDS)
            core = (cpu_s(sfu.pid) - before) / SECONDS
            await asyncio.sleep(0.5)
            found = took_ms(sender, receivers[0])
            for one in receivers:
                await one.pc.close()
        return found, core, len(found) / len(sender.sent)


async def main() -> None:
    """Ours and the reference in turn."""
    log.configure("CRITICAL")
    if not janus.available():
        print('{"figure": "sfu", "skipped": "no media server is here"}')
        return
    ours, reference = [], []
    for _ in range(ROUNDS):
        ours.append(await measured(sealed=True))
        with configured(bare):
            reference.append(await measured(sealed=False))
    (p50, p99), (bare_p50, bare_p99) = (spread([ms for one in of for ms in one[0]]) for of in (ours, reference))
    core, bare_core = (sum(one[1] for one in of) / ROUNDS for of in (ours, reference))
    told = {
        "figure": f"sfu: {BITS_PER_S // 1_000_000} Mbit/s to {RECEIVERS} receivers", "value": p50, "p99": p99,
        "unit": "ms p50", "reference": bare_p50, "reference_p99": bare_p99,
        "reference_is": "the same Janus as Debian sets it up", "ratio": round(p50 / bare_p50, 2),
        "core": round(core, 3), "reference_core": round(bare_core, 3), "core_ratio": round(core / bare_core, 2),
        "came": round(min(one[2] for one in (*ours, *reference)), 4), "load": os.getloadavg()[0], **GOALS,
    }  # fmt: skip
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
