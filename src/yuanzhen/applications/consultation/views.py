"""A case as its reader may see it: names looked up at once, the patient in full only for those entrusted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.applications.consultation import access, store
from yuanzhen.applications.consultation.model import Act, Case, Consent, Mode, State, Urgency
from yuanzhen.data.masking.identity import NumberKind, Shown, shown
from yuanzhen.data.records import directory as people
from yuanzhen.data.records import store as records
from yuanzhen.data.records import studies
from yuanzhen.data.records.studies import StudyLine
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory

MOST = 100  # cases in a list


class Named(msgspec.Struct):
    """An id and what it is called."""

    id: str
    name: str


class PatientLine(msgspec.Struct):
    """Whose case it is; `masked` until the record is open to the reader, and in lists."""

    id: str
    name: str
    sex: str
    birth_date: str
    number: str
    masked: bool
    number_kind: NumberKind


class Asker(msgspec.Struct):
    """Who asked, and for which institution."""

    id: str
    name: str
    institution: Named


class Ring(msgspec.Struct):
    """Since when a department is called."""

    since: datetime


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
    patient: PatientLine
    department: Named
    asker: Asker
    expert: Named | None
    ring: Ring | None
    created: datetime
    changed: datetime
    acts: list[Act]


class Cases(Page):
    """A page of cases."""

    items: list[Line]


class CaseView(Line):
    """One case, with what only its own page shows."""

    consent: Consent
    call_back: str
    report: str
    timeline: list[Step]
    studies: list[StudyLine]


async def case(db: Database, actor: Actor, id: str) -> CaseView:
    """One case for one reader: in full where the record is open to them now."""
    async with db.look(actor) as look:
        found, acts = await access.seen(look, id)
        steps = await store.steps(look, id)
        names = await people.names(look, {found.asker, found.expert, *(step["who"] for step in steps)})
        [line] = await _lines(look, [(found, acts)], names)
        return CaseView(
            **{**line, "patient": await _patient(look, found)},
            consent=found.consent,
            call_back=found.call_back,
            report=found.report,
            timeline=[
                Step(step["at"], step["what"], Named(step["who"], names.get(step["who"], "")), step["reason"])
                for step in steps
            ],
            studies=await studies.of_patient(look, found.patient),
        )


async def _patient(look: Reads, found: Case) -> PatientLine:
    stored = await records.find(look, "Patient", found.patient)
    if stored is None:
        return _line_of(found, found.shown)
    trail.noted(look, "records.read", "R", entity_type="Patient", entity=found.patient, patient=found.patient)
    return _line_of(found, shown(stored.resource(), masked=False))


def _line_of(found: Case, patient: Shown) -> PatientLine:
    return PatientLine(found.patient, patient.name, patient.sex, patient.birth_date, patient.number, patient.masked,
                       patient.number_kind)  # fmt: skip


async def cases(db: Database, actor: Actor, *, department: str | None, after: str, count: int) -> Cases:
    """A page of one's cases, or a department's queue; masked, since a list is read over shoulders."""
    async with db.look(actor) as look:
        if department is None:
            found = await store.page(look, actor.id, after, count + 1)
        else:
            found = await store.queue(look, actor.id, department, count)
        seen = access.listed(look, found[:count])
        names = await people.names(look, {person for one, _ in seen for person in (one.asker, one.expert)})
        items = [Line(**line) for line in await _lines(look, seen, names)]
        return Cases(items=items, next=found[count - 1][0].id if len(found) > count else None)


async def _lines(look: Reads, seen: list[tuple[Case, list[Act]]], names: dict[str, str]) -> list[dict[str, Any]]:
    """What a list says of each case; `names` are those of its people, and its houses are looked up at once."""
    wanted = {house for one, _ in seen for house in (one.department, one.institution)}
    houses = await directory.house_names(look, wanted)
    return [
        {
            "id": one.id,
            "state": one.state,
            "mode": one.mode,
            "urgency": one.urgency,
            "question": one.question,
            "patient": _line_of(one, one.shown),
            "department": Named(one.department, houses.get(one.department, "")),
            "asker": Asker(
                one.asker, names.get(one.asker, ""), Named(one.institution, houses.get(one.institution, ""))
            ),
            "expert": Named(one.expert, names.get(one.expert, "")) if one.expert else None,
            "ring": Ring(one.created) if one.state == "ringing" else None,
            "created": one.created,
            "changed": one.changed,
            "acts": acts,
        }
        for one, acts in seen
    ]
