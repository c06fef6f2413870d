"""The outbox relay: hands each committed fact to its listener, soon after the commit and until it succeeds.

A listener either works in the database (`Within`: its effects and the mark are one transaction, so each happens once)
or reaches outside (`Outside`: delivered, then marked, so at least once). What a fact means is not known here.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.metrics import Metrics

Body = dict[str, Any]

RELAY = system("relay")
HANDS = 4  # deliveries of one sort under way at once
AGAIN_S = (1, 5, 30)  # after the first failure, the second ...
AFTERWARDS_S = 60  # ... and then for ever: none is dropped, and whoever was away has it within a minute of being back
WITHIN_S = 60.0  # a listener in the database that takes longer is rolled back
HOLD_S = 9.0  # a row taken for outside is another's after so long without a word of its taker, who renews it
LOOK_S = 5.0  # a row whose taker died without a word is found by looking
DEAF_LOOK_S = 1.0  # while notices are not heard
STOP_S = 5.0
KEEP = timedelta(days=7)
PRUNE_S = 3600.0
PRUNE_ROWS = 1000

_TAKE = "SELECT * FROM infrastructure.take($1, $2, $3)"
_NEXT = "SELECT infrastructure.next_due($1, $2) AS wait_s"
_HOLD = "UPDATE infrastructure.outbox SET due = clock_timestamp() + $2 WHERE id = $1 AND done IS NULL"
_DONE = "UPDATE infrastructure.outbox SET done = clock_timestamp(), problem = NULL WHERE id = $1 AND done IS NULL"
_AGAIN = """
UPDATE infrastructure.outbox SET due = clock_timestamp() + $2, tries = $3, problem = $4 WHERE id = $1 AND done IS NULL
"""
_PRUNE = """
DELETE FROM infrastructure.outbox
 WHERE id IN (SELECT id FROM infrastructure.outbox WHERE done < now() - $1::interval LIMIT $2)
"""


@dataclass(frozen=True, slots=True)
class Within:
    """A listener whose effects are rows: `handle` works in the transaction that marks its fact done, as the relay."""

    handle: Callable[[Tx, Body], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outside:
    """A listener whose effects are elsewhere: `deliver` runs in no transaction and may see the same fact again."""

    deliver: Callable[[Body], Awaitable[None]]


Listener = Within | Outside


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    listener: str
    body: Body
    tries: int
    late_s: float


def wait_s(tries: int) -> int:
    """Seconds until the next try after the `tries`-th has failed."""
    return AGAIN_S[tries - 1] if tries <= len(AGAIN_S) else AFTERWARDS_S


def code_of(error: Exception) -> str:
    """What is kept of a failure: a code, never its words, which may be a patient's."""
    return error.code if isinstance(error, Problem) else f"fault.{type(error).__name__}"


class Relay:
    """Delivers for the listeners of this process; several processes may relay for the same ones.

    Facts of one listener whose bodies have the same `order_key` are delivered one after another in the order of their
    writing; the others in any order. `deliver_within_s` bounds one delivery outside; `hold_s` after the death of its
    process it is tried again.
    """

    def __init__(
        self,
        db: Database,
        bus: Bus,
        listeners: Mapping[str, Listener],
        metrics: Metrics,
        *,
        hands: int = HANDS,
        deliver_within_s: float = 30.0,
        hold_s: float = HOLD_S,
    ) -> None:
        self._db = db
        within = {name: one for name, one in listeners.items() if isinstance(one, Within)}
        outside = {name: one for name, one in listeners.items() if isinstance(one, Outside)}
        # Apart, so that a bell never waits for a hand that waits for another hospital's dead line.
        self._crews = [
            crew
            for crew in (
                _WithinCrew(db, bus, within, metrics, hands),
                _OutsideCrew(db, bus, outside, metrics, hands, deliver_within_s, hold_s),
            )
            if crew.names
        ]

    async def run(self) -> None:
        """Delivers until cancelled; what is under way then has a few seconds to end."""
        async with asyncio.TaskGroup() as group:
            for crew in self._crews:
                group.create_task(crew.run())
            group.create_task(self._prune())

    async def _prune(self) -> None:
        """Forgets what was done more than a week ago."""
        while True:
            try:
                while await self._pruned() == PRUNE_ROWS:
                    pass
            except Problem as down:  # on a full disk nothing can be deleted either
                log.warning("outbox_prune_later", problem=down.code)
            await asyncio.sleep(PRUNE_S)

    async def _pruned(self) -> int:
        async with self._db.verb(RELAY) as tx:
            return await tx.run(_PRUNE, KEEP, PRUNE_ROWS)


