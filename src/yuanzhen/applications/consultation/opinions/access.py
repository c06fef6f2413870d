"""Who may do what to a signed opinion: finds, checks and writes the trail; a refusal is kept."""

from __future__ import annotations

from yuanzhen.applications.consultation import access, opinion, store
from yuanzhen.applications.consultation.model import Case, State
from yuanzhen.applications.consultation.opinion import Kind, Signed, Step
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound, Problem
from yuanzhen.security.audit import trail

SIGNED: frozenset[State] = frozenset({"signed", "closed"})  # states that a signature alone leads to


async def open_for(tx: Tx, step: Step, id: str) -> tuple[Case, list[Signed], Kind]:
    """A case locked, its signed versions, and what the step makes of them.

    The signer of the newest version adds to it; any expert who signed, or of the department, proposes another.
    Raises `NotFound` for who has no part in it, `Forbidden` for who may not, `Conflict` when there is no such step.
    """
    case, departments = await _found(tx, f"opinion.{step}", id)
    versions = await opinions.versions(tx, id)
    problem: Problem | None = None
    if not opinion.may(step, case, versions, tx.actor, departments):
        problem = Forbidden("opinion.not_yours", act=step)
    try:
        kind = opinion.after(versions, step)[1]
    except Conflict as later:
        problem = problem or later
    if problem is not None:
        raise _refused(tx, problem, f"opinion.{step}", id, case.patient)
    trail.noted(tx, f"opinion.{step}", "U", entity_type=access.ENTITY, entity=id, patient=case.patient)
    return case, versions, kind


async def to_cosign(tx: Tx, id: str) -> tuple[Case, list[Signed]]:
    """The case locked for a further expert's signature, and its versions.

    Raises `NotFound` for who has no part in it, `Forbidden` for who wrote the version, or is asked for nothing in it,
    `Conflict` when nothing is signed, or it is withdrawn.
    """
    case, departments = await _found(tx, "opinion.cosign", id)
    versions = await opinions.versions(tx, id)
    problem: Problem | None = None
    if not opinion.may_cosign(case, tx.actor, departments):
        problem = Forbidden("opinion.not_yours", act="cosign")
    elif not versions or versions[-1].kind == "withdrawal":
        problem = Conflict("opinion.not_now", act="cosign", state=versions[-1].kind if versions else "unsigned")
    elif versions[-1].signer == tx.actor.id:
        problem = Conflict("opinion.signed_by_you", place="version")
    if problem is not None:
        raise _refused(tx, problem, "opinion.cosign", id, case.patient)
    trail.noted(tx, "opinion.cosign", "U", entity_type=access.ENTITY, entity=id, patient=case.patient)
    return case, versions


def refused(reads: Reads, problem: Problem, act: str, case: Case) -> Problem:
    """What an act on a signed opinion runs into, to raise: kept."""
    return _refused(reads, problem, f"opinion.{act}", case.id, case.patient)


async def for_approval(tx: Tx, id: str) -> tuple[Case, list[Signed]]:
    """The case locked for whoever approves a proposal, and its versions; who may was seen to by the approval."""
    case, _ = await _found(tx, "opinion.approve", id)
    trail.noted(tx, "opinion.approve", "U", entity_type=access.ENTITY, entity=id, patient=case.patient)
    return case, await opinions.versions(tx, id)


async def versions(reads: Reads, verb: str, case: Case) -> list[Signed]:
    """The signed versions of a case that its reader has found, oldest first.

    Raises `Forbidden` when they are labelled sensitive and closed to this reader.
    """
    found = await opinions.versions(reads, case.id)
    if not found and case.state in SIGNED:
        problem = Forbidden("opinion.withheld")
        raise trail.refused(reads, problem, verb, "R", entity_type=access.ENTITY, entity=case.id, patient=case.patient)
    return found


async def _found(tx: Tx, verb: str, id: str) -> tuple[Case, frozenset[str]]:
    found = await store.lock(tx, tx.actor.id, id) or await store.find(tx, tx.actor.id, id)
    if found is None:
        raise _refused(tx, NotFound("consultation.not_found"), verb, id)
    return found


def _refused(reads: Reads, problem: Problem, verb: str, id: str, patient: str = "") -> Problem:
    return trail.refused(reads, problem, verb, "U", entity_type=access.ENTITY, entity=id, patient=patient)
