"""Looks at every Patient that was written: indexes it, finds who may be the same person, and does what was decided.

A mark in `matching.due` is set by the transaction that writes a Patient; one process at a time takes marks up, so that
of two Patients written at one moment the later sees the earlier. A death loses nothing: what is not done is due.
"""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg

from yuanzhen.data.intake import patients
from yuanzhen.data.matching import index, joining, store
from yuanzhen.data.matching.model import Score, Traits, compared, contradicts
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.store import find, find_all
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.security.audit import trail

MATCHER = system("matcher")
AT_ONCE = 100  # Patients in one transaction
LATER = frozenset({"fhir.version_conflict", "database.try_again"})  # somebody wrote at the same moment
LOOK_S = 5.0  # what was missed is found by looking


class Matcher:
    """The part of the centre that keeps one person's records together."""

    def __init__(self, db: Database, bus: Bus | None = None) -> None:
        self._db = db
        self._wake = asyncio.Event()
        if bus is not None:
            bus.subscribe("matching", lambda _: self._wake.set(), self._wake.set)

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self.work()
            except Problem as down:
                log.warning("matching_waits", problem=down.code)
            except Exception as error:  # noqa: BLE001 - a fault of ours; the rest of the centre goes on, and so does this
                log.error("matching_fault", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()

    async def work(self) -> None:
        """Everything that is due now, and what follows from it."""
        while await self._batch():
            pass
        async with self._db.look(MATCHER) as look:
            wanted, merges = await store.wanted(look), await store.merges(look)
        for id in wanted:
            await settle(self._db, id)
        for merge in merges:  # written for the given-up Patient since
            async with self._db.verb(MATCHER) as tx:
                await joining.follow(tx, merge["id"], merge["survivor"], merge["other"])

    async def _batch(self) -> bool:
        """Some of the Patients that are due; False when none was, or another process is at it."""
        certain: list[tuple[str, str]] = []
        linked: list[str] = []
        async with self._db.verb(MATCHER) as tx:
            if not await store.alone(tx):
                return False
            rows = await store.due(tx, AT_ONCE)
            found = await find_all(tx, [("Patient", row["patient"]) for row in rows])
            for row in rows:
                await _indexed(tx, row["patient"], found.get(("Patient", row["patient"])))
            given_up = [one.id for one in found.values() if not one.deleted and patients.replaced_by(one.resource())]
            for row in rows:
                certain += await _judged(tx, row["patient"])
                linked += [pair["id"] for pair in await store.links(tx, row["patient"])]
            await store.looked_at(tx, rows)
        for id in given_up:
            await self._heard(id)
        for one, other in certain:
            await self._linked(one, other)
        for id in linked:
            await self._still(id)
        return bool(rows)

    async def _heard(self, other: str) -> None:
        async with self._db.verb(MATCHER) as tx:
            merged = await joining.heard(tx, other)
            if merged is not None:
                await store.by_machine(tx, *merged, "merged")

    async def _linked(self, one: str, other: str) -> None:
        """Links two of different houses who certainly are one person, unless one who is linked already cannot be."""
        async with self._db.verb(MATCHER) as tx:
            await store.lock(tx, (one, other))
            pair = await store.pair_of(tx, one, other)
            if pair is None or pair["state"] != "open" or not await _fit(tx, one, other):
                return
            a, b = await find(tx, "Patient", one), await find(tx, "Patient", other)
            if a is None or b is None or any(patients.replaced_by(each.resource()) for each in (a, b)):
                return
            await joining.link(tx, a, b)
            await store.by_machine(tx, one, other, "linked")

    async def _still(self, id: str) -> None:
        """Says a link again where a client wrote a Patient without it: the pair tells, not the client's copy."""
        async with self._db.verb(MATCHER) as tx:
            pair = await store.pair(tx, id)
            if pair is None or pair["state"] != "linked":
                return
            await store.lock(tx, (pair["low"], pair["high"]))
            found = await find_all(tx, [("Patient", pair["low"]), ("Patient", pair["high"])])
            both = [one for one in found.values() if not one.deleted and not patients.replaced_by(one.resource())]
            if len(both) == 2:
                await joining.link(tx, *both)


async def _indexed(tx: Tx, patient: str, found: Stored | None) -> None:
    one = _traits(tx, found) if found is not None and not found.deleted else None
    if found is None or one is None:
        await store.drop(tx, patient)
        await store.forget(tx, patient, ())
        return
    resource = found.resource()
    into = patients.replaced_by(resource)
    name = one.name.han or " ".join(one.name.latin)
    places = [] if into else index.blocks(one)
    await store.put(tx, one, version=found.version, replaced_by=into, name=name, blocks=places,
                    shown=index.shown(resource))  # fmt: skip


def _traits(tx: Tx, found: Stored) -> Traits | None:
    """None for a Patient that cannot be read, which is told: nobody else waits for it."""
    try:
        return index.traits(found.id, found.resource(), found.institution, tx.sealed)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is ours to mend and must not stop the others
        log.error("patient_not_indexed", patient=found.id, version=found.version, error=type(error).__name__)
        return None


async def _judged(tx: Tx, patient: str) -> list[tuple[str, str]]:
    """Keeps the pairs of a Patient; answers those to be linked."""
    me = (await store.of(tx, [patient])).get(patient)
    if me is None:
        return []
    scores = {other.patient: (other, compared(me, other)) for other in await store.candidates(tx, patient)}
    await _doubted(tx, me)
    likely = {id: (other, score) for id, (other, score) in scores.items() if score.verdict != "none"}
    await store.forget(tx, patient, likely)
    certain = []
    for id, (other, score) in likely.items():
        kept = await store.found(tx, patient, id, score)
        if kept is None or kept["state"] != "open":
            continue
        if score.verdict == "certain" and other.institution != me.institution:
            certain.append((patient, id))
    return certain


async def _doubted(tx: Tx, me: Traits) -> None:
    """What was corrected may contradict a link: the machine's own is ended, of a person's the person is told."""
    for pair in await store.links(tx, me.patient):
        other = pair["high"] if pair["low"] == me.patient else pair["low"]
        traits = (await store.of(tx, [other])).get(other)
        if traits is None or not contradicts(told(compared(me, traits))):
            continue
        if pair["settled_by"] == MATCHER.id:
            await store.done(tx, pair["id"], "parting")
        else:
            await store.done(tx, pair["id"], "linked", problem="matching.contradicts")


async def _fit(tx: Tx, one: str, other: str) -> bool:
    """Whether nobody of the one's circle contradicts anybody of the other's."""
    left, right = await store.linked(tx, one), await store.linked(tx, other)
    traits = await store.of(tx, {*left, *right})
    return not any(
        contradicts(told(compared(traits[a], traits[b])))
        for a in left
        for b in right
        if a != b and a in traits and b in traits
    )


def told(score: Score) -> dict[str, str]:
    """Each field with how it agrees."""
    return {reason.field: reason.agreement for reason in score.reasons}


async def settle(db: Database, id: str) -> None:
    """Does what a person decided on a pair; when that cannot be, the pair is as before and says why."""
    try:
        async with db.verb(MATCHER) as tx:
            pair = await store.pair(tx, id)
            if pair is None or pair["state"] not in ("joining", "parting"):
                return
            if pair["state"] == "joining":
                state = await joining.join(tx, pair["low"], pair["high"], survivor=pair["survivor"])
            else:
                await joining.part(tx, pair["low"], pair["high"])
                state = "apart"
            await store.done(tx, id, state)
    except Problem as problem:
        if problem.code in LATER:
            log.info("matching_later", pair=id, problem=problem.code)
            return
        if problem.status >= 500:
            raise
        async with db.verb(MATCHER) as tx:
            pair = await store.pair(tx, id)
            if pair is not None:
                await store.done(tx, id, await _before(tx, pair), problem=problem.code)
            trail.noted(tx, "matching.failed", "U", entity_type="pair", entity=id, reason=problem.code)


async def _before(tx: Tx, pair: asyncpg.Record) -> str:
    if pair["state"] == "joining":
        return "open"
    low, high = pair["low"], pair["high"]
    return "merged" if await store.merge(tx, low, high) or await store.merge(tx, high, low) else "linked"
