"""The verbs of a ring, each in its caller's transaction. Whoever calls one has checked who may, but for dispatchers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from yuanzhen.collaboration.ring import access, model, store
from yuanzhen.collaboration.ring.events import CallChanged, RingChanged, RingDue, RingUnanswered
from yuanzhen.collaboration.ring.model import About, Act, Duty, Pace, Ring, Standing
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import presence
from yuanzhen.security.policy import directory


async def start(tx: Tx, source: str, department: str, about: About, audience: Iterable[str], now: datetime) -> Ring:
    """A department is called until somebody answers. `audience`: the keys that may see how it goes.

    Who is on duty is looked up right after the commit, with the relay's rights. Raises `Conflict`: it rings already.
    """
    ring = model.begun(new_id(), source, department, about, (*audience, "rings", "worker"), now=now)
    if not await store.add(tx, ring):
        raise Conflict("ring.rings_already")
    tx.announce(RingDue(ring.id, ring.turn))
    tx.announce(RingChanged(ring.id))
    return ring


async def answer(tx: Tx, source: str, person: str, now: datetime) -> None:
    """Somebody takes it; it rings for nobody else, on no device. Raises `Conflict`: another was quicker."""
    ring = await _of(tx, source, "answer")
    await _saved(tx, ring, model.answered(ring, person, now=now))


async def pass_on(tx: Tx, source: str, person: str, reason: str, now: datetime) -> None:
    """Somebody cannot: it is kept why, and whoever is next is called at once."""
    ring = await _of(tx, source, "pass-on")
    await _saved(tx, ring, model.passed_on(ring, person, reason, now=now), next_at=now)


async def stop(tx: Tx, source: str, why: str, now: datetime) -> None:
    """Called off, or come to its end; a source of which nothing rings is quiet already."""
    ring = await store.lock_of(tx, source)
    if ring is not None:
        await _saved(tx, ring, model.stopped(ring, why, now=now))


async def take(tx: Tx, id: str, now: datetime) -> None:
    """A dispatcher has the alarm in hand. Raises `Conflict` `ring.taken`: another has."""
    ring = await access.open_for(tx, "take", id)
    await _decided(tx, ring, lambda: model.taken(ring, tx.actor.id, now=now), "ring.take", now)


async def call(tx: Tx, id: str, person: str, now: datetime) -> None:
    """A dispatcher rings one of the department's people, and has the ring in hand with that.

    Raises `Invalid` `ring.not_of_department`, `Conflict` `ring.taken` or `ring.called_already`.
    """
    ring = await access.open_for(tx, "call", id)
    if person not in await directory.members(tx, ring.department):
        raise Invalid("ring.not_of_department", place="person")
    await _decided(tx, ring, lambda: model.called_by_hand(ring, tx.actor.id, person, now=now), "ring.call", now)


async def look(tx: Tx, id: str, turn: int, duty: Duty, pace: Pace, now: datetime) -> None:
    """Brings a ring to what it must be now, and announces the next look. The look of an old turn is none."""
    ring = await store.lock(tx, id)
    if ring is None or ring.turn != turn:
        return
    looked = model.looked(ring, duty, await standing(tx, duty, ring.id, now), pace, now=now)
    if looked.alarmed is not None and ring.alarmed is None:
        tx.announce(RingUnanswered(ring.source))
    await _saved(tx, ring, looked, next_at=model.next_look(looked, now=now))


async def look_again(tx: Tx) -> None:
    """Somebody came or went: everything that rings is looked at now."""
    for id, turn in await store.poke(tx):
        tx.announce(RingDue(id, turn))


async def standing(reads: Reads, duty: Duty, but: str, now: datetime) -> dict[str, Standing]:
    """How it stands with everybody on duty at this second; who has answered the ring `but` is not busy for that."""
    people = {person for circle in duty.circles for person in circle}
    known = await presence.of(reads, people)
    busy = await store.busy(reads, people, but)
    return {
        person: model.stands(known[person].said, heard=known[person].is_heard(now), busy=person in busy)
        if person in known
        else model.stands("here", heard=False, busy=person in busy)
        for person in people
    }


async def tell_dispatchers(tx: Tx, id: str) -> None:
    """Every dispatcher's own channel says how it stands with a ring."""
    ring = await store.find(tx, id)
    if ring is not None:
        told = {"ring": id, "state": ring.state, "alarm": ring.alarmed is not None, "taken": ring.taken_by != ""}
        for dispatcher in await store.dispatchers(tx):
            tx.tell(f"me/{dispatcher}", "rings", told)


async def _of(tx: Tx, source: str, act: Act) -> Ring:
    ring = await store.lock_of(tx, source)
    if ring is None:
        raise Conflict("ring.not_now", act=act, state="over")
    return ring


async def _decided(tx: Tx, ring: Ring, decide: Callable[[], Ring], verb: str, now: datetime) -> None:
    """What a dispatcher decided is kept, and so is why it could not be."""
    try:
        decided = decide()
    except Conflict as problem:
        raise trail.refused(tx, problem, verb, "U", entity_type=access.ENTITY, entity=ring.id) from None
    await _saved(tx, ring, decided, next_at=now)


async def _saved(tx: Tx, before: Ring, ring: Ring, *, next_at: datetime | None = None) -> None:
    """Keeps a ring; those whose call began or ended hear it on every device, and the case's pages that it changed."""
    if ring != before:
        _tell(tx, before, ring)
        tx.announce(RingChanged(ring.id))
    if next_at is not None:
        ring = replace(ring, turn=before.turn + 1)
        tx.announce(RingDue(ring.id, ring.turn), due=next_at)
    if ring != before:
        await store.save(tx, before, ring)


def _tell(tx: Tx, before: Ring, ring: Ring) -> None:
    was, rings = ({call.person for call in one.ringing} for one in (before, ring))
    for person in was ^ rings:
        tx.announce(CallChanged(ring.id, person))
        tx.tell(f"me/{person}", "ring" if person in rings else "silent", {"ring": ring.id, "source": ring.source})
    tx.tell(ring.source, "ring", {"ring": ring.id, "state": ring.state, "alarm": ring.alarmed is not None})
