"""What a reader gets of the calendar: times as they are kept (UTC), people and houses by name."""

from __future__ import annotations

from datetime import datetime

import msgspec

from yuanzhen.collaboration.calendar import access, booking, model, roster_store, store
from yuanzhen.collaboration.calendar.model import (
    Absence,
    Booking,
    Kind,
    Link,
    Shift,
    Slot,
    Span,
    State,
    Urgency,
    Verdict,
)
from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.security.policy import directory

MOST = 200  # slots of a page


class Who(msgspec.Struct):
    """An id and what it is called."""

    id: str
    name: str


class ShiftLine(msgspec.Struct):
    """Who is on duty for a department, in which circle."""

    id: str
    person: Who
    department: str
    circle: int
    start: datetime
    end: datetime


class Shifts(Page):
    """Shifts, in their order."""

    items: list[ShiftLine]


class AbsenceLine(msgspec.Struct):
    """Who is not there, and who stands in for them."""

    id: str
    person: Who
    kind: Kind
    start: datetime
    end: datetime
    cover: Who | None


class Absences(Page):
    """Absences, in their order."""

    items: list[AbsenceLine]


class SlotLine(msgspec.Struct):
    """A time of an expert; only a `free` one can be booked now, and by what is urgent those that are `free_for` it."""

    id: str
    expert: Who
    start: datetime
    end: datetime
    state: State
    free_for: list[Urgency]


class Slots(Page):
    """A page of slots, in their order."""

    items: list[SlotLine]


class LinkLine(msgspec.Struct):
    """What the asking side measured of its link, and what that is worth for a live room."""

    rtt_ms: float
    down_kbps: int
    up_kbps: int
    checked: datetime
    verdict: Verdict


class BookingLine(msgspec.Struct):
    """What is booked: `source` is `consultation/ID`; `must_move`: the expert will be away, and `cover` there."""

    id: str
    source: str
    slot: str
    expert: Who
    institution: Who
    start: datetime
    end: datetime
    opens: datetime
    must_move: bool
    cover: Who | None
    link: LinkLine | None


class Bookings(Page):
    """Bookings, in their order."""

    items: list[BookingLine]


class Week(msgspec.Struct):
    """All that a calendar's page shows of some people; bookings as far as the reader has a part in them.

    `covers`: the absences of others for whom they stand in. `resources`: which of `people` are scanners.
    """

    start: datetime
    end: datetime
    people: list[Who]
    resources: list[str]
    shifts: list[ShiftLine]
    absences: list[AbsenceLine]
    covers: list[AbsenceLine]
    slots: list[SlotLine]
    bookings: list[BookingLine]


async def week(reads: Reads, department: str | None, within: Span, now: datetime) -> Week:
    """A department's experts, or without one the reader themself. Raises as `access.may_see_roster`."""
    await access.may_see_roster(reads, department)
    who = await store.experts(reads, department) if department else [reads.actor.id]
    resources = {one.id for one in await roster_store.resources(reads, department)} if department else set()
    who += resources
    shifts = await store.shifts(reads, department, None if department else reads.actor.id, within)
    absences = await store.absences(reads, who, within)
    covers = await store.covered(reads, who, within)
    slots = await store.slots_of(reads, who, within)
    booked = await bookings(reads, within, who)
    others = {person for one in (*absences, *covers) for person in (one.person, one.cover)}
    names = await _names(reads, {*who, *others, *(one.person for one in shifts)})
    access.noted(reads, "roster", "R", "department" if department else "person", department or reads.actor.id)
    return Week(
        within.start,
        within.end,
        sorted((_who(one, names) for one in who), key=lambda one: (one.id in resources, one.name, one.id)),
        sorted(resources),
        [_shift(one, names) for one in shifts],
        [_absence(one, names) for one in absences],
        [_absence(one, names) for one in covers],
        [_slot(one, names, now) for one in slots],
        booked,
    )


async def shifts(reads: Reads, department: str, within: Span) -> Shifts:
    """Who is on duty for a department. Raises as `access.may_see_roster`."""
    await access.may_see_roster(reads, department)
    found = await store.shifts(reads, department, None, within)
    names = await _names(reads, {one.person for one in found})
    access.noted(reads, "roster", "R", "department", department)
    return Shifts(items=[_shift(one, names) for one in found])


async def absences(reads: Reads, department: str | None, within: Span) -> Absences:
    """Who of a department is not there; without one, the reader's own. Raises as `access.may_see_roster`."""
    await access.may_see_roster(reads, department)
    who = await store.experts(reads, department) if department else [reads.actor.id]
    found = await store.absences(reads, who, within)
    names = await _names(reads, {person for one in found for person in (one.person, one.cover)})
    access.noted(reads, "roster", "R", "department" if department else "person", department or reads.actor.id)
    return Absences(items=[_absence(one, names) for one in found])


