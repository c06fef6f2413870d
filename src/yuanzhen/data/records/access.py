"""Who may, and why: the only loader of the record. It finds, checks and writes the trail, for reading too."""

from __future__ import annotations

from typing import Any

from yuanzhen.data.records import store
from yuanzhen.data.records.model import LOGGED_ONLY, OURS, Draft, Stored, types
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Forbidden, Gone, NotFound, Problem
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.scopes import Mode, Scopes

LOG_READERS = frozenset({"officer", "quality", "patient", "machine-r", "machine-rw"})


def served(reads: Reads, scopes: Scopes, kind: str, mode: Mode, id: str = "") -> None:
    """Passes a use of a type, or keeps the refusal: 404 for a type not served, 403 beyond the scopes.

    People write through the applications' verbs, which publish; the FHIR door writes for machine clients alone.
    """
    if kind not in types() and kind != LOGGED_ONLY:
        raise NotFound("fhir.type_not_served", place="resourceType", found=kind)
    actor = reads.actor
    allowed = scopes.allows(kind, mode) if actor.kind == "machine" else mode == "read"
    if not allowed or (kind == LOGGED_ONLY and mode == "write"):
        problem = Forbidden("fhir.scope", needed=f"system/{kind}.{mode}")
        action: trail.Action = "R" if mode == "read" else "U"
        raise trail.refused(reads, problem, f"records.{mode}", action, entity_type=kind, entity=id)


def served_all(reads: Reads, scopes: Scopes) -> None:
    """Passes a question about all types at once, or keeps the refusal."""
    if reads.actor.kind == "machine" and not scopes.allows("*", "read"):
        problem = Forbidden("fhir.scope", needed="system/*.read")
        raise trail.refused(reads, problem, "records.read", "R", entity_type="", entity="")


async def seen(reads: Reads, kind: str, id: str) -> Stored:
    """A resource that this actor may read. Raises `NotFound` (also without a relation) and `Gone`, both kept."""
    found = await known(reads, kind, id)
    if found.deleted:
        raise trail.refused(reads, Gone("fhir.deleted"), "records.read", "R", entity_type=kind, entity=id)
    return found


async def known(reads: Reads, kind: str, id: str) -> Stored:
    """As `seen`, though it be deleted."""
    found = await store.find(reads, kind, id)
    if found is None:
        raise missed(reads, "records.read", kind, id)
    trail.noted(reads, "records.read", "R", entity_type=kind, entity=id, patient=found.patient)
    return found


def missed(reads: Reads, verb: str, kind: str, id: str) -> Problem:
    """A resource that is not there for this actor: `NotFound` to raise, kept."""
    return trail.refused(reads, NotFound("fhir.not_found"), verb, "R", entity_type=kind, entity=id)


def note_history(reads: Reads, kind: str, id: str, shown: list[Stored]) -> None:
    """The trail of a history: what was asked for, and each resource that it showed."""
    trail.noted(reads, "records.history", "E", entity_type=kind, entity=id)
    for key, patient in {(one.type, one.id): one.patient for one in shown}.items():
        if patient and key != (kind, id):
            trail.noted(reads, "records.history", "R", entity_type=key[0], entity=key[1], patient=patient)


def writable(reads: Reads, found: Stored | None) -> None:
    """Refuses to change from outside what an application of ours has published."""
    if found is not None and found.source.startswith(OURS):
        problem = Forbidden("fhir.published", rule="meta.source")
        raise trail.refused(
            reads, problem, "records.write", "U", entity_type=found.type, entity=found.id, patient=found.patient
        )


def note_written(reads: Reads, written: Draft, version: int) -> None:
    """The trail of a write: C for the first version, U for later ones, D for the end."""
    if written.deleted:
        note_deleted(reads, written.type, written.id, written.patient)
        return
    action: trail.Action = "C" if version == 1 else "U"
    trail.noted(reads, "records.write", action, entity_type=written.type, entity=written.id, patient=written.patient)


def written(actor: Actor, one: Draft, action: trail.Action) -> dict[str, Any]:
    """The trail of a version, for a write that is a transaction by itself."""
    return trail.row(actor, "records.write", action, entity_type=one.type, entity=one.id, patient=one.patient)


def deletion(actor: Actor, found: Stored) -> dict[str, Any]:
    """The trail of an end, for one that is a transaction by itself."""
    return trail.row(actor, "records.delete", "D", entity_type=found.type, entity=found.id, patient=found.patient)


def note_deleted(reads: Reads, kind: str, id: str, patient: str) -> None:
    """The trail of a deletion, of what was not there as well."""
    trail.noted(reads, "records.delete", "D", entity_type=kind, entity=id, patient=patient)


def log_readable(reads: Reads) -> None:
    """The log is for officers, quality, machine clients, and a patient for their own record; a refusal is kept."""
    if reads.actor.role not in LOG_READERS:
        raise trail.refused(
            reads, Forbidden("audit.not_for_this_role"), "audit.read", "R", entity_type=LOGGED_ONLY, entity=""
        )
    trail.noted(reads, "audit.read", "R", entity_type=LOGGED_ONLY, entity="")


def no_event(reads: Reads, id: str) -> Problem:
    """An event that is not there for this reader: `NotFound` to raise, kept."""
    return trail.refused(reads, NotFound("fhir.not_found"), "audit.read", "R", entity_type=LOGGED_ONLY, entity=id)


def note_found(reads: Reads, kind: str, found: list[Stored], asked: str) -> None:
    """The trail of a search: what was asked for (parameter names alone), and each patient whose resource was shown."""
    trail.noted(reads, "records.search", "E", entity_type=kind, entity="", reason=asked)
    for one in found:
        if one.patient:
            trail.noted(reads, "records.search", "R", entity_type=one.type, entity=one.id, patient=one.patient)
