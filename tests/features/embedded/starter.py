"""A process that starts the embedded server of a home, says where it is, and stays until it is killed."""

import asyncio
import json
import sys
from pathlib import Path

from yuanzhen.infrastructure import log
from yuanzhen.infrastructure.db import embedded


async def stay(home: Path, password: str) -> None:
    server = await embedded.start(home, password=password)
    sys.stdout.write(json.dumps({"pid": server.pid, "socket_dir": str(server.socket_dir)}) + "\n")
    sys.stdout.flush()
    await server.wait()


log.configure()  # to standard error: our line alone is on standard output
asyncio.run(stay(Path(sys.argv[1]), sys.stdin.readline().strip()))
