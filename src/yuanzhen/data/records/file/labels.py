"""Sensitive labels that a person sets and takes back; who sees what is labelled, `model.audience` says."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from yuanzhen.data.records import access as record
from yuanzhen.data.records import store as resources
from yuanzhen.data.records.file import store
from yuanzhen.data.records.file.store import Labelled
from yuanzhen.data.records.model import LABELLED, Stored
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from yuanzhen.security.audit import trail

Code = Literal["R", "V"]  # v3-Confidentiality: restricted, very restricted
Act = Literal["label", "unlabel"]
ROLES = frozenset({"clinician", "expert"})  # of them, those who see the patient: their house's, or entrusted with them
MAX_REASON = 500


class Label(msgspec.Struct):
    """A label and where it stands; `mine`: whoever reads it set it, and may take it back unseen."""

    type: str
    id: str
    code: Code
    at: datetime
    name: str
    why: str
    mine: bool


async def put(tx: Tx, patient: Stored, kind: str, id: str, code: Code, reason: str) -> None:
    """Labels a resource of the patient: it closes at once to whoever may not see what is sensitive.

    Raises `Forbidden` for whoever does not treat and for a state of our process (a Consent), `NotFound`, `Invalid` for
    a Patient and without a reason, `Conflict` where a person has labelled it already.
    """
    _treats(tx, patient, "label", kind, id)
    if kind == "Patient":
        raise _refused(tx, Invalid("label.whole_patient", place="type"), "label", patient, kind, id)
    found = await resources.find(tx, kind, id)
    if found is None or found.deleted or found.patient != patient.id:
        raise _refused(tx, NotFound("fhir.not_found"), "label", patient, kind, id)
    if kind not in LABELLED:
        record.writable(tx, found)
    why = _reason(reason)
    version = await store.set_label(tx, found, code, why)
    if version == 0:
        raise _refused(tx, Conflict("label.there"), "label", patient, kind, id)
    if version < 0:
        raise Conflict("database.try_again")
    trail.noted(tx, "records.label", "U", entity_type=kind, entity=id, patient=patient.id, reason=f"{code}: {why}")


async def take_back(tx: Tx, patient: Stored, kind: str, id: str, reason: str) -> None:
    """Takes a person's label back; what the sender labelled stays so.

    Raises `Forbidden` as `put`, `NotFound` where there is none that is one's own or that one sees.
    """
    _treats(tx, patient, "unlabel", kind, id)
    why = _reason(reason)
    if not await store.end_label(tx, patient.id, kind, id, why):
        raise _refused(tx, NotFound("label.none"), "unlabel", patient, kind, id)
    trail.noted(tx, "records.unlabel", "U", entity_type=kind, entity=id, patient=patient.id, reason=why)


def told(reads: Reads, found: list[Labelled], called: dict[str, str]) -> list[Label]:
    """Labels as a page reads them."""
    return [
        Label(
            one.type, one.id, _code(one.code), one.at, called.get(one.person, ""), one.why, one.person == reads.actor.id
        )
        for one in found
    ]


def _code(text: str) -> Code:
    return "V" if text == "V" else "R"


def _reason(text: str) -> str:
    why = text.strip()
    if not why or len(why) > MAX_REASON:
        raise Invalid("label.reason", place="reason", limit=MAX_REASON)
    return why


def _treats(tx: Tx, patient: Stored, act: Act, kind: str, id: str) -> None:
    if tx.actor.role not in ROLES:
        raise _refused(tx, Forbidden("label.not_yours", role=tx.actor.role), act, patient, kind, id)


def _refused(tx: Tx, problem: Problem, act: Act, patient: Stored, kind: str, id: str) -> Problem:
    return trail.refused(tx, problem, f"records.{act}", "U", entity_type=kind, entity=id, patient=patient.id)
