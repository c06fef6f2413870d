"""Who may, and why: the only loader of cases. It finds, checks and writes the trail, for reading too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yuanzhen.applications.consultation import store
from yuanzhen.applications.consultation.model import SIDES, Act, Case, Part, Side, acts, checked_hour, parts, side
from yuanzhen.data.records import access as records
from yuanzhen.data.records import store as record_store
from yuanzhen.data.records.model import Stored
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory

ENTITY = "consultation"


async def open_for(tx: Tx, act: Act, id: str) -> tuple[Case, Case]:
    """A case locked for an act, and what the act makes of it.

    Raises `NotFound` for who has no part in it, `Forbidden` for who has the wrong part, `Conflict` when its state
    does not permit the act; each refusal is kept.
    """
    # Who may only read it, as the patient, has nothing to lock: it is there for them, and the act is not theirs.
    found = await store.lock(tx, tx.actor.id, id) or await store.find(tx, tx.actor.id, id)
    verb = f"consultation.{act}"
    if found is None:
        raise _refused(tx, NotFound("consultation.not_found"), verb, id)
    case, departments = found
    held = parts(case, tx.actor, departments)
    if not held & case.by(act):
        raise _refused(tx, Forbidden("consultation.not_yours", act=act), verb, id, case.patient)
    try:
        after = case.after(act)
        if act == "rate" and side(case, held) in case.rated:
            raise Conflict("consultation.rated")
    except Conflict as problem:
        raise _refused(tx, problem, verb, id, case.patient) from None
    trail.noted(tx, verb, "U", entity_type=ENTITY, entity=id, patient=case.patient)
    return case, after


async def seen(reads: Reads, id: str) -> tuple[Case, list[Act]]:
    """A case to read, and what its reader may do now. Raises `NotFound` for who has no part in it; kept."""
    found = await store.find(reads, reads.actor.id, id)
    if found is None or not (held := parts(found[0], reads.actor, found[1])):
        raise _refused(reads, NotFound("consultation.not_found"), "consultation.read", id, action="R")
    case = found[0]
    trail.noted(reads, "consultation.read", "R", entity_type=ENTITY, entity=id, patient=case.patient)
    return case, acts(case, held)


def refused(reads: Reads, problem: Problem, act: str, case: Case) -> Problem:
    """What an act on a case runs into, to raise: kept."""
    return _refused(reads, problem, f"consultation.{act}", case.id, case.patient)


async def of_a_side(reads: Reads, id: str, act: str, action: trail.Action) -> Case:
    """A case to whose two sides the actor belongs, for what they tell and give each other.

    Raises `NotFound` for who has no part in it, `Forbidden` for who is of neither side; kept.
    """
    verb = f"consultation.{act}"
    found = await store.find(reads, reads.actor.id, id)
    held = parts(found[0], reads.actor, found[1]) if found else frozenset()
    if found is None or not held:
        raise _refused(reads, NotFound("consultation.not_found"), verb, id, action=action)
    case = found[0]
    if not held & SIDES:
        problem = Forbidden("consultation.not_yours", act=act)
        raise _refused(reads, problem, verb, id, case.patient, action=action)
    trail.noted(reads, verb, action, entity_type=ENTITY, entity=id, patient=case.patient)
    return case


async def of_room(tx: Tx, id: str, enter: frozenset[Part]) -> tuple[Case, frozenset[Part]]:
    """A case whose room the actor comes to, and their parts in it.

    Raises `NotFound` for who has no part in it, `Forbidden` for who has none that enters; kept.
    """
    found = await store.find(tx, tx.actor.id, id)
    held = parts(found[0], tx.actor, found[1]) if found else frozenset()
    if found is None or not held:
        raise _refused(tx, NotFound("consultation.not_found"), "room.join", id)
    if not held & enter:
        raise _refused(tx, Forbidden("room.not_yours", act="join"), "room.join", id, found[0].patient)
    return found[0], held


def no_room(tx: Tx, case: Case, problem: Conflict) -> Problem:
    """Why there is no room now, to raise; kept."""
    return _refused(tx, problem, "room.join", case.id, case.patient)


def in_time(tx: Tx, case: Case, now: datetime) -> None:
    """Raises `Conflict`, kept, while what is booked is too early to begin, or has no hour."""
    try:
        checked_hour(case, now)
    except Conflict as problem:
        raise refused(tx, problem, "accept", case) from None


async def patient_to_ask_for(tx: Tx, patient: str) -> Stored:
    """The patient a clinician asks for. Raises `Forbidden` for other roles, `NotFound` for others' patients; kept."""
    if tx.actor.role != "clinician":
        problem = Forbidden("consultation.role", rule="clinicians ask")
        raise trail.refused(tx, problem, "consultation.ask", "C", entity_type="Patient", entity=patient)
    return await records.seen(tx, "Patient", patient)


async def side_of(tx: Tx, case: Case) -> Side:
    """For which side the actor speaks; only for who has a part that rates."""
    found = side(case, parts(case, tx.actor, frozenset()))
    assert found is not None  # noqa: S101 - `open_for` let them in
    return found


async def documents_of(tx: Tx, case: Case, ids: Sequence[str]) -> None:
    """Raises `Invalid` for what is no document of the case's patient, as far as the actor may see."""
    found = await record_store.find_all(tx, {("DocumentReference", id) for id in ids})
    theirs = {stored.id for stored in found.values() if stored.patient == case.patient and not stored.deleted}
    if not theirs.issuperset(ids):
        raise Invalid("consultation.no_such_document", place="documents")


async def may_still(reads: Reads, id: str) -> None:
    """Raises `NotFound` for who has no part in the case; nothing is shown, so nothing is noted."""
    found = await store.find(reads, reads.actor.id, id)
    if found is None or not parts(found[0], reads.actor, found[1]):
        raise NotFound("consultation.not_found")


def listed(reads: Reads, found: list[tuple[Case, frozenset[str]]]) -> list[tuple[Case, list[Act]]]:
    """Those of the cases in which the reader has a part, each with what they may do now, and with its trail row."""
    seen = [(case, acts(case, held)) for case, mine in found if (held := parts(case, reads.actor, mine))]
    for case, _ in seen:
        trail.noted(reads, "consultation.list", "R", entity_type=ENTITY, entity=case.id, patient=case.patient)
    return seen


async def queue_of(reads: Reads, department: str) -> None:
    """Raises `NotFound` for who is no member of the department; kept."""
    try:
        await queue_still(reads, department)
    except NotFound as problem:
        raise trail.refused(
            reads, problem, "consultation.queue", "R", entity_type="department", entity=department
        ) from None


async def queue_still(reads: Reads, department: str) -> None:
    """As `queue_of`; nothing is shown, so nothing is noted."""
    if reads.actor.role != "expert" or department not in await directory.departments_of(reads, reads.actor.id):
        raise NotFound("live.no_channel")


def no_such_text(reads: Reads, version: str) -> Problem:
    """A version of the consent text that was never shown: `NotFound` to raise, kept."""
    problem = NotFound("consultation.no_such_text", place="version")
    return trail.refused(reads, problem, "consent-text.read", "R", entity_type="consent-text", entity=version)


def _refused(
    reads: Reads, problem: Problem, verb: str, id: str, patient: str = "", *, action: trail.Action = "U"
) -> Problem:
    return trail.refused(reads, problem, verb, action, entity_type=ENTITY, entity=id, patient=patient)
