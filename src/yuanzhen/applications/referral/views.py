"""A referral as its reader may see it: names looked up at once, the patient in full where the record is open."""

from __future__ import annotations

from datetime import datetime

import msgspec

from yuanzhen.applications.referral import access, store
from yuanzhen.applications.referral.model import (
    Act,
    Agreed,
    Direction,
    Kind,
    Outcome,
    Referral,
    State,
    source,
)
from yuanzhen.applications.referral.store import Box
from yuanzhen.collaboration.calendar import views as calendar
from yuanzhen.collaboration.calendar.model import Urgency
from yuanzhen.data.masking.identity import Shown, shown
from yuanzhen.data.masking.line import PatientLine, line_of
from yuanzhen.data.records import directory as people
from yuanzhen.data.records import store as records
from yuanzhen.data.records.model import Json
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory

MOST = 100  # in a list


class ReferralNamed(msgspec.Struct):
    """An id and what it is called."""

    id: str
    name: str


class Attached(msgspec.Struct):
    """Something of the record, by reference; `title` where the record is open to the reader."""

    reference: str
    title: str
    open: bool


class ReferralStep(msgspec.Struct):
    """One line of the time line; `who` without a name is the system, where a time was over."""

    at: datetime
    what: str
    who: ReferralNamed
    words: str
    documents: list[Attached]


class ReferralLine(msgspec.Struct):
    """A referral in a list. `mine`: from whose side the reader sees it; `answer_by`: when it goes back unanswered;
    `chased`: how often it was asked after in its state."""

    id: str
    state: State
    direction: Direction
    kind: Kind
    urgency: Urgency
    reason: str
    patient: PatientLine
    sender: ReferralNamed
    house: ReferralNamed
    institution: ReferralNamed
    department: ReferralNamed | None
    handler: ReferralNamed | None
    mine: bool
    starts: datetime | None
    answer_by: datetime | None
    chased: int
    created: datetime
    since: datetime
    acts: list[Act]


class Referrals(Page):
    """A page of referrals, the newest first."""

    items: list[ReferralLine]


class ReferralView(ReferralLine):
    """One referral, with what only its own page shows."""

    source: str
    plan: str
    agreed: Agreed
    why_unable: str
    documents: list[Attached]
    outcome_kind: Outcome
    outcome: str
    outcome_plan: str
    outcome_documents: list[Attached]
    bookings: list[calendar.BookingLine]
    timeline: list[ReferralStep]


async def referral(db: Database, actor: Actor, id: str) -> ReferralView:
    """One referral for one reader: in full where the record is open to them now."""
    async with db.look(actor) as look:
        one, acts = await access.seen(look, id)
        steps = await store.steps(look, id)
        names = await people.names(look, {one.sender, one.handler, *(step["who"] for step in steps)})
        [line] = await _lines(look, [(one, acts)], names)
        wanted = [*one.told.documents, *one.outcome_documents, *(each for step in steps for each in step["documents"])]
        attached = await _attached(look, one, wanted)
        return ReferralView(
            **{**line, "patient": line_of(one.told.patient, await _shown(look, one))},
            source=one.told.source,
            plan=one.told.plan,
            agreed=one.told.agreed,
            why_unable=one.told.why_unable,
            documents=[attached[each] for each in one.told.documents],
            outcome_kind=one.outcome_kind,
            outcome=one.outcome,
            outcome_plan=one.outcome_plan,
            outcome_documents=[attached[each] for each in one.outcome_documents],
            bookings=await calendar.bookings_for(look, source(one.id)),
            timeline=[
                ReferralStep(
                    step["at"], step["what"], ReferralNamed(step["who"], names.get(step["who"], "")), step["words"],
                    [attached[each] for each in step["documents"]],
                )
                for step in steps
            ],
        )  # fmt: skip


async def referrals(db: Database, actor: Actor, *, box: Box, patient: str | None, after: str, count: int) -> Referrals:
    """A page of one's referrals; masked, since a list is read over shoulders."""
    async with db.look(actor) as look:
        found = await store.page(look, actor.id, actor.institution, box, after, count + 1, patient)
        seen = access.listed(look, found[:count])
        names = await people.names(look, {person for one, _ in seen for person in (one.sender, one.handler)})
        items = [ReferralLine(**line) for line in await _lines(look, seen, names)]
        return Referrals(items=items, next=found[count - 1][0].id if len(found) > count else None)


async def _lines(look: Reads, seen: list[tuple[Referral, list[Act]]], names: dict[str, str]) -> list[Json]:
    houses = await directory.house_names(
        look, {each for one, _ in seen for each in (one.house, one.told.institution, one.told.department)}
    )
    return [
        {
            "id": one.id,
            "state": one.state,
            "direction": one.direction,
            "kind": one.told.kind,
            "urgency": one.told.urgency,
            "reason": one.told.reason,
            "patient": line_of(one.told.patient, one.shown),
            "sender": ReferralNamed(one.sender, names.get(one.sender, "")),
            "house": _named(one.house, houses),
            "institution": _named(one.told.institution, houses),
            "department": _named(one.told.department, houses) if one.told.department else None,
            "handler": ReferralNamed(one.handler, names.get(one.handler, "")) if one.handler else None,
            "mine": one.sender == look.actor.id or one.house == look.actor.institution,
            "starts": one.starts,
            "answer_by": one.answer_by,
            "chased": one.chased,
            "created": one.created,
            "since": one.since,
            "acts": acts,
        }
        for one, acts in seen
    ]


def _named(id: str, names: dict[str, str]) -> ReferralNamed:
    return ReferralNamed(id, names.get(id, ""))


async def _shown(look: Reads, one: Referral) -> Shown:
    """The patient as the record has them where it is open to the reader, else masked, as the referral does."""
    stored = await records.find(look, "Patient", one.told.patient)
    if stored is None:
        return one.shown
    trail.noted(look, "records.read", "R", entity_type="Patient", entity=stored.id, patient=stored.id)
    return shown(stored.resource(), masked=False)


async def _attached(look: Reads, one: Referral, references: list[str]) -> dict[str, Attached]:
    """What is attached, each with its title where it is there for the reader now."""
    keys = {each: (kind, id) for each in references for kind, _, id in (each.partition("/"),)}
    there = await records.find_all(look, keys.values()) if keys else {}
    told = {}
    for reference, key in keys.items():
        found = there.get(key)
        open_now = found is not None and not found.deleted and found.patient == one.told.patient
        told[reference] = Attached(reference, _title(found.resource()) if found and open_now else "", open_now)
    return told


def _title(resource: Json) -> str:
    """What a resource calls itself."""
    for told in (*(each.get("attachment", {}) for each in resource.get("content", [])), resource):
        if title := told.get("title") or told.get("description"):
            return str(title)
    coded = resource.get("code") or resource.get("medicationCodeableConcept") or {}
    names = [coded.get("text"), *(each.get("display") for each in coded.get("coding", []))]
    return str(next(filter(None, names), ""))
