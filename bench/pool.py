"""What it costs this process to lend a connection: our `Connections` and `asyncpg`'s pool, around the smallest query.

Client CPU per use with 16 in flight over 10 connections, in turn, the median of the rounds. One JSON line.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

from yuanzhen.infrastructure import log
from yuanzhen.infrastructure.db import embedded
from yuanzhen.infrastructure.db.lent import Connections

CONNECTIONS, IN_FLIGHT, ROUNDS, COUNT = 10, 16, 9, 3200


async def cpu_us(act: Callable[[], Awaitable[None]], hands: int = IN_FLIGHT) -> float:
    """This process's CPU time for one use, in microseconds."""

    async def hand() -> None:
        for _ in range(COUNT // hands):
            await act()

    started = time.process_time()
    await asyncio.gather(*(hand() for _ in range(hands)))
    return (time.process_time() - started) / COUNT * 1e6


async def main() -> None:
    log.configure("WARNING")
    with tempfile.TemporaryDirectory() as folder:
        server = await embedded.start(Path(folder), superuser="postgres", password="bench")
        dsn = f"postgresql://postgres:bench@/postgres?host={server.socket_dir}&port={server.port}"
        pool = await asyncpg.create_pool(dsn, min_size=CONNECTIONS, max_size=CONNECTIONS)
        lent = Connections(lambda: asyncpg.connect(dsn), CONNECTIONS)
        alone = await asyncpg.connect(dsn)

        async def ours() -> None:
            async with lent.one() as connection:
                await connection.fetch("SELECT 1")

        async def theirs() -> None:
            async with pool.acquire() as connection:
                await connection.fetch("SELECT 1")

        async def bare() -> None:
            await alone.fetch("SELECT 1")

        rounds = [(await cpu_us(ours), await cpu_us(theirs), await cpu_us(bare, 1)) for _ in range(ROUNDS + 1)]
        value, reference, least = (statistics.median(column) for column in zip(*rounds[1:], strict=True))
        line = {
            "figure": "lend_connection",
            "value": round(value, 1),
            "unit": "us of client CPU",
            "reference": round(reference, 1),
            "reference_is": "asyncpg's pool",
            "ratio": round(value / reference, 2),
            "without_a_pool": round(least, 1),
        }
        print(json.dumps(line))
        await lent.close(5)
        await pool.close()
        await alone.close()
        await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
