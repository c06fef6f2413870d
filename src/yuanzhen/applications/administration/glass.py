"""Breaking the glass: a record without relation is opened in need, for hours, told to the patient and looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

from yuanzhen.data.masking.identity import plain, written_name
from yuanzhen.data.records import store as records
from yuanzhen.data.records.model import Stored
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import relations
from yuanzhen.security.reviews import service as reviews
from yuanzhen.security.reviews.model import LONGEST, Deed, Review

ROLES = frozenset({"clinician", "expert"})
SHORTEST_REASON = 2  # characters: "." is none
FINDER = system("relay")  # looks for the one patient who was named exactly; nothing of it is shown


async def found(db: Database, patient: str, number: str, name: str) -> Stored | None:
    """The patient by id, or by a whole number and the whole name; None for anything less, and where several fit."""
    async with db.look(FINDER) as look:
        if patient:
            stored = await records.find(look, "Patient", patient)
            return None if stored is None or stored.deleted else stored
        if not number.strip() or not name.strip():
            return None
        fitting = [
            one
            for one in await records.numbered(look, "Patient", number.strip())
            if plain(written_name(one.resource())) == plain(name)
        ]
        return fitting[0] if len(fitting) == 1 else None


async def broken(tx: Tx, found: Stored | None, reason: str, lasts: timedelta, *, now: datetime) -> Review:
    """The record opens to the actor, the labelled-sensitive part apart; patient, quality and officer hear of it.

    `lasts`: how long it stays open.

    Raises Forbidden for other roles, Invalid without a reason, NotFound, Conflict when it is open to them anyway.
    """
    patient = found.id if found else ""
    if tx.actor.role not in ROLES:
        raise _refused(tx, Forbidden("glass.role", role=tx.actor.role), "")
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST:
        raise Invalid("glass.reason", place="reason", rule=f"{SHORTEST_REASON} to {LONGEST} characters")
    if found is None:
        raise _refused(tx, NotFound("glass.no_such_patient"), "")
    if await records.find(tx, "Patient", patient) is not None:
        raise _refused(tx, Conflict("glass.not_needed"), patient)
    id, until = new_id(), now + lasts
    await relations.entrust(tx, tx.actor.id, patient, source(id), until=until)
    trail.noted(tx, "glass.break", "E", entity_type="Patient", entity=patient, patient=patient, reason=reason.strip())
    actor, why = tx.actor, reason.strip()
    deed = Deed("break-glass", patient, actor.id, actor.institution, source(id), why)
    return await reviews.ask(tx, deed, now=now, id=id, until=until)


def source(review: str) -> str:
    """The source of the relation that a broken glass opens."""
    return f"break-glass/{review}"


def _refused(tx: Tx, problem: Problem, patient: str) -> Problem:
    return trail.refused(tx, problem, "glass.break", "E", entity_type="Patient", entity=patient, patient=patient)
