"""A room as its reader may see it: who is in it and who waits, for those inside; for who waits, that they do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.collaboration.room import access, model, store
from yuanzhen.collaboration.room.model import Beside, Cause, Member, Role, Room, Signs, Standing
from yuanzhen.collaboration.room.recordings import store as recordings
from yuanzhen.collaboration.room.recordings.model import Recording
from yuanzhen.collaboration.room.recordings.model import State as RecordingState
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.security.policy import directory


class Somebody(msgspec.Struct):
    """A person and what they are called."""

    id: str
    name: str


class Present(msgspec.Struct):
    """Somebody of a room. `removable`: whether the reader may put them out; `by`: who asked in who has no part in the
    case; `signs`: what they show of themselves.
    """

    person: Somebody
    role: Role
    standing: Standing
    since: datetime
    removable: bool
    by: str
    signs: Signs


class Recorded(msgspec.Struct):
    """What goes on being recorded, for whoever may know of the room; `by` whom, for those inside.

    `on`: at this moment it is; otherwise it is to be again as soon as it can. `ends`: it is to be no longer.
    """

    id: str
    state: RecordingState
    since: datetime
    by: Somebody | None


class RoomView(msgspec.Struct):
    """One room. `mine`: how the reader stands; `members` are those in it, broken off or waiting, for those inside.

    `leads`: whether the reader leads the talk; `spotlit`: whom the host puts before all.
    """

    id: str
    is_open: bool
    meeting: str
    epoch: int
    mine: Standing
    role: Role | None
    admits: bool
    leads: bool
    spotlit: str
    members: list[Present]
    recording: Recorded | None
    most: int = model.MOST


class Measured(msgspec.Struct):
    """What one page measured last of its own link and of what it gets."""

    person: Somebody
    quality: dict[str, Any]


class Stats(msgspec.Struct):
    """How a room goes: what its pages measured, how often somebody broke off, and why who could not take part."""

    items: list[Measured]
    interruptions: int
    failures: dict[Cause, int]


class People(Page):
    """Some people, by name."""

    items: list[Somebody]


class BesideView(msgspec.Struct):
    """Into which room somebody was asked, as what, under what name and by whom."""

    room: str
    role: Beside
    name: str
    by: str
    since: datetime


class Rooms(Page):
    """The rooms that one was asked into, the latest first."""

    items: list[BesideView]


class RoomLine(msgspec.Struct):
    """One line that a room puts on a time line."""

    at: datetime
    what: str
    person: Somebody
    by: Somebody
    reason: str


async def room(db: Database, actor: Actor, id: str) -> RoomView:
    """One room for one reader."""
    async with db.look(actor) as look:
        found = await access.seen(look, id)
        return await view(look, found)


async def view(reads: Reads, found: Room) -> RoomView:
    """A room as the actor may see it: from outside nobody's name."""
    me = found.of(reads.actor.id)
    standing = me.standing if me else "out"
    shown = _shown(found, me) if me and standing == "in" else ()
    recorded = await recordings.under_way(reads, found.id)
    names = {one.person: one.name for one in found.members} if shown else {}
    return RoomView(
        id=found.id,
        is_open=found.is_open,
        meeting=found.meeting if shown else "",
        epoch=found.epoch if shown else 0,
        mine=standing,
        role=me.role if me else None,
        admits=bool(shown) and me is not None and me.role in model.ADMITS,
        leads=bool(shown) and me is not None and me.role in model.LEADS,
        spotlit=found.spotlit if shown else "",
        members=[_present(one, names, me) for one in shown],
        recording=_recorded(recorded, names if shown else None) if recorded else None,
    )


def _recorded(one: Recording, names: dict[str, str] | None) -> Recorded:
    by = None if names is None else Somebody(one.by, names.get(one.by, ""))
    return Recorded(one.id, one.state, one.begun, by)


def _shown(found: Room, me: Member) -> Sequence[Member]:
    """Whom somebody inside sees: those in it; who is of the case, who waits and who is still to come, too."""
    if me.role in model.BESIDE:
        return found.those("in", "lost")
    return [one for one in found.those("in", "lost", "waiting", "out") if one.standing != "out" or _awaited(found, one)]


def _awaited(found: Room, one: Member) -> bool:
    return one.person in found.welcome


def _present(one: Member, names: dict[str, str], me: Member | None) -> Present:
    removable = me is not None and one.person != me.person and one.role in model.REMOVES[me.role]
    person = Somebody(one.person, one.name)
    return Present(person, one.role, one.standing, one.since, removable, names.get(one.by, ""), one.signs)


async def interpreters(db: Database, actor: Actor) -> People:
    """The interpreters of the region, by name."""
    async with db.look(actor) as look:
        found = await directory.interpreters(look)
    return People(items=sorted((Somebody(*one) for one in found.items()), key=lambda one: one.name), next=None)


async def beside(db: Database, actor: Actor, id: str) -> BesideView:
    """How the actor, who has no part in the case, was asked in. Raises `NotFound` when they may enter no more."""
    async with db.look(actor) as look:
        found = await access.seen(look, id)
        if actor.id not in found.welcome:
            raise access.refused(look, NotFound("room.not_found"), "read", id, action="R")
    return _beside(found, actor.id)


async def rooms(db: Database, actor: Actor) -> Rooms:
    """All rooms that the actor was asked into and may still enter."""
    async with db.look(actor) as look:
        found = [await access.seen(look, id) for id in await store.asked_into(look, actor.id)]
    asked = [_beside(one, actor.id) for one in found if actor.id in one.welcome]
    return Rooms(items=sorted(asked, key=lambda one: one.since, reverse=True), next=None)


def _beside(found: Room, person: str) -> BesideView:
    [me] = [one for one in found.members if one.person == person]
    by = found.of(me.by)
    role: Beside = "interpreter" if me.role == "interpreter" else "guest"
    return BesideView(found.id, role, me.name, by.name if by else "", me.since)


async def stats(db: Database, actor: Actor, id: str) -> Stats:
    """What the pages of a room measured, for whoever may see the room."""
    async with db.look(actor) as look:
        await access.seen(look, id)
        qualities = await store.qualities(look, id)
        names = await store.names(look, id)
        lines = await store.lines(look, id)
    items = [Measured(Somebody(person, names.get(person, "")), told) for person, told in qualities.items()]
    return Stats(items, sum(line.what == "interrupted" for line in lines), model.failures(lines))


async def lines(reads: Reads, source: str) -> list[RoomLine]:
    """What happened in the room of a source, for its time line."""
    found = await store.lines(reads, model.id_of(source))
    names = await store.names(reads, model.id_of(source))
    return [
        RoomLine(
            one.at, one.what, Somebody(one.person, names.get(one.person, "")), Somebody(one.by, names.get(one.by, "")),
            one.reason,
        )
        for one in found
    ]  # fmt: skip
