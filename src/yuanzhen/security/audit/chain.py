"""Chains the trail: within a second of its commit each row is a leaf of a Merkle tree whose head the home has signed.

Runs beside the requests and takes no lock of theirs. Rows commit in another order than their ids, so what is new is
told by transactions: those that a snapshot saw in progress, and those begun after it (RFC 6962 asks for no order).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import asyncpg

from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.security.audit import store
from yuanzhen.security.audit.leaf import HEAD_PURPOSE, SignedHead, head_bytes, leaf_of
from yuanzhen.security.crypto.merkle import Frontier
from yuanzhen.security.keys.vault import Vault

ACTOR = system("chain")
BATCH = 1000  # rows under one head: 20 ms in which nothing else of the process runs
PERIOD_S = 0.5
_WAIT_S = 5.0  # after a problem

OnHead = Callable[[SignedHead], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Horizon:
    """A snapshot: what was committed before it is known; what it saw in progress or came after it is not."""

    begun: int  # the first transaction that had not begun
    open: tuple[int, ...]  # those in progress

    @classmethod
    def read(cls, snapshot: str) -> Self:
        """From PostgreSQL's `xmin:xmax:xip,...`."""
        _, begun, open_ = snapshot.split(":")
        return cls(int(begun), tuple(int(xid) for xid in open_.split(",") if xid))


class Chain:
    """The chainer of one process. Several processes may have one: each batch is one's alone."""

    def __init__(self, db: Database, vault: Vault, on_head: OnHead | None = None) -> None:
        self._db = db
        self._vault = vault
        self._on_head = on_head
        self._horizon: Horizon | None = None
        # The whole trail is walked through once in a process, a stretch with each step, beside what is new: after a
        # restore the numbers of transactions begin lower, and no snapshot of before means anything. None when done.
        self._swept: int | None = store.BEFORE_ALL
        self.behind = True  # whether more is known to wait
        self.problem: Problem | None = None  # why it stands still, for whoever watches

    async def step(self, now: datetime) -> int:
        """Chains what is new, at most a batch, and says how many rows that were. A Problem when it may not go on."""
        if self._horizon is None:
            async with self._db.look(ACTOR) as look:
                self._horizon = Horizon.read(await store.snapshot(look))
        count = await self._recent(self._horizon, now)
        if self._swept is not None:
            count += await self._stretch(self._swept, now)
        self.behind = count >= BATCH or self._swept is not None
        return count

    async def _recent(self, horizon: Horizon, now: datetime) -> int:
        """What was committed since the horizon; when all of that is chained, the horizon moves up."""
        async with self._db.look(ACTOR) as look:
            snapshot, waiting = await store.peek(look, horizon.begun, horizon.open)
        count = 0
        if waiting:
            chained = await self._batch(lambda reads: store.new(reads, horizon.begun, horizon.open, BATCH), now)
            if chained is None:
                return 0
            count = chained
        if count < BATCH:
            self._horizon = Horizon.read(snapshot)
        return count

    async def _stretch(self, after: int, now: datetime) -> int:
        """The next stretch of the walk through the whole trail."""
        async with self._db.look(ACTOR) as look:
            upto = await store.stretch(look, after, BATCH)
        if upto is None:
            self._swept = None
            return 0
        chained = await self._batch(lambda reads: store.between(reads, after, upto), now)
        if chained is not None:
            self._swept = upto
        return chained or 0

    async def run(self, stop: asyncio.Event) -> None:
        """Chains until `stop` is set, then once more what is left."""
        while not stop.is_set():
            pause = await self._once()
            if pause:
                await _wait(stop, pause)
        await self._once()

    async def _once(self) -> float:
        """One step; how long to wait before the next, in seconds."""
        try:
            await self.step(clock.now())
        except Problem as problem:
            self.problem = problem
            log.error("trail_not_chained", code=problem.code)
            return _WAIT_S
        self.problem = None
        return 0 if self.behind else PERIOD_S

    async def _batch(self, find: Callable[[Reads], Awaitable[list[asyncpg.Record]]], now: datetime) -> int | None:
        """Chains what `find` finds, in one transaction; None when another process is chaining."""
        try:
            async with self._db.verb(ACTOR) as tx:
                if not await store.lock(tx):
                    return None
                rows = await find(tx)
                head = await self._extended(tx, rows, now) if rows else None
        except asyncpg.UniqueViolationError as taken:  # a leaf that the newest head does not know of
            raise Problem("trail.frontier_wrong", rule="the chain stands where the newest head says") from taken
        if head is not None and self._on_head is not None:
            await self._on_head(head)
        return len(rows)

    async def _extended(self, tx: Tx, rows: Sequence[Any], now: datetime) -> SignedHead:
        frontier = await _trusted_frontier(tx)
        signer = await self._vault.log_signer(tx, now=now)
        rows = sorted(rows, key=lambda row: row["id"])
        leaves = [leaf_of(row) for row in rows]
        grown = frontier.extend(leaves)
        root = grown.root()
        head = SignedHead(grown.size, root.hex(), signer.sign(HEAD_PURPOSE, head_bytes(grown.size, root), now))
        await store.add_leaves(tx, frontier.size, [row["id"] for row in rows], leaves)
        await store.add_head(tx, head, grown)
        return head


async def _trusted_frontier(reads: Reads) -> Frontier:
    """The frontier, when it is what the newest head was signed over: nothing else is ever extended and signed."""
    frontier, head = await store.frontier(reads), await store.newest_head(reads)
    agreed = (head.size, head.root) if head else (0, Frontier().root().hex())
    if (frontier.size, frontier.root().hex()) != agreed:
        raise Problem("trail.frontier_wrong", rule="the chain stands where the newest head says")
    return frontier


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
