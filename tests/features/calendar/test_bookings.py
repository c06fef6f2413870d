"""Booking, moving and freeing: one wins, both sides hear of it, and an absence asks for another hour."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from datetime import timedelta

import pytest

from tests.features.calendar.conftest import HOUR, MANAGER, TOMORROW, Calendar
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, MACHINE, NOW, OUTSIDER, SECOND, STRANGER, later, person
from yuanzhen.collaboration.calendar import booking, jobs, service, views
from yuanzhen.collaboration.calendar.model import Span
from yuanzhen.data.records import store as records
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Invalid, NotFound, Problem

RELAY = system("relay")


async def relayed(calendar: Calendar, kind: str) -> None:
    """All facts of a kind are handed to their listener, as the relay does when they are due."""
    job = {"BookingDue": jobs.remind, "BookingHit": jobs.must_move, "SlotChanged": jobs.publish_slot}[kind]
    for fact in await calendar.facts(kind):
        async with calendar.db.verb(RELAY) as tx:
            await job(tx, json.loads(str(fact["body"])))


async def of(calendar: Calendar, by: Actor, source: str = "consultation/c1") -> views.BookingLine | None:
    async with calendar.db.look(by) as look:
        return await views.booking_of(look, source)


async def test_a_booked_slot_is_taken_and_both_sides_see_by_whom(calendar: Calendar) -> None:
    slot = await calendar.slot()
    made = await calendar.book(slot)
    for by in (ASKER, COLLEAGUE, EXPERT, MANAGER):
        line = await of(calendar, by)
        assert line is not None
        assert (line.id, line.slot, line.expert.id, line.institution.name) == (
            made.id, slot.id, "chenyuan", "柳河镇卫生院",
        )  # fmt: skip
        assert line.opens == slot.span.start - timedelta(minutes=15)
    for by in (STRANGER, SECOND, OUTSIDER, MACHINE):
        assert await of(calendar, by) is None
    async with calendar.db.look(STRANGER) as look:
        within = Span(NOW, later(days=7))
        (seen,) = (await views.slots(look, expert=None, department=None, within=within, now=NOW)).items
    assert seen.state == "taken"
    assert await calendar.told("me/chenyuan") == [("booked", "consultation/c1")]
    assert await calendar.told("me/xujing") == [("booked", "consultation/c1")]
    assert await calendar.told("consultation/c1") == [("booked", "consultation/c1")]


async def test_a_hundred_clients_race_for_one_slot_and_one_has_it(calendar: Calendar) -> None:
    slot = await calendar.slot()

    async def tried(number: int) -> str:
        try:
            await calendar.book(slot, f"consultation/c{number}")
        except Problem as problem:
            return problem.code
        return "booked"

    got = Counter(await asyncio.gather(*(tried(number) for number in range(100))))
    sys.stdout.write(f"a hundred for one slot: {dict(got)}\n")
    assert got == {"booked": 1, "calendar.slot_taken": 99}
    (row,) = await calendar.home.rows("SELECT count(*) AS bookings FROM calendar.booking")
    assert row["bookings"] == 1
    assert len(await calendar.refusals()) == 99


async def test_one_case_has_one_slot(calendar: Calendar) -> None:
    first, second = await calendar.slot(), await calendar.slot(TOMORROW + HOUR)
    await calendar.book(first)
    with pytest.raises(Conflict):
        await calendar.book(second)


async def test_less_than_a_day_ahead_is_too_soon(calendar: Calendar) -> None:
    slot = await calendar.slot(NOW + timedelta(hours=24))
    with pytest.raises(Invalid) as problem:
        await calendar.book(slot, now=NOW + timedelta(microseconds=1))
    assert (problem.value.code, problem.value.facts) == ("calendar.too_soon", {"hours": 24})
    with pytest.raises(Invalid):
        await calendar.book(slot, now=NOW + timedelta(days=2))  # over already
    await calendar.book(slot, now=NOW)


async def test_what_cannot_be_booked_says_why(calendar: Calendar) -> None:
    slot = await calendar.slot()
    with pytest.raises(NotFound, match=r"calendar\.no_slot"):
        await calendar.book("x")
    with pytest.raises(Invalid, match=r"calendar\.other_department"):
        await calendar.book(slot, department="cardiology")
    await calendar.absence(TOMORROW - HOUR, TOMORROW + timedelta(minutes=1))
    with pytest.raises(Conflict, match=r"calendar\.expert_absent"):
        await calendar.book(slot)


async def test_a_move_frees_the_old_slot_and_tells_everybody_whom_it_concerns(calendar: Calendar) -> None:
    first, second = await calendar.slot(), await calendar.slot(TOMORROW + HOUR, who=SECOND)
    await calendar.book(first)
    moved = await calendar.move(second, by=COLLEAGUE)
    assert (moved.slot.id, moved.slot.expert, moved.booked_by) == (second.id, "gaoming", "xujing")
    rows = await calendar.home.rows("SELECT id, taken FROM calendar.slot ORDER BY starts")
    assert [(row["id"], row["taken"]) for row in rows] == [(first.id, False), (second.id, True)]
    assert await calendar.told("me/chenyuan") == [("booked", "consultation/c1"), ("freed", "consultation/c1")]
    assert await calendar.told("me/gaoming") == [("moved", "consultation/c1")]
    assert await calendar.told("me/xujing") == [("booked", "consultation/c1"), ("moved", "consultation/c1")]
    assert await of(calendar, EXPERT) is None
    assert await of(calendar, SECOND) is not None


async def test_a_move_to_a_slot_that_is_taken_leaves_all_as_it_was(calendar: Calendar) -> None:
    first, second = await calendar.slot(), await calendar.slot(TOMORROW + HOUR)
    await calendar.book(first)
    await calendar.book(second, "consultation/c2")
    for slot in (second, first):  # its own slot is taken too: by itself
        with pytest.raises(Conflict, match=r"calendar\.slot_taken"):
            await calendar.move(slot)
    with pytest.raises(NotFound, match=r"calendar\.no_booking"):
        await calendar.move(second, "consultation/none")
    line = await of(calendar, ASKER)
    assert line is not None and line.slot == first.id


async def test_who_has_no_part_moves_and_frees_nothing(calendar: Calendar) -> None:
    await calendar.book(await calendar.slot())
    other = await calendar.slot(TOMORROW + HOUR)
    for by in (STRANGER, SECOND, person("zhou", "officer")):
        with pytest.raises(NotFound):
            await calendar.move(other, by=by)
        assert await calendar.free(by=by) is None
    assert await of(calendar, ASKER) is not None


async def test_what_is_freed_can_be_booked_by_another(calendar: Calendar) -> None:
    slot = await calendar.slot()
    await calendar.book(slot)
    assert await calendar.free() is not None
    assert await calendar.free() is None  # once
    await calendar.book(slot, "consultation/c2")
    assert await calendar.told("me/chenyuan") == [
        ("booked", "consultation/c1"), ("freed", "consultation/c1"), ("booked", "consultation/c2"),
    ]  # fmt: skip


async def test_a_booked_slot_is_not_withdrawn(calendar: Calendar) -> None:
    slot = await calendar.slot()
    await calendar.book(slot)
    with pytest.raises(Conflict, match=r"calendar\.slot_booked"):
        async with calendar.db.verb(EXPERT) as tx:
            await service.end_slot(tx, slot.id)


async def test_a_slot_withdrawn_while_it_is_booked_is_one_of_the_two(calendar: Calendar) -> None:
    slots = [await calendar.slot(TOMORROW + number * HOUR) for number in range(10)]

    async def withdrawn(slot: str) -> bool:
        try:
            async with calendar.db.verb(EXPERT) as tx:
                await service.end_slot(tx, slot)
        except Conflict:
            return False
        return True

    async def booked(slot: str) -> bool:
        try:
            await calendar.book(slot, f"consultation/{slot}")
        except (Conflict, NotFound):
            return False
        return True

    for slot in slots:
        assert sorted(await asyncio.gather(withdrawn(slot.id), booked(slot.id))) == [False, True]


# ---- reminders


async def test_both_sides_are_reminded_a_day_and_a_quarter_of_an_hour_before(calendar: Calendar) -> None:
    slot = await calendar.slot()
    await calendar.book(slot)
    due = [(json.loads(str(one["body"]))["ahead"], one["due"]) for one in await calendar.facts("BookingDue")]
    assert due == [("day", slot.span.start - timedelta(days=1)), ("soon", slot.span.start - timedelta(minutes=15))]
    await relayed(calendar, "BookingDue")
    for person_ in ("chenyuan", "xujing"):
        assert (await calendar.told(f"me/{person_}"))[1:] == [("day", "consultation/c1"), ("soon", "consultation/c1")]


async def test_a_reminder_of_an_hour_that_is_no_more_says_nothing(calendar: Calendar) -> None:
    first, second = await calendar.slot(), await calendar.slot(TOMORROW + HOUR)
    await calendar.book(first)
    await calendar.move(second)
    await relayed(calendar, "BookingDue")
    reminded = [what for what, _ in await calendar.told("consultation/c1") if what in ("day", "soon")]
    assert reminded == ["day", "soon"]  # of the second alone
    await calendar.free()
    await relayed(calendar, "BookingDue")
    assert [what for what, _ in await calendar.told("consultation/c1")][-1] == "freed"


# ---- an absence over it


async def test_an_absence_over_a_booking_is_told_to_both_sides_and_the_manager(calendar: Calendar) -> None:
    await calendar.book(await calendar.slot())
    free = await calendar.slot(TOMORROW + HOUR, who=SECOND)
    absence = await calendar.absence(TOMORROW - HOUR, TOMORROW + HOUR)
    await relayed(calendar, "BookingHit")
    for person_ in ("chenyuan", "xujing", "hejing"):
        assert (await calendar.told(f"me/{person_}"))[-1] == ("must-move", "consultation/c1")
    assert await calendar.told("me/tang") == []
    line = await of(calendar, ASKER)
    assert line is not None and line.must_move
    moved = await calendar.move(free)
    assert not moved.must_move
    async with calendar.db.verb(EXPERT) as tx:
        await service.end_absence(tx, absence.id, now=NOW)


async def test_an_absence_that_a_manager_enters_is_told_as_well(calendar: Calendar) -> None:
    await calendar.book(await calendar.slot())
    await calendar.absence(TOMORROW, TOMORROW + HOUR, by=MANAGER)
    await relayed(calendar, "BookingHit")
    assert (await calendar.told("me/xujing"))[-1] == ("must-move", "consultation/c1")


async def test_an_absence_that_only_touches_a_booking_leaves_it(calendar: Calendar) -> None:
    slot = await calendar.slot()
    await calendar.book(slot)
    await calendar.absence(TOMORROW - HOUR, slot.span.start)
    await calendar.absence(slot.span.end, slot.span.end + HOUR)
    assert await calendar.facts("BookingHit") == []


# ---- the link


async def test_the_asking_side_measures_its_link_and_both_see_what_it_is_worth(calendar: Calendar) -> None:
    made = await calendar.book(await calendar.slot())
    async with calendar.db.verb(COLLEAGUE) as tx:
        await booking.check_link(tx, made.id, 38.25, 12_000, 4_000, later(hours=1))
    for by in (ASKER, EXPERT):
        line = await of(calendar, by)
        assert line is not None and line.link is not None
        assert (line.link.rtt_ms, line.link.verdict, line.link.checked) == (38.2, "good", later(hours=1))
    for by in (EXPERT, STRANGER):  # the expert's own link is not what was asked
        with pytest.raises(NotFound):
            async with calendar.db.verb(by) as tx:
                await booking.check_link(tx, made.id, 1, 1, 1, NOW)
    await calendar.move(await calendar.slot(TOMORROW + HOUR))
    line = await of(calendar, ASKER)
    assert line is not None and line.link is None  # measured for another hour


# ---- what others see


async def test_slots_are_published_and_follow_what_becomes_of_them(calendar: Calendar) -> None:
    slot = await calendar.slot()

    async def status() -> str:
        await relayed(calendar, "SlotChanged")
        async with calendar.db.look(MACHINE) as look:
            found = await records.find(look, "Slot", slot.id)
        if found is None or found.deleted:
            return "gone"
        resource = found.resource()
        assert resource["meta"]["source"] == f"yuanzhen:calendar/{slot.id}"
        assert resource["schedule"] == {"reference": "Schedule/chenyuan"}
        return str(resource["status"])

    assert await status() == "free"
    await calendar.book(slot)
    assert await status() == "busy"
    await calendar.free()
    absence = await calendar.absence(TOMORROW, TOMORROW + HOUR)
    assert await status() == "busy-unavailable"
    async with calendar.db.verb(EXPERT) as tx:
        await service.end_absence(tx, absence.id, now=NOW)
    assert await status() == "free"
    async with calendar.db.verb(EXPERT) as tx:
        await service.end_slot(tx, slot.id)
    assert await status() == "gone"
