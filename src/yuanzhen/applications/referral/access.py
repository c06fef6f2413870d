"""Who may, and why: the only loader of referrals. It finds, checks and writes the trail, for reading too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yuanzhen.applications.referral import store
from yuanzhen.applications.referral.model import BY, Act, Referral, Told, acts, parts
from yuanzhen.data.records import access as records
from yuanzhen.data.records import store as record_store
from yuanzhen.data.records.model import Stored
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory

ENTITY = "referral"
DOCTORS = frozenset({"clinician", "expert"})


async def open_for(tx: Tx, act: Act, id: str, now: datetime) -> tuple[Referral, Referral]:
    """A referral locked for an act, and what the act makes of it.

    Raises `NotFound` for who has no part in it, `Forbidden` for who has the wrong part, `Conflict` when its state
    does not permit the act; each refusal is kept.
    """
    # Who may only read it, as the patient, has nothing to lock: it is there for them, and the act is not theirs.
    found = await store.lock(tx, tx.actor.id, id) or await store.find(tx, tx.actor.id, id)
    held = parts(found[0], tx.actor, found[1]) if found else frozenset()
    if found is None or not held:
        raise _refused(tx, NotFound("referral.not_found"), act, id)
    one = found[0]
    if not held & BY[act]:
        raise _refused(tx, Forbidden("referral.not_yours", act=act), act, id, one.told.patient)
    try:
        after = one.after(act, tx.actor.id, now)
    except Conflict as problem:
        raise _refused(tx, problem, act, id, one.told.patient) from None
    trail.noted(tx, f"referral.{act}", "U", entity_type=ENTITY, entity=id, patient=one.told.patient)
    return one, after


async def seen(reads: Reads, id: str) -> tuple[Referral, list[Act]]:
    """A referral to read, and what its reader may do now. Raises `NotFound` for who has no part in it; kept."""
    found = await store.find(reads, reads.actor.id, id)
    if found is None or not (held := parts(found[0], reads.actor, found[1])):
        raise _refused(reads, NotFound("referral.not_found"), "read", id, action="R")
    one = found[0]
    trail.noted(reads, "referral.read", "R", entity_type=ENTITY, entity=id, patient=one.told.patient)
    return one, acts(one, held)


def listed(reads: Reads, found: Sequence[store.Found]) -> list[tuple[Referral, list[Act]]]:
    """Those in which the reader has a part, each with what they may do now, and with its trail row."""
    seen = [(one, acts(one, held)) for one, mine in found if (held := parts(one, reads.actor, mine))]
    for one, _ in seen:
        trail.noted(reads, "referral.list", "R", entity_type=ENTITY, entity=one.id, patient=one.told.patient)
    return seen


async def patient_to_refer(tx: Tx, patient: str) -> Stored:
    """The patient a doctor refers. Raises `Forbidden` for other roles, `NotFound` for others' patients; kept."""
    if tx.actor.role not in DOCTORS:
        problem = Forbidden("referral.role", rule="clinicians and experts refer")
        raise trail.refused(tx, problem, "referral.send", "C", entity_type="Patient", entity=patient)
    return await records.seen(tx, "Patient", patient)


async def receiver(tx: Tx, told: Told, house: str) -> None:
    """Raises `Invalid` for a house that is not there or is the sender's own, or a department that is not of it."""
    if told.institution == house:
        raise Invalid("referral.same_house", place="institution")
    if told.institution not in await store.levels(tx, [told.institution]):
        raise Invalid("referral.no_such_house", place="institution")
    if told.department:
        found = await directory.department(tx, told.department)
        if found is None or found.institution != told.institution:
            raise Invalid("referral.no_such_department", place="department")


async def documents_of(tx: Tx, patient: str, references: Sequence[str]) -> None:
    """Raises `Invalid` for what is not of the patient's record, as far as the actor may see."""
    keys = {(kind, id) for kind, _, id in (one.partition("/") for one in references)}
    found = await record_store.find_all(tx, keys)
    if any((one := found.get(key)) is None or one.deleted or one.patient != patient for key in keys):
        raise Invalid("referral.no_such_document", place="documents")


def refused(reads: Reads, problem: Problem, act: str, one: Referral) -> Problem:
    """What an act on a referral runs into, to raise: kept."""
    return _refused(reads, problem, act, one.id, one.told.patient)


def _refused(
    reads: Reads, problem: Problem, act: str, id: str, patient: str = "", *, action: trail.Action = "U"
) -> Problem:
    return trail.refused(reads, problem, f"referral.{act}", action, entity_type=ENTITY, entity=id, patient=patient)
