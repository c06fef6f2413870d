"""Making the index anew where it follows other definitions than this program's: in steps, before anybody searches.

A step is one transaction that also says how far the index has come, so a process that dies goes on where it was.
"""

from __future__ import annotations

from yuanzhen.data.records import index, parameters
from yuanzhen.data.records.index import Indexed
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.store import COLUMNS
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.log import log

INDEXER = system("indexer")
STEP = 500  # resources that one transaction reads and indexes

_PLACES = ", ".join(f"${n}" for n in range(1, 36))
_STATE = "SELECT CASE WHEN digest = $1 THEN reached ELSE 0 END, digest = $1 AND done FROM records.indexed"
_NEXT = f"SELECT {COLUMNS}, key FROM records.resource WHERE key > $1 ORDER BY key LIMIT $2"  # noqa: S608
_REINDEX = f"SELECT records.reindex({_PLACES})"


async def bring_up(db: Database, *, step: int = STEP) -> int:
    """Indexes what is not indexed by these definitions; answers how many resources that were."""
    made, done = 0, False
    while not done:
        async with db.verb(INDEXER) as tx:
            many, done = await _stepped(tx, step)
        made += many
        if many:
            log.info("index_made", resources=made, done=done)
    return made


def _read(one: Stored) -> Indexed:
    indexed, whole = index.rows_of_old(one.resource())
    if not whole:
        log.warning("index_incomplete", type=one.type, id=one.id)
    return indexed


async def _stepped(tx: Tx, step: int) -> tuple[int, bool]:
    """One step; how many resources it indexed, and whether it was the last."""
    state = await tx.row(_STATE, parameters.digest())
    since, done = (0, False) if state is None else tuple(state)
    if done:
        return 0, True
    rows = await tx.rows(_NEXT, since, step)
    found = [Stored(*list(row.values())[:-1]) for row in rows]
    made = [index.NOTHING if one.deleted else _read(one) for one in found]
    till, last = (rows[-1]["key"] if rows else since), len(rows) < step
    keys, versions = [row["key"] for row in rows], [one.version for one in found]
    counted = await tx.value(
        _REINDEX, parameters.digest(), since, till, last, keys, versions, *index.columns(made)
    )  # fmt: skip
    return (len(rows), last) if counted else (0, False)
