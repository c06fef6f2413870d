"""The verbs of the calendar, one transaction each: shifts, absences and slots come and go."""

from __future__ import annotations

from datetime import datetime

from yuanzhen.collaboration.calendar import access, model, store
from yuanzhen.collaboration.calendar.events import BookingHit, DutyChanged, SlotChanged
from yuanzhen.collaboration.calendar.model import Absence, Kind, Shift, Slot, Span
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.infrastructure.ids import new_id


async def add_shift(
    tx: Tx, *, person: str, department: str, start: datetime, end: datetime, circle: int, now: datetime
) -> Shift:
    """Somebody is on duty for a department.

    Raises `Conflict` `calendar.overlap` when they are already in that time, `Invalid` for who is no expert of it.
    """
    asked = await access.department_of(tx, department, "shift")
    span = model.span("shift", start, end, now)
    if person not in await store.experts(tx, department):
        raise Invalid("calendar.no_expert", place="person")
    shift = Shift(new_id(), person, department, asked.institution, model.circle(circle), span)
    if not await store.add_shift(tx, shift, now):
        raise access.overlap(tx, "shift", person)
    access.noted(tx, "shift", "C", "shift", shift.id)
    _duty_changed(tx, shift, now)
    return shift


async def end_shift(tx: Tx, id: str, *, now: datetime) -> None:
    """A shift is taken back. Raises `NotFound` when there is none of the actor's houses."""
    found = await access.theirs(tx, "shift", id, await store.shift(tx, id))
    await store.drop_shift(tx, id)
    access.noted(tx, "shift", "D", "shift", id)
    _duty_changed(tx, found, now)


async def add_absence(
    tx: Tx, *, person: str, start: datetime, end: datetime, kind: Kind, cover: str = "", now: datetime
) -> Absence:
    """An expert will not be there: what can be booked in that time no longer can, what is booked must be moved, and
    `cover`, an expert of a department of theirs, is called where they were.

    Both sides of such a booking, who keeps the house's calendar and the cover are told. Raises `Conflict`
    `calendar.overlap`, `calendar.cover_absent`, `Invalid` `calendar.no_cover`.
    """
    house = await access.house_for(tx, person, "absence", "person")
    await store.alone(tx, person)
    absence = Absence(new_id(), person, house, kind, model.span("absence", start, end, now), cover)
    await _checked_cover(tx, absence)
    if not await store.add_absence(tx, absence, now):
        raise access.overlap(tx, "absence", person)
    access.noted(tx, "absence", "C", "absence", absence.id)
    await _slots_changed(tx, person, absence.span)
    for hit in await store.bookings(tx, absence.span, [person]):
        tx.announce(BookingHit(hit.source, hit.slot.id))
    _tell_cover(tx, absence, "covers")
    _duty_changed(tx, absence, now)
    return absence


async def end_absence(tx: Tx, id: str, *, now: datetime) -> None:
    """They are there after all. Raises `NotFound` when there is no such absence of theirs."""
    found = await access.theirs(tx, "absence", id, await store.absence(tx, id))
    await store.drop_absence(tx, id)
    access.noted(tx, "absence", "D", "absence", id)
    await _slots_changed(tx, found.person, found.span)
    _tell_cover(tx, found, "covers-no-more")
    _duty_changed(tx, found, now)


async def add_slot(tx: Tx, *, expert: str, start: datetime, end: datetime, now: datetime) -> Slot:
    """A time of an expert can be booked.

    Raises `Conflict` `calendar.overlap` with another slot of theirs, `calendar.expert_absent` when they are away then.
    """
    house = await access.house_for(tx, expert, "slot", "expert")
    slot = Slot(new_id(), expert, house, model.span("slot", start, end, now), taken=False, absent=False)
    if await store.absences(tx, [expert], slot.span):
        problem = Conflict("calendar.expert_absent", place="start")
        raise access.refused(tx, problem, "slot", "C", "person", expert)
    if not await store.add_slot(tx, slot, now):
        raise access.overlap(tx, "slot", expert)
    access.noted(tx, "slot", "C", "slot", slot.id)
    slot_changed(tx, slot)
    return slot


async def end_slot(tx: Tx, id: str) -> None:
    """A slot is withdrawn. Raises `Conflict` `calendar.slot_booked` when it is booked: the booking is moved first."""
    found = await access.theirs(tx, "slot", id, await store.slot(tx, id))
    if not await store.drop_slot(tx, id):
        raise access.refused(tx, Conflict("calendar.slot_booked", place="slot"), "slot", "D", "slot", id)
    access.noted(tx, "slot", "D", "slot", id)
    slot_changed(tx, found)


async def _checked_cover(tx: Tx, one: Absence) -> None:
    if not one.cover:
        return
    if one.cover not in await store.colleagues(tx, one.person):
        raise Invalid("calendar.no_cover", place="cover")
    if await store.absences(tx, [one.cover], one.span):
        problem = Conflict("calendar.cover_absent", place="cover")
        raise access.refused(tx, problem, "absence", "C", "person", one.person)


def _tell_cover(tx: Tx, one: Absence, event: str) -> None:
    if one.cover:
        told = {"person": one.person, "start": one.span.start.isoformat(), "end": one.span.end.isoformat()}
        tx.tell(f"me/{one.cover}", event, told)


def _duty_changed(tx: Tx, one: Shift | Absence, now: datetime) -> None:
    """Open pages hear of it; what rings is looked at at once when it is of this moment."""
    if one.span.holds(now):
        tx.announce(DutyChanged(one.person))
    tell(tx, one.institution)


async def _slots_changed(tx: Tx, person: str, span: Span) -> None:
    for slot in await store.slots_of(tx, [person], span):
        tx.announce(SlotChanged(slot.id, slot.id))


def slot_changed(tx: Tx, slot: Slot) -> None:
    """What others see of a slot is old: its resource, and open pages."""
    tx.announce(SlotChanged(slot.id, slot.id))
    tell(tx, slot.institution)


def tell(tx: Tx, house: str) -> None:
    """Open pages of a house's calendar hear that something changed, and read it with their own rights."""
    tx.tell(f"calendar/{house}", "changed", {"institution": house})
