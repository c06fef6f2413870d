"""The queue of a department in which 10,000 cases wait: how long the server works on one page of it, for one expert.

One JSON line. `value` is the p99 in milliseconds of `views.cases`, from the call to the bytes of the answer: names,
houses, rings, what the reader may do, and a trail row for every line, committed; `p50` beside it. `reference` is the
p99 of the bare statement on the same server, in turn with ours: asyncpg as the superuser, without row-level security,
names, or trail.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time

import asyncpg
import msgspec

from shared.database import provisioned
from yuanzhen.applications.consultation import views
from yuanzhen.infrastructure import log
from yuanzhen.infrastructure.db import database
from yuanzhen.infrastructure.db.actor import Actor, Signer

KEY = bytes(32)
EXPERT = Actor("person", "chenyuan", "expert", "city", origin="10.1.2.3", request="r")
OPEN = 10_000
PAGE, ROUNDS = 50, int(sys.argv[1]) if len(sys.argv) > 1 else 300
GOAL_MS = 100

REGION = """
INSERT INTO security.institution (id, name, level) VALUES ('city', '市中心医院', 'city'),
  ('liuhe', '柳河镇卫生院', 'township');
INSERT INTO security.department (id, name, institution) VALUES ('neurology', '神经内科', 'city'),
  ('cardiology', '心内科', 'city');
INSERT INTO security.person (id, name, display, role, institution, created)
  VALUES ('chenyuan', 'chenyuan', '陈予安', 'expert', 'city', now());
INSERT INTO security.membership VALUES ('chenyuan', 'neurology');
INSERT INTO consultation.case (id, state, mode, urgency, question, patient, shown, asker, institution, department,
    consent_version, consent_by, consent_how, report, created, changed, audience)
  SELECT lpad(n::text, 12, '0'), 'queued', 'written', CASE WHEN n % 5 = 0 THEN 'emergency' ELSE 'scheduled' END,
         repeat('右侧肢体无力 50 分钟，是否溶栓？', 4), 'p' || n,
         '{"name": "刘*英", "sex": "female", "birth_date": "1959", "number": "6101**********0017",
           "number_kind": "card",
           "masked": true}', 'xujing' || n % 40, 'liuhe', department, '1', 'patient', 'signed', 'r' || n,
         now() - n * interval '1 minute', now(),
         ARRAY['xujing' || n % 40, 'house:liuhe', department, '@p' || n, 'worker']
    FROM generate_series(1, $COUNT$) AS n, unnest(ARRAY['neurology', 'cardiology']) AS department WHERE
         (n % 2 = 0) = (department = 'neurology');
ANALYZE;
"""
BARE = (
    "SELECT * FROM consultation.case WHERE department = $1 AND state IN ('ringing', 'queued') "
    "ORDER BY urgency, created, id LIMIT $2"
)


def spread(ms: list[float]) -> tuple[float, float]:
    """p50 and p99, to the hundredth."""
    return round(statistics.median(ms), 2), round(statistics.quantiles(ms, n=100)[98], 2)


async def main() -> None:
    """Fills a department, then asks for its first page again and again."""
    async with provisioned(KEY) as (admin, dsn):
        bare = await asyncpg.connect(admin.dsn(database="bench"))
        await bare.execute(REGION.replace("$COUNT$", str(2 * OPEN)))  # half of them wait for another department
        db = await database.connect(dsn, Signer(KEY), {})
        ours, theirs = [], []
        for turn in range(ROUNDS + 20):
            began = time.perf_counter()
            page = await views.cases(db, EXPERT, department="neurology", after="", count=PAGE)
            told = msgspec.json.encode(page)
            between = time.perf_counter()
            await bare.fetch(BARE, "neurology", PAGE)
            ended = time.perf_counter()
            if turn >= 20:  # plans are made, pages are in memory
                ours.append(1000 * (between - began))
                theirs.append(1000 * (ended - between))
        assert len(page.items) == PAGE, page
        p50, p99 = spread(ours)
        line = {"figure": "queue_page", "value": p99, "p50": p50, "unit": "ms", "reference": spread(theirs)[1],
                "goal": GOAL_MS, "open_cases": OPEN, "lines": PAGE, "bytes": len(told)}  # fmt: skip
        print(json.dumps(line))
        await db.close()
        await bare.close()


if __name__ == "__main__":
    log.configure("WARNING")
    asyncio.run(main())
