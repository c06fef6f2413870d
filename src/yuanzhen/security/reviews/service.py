"""The verbs of looking at it afterwards, each in its caller's transaction: ask, decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid, NotFound, Problem
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import relations
from yuanzhen.security.reviews import model, store
from yuanzhen.security.reviews.events import ReviewAsked
from yuanzhen.security.reviews.model import Deed, Review, Verdict

ENTITY = "review"


async def ask(tx: Tx, deed: Deed, *, now: datetime, id: str = "", until: datetime | None = None) -> Review:
    """Somebody's act shall be looked at; quality and the officer hear of it."""
    one = Review(
        id=id or new_id(),
        kind=deed.kind,
        patient=deed.patient,
        person=deed.person,
        institution=deed.institution,
        source=deed.source,
        reason=deed.reason,
        asked_by=tx.actor.id,
        asked_at=now,
        until=until,
    )
    await store.add(tx, one)
    trail.noted(tx, "review.ask", "C", entity_type=ENTITY, entity=one.id, patient=one.patient, reason=one.kind)
    tx.announce(ReviewAsked(one.id, one.kind, one.patient))
    return one


async def decide(tx: Tx, id: str, verdict: Verdict, words: str, *, now: datetime) -> Review:
    """Quality's word on it. What was opened without need is closed at once.

    Raises NotFound; Forbidden `review.role`, `review.own`; Conflict when it is decided; Invalid without words.
    """
    found = await store.find(tx, id)
    if found is None or tx.actor.role not in model.READERS:
        problem = NotFound("review.not_found")
        raise trail.refused(tx, problem, "review.decide", "U", entity_type=ENTITY, entity=id)
    barred = model.barred(found, tx.actor)
    if barred is not None:
        raise _refused(tx, barred, found)
    if not words.strip() or len(words) > model.LONGEST:
        raise Invalid("review.words", place="words", rule=f"1 to {model.LONGEST} characters")
    decided = replace(
        found, state="decided", verdict=verdict, words=words.strip(), decided_by=tx.actor.id, decided_at=now
    )
    if not await store.decide(tx, decided):
        raise _refused(tx, Conflict("review.not_now", state="decided"), found)
    trail.noted(tx, "review.decide", "U", entity_type=ENTITY, entity=id, patient=found.patient, reason=verdict)
    if verdict == "not-justified" and await store.end(tx, id, now):
        await relations.dismiss(tx, found.source)
    tx.tell(f"me/{found.person}", "review", {"id": id, "state": "decided"})
    tx.tell(f"me/{found.patient}", "review", {"id": id, "state": "decided"})
    return decided


async def end(tx: Tx, id: str, *, now: datetime) -> None:
    """A record that was opened in need is closed before its time: by quality or the officer, or by who opened it.

    Raises NotFound for everybody else; Conflict `glass.over` when it is closed already.
    """
    found = await store.find(tx, id)
    if found is None or not (tx.actor.role in model.READERS or tx.actor.id == found.person):
        raise trail.refused(tx, NotFound("review.not_found"), "glass.end", "U", entity_type=ENTITY, entity=id)
    if not await store.end(tx, id, now):
        raise _refused(tx, Conflict("glass.over"), found, "glass.end")
    await relations.dismiss(tx, found.source)
    trail.noted(tx, "glass.end", "U", entity_type=ENTITY, entity=id, patient=found.patient)
    for one in (found.person, found.patient):
        tx.tell(f"me/{one}", "review", {"id": id, "state": "ended"})


def _refused(tx: Tx, problem: Problem, one: Review, verb: str = "review.decide") -> Problem:
    return trail.refused(tx, problem, verb, "U", entity_type=ENTITY, entity=one.id, patient=one.patient)
