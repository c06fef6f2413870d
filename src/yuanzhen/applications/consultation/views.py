"""A case as its reader may see it: names looked up at once, the patient in full only for those entrusted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from yuanzhen.applications.consultation import access, chat_store, meeting, ringing, store
from yuanzhen.applications.consultation.archive import model as archive
from yuanzhen.applications.consultation.archive import store as archived
from yuanzhen.applications.consultation.archive.figures import CaseFigures, figures
from yuanzhen.applications.consultation.model import Act, Case, Consent, Mode, State, Urgency, source
from yuanzhen.collaboration.reading import views as reading
from yuanzhen.collaboration.reading.views import LedLine
from yuanzhen.collaboration.ring.views import RingLine, RingView
from yuanzhen.collaboration.room.views import RoomLine
from yuanzhen.data.masking.identity import Shown, shown
from yuanzhen.data.masking.line import PatientLine, line_of
from yuanzhen.data.records import directory as people
from yuanzhen.data.records import store as records
from yuanzhen.data.records import studies
from yuanzhen.data.records.model import Json
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


class Asker(msgspec.Struct):
    """Who asked, and for which institution."""

    id: str
    name: str
    institution: Named


class Step(msgspec.Struct):
    """One line of a case's time line; `about`: the person or the department that it names."""

    at: datetime
    what: str
    who: Named
    reason: str
    about: Named | None
    documents: list[str]


class Line(msgspec.Struct):
    """A case in a list; `unseen`: messages of others that its reader has not seen."""

    id: str
    state: State
    mode: Mode
    urgency: Urgency
    question: str
    patient: PatientLine
    department: Named
    asker: Asker
    expert: Named | None
    ring: RingView | None
    starts: datetime | None
    created: datetime
    changed: datetime
    acts: list[Act]
    unseen: int


class Cases(Page):
    """A page of cases."""

    items: list[Line]


class Brought(msgspec.Struct):
    """A document that came with the request or was added to it: what it is called, its media type, its size."""

    id: str
    title: str
    type: str
    bytes: int | None


class Held(msgspec.Struct):
    """Something that a case must hold once it is over, and whether it is there."""

    item: archive.Item
    stand: archive.Stand


class CaseView(Line):
    """One case, with what only its own page shows.

    `archive`: what it must hold, once an opinion is signed; `recorded`: whether its room is being recorded.
    """

    consent: Consent
    call_back: str
    report: str
    invited: list[Named]
    slot: str
    claim_ends: datetime | None
    timeline: list[Step]
    documents: list[Brought]
    studies: list[StudyLine]
    figures: CaseFigures
    archive: list[Held]
    recorded: bool


class Expert(msgspec.Struct):
    """Somebody who can be asked in."""

    id: str
    name: str
    departments: list[Named]


class Experts(Page):
    """The experts of the region."""

    items: list[Expert]


async def experts(db: Database, actor: Actor) -> Experts:
    """The experts of the region, by department and name."""
    async with db.look(actor) as look:
        found = await directory.experts(look)
        names = await people.names(look, found)
        houses = {one.id: one.name for one in await directory.departments(look)}
    items = [
        Expert(person, names.get(person, ""), [Named(id, houses.get(id, "")) for id in departments])
        for person, departments in found.items()
    ]
    return Experts(items=sorted(items, key=lambda one: ([named.name for named in one.departments], one.name)))


async def case(db: Database, actor: Actor, id: str) -> CaseView:
    """One case for one reader: in full where the record is open to them now."""
    async with db.look(actor) as look:
        found, acts = await access.seen(look, id)
        steps = await store.steps(look, id)
        names = await _names(look, found, steps)
        [line] = await _lines(look, [(found, acts)], names)
        timeline = _timeline(
            [_step(step, names) for step in steps],
            await ringing.lines(look, found),
            await meeting.lines(look, found),
            await reading.lines(look, source(found)),
        )
        return CaseView(
            **{**line, "patient": line_of(found.patient, await patient_shown(look, found))},
            consent=found.consent,
            call_back=found.call_back,
            report=found.report,
            invited=[Named(id, names.get(id, "")) for id in found.invited],
            slot=found.slot,
            claim_ends=found.claim_ends,
            timeline=timeline,
            documents=await _brought(look, found, steps),
            studies=await studies.of_patient(look, found.patient),
            figures=figures(found.created, ((step.at, step.what) for step in timeline), rings=ringing.is_live(found)),
            archive=await _archive(look, found),
            recorded=await meeting.is_recorded(look, found),
        )


