"""The waiting list: what becomes free is offered to one after the other, and kept for them while the offer stands."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import datetime, timedelta

import pytest

from tests.features.calendar.conftest import MANAGER, TOMORROW, Calendar
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, SECOND, STRANGER, later, person
from yuanzhen.collaboration.calendar import roster_views, service, waiting
from yuanzhen.collaboration.calendar.events import OfferDue, SlotChanged
from yuanzhen.collaboration.calendar.model import Urgency
from yuanzhen.collaboration.calendar.priority import Waiting
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound, Problem

JOBS = {SlotChanged.kind: waiting.offer, OfferDue.kind: waiting.over}


async def relayed(calendar: Calendar, kind: str, now: datetime = NOW) -> None:
    """Facts of a kind that are due are handed to the waiting list, once."""
    rows = await calendar.home.rows(
        "DELETE FROM infrastructure.outbox WHERE kind = $1 AND (due <= $2 OR kind = 'SlotChanged') "
        "RETURNING id, body::text AS body", kind, now
    )  # fmt: skip
    for row in sorted(rows, key=lambda row: row["id"]):
        async with calendar.db.verb(system("relay")) as tx:
            await JOBS[kind](tx, json.loads(row["body"]), now=now)


async def waits(
    calendar: Calendar,
    source: str,
    by: Actor = ASKER,
    target: str = "chenyuan",
    urgency: Urgency = "routine",
    km: int = 0,
) -> Waiting:  # fmt: skip
    async with calendar.db.verb(by) as tx:
        return await waiting.join(tx, source, target, urgency, km, NOW)


async def offers(calendar: Calendar, by: Actor = ASKER) -> dict[str, str | None]:
    """What is offered to whom of a house."""
    async with calendar.db.look(by) as look:
        found = await roster_views.waiting(look, NOW)
    return {one.source: one.offer.id if one.offer else None for one in found.items}


async def test_a_cancelled_slot_goes_to_the_first_by_the_table_and_to_the_next_when_they_let_it_lapse(
    calendar: Calendar,
) -> None:
    slot = await calendar.slot(TOMORROW + timedelta(hours=20))
    await calendar.book(slot, "consultation/gone")
    await relayed(calendar, "SlotChanged")
    await waits(calendar, "consultation/near")
    await waits(calendar, "consultation/far", km=150)
    await waits(calendar, "referral/any", STRANGER, target="neurology", urgency="urgent")
    await calendar.free("consultation/gone")
    await relayed(calendar, "SlotChanged")
    assert (await offers(calendar), await offers(calendar, STRANGER)) == (
        {"consultation/far": None, "consultation/near": None}, {"referral/any": slot.id},
    )  # fmt: skip
    await relayed(calendar, "OfferDue", later(minutes=59))
    assert (await offers(calendar, STRANGER))["referral/any"] == slot.id
    await relayed(calendar, "OfferDue", later(hours=1))
    await relayed(calendar, "SlotChanged")
    assert (await offers(calendar), await offers(calendar, STRANGER)) == (
        {"consultation/far": slot.id, "consultation/near": None}, {"referral/any": None},
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        await calendar.book(slot, "consultation/near")
    assert refused.value.code == "calendar.slot_held"
    await calendar.book(slot, "consultation/far")
    assert await offers(calendar) == {"consultation/near": None}


async def test_a_freed_slot_raced_for_by_a_hundred_is_booked_by_whom_it_is_offered(calendar: Calendar) -> None:
    slot = await calendar.slot(TOMORROW + timedelta(hours=20))
    await waits(calendar, "consultation/c7")
    await relayed(calendar, "SlotChanged")

    async def tried(number: int) -> str:
        try:
            await calendar.book(slot, f"consultation/c{number}")
        except Problem as problem:
            return problem.code
        return f"booked by {number}"

    got = Counter(await asyncio.gather(*(tried(number) for number in range(100))))
    assert got.pop("booked by 7") == 1
    assert got.total() == 99 and set(got) <= {"calendar.slot_held", "calendar.slot_taken"}


async def test_a_freed_slot_raced_for_by_a_hundred_that_nobody_waits_for_gives_one_booking(calendar: Calendar) -> None:
    slot = await calendar.slot(TOMORROW + timedelta(hours=20))
    await calendar.book(slot, "consultation/gone")

    async def tried(number: int) -> str:
        try:
            await calendar.book(slot, f"consultation/c{number}")
        except Problem as problem:
            return problem.code
        return "booked"

    _, *got = await asyncio.gather(calendar.free("consultation/gone"), *(tried(number) for number in range(100)))
    assert Counter(got)["booked"] <= 1
    rows = await calendar.home.rows("SELECT count(*) AS n FROM calendar.booking")
    assert rows[0]["n"] == Counter(got)["booked"]
    if rows[0]["n"] == 0:
        await calendar.book(slot, "consultation/after")


async def test_what_has_an_hour_is_offered_earlier_ones_alone_until_it_loses_its_own(calendar: Calendar) -> None:
    hour = TOMORROW + timedelta(hours=30)
    async with calendar.db.verb(ASKER) as tx:
        await waiting.join(tx, "consultation/a", "chenyuan", "routine", 0, NOW, before=hour)
    later_one = await calendar.slot(hour)
    await relayed(calendar, "SlotChanged")
    assert await offers(calendar) == {"consultation/a": None}
    earlier = await calendar.slot(hour - timedelta(hours=1))
    await relayed(calendar, "SlotChanged")
    assert await offers(calendar) == {"consultation/a": earlier.id}
    await relayed(calendar, "OfferDue", later(hours=6))
    assert await offers(calendar) == {"consultation/a": None}
    async with calendar.db.verb(system("relay")) as tx:
        await waiting.any_time(tx, "consultation/a")
        service.slot_changed(tx, later_one)
    await relayed(calendar, "SlotChanged")
    assert await offers(calendar) == {"consultation/a": later_one.id}


async def test_what_does_not_suit_is_passed_on_and_who_leaves_gives_it_back(calendar: Calendar) -> None:
    slot = await calendar.slot(TOMORROW + timedelta(hours=20))
    first, second = await waits(calendar, "consultation/a", km=150), await waits(calendar, "consultation/b")
    await relayed(calendar, "SlotChanged")
    async with calendar.db.verb(COLLEAGUE) as tx:  # of the same house
        await waiting.pass_on(tx, first.id, now=NOW)
    for kind in ("OfferDue", "SlotChanged"):
        await relayed(calendar, kind)
    assert await offers(calendar) == {"consultation/a": None, "consultation/b": slot.id}
    async with calendar.db.verb(ASKER) as tx:
        await waiting.leave(tx, second.id, now=NOW)
    for kind in ("OfferDue", "SlotChanged"):
        await relayed(calendar, kind)
    assert await offers(calendar) == {"consultation/a": None}
    await calendar.book(slot, "consultation/anybody")


@pytest.mark.parametrize("gone", ["withdrawn", "away"])
async def test_what_is_offered_and_then_cannot_be_had_leaves_its_holder_waiting_for_another(
    calendar: Calendar, gone: str
) -> None:
    start = TOMORROW + timedelta(hours=20)
    slot = await calendar.slot(start)
    await waits(calendar, "consultation/a")
    await relayed(calendar, "SlotChanged")
    assert await offers(calendar) == {"consultation/a": slot.id}
    if gone == "withdrawn":
        async with calendar.db.verb(EXPERT) as tx:
            await service.end_slot(tx, slot.id)
    else:
        await calendar.absence(start, start + timedelta(hours=1))
    await relayed(calendar, "SlotChanged")
    assert await offers(calendar) == {"consultation/a": None}
    other = await calendar.slot(start + timedelta(hours=3))
    await relayed(calendar, "SlotChanged")
    assert await offers(calendar) == {"consultation/a": other.id}


async def test_only_who_books_waits_and_only_their_house_sees_it(calendar: Calendar) -> None:
    one = await waits(calendar, "consultation/a")
    for by in (MANAGER, person("p", "patient", "liuhe", "p")):
        with pytest.raises(Forbidden):
            await waits(calendar, "consultation/b", by)
    with pytest.raises(Conflict):
        await waits(calendar, "consultation/a")
    with pytest.raises(NotFound):
        await waits(calendar, "consultation/b", target="nobody")
    assert (await offers(calendar, STRANGER), await offers(calendar, SECOND)) == ({}, {})
    for verb in (waiting.leave, waiting.pass_on):
        with pytest.raises(NotFound):
            async with calendar.db.verb(STRANGER) as tx:
                await verb(tx, one.id, now=NOW)
    with pytest.raises(Conflict) as refused:
        async with calendar.db.verb(ASKER) as tx:
            await waiting.pass_on(tx, one.id, now=NOW)
    assert refused.value.code == "calendar.no_offer"


async def test_an_expert_who_will_be_away_is_offered_to_nobody(calendar: Calendar) -> None:
    start = TOMORROW + timedelta(hours=20)
    await calendar.slot(start)
    await calendar.absence(start, start + timedelta(hours=1), who=EXPERT)
    await waits(calendar, "consultation/a")
    await relayed(calendar, "SlotChanged")
    assert await offers(calendar) == {"consultation/a": None}
