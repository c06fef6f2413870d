"""What follows later: reminders, who hears of an absence, what others see, and a house's own calendar."""

from __future__ import annotations

from typing import Any

import msgspec

from yuanzhen.collaboration.calendar import booking, house_calendar, publish, roster_store, store
from yuanzhen.collaboration.calendar.events import BookingDue, BookingHit, HouseBooked, SlotChanged
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx

Body = dict[str, Any]


async def remind(tx: Tx, body: Body) -> None:
    """Both sides' pages say that a booking begins in a day, or soon; a booking that was moved or freed says nothing."""
    fact = msgspec.convert(body, BookingDue)
    found = await store.booking_of(tx, fact.source)
    if found is None or found.slot.id != fact.slot:
        return
    for person in {found.slot.expert, found.booked_by}:
        tx.tell(f"me/{person}", "booking", booking.told(found, fact.ahead))
    tx.tell(found.source, "booking", booking.told(found, fact.ahead))


async def must_move(tx: Tx, body: Body) -> None:
    """Both sides of a booking whose expert will not be there, and who keeps the house's calendar, are told."""
    fact = msgspec.convert(body, BookingHit)
    found = await store.booking_of(tx, fact.source)
    if found is None or found.slot.id != fact.slot or not found.must_move:
        return
    keepers = await store.keepers(tx, found.slot.institution)
    for person in {found.slot.expert, found.booked_by, *keepers}:
        tx.tell(f"me/{person}", "booking", booking.told(found, "must-move"))
    tx.tell(found.source, "booking", booking.told(found, "must-move"))


async def publish_slot(tx: Tx, body: Body) -> None:
    """What others see of a slot becomes what it is now."""
    fact = msgspec.convert(body, SlotChanged)
    found = await store.slot(tx, fact.slot)
    if found is None:
        await publish.withdrawn(tx, fact.slot)
    else:
        resources = await roster_store.resources(tx, ids=[found.expert])
        await publish.slot(tx, found, resources[0].name if resources else "")


async def tell_house(db: Database, body: Body) -> None:
    """The house that keeps its own calendar hears what was booked or freed; tried again until it has."""
    fact = msgspec.convert(body, HouseBooked)
    async with db.look(system("relay")) as look:
        url = await store.own_calendar(look, fact.institution)
    if url is None:  # it keeps none any more
        return
    told = {"expert": fact.expert, "start": fact.start.isoformat(), "end": fact.end.isoformat()}
    await house_calendar.tell(url, fact.source, told if fact.booked else None)
