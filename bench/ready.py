"""How long `yuanzhen serve` takes on a home that exists, until it says `ready`: seconds, the median of five starts.

The reference, measured in turn with ours, is what no start can do without: the program's imports in a fresh
interpreter, and the bare database server of the same home until it answers. One JSON line.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from yuanzhen.infrastructure import log, settings
from yuanzhen.infrastructure.db import embedded
from yuanzhen.programs import home as homes
from yuanzhen.programs.home import SUPERUSER

ROUNDS = 5
GOAL_S = 3.0
PORTS = ("PORT", "HTTPS_PORT", "DICOM_PORT", "MLLP_PORT")


def environment(home: Path) -> dict[str, str]:
    """The settings of a home of its own, on ports that nobody listens on at this moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    ports = {f"YUANZHEN_{name}": str(one.getsockname()[1]) for name, one in zip(PORTS, sockets, strict=True)}
    for one in sockets:
        one.close()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("YUANZHEN_")}
    return {**inherited, "YUANZHEN_HOME": str(home), "YUANZHEN_TURN_PORT": "0", **ports}


def until_ready(home: Path) -> float:
    """Seconds from the command to its line `ready`."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [Path(sys.executable).with_name("yuanzhen"), "serve"],
        env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        for line in process.stdout or ():
            if line.startswith("ready "):
                return time.perf_counter() - started
        raise RuntimeError("the centre did not become ready")
    finally:
        process.terminate()
        process.wait(30)


def imports() -> float:
    """Seconds that a fresh interpreter takes to import the program."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import yuanzhen.programs.cli, yuanzhen.programs.serving"], check=True)
    return time.perf_counter() - started


def bare_database(home: Path) -> float:
    """Seconds until the home's database server answers."""

    async def start() -> float:
        root = homes.open_root(settings.read({"YUANZHEN_HOME": str(home)}, {}))
        started = time.perf_counter()
        server = await embedded.start(home, superuser=SUPERUSER, password=homes.superuser_password(root))
        took = time.perf_counter() - started
        await server.stop()
        return took

    return asyncio.run(start())


def main() -> None:
    log.configure("WARNING")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        first = until_ready(home)
        rounds = [(until_ready(home), imports() + bare_database(home)) for _ in range(ROUNDS)]
    ours, reference = (statistics.median(column) for column in zip(*rounds, strict=True))
    line = {
        "figure": "ready",
        "value": round(ours, 2),
        "unit": "s",
        "reference": round(reference, 2),
        "reference_is": "imports and a bare database server",
        "ratio": round(ours / reference, 2),
        "goal": GOAL_S,
        "first_start": round(first, 2),
    }
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
