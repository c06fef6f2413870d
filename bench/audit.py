"""How fast the log is chained and verified here, on the embedded database: one JSON object a line.

`reference` is what `reference_is` names, measured in the same run: reading the same rows over the same connection,
which neither chaining nor verification can do without, or one empty round trip.
"""

from __future__ import annotations

import asyncio
import json
import platform
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg

from shared.database import provisioned
from yuanzhen.infrastructure.db import database, provision
from yuanzhen.infrastructure.db.actor import Signer
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.audit import store
from yuanzhen.security.audit.chain import ACTOR, Chain
from yuanzhen.security.audit.verify import verify
from yuanzhen.security.keys.root import Root
from yuanzhen.security.keys.vault import Vault

ROWS = 100_000
TIMES = 200
KEY = bytes(32)
FILL = """INSERT INTO security.trail (kind, actor, role, institution, purpose, origin, request, verb, action, outcome,
                                      entity_type, entity, patient, code, reason)
          SELECT 'person', 'p' || n % 500, 'expert', 'city', 'treatment', '10.0.0.1', 'r' || n, 'record.read', 'R', 0,
                 'Observation', 'o' || n, 'patient-' || n % 1000, '', '' FROM generate_series(1, $1) AS n"""


def report(figure: str, value: float, unit: str, reference: float, reference_is: str) -> None:
    line = {"figure": figure, "value": round(value, 2), "unit": unit, "reference": round(reference, 2)}
    print(json.dumps({**line, "reference_is": reference_is}), flush=True)


async def seconds(act: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await act()
    return time.perf_counter() - started


async def read_all(db: Database) -> None:
    """The trail once, in pages as verification reads it."""
    after, last = store.BEFORE_ALL, 0
    async with db.look(ACTOR) as look:
        while rows := await look.rows("SELECT * FROM security.trail WHERE id > $1 ORDER BY id LIMIT 2000", after):
            after = last = rows[-1]["id"]
    assert last >= ROWS


async def chain_all(chain: Chain) -> None:
    await chain.step(datetime.now(UTC))
    while chain.behind:
        await chain.step(datetime.now(UTC))


async def verify_all(db: Database, vault: Vault) -> None:
    async with db.look(ACTOR) as look:
        assert (await verify(look, vault.home_key, datetime.now(UTC))).whole


async def idle(chain: Chain) -> None:
    for _ in range(TIMES):
        await chain.step(datetime.now(UTC))


async def round_trips(db: Database) -> None:
    for _ in range(TIMES):
        async with db.look(ACTOR) as look:
            await look.value("SELECT 1 AS one")


async def measure(db: Database) -> None:
    vault = Vault(Root(KEY, sealed=False))
    chain = Chain(db, vault)
    reading = await seconds(lambda: read_all(db))
    reads = "reading the same rows in pages, rows/s"
    report("audit_chain", ROWS / await seconds(lambda: chain_all(chain)), "rows/s", ROWS / reading, reads)
    report("audit_verify", ROWS / await seconds(lambda: verify_all(db, vault)), "rows/s", ROWS / reading, reads)
    empty = await seconds(lambda: round_trips(db))
    report(f"audit_chain_idle_at_{ROWS}_rows", await seconds(lambda: idle(chain)) * 1000 / TIMES, "ms/step",
           empty * 1000 / TIMES, "one empty read, ms")  # fmt: skip


async def main() -> None:
    print(json.dumps({"machine": platform.machine(), "python": platform.python_version(), "rows": ROWS}), flush=True)
    async with provisioned(KEY) as (admin, dsn):
        owner = await asyncpg.connect(admin.dsn(database="bench"))
        await owner.execute(f"SET ROLE {provision.OWNER}")
        await owner.execute(FILL, ROWS)
        await owner.close()
        db = await database.connect(dsn, Signer(KEY), {})
        await measure(db)
        await db.close()


if __name__ == "__main__":
    asyncio.run(main())