class _Crew(ABC):
    """Hands that take due rows until none is left, and the clock that wakes the next of them."""

    def __init__(self, db: Database, bus: Bus, names: list[str], metrics: Metrics, hands: int) -> None:
        self._db = db
        self._bus = bus
        self.names = names
        self._metrics = metrics
        self._most = hands
        self._hands: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._rings = 0
        self._keyed_first = False
        bus.subscribe("outbox", lambda _: self._ring(), self._ring)

    async def run(self) -> None:
        try:
            while True:
                self._wake.clear()
                self._hire()
                await self._rest()
        finally:
            if self._hands:
                _, late = await asyncio.wait(self._hands, timeout=STOP_S)
                for hand in late:
                    hand.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    def _ring(self) -> None:
        self._rings += 1
        self._wake.set()

    def _hire(self) -> None:
        if len(self._hands) < self._most:
            hand = asyncio.create_task(self._work())
            self._hands.add(hand)
            hand.add_done_callback(self._left)

    def _left(self, hand: asyncio.Task[None]) -> None:
        self._hands.discard(hand)
        error = None if hand.cancelled() else hand.exception()
        if error is not None:  # a fault of ours, not of a listener; whoever looks next tries again
            log.error("relay_fault", error=type(error).__name__, at=_place(error))

    async def _work(self) -> None:
        """One hand: goes when nothing is due and nobody rang while it looked."""
        try:
            rings = -1
            while rings != self._rings:
                rings = self._rings
                while await self._one():
                    pass
        except Problem as down:
            log.warning("relay_waits", problem=down.code)

    async def _rest(self) -> None:
        """Until a ring, or the next row is due, or it is time to look whether somebody died."""
        longest = LOOK_S if self._bus.up else DEAF_LOOK_S
        try:
            rows = await self._db.call(RELAY, _NEXT, self.names)
        except Problem:
            next_s = DEAF_LOOK_S
        else:
            next_s = rows[0]["wait_s"] if rows[0]["wait_s"] is not None else longest
        # Not wait_for: in Python 3.11 it swallows a cancellation that comes with the ring, and we would never end.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(next_s, longest)):
                await self._wake.wait()

    @abstractmethod
    async def _one(self) -> bool:
        """Takes and delivers one row; False when none is due."""

    async def _take(self, tx: Tx, lease: timedelta | None) -> _Row | None:
        self._keyed_first = not self._keyed_first
        found = await tx.row(_TAKE, self.names, lease, self._keyed_first)
        if found is None:
            return None
        self._hire()  # where one was due there may be more
        self._metrics.observe("outbox_delay_seconds", max(found["late_s"], 0.0), listener=found["listener"])
        return _Row(found["id"], found["listener"], msgspec.json.decode(found["body"]), found["tries"], found["late_s"])

    def _succeeded(self, row: _Row) -> None:
        self._metrics.count("outbox_delivered", listener=row.listener, outcome="done")

    async def _failed(self, row: _Row, error: Exception) -> None:
        self._metrics.count("outbox_delivered", listener=row.listener, outcome="again")
        wait = wait_s(row.tries)
        code = code_of(error)
        log.warning("outbox_again", row=row.id, listener=row.listener, tries=row.tries, problem=code,
                    at=_place(error), retry_s=wait)  # fmt: skip
        async with self._db.verb(RELAY) as tx:
            await tx.run(_AGAIN, row.id, timedelta(seconds=wait), row.tries, code)
        self._wake.set()


class _WithinCrew(_Crew):
    def __init__(self, db: Database, bus: Bus, listeners: Mapping[str, Within], metrics: Metrics, hands: int) -> None:
        super().__init__(db, bus, list(listeners), metrics, hands)
        self._listeners = listeners

    async def _one(self) -> bool:
        row: _Row | None = None
        try:
            async with asyncio.timeout(WITHIN_S), self._db.verb(RELAY) as tx:
                row = await self._take(tx, None)
                if row is not None:
                    await self._listeners[row.listener].handle(tx, row.body)
        except Exception as error:
            if row is None:
                raise
            await self._failed(row, error)
        else:
            if row is not None:
                self._succeeded(row)
        return row is not None


class _OutsideCrew(_Crew):
    def __init__(
        self,
        db: Database,
        bus: Bus,
        listeners: Mapping[str, Outside],
        metrics: Metrics,
        hands: int,
        within_s: float,
        hold_s: float,
    ) -> None:
        super().__init__(db, bus, list(listeners), metrics, hands)
        self._listeners = listeners
        self._within_s = within_s
        self._hold_s = hold_s

    async def _one(self) -> bool:
        async with self._db.verb(RELAY) as tx:
            row = await self._take(tx, timedelta(seconds=self._hold_s))
        if row is None:
            return False
        try:
            async with asyncio.timeout(self._within_s), self._held(row):
                await self._listeners[row.listener].deliver(row.body)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is kept with the row, which is tried again
            await self._failed(row, error)
        else:
            async with self._db.verb(RELAY) as tx:
                await tx.run(_DONE, row.id)
            self._succeeded(row)
        return True

    @contextlib.asynccontextmanager
    async def _held(self, row: _Row) -> AsyncIterator[None]:
        """Nobody else takes the row while the block lasts and this process lives."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._hold_s / 3)
                with contextlib.suppress(Problem):  # the database is away, and with it everybody who could take it
                    async with self._db.verb(RELAY) as tx:
                        await tx.run(_HOLD, row.id, timedelta(seconds=self._hold_s))

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)


def _place(error: BaseException) -> str:
    """File and line where it arose: what helps to mend it, without its words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
