"""What a reader gets of rosters, swaps, resources and the waiting list: people and houses by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from yuanzhen.collaboration.calendar import access, patterns, roster_store, store, waiting_store
from yuanzhen.collaboration.calendar.model import Urgency
from yuanzhen.collaboration.calendar.priority import Waiting, in_order, points
from yuanzhen.collaboration.calendar.roster_store import ResourceKind, Swap, SwapState
from yuanzhen.collaboration.calendar.views import ShiftLine, SlotLine, Who, shift_line, slot_line
from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.policy import directory


class PatternLine(msgspec.Struct):
    """A roster: its pattern, with its people by name."""

    id: str
    pattern: patterns.Pattern
    people: list[Who]
    made: datetime


class Rosters(Page):
    """The rosters of a department, the newest first."""

    items: list[PatternLine]


class SwapLine(msgspec.Struct):
    """A shift that its person (`asker`) wants `person` to take, for `other` or for none."""

    id: str
    asker: Who
    person: Who
    department: Who
    shift: ShiftLine | None
    other: ShiftLine | None
    state: SwapState
    asked: datetime


class Swaps(Page):
    """What is asked and not decided."""

    items: list[SwapLine]


class ResourceLine(msgspec.Struct):
    """What is booked beside an expert; its times are slots whose `expert` is its id."""

    id: str
    name: str
    kind: ResourceKind
    department: Who
    institution: Who


class Resources(Page):
    """Resources, by name."""

    items: list[ResourceLine]


class WaitingLine(msgspec.Struct):
    """Something that waits for a time, `before` its hour where it has one; `offer`: what is kept for it until then.

    Most points come first.
    """

    id: str
    source: str
    target: Who
    urgency: Urgency
    distance_km: int
    since: datetime
    points: int
    offer: SlotLine | None
    until: datetime | None
    before: datetime | None


class WaitingList(Page):
    """What waits, in the order in which it is offered times."""

    items: list[WaitingLine]


async def rosters(reads: Reads, department: str) -> Rosters:
    """Those of a department. Raises as `access.may_see_roster`."""
    await access.may_see_roster(reads, department)
    found = [
        (id, msgspec.json.decode(pattern, type=patterns.Pattern), made)
        for id, pattern, made in await roster_store.rosters(reads, department)
    ]
    names = await people.names(reads, {person for _, pattern, _ in found for person in pattern.people})
    access.noted(reads, "rosters", "R", "department", department)
    return Rosters(
        items=[
            PatternLine(id, pattern, [Who(person, names.get(person, "")) for person in pattern.people], made)
            for id, pattern, made in found
        ]
    )


async def swaps(reads: Reads, department: str | None, now: datetime) -> Swaps:
    """What is asked in a department, or without one of or by the reader, and can still be, or was refused to them.

    Raises as `access.may_see_roster`.
    """
    await access.may_see_roster(reads, department)
    found = await roster_store.swaps(reads, department, reads.actor.id, now)
    access.noted(reads, "swaps", "R", "department" if department else "person", department or reads.actor.id)
    return Swaps(items=[await swap_line(reads, one) for one in found])


async def swap_line(reads: Reads, one: Swap) -> SwapLine:
    """One of them."""
    names = await people.names(reads, {one.asker, one.person})
    houses = await directory.house_names(reads, {one.department})
    shifts = [await store.shift(reads, id) if id else None for id in (one.shift, one.other)]
    lines = [await shift_line(reads, shift) if shift else None for shift in shifts]
    return SwapLine(
        one.id,
        _who(one.asker, names),
        _who(one.person, names),
        _who(one.department, houses),
        lines[0],
        lines[1],
        one.state,
        one.asked,
    )


async def resources(reads: Reads, department: str | None) -> Resources:
    """Those of a department, or all. Raises `Forbidden` for who neither books nor is booked."""
    access.reader(reads, "resources")
    return await resource_lines(reads, await roster_store.resources(reads, department))


async def resource_lines(reads: Reads, found: Iterable[roster_store.Resource]) -> Resources:
    """Resources as they are read."""
    houses = await directory.house_names(reads, {id for one in found for id in (one.department, one.institution)})
    items = [
        ResourceLine(one.id, one.name, one.kind, _who(one.department, houses), _who(one.institution, houses))
        for one in found
    ]
    return Resources(items=items)


async def waiting(reads: Reads, now: datetime) -> WaitingList:
    """What the reader, or their house, waits for. Raises `Forbidden` for who cannot."""
    access.reader(reads, "waiting", access.BOOKERS)
    found = in_order(await waiting_store.of_actor(reads), now)
    targets = {one.target for one in found}
    names = await people.names(reads, targets) | await directory.house_names(reads, targets)
    names |= {one.id: one.name for one in await roster_store.resources(reads, ids=targets)}
    return WaitingList(items=[await waiting_line(reads, one, names, now) for one in found])


async def waiting_line(reads: Reads, one: Waiting, names: dict[str, str], now: datetime) -> WaitingLine:
    """One of them."""
    offered = await store.slot(reads, one.offered) if one.offered else None
    return WaitingLine(
        one.id,
        one.source,
        _who(one.target, names),
        one.urgency,
        one.distance_km,
        one.since,
        points(one, now),
        await slot_line(reads, offered, now) if offered else None,
        one.until,
        one.before,
    )


def _who(id: str, names: dict[str, str]) -> Who:
    return Who(id, names.get(id, ""))
