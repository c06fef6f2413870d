"""The trail's rows, leaves and heads in the database. Leaves and heads are added, never changed."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.audit.leaf import COLUMNS, SignedHead
from yuanzhen.security.crypto.merkle import Frontier
from yuanzhen.security.keys.model import Signature

BEFORE_ALL = -(2**63)  # an id below all ids
_LOCK = 0x5472_6169  # 'Trai'
_SAID = ", ".join(f"t.{name}" for name in COLUMNS)
_UNCHAINED = "NOT EXISTS (SELECT FROM security.trail_leaf l WHERE l.trail_id = t.id)"
# New since a snapshot: in progress then ($2), or begun after it ($1). By the index on xid, in its order, so that an
# idle system looks at a handful of rows whatever the size of the trail.
_NEW = f"""
  (SELECT {_SAID} FROM security.trail t WHERE t.xid = ANY ($2::xid8[]) AND {_UNCHAINED})
  UNION ALL
  (SELECT {_SAID} FROM security.trail t WHERE t.xid >= $1::xid8 AND {_UNCHAINED} ORDER BY t.xid LIMIT $3)"""  # noqa: S608
_HEAD = "SELECT size, root, signed_at, key, signature FROM security.trail_head"


async def snapshot(reads: Reads) -> str:
    """The snapshot of this moment, as text."""
    return str(await reads.value("SELECT pg_current_snapshot()::text AS now"))


async def peek(reads: Reads, begun: int, open_: Sequence[int]) -> tuple[str, bool]:
    """The snapshot of this moment, and whether rows committed since an older one are unchained."""
    row = await reads.row(
        f"SELECT pg_current_snapshot()::text AS now, EXISTS ({_NEW}) AS waiting", begun, open_, 1
    )  # fmt: skip
    return (row["now"], row["waiting"]) if row else ("1:1:", False)


async def new(reads: Reads, begun: int, open_: Sequence[int], most: int) -> list[asyncpg.Record]:
    """About `most` rows, or all there are, that were committed since a snapshot and are unchained."""
    return await reads.rows(_NEW, begun, open_, most)


async def stretch(reads: Reads, after: int, most: int) -> int | None:
    """The last id of the `most` rows that follow `after`; None when none follows."""
    last: int | None = await reads.value(
        "SELECT max(id) AS last FROM (SELECT id FROM security.trail WHERE id > $1 ORDER BY id LIMIT $2) AS next",
        after,
        most,
    )
    return last


async def between(reads: Reads, after: int, upto: int) -> list[asyncpg.Record]:
    """Unchained rows with ids in (after, upto]."""
    return await reads.rows(
        f"SELECT {_SAID} FROM security.trail t WHERE t.id > $1 AND t.id <= $2 AND {_UNCHAINED}",  # noqa: S608
        after,
        upto,
    )


async def waiting(reads: Reads, after: int, upto: int, old: datetime, coming: datetime) -> list[int]:
    """Ids in (after, upto] of unchained rows from before `old` or from after `coming`."""
    rows = await reads.rows(
        f"SELECT t.id FROM security.trail t WHERE t.id > $1 AND t.id <= $2 AND (t.at < $3 OR t.at > $4) "  # noqa: S608
        f"AND {_UNCHAINED} ORDER BY t.id",
        after,
        upto,
        old,
        coming,
    )
    return [row["id"] for row in rows]


async def lock(tx: Tx) -> bool:
    """Makes this transaction the only one that chains; False when another is at it."""
    return bool(await tx.value("SELECT pg_try_advisory_xact_lock($1)", _LOCK))


async def frontier(reads: Reads) -> Frontier:
    """Where the chain says that it stands."""
    stored: bytes | None = await reads.value("SELECT frontier FROM security.trail_frontier")
    return Frontier.from_bytes(stored or b"")


async def newest_head(reads: Reads) -> SignedHead | None:
    """The newest signed head; None for a log without rows."""
    row = await reads.row(f"{_HEAD} ORDER BY size DESC LIMIT 1")
    return _head(row) if row else None


async def heads(reads: Reads, above: int, most: int) -> list[SignedHead]:
    """Heads over more than `above` rows, smallest first."""
    rows = await reads.rows(f"{_HEAD} WHERE size > $1 ORDER BY size LIMIT $2", above, most)
    return [_head(row) for row in rows]


async def add_leaves(tx: Tx, first: int, ids: Sequence[int], leaves: Sequence[bytes]) -> None:
    """Adds leaves at positions from `first` on."""
    await tx.run(
        "INSERT INTO security.trail_leaf (position, trail_id, leaf) "
        "SELECT $1 + n - 1, id, leaf FROM unnest($2::bigint[], $3::bytea[]) WITH ORDINALITY AS t(id, leaf, n)",
        first,
        ids,
        leaves,
    )


async def add_head(tx: Tx, head: SignedHead, frontier: Frontier) -> None:
    """Adds a head, and remembers the frontier that it was signed over."""
    await tx.run(
        "WITH added AS (INSERT INTO security.trail_head (size, root, signed_at, key, signature) "
        "VALUES ($1, $2, $3, $4, $5)) UPDATE security.trail_frontier SET frontier = $6",
        head.size,
        bytes.fromhex(head.root),
        head.at,
        head.signature.key,
        base64.b64decode(head.signature.value),
        frontier.to_bytes(),
    )


async def chained(reads: Reads, from_: int, most: int) -> list[asyncpg.Record]:
    """Leaves by position from `from_` on, each with its row; the row's `id` is None when the row is gone."""
    return await reads.rows(
        f"SELECT l.position, l.trail_id, l.leaf, {_SAID} FROM security.trail_leaf l "  # noqa: S608
        "LEFT JOIN security.trail t ON t.id = l.trail_id WHERE l.position >= $1 ORDER BY l.position LIMIT $2",
        from_,
        most,
    )


async def unsigned(reads: Reads) -> list[int]:
    """Positions of leaves beyond the newest head, in one snapshot; at most a hundred."""
    rows = await reads.rows(
        "SELECT position FROM security.trail_leaf WHERE position >= "
        "(SELECT coalesce(max(size), 0) FROM security.trail_head) ORDER BY position LIMIT 100"
    )
    return [row["position"] for row in rows]


def _head(row: Any) -> SignedHead:
    return SignedHead(row["size"], row["root"].hex(), Signature.of(row["key"], row["signature"], row["signed_at"]))
