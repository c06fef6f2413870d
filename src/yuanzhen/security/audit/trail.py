"""Writing the trail from a loader: what was done, or what was refused and why."""

from __future__ import annotations

from typing import Any, Literal

from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Problem

Action = Literal["C", "R", "U", "D", "E"]  # FHIR R4 audit-event-action

DONE = 0  # FHIR R4 audit-event-outcome: success, minor failure (refused)
REFUSED = 4
LONGEST_ENTITY = 128  # no id of ours is longer; what a caller made up may be, and no index takes it


def noted(
    reads: Reads, verb: str, action: Action, *, entity_type: str, entity: str, patient: str = "", reason: str = ""
) -> None:
    """Notes an act that succeeds; the row is committed with it, or before a read's answer leaves."""
    reads.note(row(reads.actor, verb, action, entity_type=entity_type, entity=entity, patient=patient, reason=reason))


def refused(
    reads: Reads, problem: Problem, verb: str, action: Action, *, entity_type: str, entity: str, patient: str = ""
) -> Problem:
    """Notes a refusal, which outlives the roll-back, and returns the problem for the caller to raise."""
    reads.refuse(
        row(
            reads.actor,
            verb,
            action,
            outcome=REFUSED,
            entity_type=entity_type,
            entity=entity,
            patient=patient,
            code=problem.code,
        )
    )
    return problem


def row(actor: Actor, verb: str, action: Action, **known: Any) -> dict[str, Any]:
    """One trail row as `infrastructure.settle` reads it."""
    return {
        "kind": actor.kind,
        "actor": actor.id,
        "role": actor.role,
        "institution": actor.institution,
        "purpose": actor.purpose,
        "origin": actor.origin,
        "request": actor.request,
        "verb": verb,
        "action": action,
        "outcome": known.get("outcome", DONE),
        "entity_type": known.get("entity_type", ""),
        "entity": known.get("entity", "")[:LONGEST_ENTITY],
        "patient": known.get("patient", ""),
        "code": known.get("code", ""),
        "reason": known.get("reason", ""),
    }
