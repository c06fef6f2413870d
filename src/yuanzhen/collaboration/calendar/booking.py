"""Booking a slot for something (`consultation/ID`), moving and freeing it, inside the transaction of whoever books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from yuanzhen.collaboration.calendar import access, house_calendar, model, service, store
from yuanzhen.collaboration.calendar.events import BookingDue, HouseBooked
from yuanzhen.collaboration.calendar.model import Booking, Slot, Span, Urgency
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid, NotFound
from yuanzhen.infrastructure.ids import new_id


async def book(
    tx: Tx, slot: str, source: str, institution: str, now: datetime, *, department: str = "",
    urgency: Urgency = "routine", also: Sequence[str] = (),
) -> Booking:  # fmt: skip
    """Books a slot of an expert, with `department` only of that one's; `also`: further keys that open the booking.

    Raises `NotFound` `calendar.no_slot`; `Invalid` `calendar.too_soon`, `calendar.other_department`; `Conflict`
    `calendar.slot_taken`, `calendar.expert_absent`; `Unavailable` `calendar.not_asked` when the expert's house keeps
    its own calendar and that does not answer.
    """
    found = await _bookable(tx, slot, now, department, source, urgency)
    one = Booking(new_id(), source, replace(found, taken=True), institution, tx.actor.id, None)
    audience = {*model.audience(found.expert, one.booked_by, institution), *also}
    if not await store.add_booking(tx, one, sorted(audience), now):
        raise _taken(tx, slot)
    await _asked(tx, one)
    access.noted(tx, "book", "C", "booking", one.id)
    _follow(tx, one, "booked", now)
    return one


async def book_all(
    tx: Tx, slots: Sequence[str], source: str, institution: str, now: datetime, *, urgency: Urgency,
    also: Sequence[str] = (),
) -> list[Booking]:  # fmt: skip
    """An expert and what they examine with: all of these slots are booked, or none. Raises as `book`."""
    for each in sorted({found.expert for slot in slots if (found := await store.slot(tx, slot))}):
        await store.alone(tx, each)  # in one order for everybody: two who want the same two do not wait for each other
    return [
        await book(tx, slot, part(source, nth), institution, now, urgency=urgency, also=also)
        for nth, slot in enumerate(slots)
    ]


def part(source: str, nth: int) -> str:
    """What each of several bookings for one thing is called: the first as the thing itself."""
    return f"{source}/{nth + 1}" if nth else source


async def move(tx: Tx, source: str, slot: str, now: datetime, *, department: str = "") -> Booking:
    """Another slot for what is booked; the first is free again. Raises as `book`, `NotFound` `calendar.no_booking`."""
    before = await of(tx, source)
    if before is None:
        raise access.refused(tx, NotFound("calendar.no_booking"), "move", "U", "booking", source)
    if before.slot.id == slot:
        raise _taken(tx, slot)
    found = await _bookable(tx, slot, now, department, source)
    one = replace(before, slot=replace(found, taken=True), link=None)
    # Whoever moves it, an expert to a colleague too, sees where it went.
    audience = {*model.audience(found.expert, one.booked_by, one.institution), tx.actor.id}
    if not await store.move_booking(tx, source, found, sorted(audience)):
        raise _taken(tx, slot)
    await _asked(tx, one)
    access.noted(tx, "move", "U", "booking", one.id)
    await _let_go(tx, before, gone=before.slot.institution != found.institution)
    if before.slot.expert != found.expert:
        _tell_one(tx, before.slot.expert, before, "freed")
    _follow(tx, one, "moved", now)
    return one


async def free(tx: Tx, source: str) -> Booking | None:
    """Nothing is booked for this any more; answers what was."""
    before = await of(tx, source)
    if before is None or not await store.drop_booking(tx, source):
        return None
    access.noted(tx, "free", "D", "booking", before.id)
    await _let_go(tx, before, gone=True)
    _tell_both(tx, before, "freed")
    return before


async def free_all(tx: Tx, source: str) -> None:
    """Nothing is booked for this any more, nor for any part of it."""
    for each in await store.sources(tx, source):
        await free(tx, each)


async def of(reads: Reads, source: str) -> Booking | None:
    """What is booked for something, for both sides of it."""
    return await store.booking_of(reads, source)


async def hour(reads: Reads, slot: str) -> Span | None:
    """When a slot is, booked or not; None once it was withdrawn."""
    found = await store.slot(reads, slot)
    return found.span if found else None


async def check_link(tx: Tx, id: str, rtt_ms: float, down_kbps: int, up_kbps: int, now: datetime) -> Booking:
    """Keeps what a side that asked measured of its link. Raises `NotFound` for who has no part in the booking."""
    found = await store.booking(tx, id)
    if found is None or tx.actor.id == found.slot.expert:
        raise access.refused(tx, NotFound("calendar.no_booking"), "link", "U", "booking", id)
    link = model.measured(rtt_ms, down_kbps, up_kbps, now)
    await store.put_link(tx, id, link)
    access.noted(tx, "link", "U", "booking", id)
    _tell_both(tx, found, "link")
    return replace(found, link=link)


async def _bookable(
    tx: Tx, slot: str, now: datetime, department: str, source: str, urgency: Urgency = "routine"
) -> Slot:
    if (offered := await store.slot(tx, slot)) is not None:
        await store.alone(tx, offered.expert)
    found = await store.slot(tx, slot)  # as it is now that nobody else changes it
    if found is None:
        raise access.refused(tx, NotFound("calendar.no_slot", place="slot"), "book", "C", "slot", slot)
    if department and found.expert not in await store.experts(tx, department):
        raise Invalid("calendar.other_department", place="slot")
    try:
        model.bookable(found, now, urgency, source)
    except Conflict as problem:
        raise access.refused(tx, problem, "book", "C", "slot", slot) from None
    return found


def _taken(tx: Tx, slot: str) -> Exception:
    return access.refused(tx, Conflict("calendar.slot_taken", place="slot"), "book", "C", "slot", slot)


async def _asked(tx: Tx, one: Booking) -> None:
    """A house that keeps its experts' times itself has the last word, and is told once this is committed."""
    url = await store.own_calendar(tx, one.slot.institution)
    if url is None:
        return
    if not await house_calendar.is_free(url, one.slot.expert, one.slot.span):
        raise _taken(tx, one.slot.id)
    _tell_house(tx, one, booked=True)


