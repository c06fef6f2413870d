"""How a ring goes: who is called since when, and why each call that failed did. For both sides, and for dispatchers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from yuanzhen.collaboration.ring import access, service, store
from yuanzhen.collaboration.ring.model import Duty, Outcome, Ring, Standing, State
from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory

GOAL_S = 180  # somebody is there within three minutes


class Somebody(msgspec.Struct):
    """A person or a house, and what it is called."""

    id: str
    name: str


class Called(msgspec.Struct):
    """Somebody who is called now; circle 0: by a dispatcher's hand; `pushed`: when their telephone was rung last."""

    person: Somebody
    circle: int
    since: datetime
    pushed: datetime | None = None


class Failed(msgspec.Struct):
    """A call that led to nothing: why, and in their own words if they declined."""

    person: Somebody
    circle: int
    since: datetime
    until: datetime
    why: Outcome
    reason: str


class RingView(msgspec.Struct):
    """One ring. `next_at`: when the next circle is called; `alarm_at`: when the dispatchers are.

    `number`: what the asker may call once nobody answered; '' before, and where no number is set.
    `there_s`: seconds until somebody was there; the goal is `goal_s`.
    """

    id: str
    state: State
    since: datetime
    circle: int
    next_at: datetime | None
    alarm_at: datetime
    alarmed: datetime | None
    number: str
    taken_by: Somebody | None
    taken: datetime | None
    called: list[Called]
    failed: list[Failed]
    answered_by: Somebody | None
    answered: datetime | None
    there_s: float | None
    goal_s: int = GOAL_S


class RingLine(msgspec.Struct):
    """One line that a ring puts on a time line: `ring-called` and why that ended, `ring-alarm`, `ring-taken`."""

    at: datetime
    what: str
    who: Somebody
    reason: str


class DispatchLine(RingView):
    """A ring as dispatchers see it: of the case the question, its urgency and which institution asks, no more."""

    question: str = ""
    urgency: str = ""
    place: Somebody | None = None
    department: Somebody | None = None


class Rings(Page):
    """What rings now: alarms first, then the longest."""

    items: list[DispatchLine]


class Callable(msgspec.Struct):
    """One of a department's people, and how it stands with them."""

    person: Somebody
    standing: Standing
    ringing: bool


class Callables(Page):
    """Whom a dispatcher may ring."""

    items: list[Callable]


async def of(reads: Reads, source: str) -> RingView | None:
    """The last ring of a source, for whom its row opens to; None where there is none."""
    return (await of_all(reads, [source])).get(source)


async def of_all(reads: Reads, sources: Iterable[str]) -> dict[str, RingView]:
    """As `of`, of many sources at once."""
    rings = await store.of(reads, sources)
    names = await people.names(reads, _people(rings.values()))
    return {source: _view(ring, names) for source, ring in rings.items()}


async def lines(reads: Reads, source: str) -> list[RingLine]:
    """How all rings of a source went, line by line; who answered or declined has said so where that was done."""
    rings = await store.all_of(reads, source)
    names = await people.names(reads, _people(rings))
    return [RingLine(at, what, Somebody(who, names.get(who, "")), reason) for at, what, who, reason in _told(rings)]


async def calling(reads: Reads, person: str) -> list[str]:
    """The sources that call somebody now, the longest first."""
    return [ring.source for ring in await store.calling(reads, person)]


def _told(rings: Iterable[Ring]) -> Iterator[tuple[datetime, str, str, str]]:
    for ring in rings:
        for call in ring.calls:
            if call.ended != call.since:
                yield call.since, "ring-called", call.person, ""
            if call.ended is not None and call.failed and call.outcome != "declined":
                yield call.ended, f"ring-{call.outcome}", call.person, ""
        if ring.alarmed is not None:
            yield ring.alarmed, "ring-alarm", "", ""
        if ring.taken is not None:
            yield ring.taken, "ring-taken", ring.taken_by, ""


async def going(db: Database, actor: Actor) -> Rings:
    """What rings now, for a dispatcher."""
    async with db.look(actor) as look:
        access.dispatches(look, "ring.list", "R")
        return Rings(items=await _lines(look, await store.going(look)), next=None)


async def one(db: Database, actor: Actor, id: str) -> DispatchLine:
    """One ring, for a dispatcher."""
    async with db.look(actor) as look:
        [line] = await _lines(look, [await access.seen(look, id)])
        return line


async def callables(db: Database, actor: Actor, id: str, now: datetime) -> Callables:
    """Whom a dispatcher may ring for a ring: the department's people, those who can be reached first."""
    async with db.look(actor) as look:
        ring = await access.seen(look, id)
        members = await directory.members(look, ring.department)
        stand = await service.standing(look, Duty((tuple(members),), True), ring.id, now)
        names = await people.names(look, members)
        ringing = {call.person for call in ring.ringing}
        items = [
            Callable(Somebody(person, names.get(person, "")), stand[person], person in ringing) for person in members
        ]
        return Callables(items=sorted(items, key=lambda one: (one.standing != "present", one.person.name)), next=None)


async def _lines(reads: Reads, rings: list[Ring]) -> list[DispatchLine]:
    names = await people.names(reads, _people(rings))
    houses = await directory.house_names(
        reads, {house for ring in rings for house in (ring.about.place, ring.department)}
    )
    for ring in rings:
        trail.noted(reads, "ring.list", "R", entity_type=access.ENTITY, entity=ring.id)
    return [
        DispatchLine(
            **msgspec.structs.asdict(_view(ring, names)),
            question=ring.about.question,
            urgency=ring.about.urgency,
            place=Somebody(ring.about.place, houses.get(ring.about.place, "")),
            department=Somebody(ring.department, houses.get(ring.department, "")),
        )
        for ring in rings
    ]


def _people(rings: Iterable[Ring]) -> set[str]:
    return {
        person
        for ring in rings
        for person in (ring.taken_by, ring.answered_by, *(call.person for call in ring.calls))
        if person
    }


def _view(ring: Ring, names: dict[str, str]) -> RingView:
    def named(person: str) -> Somebody:
        return Somebody(person, names.get(person, ""))

    return RingView(
        id=ring.id,
        state=ring.state,
        since=ring.started,
        circle=ring.circle,
        next_at=ring.circle_until if ring.state == "ringing" else None,
        alarm_at=ring.alarm_at,
        alarmed=ring.alarmed,
        number=ring.number,
        taken_by=named(ring.taken_by) if ring.taken_by else None,
        taken=ring.taken,
        called=[Called(named(call.person), call.circle, call.since, call.pushed) for call in ring.ringing],
        failed=[
            Failed(named(call.person), call.circle, call.since, call.ended, call.outcome, call.reason)
            for call in ring.calls
            if call.failed and call.ended is not None
        ],
        answered_by=named(ring.answered_by) if ring.answered_by else None,
        answered=ring.answered,
        there_s=(ring.answered - ring.started).total_seconds() if ring.answered else None,
    )
