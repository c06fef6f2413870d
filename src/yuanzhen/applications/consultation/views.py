"""A case as its reader may see it: names looked up at once, the patient in full only for those entrusted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.applications.consultation import access, opinion, service, store
from yuanzhen.applications.consultation.model import Act, Case, Consent, Mode, State, Urgency
from yuanzhen.applications.consultation.opinion import Signed
from yuanzhen.data.masking.identity import Shown, shown
from yuanzhen.data.records import directory as people
from yuanzhen.data.records import store as records
from yuanzhen.data.records import studies
from yuanzhen.data.records.studies import StudyLine
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.audit import trail
from yuanzhen.security.keys.vault import Vault
from yuanzhen.security.policy import directory

MOST = 100  # cases in a list


class Named(msgspec.Struct):
    """An id and what it is called."""

    id: str
    name: str


class Step(msgspec.Struct):
    """One line of a case's time line."""

    at: datetime
    what: str
    who: Named
    reason: str


class Line(msgspec.Struct):
    """A case in a list."""

    id: str
    state: State
    mode: Mode
    urgency: Urgency
    question: str
    patient: Shown
    department: str
    institution: str
    expert: str
    created: datetime
    changed: datetime
    acts: list[Act]


class CaseView(msgspec.Struct):
    """One case."""

    id: str
    state: State
    mode: Mode
    urgency: Urgency
    question: str
    patient_id: str
    patient: Shown
    department: Named
    institution: Named
    asker: Named
    expert: Named | None
    consent: Consent
    call_back: str
    report: str
    created: datetime
    changed: datetime
    timeline: list[Step]
    acts: list[Act]
    studies: list[StudyLine]


async def case(db: Database, actor: Actor, id: str) -> CaseView:
    """One case for one reader."""
    async with db.look(actor) as look:
        found, acts = await access.seen(look, id)
        steps = await store.steps(look, id)
        names = await people.names(look, {found.asker, found.expert, *(step["who"] for step in steps)})
        department = await directory.department(look, found.department)
        return CaseView(
            id=found.id,
            state=found.state,
            mode=found.mode,
            urgency=found.urgency,
            question=found.question,
            patient_id=found.patient,
            patient=await _patient(look, found),
            department=Named(found.department, department.name if department else ""),
            institution=Named(found.institution, await directory.institution_name(look, found.institution)),
            asker=Named(found.asker, names.get(found.asker, "")),
            expert=Named(found.expert, names.get(found.expert, "")) if found.expert else None,
            consent=found.consent,
            call_back=found.call_back,
            report=found.report,
            created=found.created,
            changed=found.changed,
            timeline=[
                Step(step["at"], step["what"], Named(step["who"], names.get(step["who"], "")), step["reason"])
                for step in steps
            ],
            acts=acts,
            studies=await studies.of_patient(look, found.patient),
        )


async def _patient(look: Reads, found: Case) -> Shown:
    """In full where the record is open to the reader now, else the masked line of the request."""
    stored = await records.find(look, "Patient", found.patient)
    if stored is None:
        return found.shown
    trail.noted(look, "records.read", "R", entity_type="Patient", entity=found.patient, patient=found.patient)
    return shown(stored.resource(), masked=False)


async def cases(db: Database, actor: Actor, *, department: str | None, after: str, count: int) -> dict[str, Any]:
    """A page of one's cases, or a department's queue; masked, since a list is read over shoulders."""
    async with db.look(actor) as look:
        if department is None:
            found = await store.page(look, actor.id, after, count + 1)
        else:
            found = await store.queue(look, actor.id, department, count)
        seen = [(one, access.acts_of(look, one, mine)) for one, mine in found[:count]]
        access.list_seen(look, [one for one, _ in seen])
        names = await people.names(look, {one.expert for one, _ in seen})
        houses = {house.id: house for house in await directory.departments(look)}
        items = [
            Line(
                id=one.id,
                state=one.state,
                mode=one.mode,
                urgency=one.urgency,
                question=one.question,
                patient=one.shown,
                department=houses[one.department].name if one.department in houses else "",
                institution=await directory.institution_name(look, one.institution),
                expert=names.get(one.expert, ""),
                created=one.created,
                changed=one.changed,
                acts=acts,
            )
            for one, acts in seen
        ]
        return {"items": items, "next": items[-1].id if len(found) > count else None}


async def opinions(db: Database, vault: Vault, actor: Actor, id: str) -> dict[str, Any]:
    """All signed versions with what each signature is worth now; for the writer, the draft."""
    async with db.look(actor) as look:
        found, _ = await access.seen(look, id)
        versions = await store.opinions(look, id)
        names = await people.names(look, {one.signer for one in versions})
        draft = await store.draft(look, id)
        return {
            "items": [
                {
                    "version": one.version,
                    "findings": one.texts.findings,
                    "conclusion": one.texts.conclusion,
                    "advice": one.texts.advice,
                    "signer": Named(one.signer, names.get(one.signer, "")),
                    "signed_at": one.signature.at,
                    "signature": await verdict(look, vault, found, one),
                }
                for one in versions
            ],
            "draft": {**msgspec.to_builtins(draft[0]), "changed": draft[1]} if draft else None,
            "next": None,
        }


async def verdict(reads: Reads, vault: Vault, case: Case, one: Signed) -> str:
    """`valid`, or `broken` for whatever does not verify: text, patient, question, signer, time, or a key not theirs."""
    document = opinion.document(case, one.version, one.texts, one.signer)
    found = await vault.verify(reads, one.signature, service.PURPOSE, document, owner=one.signer)
    return "valid" if found == "valid" else "broken"