async def _let_go(tx: Tx, before: Booking, *, gone: bool) -> None:
    """The slot is free again; a house of its own calendar hears so when the booking is `gone` from it altogether."""
    if gone and await store.own_calendar(tx, before.slot.institution) is not None:
        _tell_house(tx, before, booked=False)
    service.slot_changed(tx, replace(before.slot, taken=False))


def _tell_house(tx: Tx, one: Booking, *, booked: bool) -> None:
    slot = one.slot
    tx.announce(
        HouseBooked(slot.institution, one.source, slot.expert, slot.span.start, slot.span.end, booked, one.source)
    )


def _follow(tx: Tx, one: Booking, what: str, now: datetime) -> None:
    """What comes of a booking: reminders, what others see of the slot, and both sides' open pages."""
    for ahead, due in model.reminders(one.slot, now):
        tx.announce(BookingDue(one.source, one.slot.id, ahead), due=due)
    service.slot_changed(tx, one.slot)
    _tell_both(tx, one, what)


def _tell_both(tx: Tx, one: Booking, what: str) -> None:
    for person in {one.slot.expert, one.booked_by}:
        _tell_one(tx, person, one, what)
    tx.tell(one.source, "booking", told(one, what))


def _tell_one(tx: Tx, person: str, one: Booking, what: str) -> None:
    tx.tell(f"me/{person}", "booking", told(one, what))


def told(one: Booking, what: str) -> dict[str, str]:
    """What both sides' pages hear of a booking: nothing of whose it is."""
    return {"source": one.source, "what": what, "start": one.slot.span.start.isoformat()}
