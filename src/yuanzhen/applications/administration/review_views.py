"""A review as quality sees it, and a broken glass as its patient does."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from yuanzhen.applications.administration.approval_views import Person
from yuanzhen.data.masking.identity import shown
from yuanzhen.data.records import directory as people
from yuanzhen.data.records import store as records
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory
from yuanzhen.security.reviews import model, service, store
from yuanzhen.security.reviews.model import Kind, Review, State, Verdict

MOST = 100


class ReviewView(msgspec.Struct):
    """What was done in need; the patient masked. `may_decide`: whether the reader may judge it now; `may_end`: whether
    it keeps a record open, which they may close.
    """

    id: str
    kind: Kind
    patient: Person
    person: Person
    institution: str
    source: str
    reason: str
    asked_at: datetime
    until: datetime | None
    state: State
    verdict: Verdict | None
    words: str
    decided_by: Person | None
    decided_at: datetime | None
    may_decide: bool
    ended_at: datetime | None
    ended_by: Person | None
    may_end: bool


class Reviews(Page):
    """What was done in need, newest first."""

    items: list[ReviewView]


class Glass(msgspec.Struct):
    """A glass that was broken: by whom, from which house, why, how long it stays open; `ended_at`: closed before."""

    id: str
    patient: str
    by: Person
    institution: str
    reason: str
    at: datetime
    until: datetime | None
    ended_at: datetime | None
    reviewed: bool


class Glasses(Page):
    """The broken glasses of a patient, or that a person has broken; newest first. `hours`: how long one stays open."""

    items: list[Glass]
    hours: float


async def listed(db: Database, actor: Actor, state: State, before: str, count: int, *, now: datetime) -> Reviews:
    """A page of reviews, for quality and the officer. Raises Forbidden, kept."""
    async with db.look(actor) as look:
        if actor.role not in model.READERS:
            problem = Forbidden("review.role", role=actor.role)
            raise trail.refused(look, problem, "review.list", "R", entity_type=service.ENTITY, entity="")
        found = await store.listed(look, state, before, count + 1)
        for one in found[:count]:
            trail.noted(look, "review.list", "R", entity_type=service.ENTITY, entity=one.id, patient=one.patient)
        items = await _views(db, look, found[:count], now)
        return Reviews(items=items, next=found[count - 1].id if len(found) > count else None)


async def one(db: Database, actor: Actor, id: str, *, now: datetime) -> ReviewView:
    """One review that this actor has just decided."""
    async with db.look(actor) as look:
        found = await store.find(look, id)
        return (await _views(db, look, [found] if found else [], now))[0]


async def glasses(db: Database, actor: Actor, lasts: timedelta) -> Glasses:
    """A patient's own, or those that the actor has broken."""
    async with db.look(actor) as look:
        found = await store.glasses(look, actor.patient if actor.role == "patient" else "", actor.id, MOST)
        names = await people.names(look, {one.person for one in found})
        houses = await directory.house_names(look, {one.institution for one in found})
        items = [
            Glass(
                id=one.id,
                patient=one.patient,
                by=Person(one.person, names.get(one.person, "")),
                institution=houses.get(one.institution, ""),
                reason=one.reason,
                at=one.asked_at,
                until=one.until,
                ended_at=one.ended_at,
                reviewed=one.state == "decided",
            )
            for one in found
        ]
        return Glasses(items=items, next=None, hours=lasts / timedelta(hours=1))


async def _views(db: Database, look: Reads, found: list[Review], now: datetime) -> list[ReviewView]:
    names = await people.names(look, {who for one in found for who in (one.person, one.decided_by, one.ended_by)})
    houses = await directory.house_names(look, {one.institution for one in found})
    patients = await _masked(db, {one.patient for one in found})
    return [
        ReviewView(
            id=one.id,
            kind=one.kind,
            patient=Person(one.patient, patients.get(one.patient, "")),
            person=Person(one.person, names.get(one.person, "")),
            institution=houses.get(one.institution, ""),
            source=one.source,
            reason=one.reason,
            asked_at=one.asked_at,
            until=one.until,
            state=one.state,
            verdict=one.verdict or None,
            words=one.words,
            decided_by=Person(one.decided_by, names.get(one.decided_by, "")) if one.decided_by else None,
            decided_at=one.decided_at,
            may_decide=model.barred(one, look.actor) is None,
            ended_at=one.ended_at,
            ended_by=Person(one.ended_by, names.get(one.ended_by, "")) if one.ended_by else None,
            may_end=one.is_open_at(now),
        )
        for one in found
    ]


async def _masked(db: Database, patients: set[str]) -> dict[str, str]:
    """What those patients are called, masked, as masking shows them to whoever may not see them."""
    async with db.look(system("relay")) as look:
        found = await records.find_all(look, [("Patient", id) for id in patients])
    return {id: shown(one.resource(), masked=True).name for (_, id), one in found.items() if not one.deleted}
