"""Who may, and why: the only loader of readings. It finds, checks and writes the trail, for reading too."""

from __future__ import annotations

from yuanzhen.collaboration.reading import store
from yuanzhen.collaboration.reading.model import Place, Reading
from yuanzhen.data.records import store as records
from yuanzhen.data.records import studies
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from yuanzhen.security.audit import trail

ENTITY = "reading"


async def open_for(tx: Tx, act: str, id: str) -> Reading:
    """A reading to mark on, which nobody signs meanwhile.

    Raises `NotFound` for who has no part in it, `Forbidden` for who is no invited expert, `Conflict` once it is over.
    """
    reading, verb = await store.lock(tx, id), f"reading.{act}"
    if reading is None:
        raise _refused(tx, NotFound("reading.not_found"), verb, id)
    if tx.actor.id not in reading.writers:
        raise _refused(tx, Forbidden("reading.not_yours"), verb, id, reading.patient)
    if not reading.is_written_by(tx.actor.id):
        raise _refused(tx, Conflict("reading.not_now", state=reading.state), verb, id, reading.patient)
    trail.noted(tx, verb, "U", entity_type=ENTITY, entity=id, patient=reading.patient)
    return reading


async def to_lead(tx: Tx, act: str, id: str) -> Reading:
    """A reading whose pictures somebody may lead the others through. Raises `NotFound` for who has no part in it, kept.

    Whether they may is `led`'s to say; each refusal of it goes through `refused`.
    """
    reading = await store.lock(tx, id)
    if reading is None:
        raise _refused(tx, NotFound("reading.not_found"), f"reading.{act}", id)
    return reading


def refused(tx: Tx, problem: Problem, act: str, reading: Reading) -> Problem:
    """A refusal to raise, kept."""
    return _refused(tx, problem, f"reading.{act}", reading.id, reading.patient)


async def picture(tx: Tx, reading: Reading, place: Place) -> None:
    """Raises `Invalid` unless the picture is there for this actor, and of the reading's patient."""
    study = await studies.find(tx, place.study)
    if study is None or study.patient != reading.patient:
        raise Invalid("reading.no_such_picture", place="study")
    if await studies.frames(tx, place.study, place.series, place.instance) < place.frame:
        raise Invalid("reading.no_such_picture", place="instance")


async def seen(reads: Reads, id: str) -> Reading:
    """A reading whose marks are this actor's to see. Raises `NotFound` for all others; kept.

    Before the signature that is the invited experts: the asker's side learns no more than that there is nothing.
    """
    reading = await store.find(reads, id)
    if reading is None or not reading.is_read_by(reads.actor.id):
        raise _refused(reads, NotFound("reading.not_found"), "reading.read", id, action="R")
    trail.noted(reads, "reading.read", "R", entity_type=ENTITY, entity=id, patient=reading.patient)
    return reading


async def may_still(reads: Reads, id: str) -> Reading:
    """As `seen`; nothing is shown, so nothing is noted."""
    reading = await store.find(reads, id)
    if reading is None or not reading.is_read_by(reads.actor.id):
        raise NotFound("reading.not_found")
    return reading


async def followed(reads: Reads, id: str) -> Reading:
    """A reading whose pictures this actor may be led through. Raises `NotFound` for all others; kept."""
    reading = await _to_follow(reads, id)
    if reading is None:
        raise _refused(reads, NotFound("reading.not_found"), "reading.follow", id, action="R")
    trail.noted(reads, "reading.follow", "R", entity_type=ENTITY, entity=id, patient=reading.patient)
    return reading


async def may_still_follow(reads: Reads, id: str) -> Reading:
    """As `followed`; nothing is shown, so nothing is noted."""
    reading = await _to_follow(reads, id)
    if reading is None:
        raise NotFound("reading.not_found")
    return reading


async def _to_follow(reads: Reads, id: str) -> Reading | None:
    """The one rule of who is shown what is led: who has part in the case, and to whom the patient's record is open."""
    reading = await store.find(reads, id)
    if reading is None or reading.state == "ended":
        return None
    patient = await records.find(reads, "Patient", reading.patient)
    return None if patient is None or patient.deleted else reading


def _refused(
    reads: Reads, problem: Problem, verb: str, id: str, patient: str = "", *, action: trail.Action = "U"
) -> Problem:
    return trail.refused(reads, problem, verb, action, entity_type=ENTITY, entity=id, patient=patient)
