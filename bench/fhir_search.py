"""Searching a million Observations of ten thousand patients, through actor, row-level security and trail.

The median time of one search by patient, code and date, one after another, as a machine client and as a clinician of
the patients' house; the reference is the same rows found by bare asyncpg as the superuser, who passes row-level
security, in one statement written by hand; what keeping one row of the trail takes alone is told beside it. Then all of
one code are paged through: what this process grew by. One JSON line each. The rows are made by the server itself; the
argument says how many, a million if it is left out.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import asyncpg

from shared.database import provisioned
from yuanzhen.data.records import access, index, parameters, searchset
from yuanzhen.infrastructure import log
from yuanzhen.infrastructure.db import database
from yuanzhen.infrastructure.db.actor import Actor, Signer
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.identity.scopes import EVERYTHING

KEY = bytes(32)
CLINICIAN = Actor("person", "xujing", "clinician", "liuhe", origin="10.1.2.3", request=new_id())
MACHINE = Actor("machine", "his", "machine-rw", "liuhe", origin="10.1.2.3", request=new_id())
MANY = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
PATIENTS, CODES = max(1, MANY // 100), 50
SEARCHES = 300
GOAL_MS = 5.0

OBSERVATION = {
    "resourceType": "Observation", "id": "x", "status": "final",
    "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category",
                              "code": "vital-signs", "display": "Vital signs"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "c0", "display": "Heart rate"}], "text": "Heart rate"},
    "subject": {"reference": "Patient/p0"}, "encounter": {"reference": "Encounter/e0"},
    "effectiveDateTime": "2023-01-01T08:00:00+08:00", "issued": "2023-01-01T08:00:00+08:00",
    "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
}  # fmt: skip
STARTS, MINUTE = 1_672_531_200_000_000, 60_000_000  # 2023-01-01 in microseconds; three years of minutes
WHEN = f"{STARTS} + (hashint4(n) & 1048575)::bigint * {MINUTE} * 3 / 2"

FILL = f"""
INSERT INTO records.resource (type, id, version, patient, institution, sensitive, source, audience, meta, content)
SELECT 'Observation', 'o' || n, 1, 'p' || n % {PATIENTS}, 'liuhe', false, '',
       ARRAY['*', 'house:liuhe', 'care:p' || n % {PATIENTS}, '@p' || n % {PATIENTS}], '{{}}', replace(replace($1,
       '"c0"', '"c' || n / {PATIENTS} % {CODES} || '"'), 'Patient/p0', 'Patient/p' || n % {PATIENTS})
  FROM generate_series(0, {MANY} - 1) AS n
"""
HAND = """
SELECT r.content FROM records.resource r
  JOIN records.link l USING (key) JOIN records.token t USING (key) JOIN records.moment m USING (key)
 WHERE l.path = $1 AND l.target = $2 AND t.path = $3 AND t.code = $4 AND t.system = 'http://loinc.org'
   AND m.path = $5 AND m.starts >= $6 ORDER BY key DESC LIMIT 51