async def slots(
    reads: Reads,
    *,
    expert: str | None,
    department: str | None,
    within: Span,
    after: str = "",
    count: int = MOST,
    now: datetime,
) -> Slots:
    """Slots of an expert, of a department's experts, or of everybody, in their order."""
    access.reader(reads, "slots")
    found = await store.slots(reads, expert, department, within, after, count + 1)
    names = await _names(reads, {one.expert for one in found})
    page = found[:count]
    return Slots(items=[_slot(one, names, now) for one in page], next=page[-1].id if len(found) > count else None)


async def bookings(reads: Reads, within: Span, experts: list[str] | None = None) -> list[BookingLine]:
    """Those in which the reader has a part."""
    return await _bookings(reads, await store.bookings(reads, within, experts))


async def own_bookings(reads: Reads, within: Span, source: str | None = None) -> Bookings:
    """What is booked with the reader, by them, or for their house; with `source` whenever it is.

    Raises `Forbidden` for who neither books nor is booked.
    """
    access.reader(reads, "bookings")
    if source is None:
        return Bookings(items=await bookings(reads, within))
    found = await booking_of(reads, source)
    return Bookings(items=[found] if found else [])


async def booking_of(reads: Reads, source: str) -> BookingLine | None:
    """What is booked for something, for both sides of it."""
    found = await booking.of(reads, source)
    return (await _bookings(reads, [found]))[0] if found else None


async def _names(reads: Reads, ids: set[str]) -> dict[str, str]:
    """What experts and resources are called."""
    return await people.names(reads, ids) | {one.id: one.name for one in await roster_store.resources(reads, ids=ids)}


async def bookings_for(reads: Reads, source: str) -> list[BookingLine]:
    """All that is booked for something, an expert and what they examine with."""
    found = [await booking.of(reads, each) for each in await store.sources(reads, source)]
    return await _bookings(reads, [one for one in found if one])


async def booking_line(reads: Reads, id: str) -> BookingLine:
    """One booking. Raises `NotFound` for who has no part in it."""
    found = await store.booking(reads, id)
    if found is None:
        raise NotFound("calendar.no_booking")
    return (await _bookings(reads, [found]))[0]


async def _bookings(reads: Reads, found: list[Booking]) -> list[BookingLine]:
    covers = {one.id: await _cover(reads, one) for one in found if one.must_move}
    names = await _names(reads, {*(one.slot.expert for one in found), *covers.values()})
    houses = await directory.house_names(reads, {one.institution for one in found})
    return [
        BookingLine(
            one.id,
            one.source,
            one.slot.id,
            _who(one.slot.expert, names),
            _who(one.institution, houses),
            one.slot.span.start,
            one.slot.span.end,
            one.slot.span.start - model.OPENS,
            one.must_move,
            _who(covers[one.id], names) if covers.get(one.id) else None,
            _link(one.link),
        )
        for one in found
    ]


async def _cover(reads: Reads, one: Booking) -> str:
    """Who stands in for the expert of a booking at its hour; '' for nobody."""
    away = await store.absences(reads, [one.slot.expert], one.slot.span)
    return next((absence.cover for absence in away if absence.cover), "")


async def shift_line(reads: Reads, one: Shift) -> ShiftLine:
    """A shift that was just made."""
    return _shift(one, await _names(reads, {one.person}))


async def absence_line(reads: Reads, one: Absence) -> AbsenceLine:
    """An absence that was just entered."""
    return _absence(one, await _names(reads, {one.person, one.cover}))


async def slot_line(reads: Reads, one: Slot, now: datetime) -> SlotLine:
    """A slot that was just offered."""
    return _slot(one, await _names(reads, {one.expert}), now)


def _link(link: Link | None) -> LinkLine | None:
    if link is None:
        return None
    return LinkLine(round(link.rtt_ms, 1), link.down_kbps, link.up_kbps, link.checked, model.verdict(link))


def _who(id: str, names: dict[str, str]) -> Who:
    return Who(id, names.get(id, ""))


def _shift(one: Shift, names: dict[str, str]) -> ShiftLine:
    return ShiftLine(one.id, _who(one.person, names), one.department, one.circle, one.span.start, one.span.end)


def _absence(one: Absence, names: dict[str, str]) -> AbsenceLine:
    cover = _who(one.cover, names) if one.cover else None
    return AbsenceLine(one.id, _who(one.person, names), one.kind, one.span.start, one.span.end, cover)


def _slot(one: Slot, names: dict[str, str], now: datetime) -> SlotLine:
    told = model.state(one, now), model.free_for(one, now)
    return SlotLine(one.id, _who(one.expert, names), one.span.start, one.span.end, *told)
