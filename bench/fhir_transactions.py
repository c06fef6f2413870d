"""Whole patients as transaction Bundles into a real centre: resources a CPU second, all that a write costs in it.

Each patient of some 180 resources is one POST by a machine client: log-in, validation, references, versions, search
index and trail, one transaction. The reference is PostgreSQL's COPY of the same resources' JSON into one table with a
primary key (`id text PRIMARY KEY, content jsonb`), a patient a statement, by asyncpg as the superuser, on the same
server. The CPU of the web process and PostgreSQL is read from the system (of COPY: this process and PostgreSQL),
ours and the reference in turn; `per_s` is by the clock, beside it. One JSON line. The patients are invented
(`tests/make/whole_patients.py`); an argument names a folder of others' Bundles (`*.json`, `*.json.gz`) to send instead.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.make import inside, whole_patients
from tests.make.center import Center
from tests.make.spent import alone_s, postgres_s

ROUNDS, EACH, SENDERS = 5, 12, 2
COPIES = 5  # of a round by COPY, so that its cost is many of the system's clock ticks
GOAL = 0.1
SETTLE_S = 2.0  # until the trail of a round is chained, so that its cost is counted
JSON_HEADERS = {"Content-Type": "application/fhir+json"}

Bundle = dict[str, Any]


class Spent(NamedTuple):
    """Of one round, a resource: CPU seconds of the process and of PostgreSQL, and seconds by the clock."""

    process: float
    postgres: float
    clock: float

    @property
    def cpu(self) -> float:
        return self.process + self.postgres


def rounds(folder: Path | None) -> list[list[Bundle]]:
    """What is sent, a list for each round; the first round only warms up."""
    if folder is None:
        return [[whole_patients.bundle(n) for n in range(r * EACH, (r + 1) * EACH)] for r in range(ROUNDS + 1)]
    files = sorted(folder.glob("*.json")) + sorted(folder.glob("*.json.gz"))
    read = [json.loads(gzip.decompress(one.read_bytes()) if one.suffix == ".gz" else one.read_bytes()) for one in files]
    return [read[:EACH]] * (ROUNDS + 1)


async def timed(work: Awaitable[None], count: int, pid: int, postmaster: int, settle_s: float) -> Spent:
    """What the work costs, by `count` resources."""
    process, postgres, began = alone_s(pid), postgres_s(postmaster), time.perf_counter()
    await work
    clock = time.perf_counter() - began
    await asyncio.sleep(settle_s)
    return Spent((alone_s(pid) - process) / count, (postgres_s(postmaster) - postgres) / count, clock / count)


async def ours(client: httpx.AsyncClient, bundles: list[Bundle]) -> None:
    """Every Bundle as a transaction, SENDERS at once."""
    bodies = iter([json.dumps(one).encode() for one in bundles])

    async def send() -> None:
        for body in bodies:
            answer = await client.post("/fhir/R4", content=body)
            if answer.status_code != 200:
                raise SystemExit(answer.text[:2000])

    await asyncio.gather(*(send() for _ in range(SENDERS)))


async def copied(connection: asyncpg.Connection, texts: list[list[str]]) -> None:
    """The same resources as rows of one table: a patient a transaction."""
    for each in texts:
        rows = [(os.urandom(16).hex(), text) for text in each]
        await connection.copy_records_to_table("bare", schema_name="public", records=rows)


async def measure(center: Center, token: str, folder: Path | None) -> dict[str, Any]:
    """Ours and the reference, in turn."""
    assert center.process is not None
    postmaster = inside.postmaster(center.home)
    connection = await asyncpg.connect(inside.administrator(center.home))
    await connection.execute("CREATE TABLE public.bare (id text PRIMARY KEY, content jsonb NOT NULL)")
    headers = {**JSON_HEADERS, "Authorization": f"Bearer {token}"}
    spent: list[tuple[Spent, Spent]] = []
    async with httpx.AsyncClient(base_url=center.url, headers=headers, timeout=120) as client:
        for bundles in rounds(folder):
            count = sum(len(one["entry"]) for one in bundles)
            texts = [[json.dumps(entry["resource"]) for entry in one["entry"]] for one in bundles] * COPIES
            our_cost = await timed(ours(client, bundles), count, center.process.pid, postmaster, SETTLE_S)
            bare_cost = await timed(copied(connection, texts), count * COPIES, os.getpid(), postmaster, 0)
            spent.append((our_cost, bare_cost))
    await connection.close()
    return told(spent[1:])


def told(spent: list[tuple[Spent, Spent]]) -> dict[str, Any]:
    """The line, by the medians of the rounds."""

    def median(read: Callable[[tuple[Spent, Spent]], float]) -> float:
        return statistics.median(map(read, spent))

    return {
        "figure": "FHIR transaction Bundles, whole patients",
        "value": round(1 / median(lambda pair: pair[0].cpu)), "unit": "resources/s of CPU, all processes",
        "reference": round(1 / median(lambda pair: pair[1].cpu)), "reference_is": "COPY of the same JSON, one table",
        "ratio": round(median(lambda pair: pair[1].cpu / pair[0].cpu), 3), "goal": GOAL,
        "web_us": round(median(lambda pair: pair[0].process) * 1e6),
        "postgres_us": round(median(lambda pair: pair[0].postgres) * 1e6),
        "per_s": round(1 / median(lambda pair: pair[0].clock)),
        "reference_per_s": round(1 / median(lambda pair: pair[1].clock)),
        "ratio_by_the_clock": round(median(lambda pair: pair[1].clock / pair[0].clock), 3),
    }  # fmt: skip


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as place:
        center = Center.at(Path(place) / "home").start()
        try:
            client = center.machine()
            token = client.headers["Authorization"].removeprefix("Bearer ")
            client.close()
            print(json.dumps(asyncio.run(measure(center, token, folder))), flush=True)
        finally:
            center.stop()


if __name__ == "__main__":
    main()
