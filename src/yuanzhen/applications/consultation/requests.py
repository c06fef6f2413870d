"""A request before it is sent: a draft of its asker's for one patient, and what may be filled in for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from yuanzhen.applications.consultation import access, complaints, model, request_store, store
from yuanzhen.applications.consultation.model import GivenBy, How
from yuanzhen.collaboration.calendar import duty
from yuanzhen.data.records.file import store as file
from yuanzhen.data.records.file.lists import WITHDRAWN
from yuanzhen.data.records.file.values import words
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory

LONGEST_KEY = 200
VERB = "consultation.draft-request"


class RequestDraft(msgspec.Struct, forbid_unknown_fields=True):
    """What is filled in so far; `key` is the Idempotency-Key under which it is sent, from whichever page.

    A name drawn on the screen is none of it: what is signed is sent, or it is signed anew.
    """

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_KEY)]
    department: str = ""
    complaint: str = ""
    question: str = ""
    call_back: str = ""
    version: str = ""  # of the consent text that was agreed to
    given_by: GivenBy | None = None
    how: How | None = None
    reason: str = ""
    name: str = ""  # of who gave it for the patient
    relation: str = ""
    heard_by: str = ""
    documents: list[str] = msgspec.field(default_factory=list)


class Saved(msgspec.Struct):
    """A draft, and when it was last changed."""

    draft: RequestDraft
    changed: datetime


class Choice(msgspec.Struct):
    """A complaint that can be chosen, with what is asked then, by language; `department`: the fittest, '' for none.

    `on_duty`: how many of it are called first now.
    """

    id: str
    name: dict[str, str]
    question: dict[str, str]
    department: str
    on_duty: int


class Prepared(msgspec.Struct):
    """What a request begins with: the draft that is there, and what may be filled in.

    `complaint` is the id of the one that the last visit tells of, '' where it tells of none; `call_back`: where the
    asker was last called back.
    """

    saved: Saved | None
    complaint: str
    call_back: str
    complaints: list[Choice]


async def prepared(db: Database, actor: Actor, patient: str, now: datetime) -> Prepared:
    """What a request for a patient begins with. Raises as asking does: for clinicians, and their own patients."""
    async with db.verb(actor) as tx:
        await access.patient_to_ask_for(tx, patient)
        reason = await _reason(tx, patient)
        told = complaints.complaint_of(reason)
        return Prepared(
            saved=await _saved(tx, patient),
            complaint=told.id if told else "",
            call_back=await request_store.last_call_back(tx, actor.id),
            complaints=await _choices(tx, reason, told, now),
        )


async def keep(db: Database, actor: Actor, patient: str, draft: RequestDraft, now: datetime) -> None:
    """Keeps a draft; the last one counts. Raises `Conflict` once it was sent, and as asking does."""
    _checked(draft)
    async with db.verb(actor) as tx:
        await access.patient_to_ask_for(tx, patient)
        if made := await store.by_idempotency(tx, actor.id, draft.key):
            problem = Conflict("consultation.asked_already", consultation=made)
            raise trail.refused(tx, problem, VERB, "U", entity_type="Patient", entity=patient, patient=patient)
        await request_store.put(tx, patient, msgspec.json.encode(draft).decode(), now)
        trail.noted(tx, VERB, "U", entity_type="Patient", entity=patient, patient=patient)


async def drop(tx: Tx, patient: str) -> None:
    """It was sent: nothing of the draft is kept."""
    await request_store.drop(tx, patient)


def _checked(draft: RequestDraft) -> None:
    if not 0 < len(draft.key) <= LONGEST_KEY:
        raise Invalid("request.invalid", place="key", rule=f"1 to {LONGEST_KEY} characters")
    if len(draft.question) > model.LONGEST_QUESTION:
        raise Invalid("consultation.question", place="question", rule=f"at most {model.LONGEST_QUESTION} characters")
    for place in ("department", "complaint", "call_back", "version", "reason", "name", "relation", "heard_by"):
        model.checked_remark(getattr(draft, place), place)
    model.checked_documents(draft.documents)


async def _saved(reads: Reads, patient: str) -> Saved | None:
    row = await request_store.find(reads, patient)
    return Saved(msgspec.json.decode(row["body"], type=RequestDraft), row["changed"]) if row else None


async def _reason(reads: Reads, patient: str) -> str:
    """Why the patient came last, as it was told."""
    [visits, _] = await file.listed(reads, patient, ("Encounter",), without=WITHDRAWN, most=1)
    reasons = (words(one) for visit in visits for one in visit.says.get("reasonCode", ()))
    return next(filter(None, reasons), "")


async def _choices(
    reads: Reads, reason: str, told: complaints.Complaint | None, now: datetime
) -> list[Choice]:  # fmt: skip
    names = {one.id: one.name for one in await directory.departments(reads)}
    called = {id: await duty.circles(reads, id, now) for id in _any(names)}
    found = []
    for one in complaints.COMPLAINTS:
        fit = complaints.fitting(one, names)
        there = [id for id in fit if called[id]]
        department = next(iter(there or fit), "")
        zh, en = complaints.question(reason if one is told else "", one)
        first = called[department][0] if department and called[department] else []
        named = {"zh": one.name[0], "en": one.name[1]}
        found.append(Choice(one.id, named, {"zh": zh, "en": en}, department, len(first)))
    return found


def _any(names: dict[str, str]) -> set[str]:
    """Every department that fits some complaint."""
    return {id for one in complaints.COMPLAINTS for id in complaints.fitting(one, names)}
