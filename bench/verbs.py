"""What a verb of a case costs the web process: experts claim what waits and let it lie again, 16 cases at once.

One JSON line. `value` is verbs a second of this process's CPU, below HTTP: rights, the case locked, relation, step,
reading, trail, facts and live events, one transaction each. `reference` is bare asyncpg on the same server, in turn
with ours: the same rows written by hand as the superuser, one transaction a verb, without context, row-level security
and live events.
`by_the_clock` is verbs a second of both as they came, the database and whatever else this machine does in them.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import asyncpg

from shared.database import provisioned
from yuanzhen.applications.consultation import service
from yuanzhen.applications.consultation.events import ClaimTaken, ConsultationAsked
from yuanzhen.applications.consultation.model import Given
from yuanzhen.infrastructure import clock, log
from yuanzhen.infrastructure.db import database
from yuanzhen.infrastructure.db.actor import Actor, Signer
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.ids import new_id

KEY = bytes(32)
CASES, ROUNDS = 16, 9
TURNS = int(sys.argv[1]) if len(sys.argv) > 1 else 10  # claims and releases of each case in a round
GOAL, GOAL_RATIO = 200, 0.4
LISTENS = {ConsultationAsked.kind: ("bell",), ClaimTaken.kind: ("clock",)}

REGION = f"""
INSERT INTO security.institution (id, name, level) VALUES ('city', '市中心医院', 'city');
INSERT INTO security.department (id, name, institution) VALUES ('neurology', '神经内科', 'city');
INSERT INTO security.membership SELECT 'expert' || n, 'neurology' FROM generate_series(1, {CASES}) AS n;
INSERT INTO consultation.case (id, state, mode, urgency, question, patient, shown, asker, institution, department,
    consent_version, consent_by, consent_how, report, created, changed, audience)
  SELECT who || n, 'queued', 'written', 'scheduled', '是否溶栓？', 'p' || n, '{{"name": "刘*英", "sex": "female",
         "birth_date": "1959", "number": "0017", "number_kind": "card", "masked": true}}', 'xujing', 'liuhe',
         'neurology', '1', 'patient', 'signed', 'r' || n, now(), now(),
         ARRAY['xujing', 'house:liuhe', 'neurology', '@p' || n, 'worker']
    FROM generate_series(1, {CASES}) AS n, unnest(ARRAY['ours', 'bare']) AS who;
ANALYZE;
"""
LOCK = "SELECT * FROM consultation.case WHERE id = $1 FOR UPDATE"
ENTRUST = "INSERT INTO security.relation (id, person, patient, source) VALUES ($1, $2, $3, $4)"
DISMISS = "UPDATE security.relation SET ends = now() WHERE source = $1 AND ends IS NULL"
STEP = "INSERT INTO consultation.step (consultation, at, who, what) VALUES ($1, $2, $3, $4)"
SAVE = (
    "UPDATE consultation.case SET state = $2, expert = $3, earlier = $4, claim_ends = $5, changed = $6, audience = $7 "
    "WHERE id = $1"
)
READING = (
    "INSERT INTO reading.reading (id, source, patient, state, writers, audience) VALUES ($1, $2, $3, 'open', $4, $5) "
    "ON CONFLICT (id) DO UPDATE SET writers = excluded.writers, audience = excluded.audience"
)
TRAIL = (
    "INSERT INTO security.trail (kind, actor, role, institution, purpose, origin, request, verb, action, outcome, "
    "entity_type, entity, patient, code, reason) VALUES ('person', $1, 'expert', 'city', '', '10.1.2.3', 'r', $2, 'U', "
    "0, 'consultation', $3, $4, '', '')"
)
OUTBOX = "INSERT INTO infrastructure.outbox (kind, listener, body) VALUES ($1, $2, $3)"

Work = Callable[[int, str], Awaitable[None]]


def ours(db: Database) -> Work:
    """The product's own verbs."""

    async def act(n: int, name: str) -> None:
        actor = Actor("person", f"expert{n}", "expert", "city", origin="10.1.2.3", request="r")
        async with db.verb(actor) as tx:
            await service.act(tx, name, f"ours{n}", Given(), now=clock.now())

    return act


def bare(pool: asyncpg.Pool) -> Work:
    """The same rows by hand."""

    async def act(n: int, name: str) -> None:
        case, expert, patient, now = f"bare{n}", f"expert{n}", f"p{n}", clock.now()
        taken, source = name == "claim", f"consultation:{case}"
        keys = ["xujing", "house:liuhe", "neurology", expert, f"@{patient}", "worker"]
        async with pool.acquire() as one, one.transaction():
            await one.fetchrow(LOCK, case)
            if taken:
                await one.execute(ENTRUST, new_id(), expert, patient, source)
            else:
                await one.execute(DISMISS, source)
            await one.execute(STEP, case, now, expert, name)
            state, ends = ("accepted", now) if taken else ("queued", None)
            await one.execute(SAVE, case, state, expert if taken else "", [expert], ends, now, keys)
            await one.execute(READING, case, source, patient, [expert] if taken else [], keys)
            await one.execute(TRAIL, expert, f"consultation.{name}", case, patient)
            await one.execute(OUTBOX, "ClaimTaken", "clock", json.dumps({"consultation": case}))

    return act


async def round_of(work: Work) -> tuple[float, float]:
    """Verbs a second of this process's CPU, and by the clock."""

    async def hand(n: int) -> None:
        for _ in range(TURNS):
            await work(n, "claim")
            await work(n, "release")

    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(hand(n) for n in range(1, CASES + 1)))
    count = 2 * TURNS * CASES
    return count / (time.process_time() - cpu), count / (time.perf_counter() - began)


async def main() -> None:
    log.configure("WARNING")
    async with provisioned(KEY) as (admin, dsn):
        db = await database.connect(dsn, Signer(KEY), LISTENS)
        pool = await asyncpg.create_pool(admin.dsn(database="bench"), min_size=1, max_size=10, reset=nothing)
        await pool.execute(REGION)
        pairs = [(await round_of(ours(db)), await round_of(bare(pool))) for _ in range(ROUNDS + 1)][1:]  # one warms up
        (value, clocked), (reference, other) = (
            [statistics.median(column) for column in zip(*rounds, strict=True)] for rounds in zip(*pairs, strict=True)
        )
        ratios = sorted(one[0] / two[0] for one, two in pairs)
        line = {
            "figure": "verbs", "value": round(value), "unit": "verbs a second of client CPU",
            "reference": round(reference), "reference_is": "bare asyncpg, the same rows",
            "ratio": round(statistics.median(ratios), 2),
            "ratio_from": round(ratios[0], 2), "ratio_to": round(ratios[-1], 2),
            "by_the_clock": [round(clocked), round(other)], "goal": GOAL, "goal_ratio": GOAL_RATIO,
        }  # fmt: skip
        print(json.dumps(line), flush=True)
        await pool.close()
        await db.close()


async def nothing(_connection: asyncpg.Connection) -> None:
    """As our own pool does it: without this the bare one would spend a round trip on RESET ALL."""


if __name__ == "__main__":
    asyncio.run(main())
