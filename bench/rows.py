"""What it costs this process to read and to write one row through actor, row-level security and trail.

`write_row` writes a resource that no search finds: its row, its version and the trail's. `write_resource` writes a
Patient, which R4's parameters find by a dozen more rows in four tables of the index.

Client CPU per operation with 16 in flight. The reference is bare asyncpg on the same server: the same row by the
same pool settings, as the superuser, who passes row-level security, without context and trail. Rounds of ours and of
the reference alternate; the median counts. One JSON line each with `value` and `reference` in microseconds.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from shared.database import provisioned
from yuanzhen.data.records import access, index, store
from yuanzhen.data.records.model import draft
from yuanzhen.infrastructure import log
from yuanzhen.infrastructure.db import database
from yuanzhen.infrastructure.db.actor import Actor, Signer
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail

KEY = bytes(32)
READER = Actor("person", "xujing", "clinician", "liuhe", origin="10.1.2.3", request=new_id())
WRITER = Actor("machine", "his", "machine-rw", "liuhe", origin="10.1.2.3", request=new_id())
IN_FLIGHT, ROUNDS = 16, 9
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
READ_GOAL, WRITE_GOAL = 1.6, 2.0

READ = f"SELECT {store.COLUMNS} FROM records.resource WHERE type = $1 AND id = $2"
WRITE = """
INSERT INTO records.resource (type, id, version, patient, institution, sensitive, source, audience, meta, content)
VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9)
"""

Act = Callable[[], Awaitable[Any]]


def patient(id: str) -> dict[str, Any]:
    """A patient as an HIS announces one."""
    return {
        "resourceType": "Patient",
        "id": id,
        "identifier": [{"system": "urn:yuanzhen:issuer:liuhe:LIUHE", "value": id}],
        "managingOrganization": {"reference": "Organization/liuhe"},
        "name": [{"use": "official", "text": "刘淑英", "family": "刘", "given": ["淑英"]}],
        "gender": "female",
        "birthDate": "1959-03-21",
        "telecom": [{"system": "phone", "value": "13800000000"}],
        "address": [{"text": "柳河镇中街 3 号"}],
    }


async def cpu_us(act: Act) -> float:
    """This process's CPU time for one operation, in microseconds, over `COUNT` of them."""
    left = iter(range(COUNT))

    async def hand() -> None:
        for _ in left:
            await act()

    started = time.process_time()
    await asyncio.gather(*(hand() for _ in range(IN_FLIGHT)))
    return (time.process_time() - started) / COUNT * 1e6


def reading(db: Database, pool: asyncpg.Pool, id: str) -> tuple[Act, Act]:
    """One row by its loader, which notes it in the trail; the same row bare."""

    async def ours() -> None:
        async with db.look(READER) as look:
            await access.seen(look, "Patient", id)

    async def bare() -> None:
        rows = await pool.fetch(READ, "Patient", id)
        store.stored(rows[0])

    return ours, bare


def binary(id: str) -> dict[str, Any]:
    """A resource that no search parameter leads to."""
    return {"resourceType": "Binary", "id": id, "contentType": "application/json", "data": "eyJhIjogMX0K" * 40}


def writing(db: Database, pool: asyncpg.Pool, made: Callable[[str], dict[str, Any]]) -> tuple[Act, Act]:
    """A new resource with version, index rows and trail; the resource's row alone, bare."""

    async def ours() -> None:
        resource = made(id := new_id())
        kind = resource["resourceType"]
        noted = trail.row(WRITER, "records.write", "C", entity_type=kind, entity=id, patient=id)
        prepared = draft(resource, institution="liuhe", source="")
        await store.put_alone(db, WRITER, (prepared, 0, index.rows(resource)), trail=[noted])

    async def bare() -> None:
        one = draft(made(new_id()), institution="liuhe", source="")
        await pool.execute(
            WRITE, one.type, one.id, one.patient, one.institution, one.sensitive, one.source, one.audience, one.meta,
            one.content,
        )  # fmt: skip

    return ours, bare


async def report(figure: str, ours: Act, bare: Act, goal: float) -> None:
    """Prints the median of the rounds, and how much a round's ratio varied."""
    pairs = [(await cpu_us(ours), await cpu_us(bare)) for _ in range(ROUNDS + 1)][1:]  # the first one warms up
    value, reference = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratios = sorted(one / other for one, other in pairs)
    line = {
        "figure": figure,
        "value": round(value, 1),
        "unit": "us of client CPU",
        "reference": round(reference, 1),
        "reference_is": "bare asyncpg",
        "ratio": round(statistics.median(ratios), 2),
        "ratio_from": round(ratios[0], 2),
        "ratio_to": round(ratios[-1], 2),
        "goal": goal,
    }
    print(json.dumps(line), flush=True)


async def main() -> None:
    log.configure("WARNING")
    async with provisioned(KEY) as (admin, dsn):
        db = await database.connect(dsn, Signer(KEY), {})
        pool = await asyncpg.create_pool(
            admin.dsn(database="bench"), min_size=1, max_size=10, statement_cache_size=500, reset=nothing
        )
        resource = patient(id := new_id())
        prepared = draft(resource, institution="liuhe", source="")
        noted = trail.row(WRITER, "records.write", "C", entity_type="Patient", entity=id, patient=id)
        await store.put_alone(db, WRITER, (prepared, 0, index.rows(resource)), trail=[noted])
        await report("read_row", *reading(db, pool, id), READ_GOAL)
        await report("write_row", *writing(db, pool, binary), WRITE_GOAL)
        await report("write_resource", *writing(db, pool, patient), WRITE_GOAL)
        await pool.close()
        await db.close()


async def nothing(_connection: asyncpg.Connection) -> None:
    """As our own pool does it: without this the bare one would spend a round trip on RESET ALL."""


if __name__ == "__main__":
    asyncio.run(main())