"""

Search = Callable[[int], Awaitable[Any]]


async def fill(admin: asyncpg.Connection) -> None:
    """The rows, with indexes made afterwards."""
    body = {name: value for name, value in OBSERVATION.items() if name not in ("resourceType", "id")}
    tables = ("token", "word", "link", "moment", "amount")
    kept = await admin.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS text FROM pg_index "
        "WHERE indrelid = ANY (ARRAY(SELECT ('records.' || t)::regclass FROM unnest($1::text[]) AS t))",
        list(tables),
    )
    for one in kept:
        await admin.execute(f"DROP INDEX {one['name']}")
    await admin.execute(FILL.replace("$1", f"'{json.dumps(body)}'"))
    varied = {"c0": f"'c' || n / {PATIENTS} % {CODES}", "p0": f"'p' || n % {PATIENTS}", "e0": "'e' || n / 20"}
    for table, rows in index.rows(OBSERVATION).rows.items():
        for path, place, *values in rows:
            told = [varied.get(v, _literal(v)) if isinstance(v, str) else _literal(v) for v in values]
            if table == "moment":
                told = [WHEN, f"{WHEN} + {MINUTE}"]
            await admin.execute(
                f"INSERT INTO records.{table} SELECT key, {path}, {place}, {', '.join(told)} "
                "FROM (SELECT key, (key - 1)::int AS n FROM records.resource) AS r"
            )
    for one in kept:
        await admin.execute(one["text"])
    await admin.execute("VACUUM ANALYZE")
    await admin.execute("CHECKPOINT")


def _literal(value: Any) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def asked(n: int) -> tuple[str, str]:
    """The patient and the code of one search."""
    return f"p{n * 7919 % PATIENTS}", f"c{n * 31 % CODES}"


def ours(db: Database, actor: Actor) -> Search:
    async def search(n: int) -> None:
        patient, code = asked(n)
        query = f"patient={patient}&code=http://loinc.org|{code}&date=ge2024"
        async with db.look(actor) as look:
            await searchset.searched(look, EVERYTHING, "Observation", parse_qsl(query))

    return search


def trail_alone(db: Database) -> Search:
    """What every search waits for last: its row of the trail on the disk."""

    async def keep(_: int) -> None:
        async with db.look(MACHINE) as look:
            access.note_found(look, "Observation", [], "code date patient")

    return keep


def bare(pool: asyncpg.Pool) -> Search:
    numbers = {name: parameters.number("Observation", [name]) for name in ("subject", "code", "effectiveDateTime")}

    async def search(n: int) -> None:
        patient, code = asked(n)
        await pool.fetch(HAND, numbers["subject"], patient, numbers["code"], code, numbers["effectiveDateTime"],
                         STARTS + 365 * 24 * 60 * MINUTE)  # fmt: skip

    return search


async def median_ms(search: Search) -> float:
    took = []
    for n in range(SEARCHES + 50):
        started = time.perf_counter()
        await search(n)
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took[50:])  # the first ones warm up


async def paged(db: Database) -> tuple[int, int]:
    """How many matches all pages of one code held, and by how many KB this process grew behind the first."""
    seen, after, first = 0, "", 0
    while True:
        pairs = [("code", "c7"), ("_count", "200"), *([("_after", after)] if after else [])]
        async with db.look(MACHINE) as look:
            told = json.loads(await searchset.searched(look, EVERYTHING, "Observation", pairs))
        seen += len(told.get("entry", []))
        first = first or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        following = [link["url"] for link in told["link"] if link["relation"] == "next"]
        if not following:
            return seen, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - first
        after = dict(parse_qsl(following[0].partition("?")[2]))["_after"]


def report(figure: str, value: float, unit: str, **more: Any) -> None:
    print(json.dumps({"figure": figure, "value": round(value, 2), "unit": unit, **more}), flush=True)


async def main() -> None:
    log.configure("WARNING")
    async with provisioned(KEY) as (admin, dsn):
        pool = await asyncpg.create_pool(admin.dsn(database="bench"), min_size=1, max_size=2)
        async with pool.acquire() as connection:
            await connection.execute("ALTER TABLE records.resource DISABLE TRIGGER USER")
            await fill(connection)
        db = await database.connect(dsn, Signer(KEY), {})
        reference = await median_ms(bare(pool))
        for name, actor in (("machine", MACHINE), ("clinician", CLINICIAN)):
            value = await median_ms(ours(db, actor))
            kept = await median_ms(trail_alone(db))
            report(f"fhir_search_{name}", value, "ms, p50", rows=MANY, of_it_the_trail=round(kept, 2),
                   reference=round(reference, 2), reference_is="bare asyncpg", ratio=round(value / reference, 2),
                   goal=GOAL_MS)  # fmt: skip
        seen, grew = await paged(db)
        report("fhir_search_paging", grew, "KB that paging grew the process by", matches=seen)
        await db.close()
        await pool.close()


if __name__ == "__main__":
    asyncio.run(main())