async def _archive(look: Reads, found: Case) -> list[Held]:
    facts = await archived.of_case(look, found.id) if found.state in ("signed", "closed") else None
    return [Held(item, stand) for item, stand in archive.held(facts).items()] if facts else []


async def _brought(look: Reads, found: Case, steps: Sequence[Record]) -> list[Brought]:
    """What of the documents of its time line is there for the reader now, in the order in which it came."""
    wanted = list(dict.fromkeys(("DocumentReference", id) for step in steps for id in step["documents"]))
    there = await records.find_all(look, wanted) if wanted else {}
    mine = [one for key in wanted if (one := there.get(key)) and not one.deleted and one.patient == found.patient]
    return [_document(one.id, one.resource()) for one in mine]


def _document(id: str, resource: Json) -> Brought:
    contents: list[Json] = resource.get("content") or [{}]
    told = contents[0].get("attachment", {})
    title = told.get("title") or resource.get("description") or ""
    size = told.get("size")
    return Brought(id, str(title), str(told.get("contentType", "")), size if isinstance(size, int) else None)


async def _names(look: Reads, found: Case, steps: Sequence[Record]) -> dict[str, str]:
    """What the people of a case are called, and the departments that its time line names."""
    about = {step["about"] for step in steps}
    persons = await people.names(look, {found.asker, found.expert, *found.invited, *(s["who"] for s in steps), *about})
    return persons | await directory.house_names(look, about - persons.keys())


def _step(step: Record, names: dict[str, str]) -> Step:
    about = Named(step["about"], names.get(step["about"], "")) if step["about"] else None
    who = Named(step["who"], names.get(step["who"], ""))
    return Step(step["at"], step["what"], who, step["reason"], about, list(step["documents"]))


def _timeline(steps: list[Step], calls: list[RingLine], met: list[RoomLine], led: list[LedLine]) -> list[Step]:
    """What was done in a case, and between that how its calls went, who was in its room and who led the images."""
    rung = [Step(one.at, one.what, Named(one.who.id, one.who.name), one.reason, None, []) for one in calls]
    shown = [Step(one.at, "images-led", Named(one.person.id, one.person.name), "", None, []) for one in led]
    return sorted([*steps, *rung, *map(_met, met), *shown], key=lambda step: step.at)


def _met(line: RoomLine) -> Step:
    """What became of somebody in the room: `who` did it, to whom it happened where that is another."""
    person = Named(line.person.id, line.person.name)
    if line.by.id in ("", person.id):
        return Step(line.at, line.what, person, line.reason, None, [])
    return Step(line.at, line.what, Named(line.by.id, line.by.name), line.reason, person, [])


async def patient_shown(look: Reads, found: Case) -> Shown:
    """The patient of a case: as the record has them where it is open to the reader, else masked, as the case does."""
    stored = await records.find(look, "Patient", found.patient)
    if stored is None:
        return found.shown
    trail.noted(look, "records.read", "R", entity_type="Patient", entity=found.patient, patient=found.patient)
    return shown(stored.resource(), masked=False)


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
    rings = await ringing.of(look, [one for one, _ in seen])
    unseen = await chat_store.unseen(look, [one.id for one, _ in seen])
    return [
        {
            "id": one.id,
            "state": one.state,
            "mode": one.mode,
            "urgency": one.urgency,
            "question": one.question,
            "patient": line_of(one.patient, one.shown),
            "department": Named(one.department, houses.get(one.department, "")),
            "asker": Asker(
                one.asker, names.get(one.asker, ""), Named(one.institution, houses.get(one.institution, ""))
            ),
            "expert": Named(one.expert, names.get(one.expert, "")) if one.expert else None,
            "ring": rings.get(one.id),
            "starts": one.starts,
            "created": one.created,
            "changed": one.changed,
            "acts": acts,
            "unseen": unseen.get(one.id, 0),
        }
        for one, acts in seen
    ]
