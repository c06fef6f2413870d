"""A consultation at an hour: asked with a slot, moved, passed on, begun in time, and what others see of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from tests.features.calendar.conftest import HOUR, TOMORROW, Calendar
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, MACHINE, NOW, OUTSIDER, SECOND
from yuanzhen.applications.consultation import jobs, views
from yuanzhen.applications.consultation.model import Case
from yuanzhen.collaboration.calendar import booking, roster_views, waiting
from yuanzhen.collaboration.calendar.model import Booking
from yuanzhen.data.records import store as records
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound

RELAY = system("relay")


async def asked(calendar: Calendar, slot: str, **more: str) -> Case:
    return await calendar.ward.ask(mode="live", urgency="scheduled", slot=slot, **more)


async def booked(calendar: Calendar, case: Case, by: Actor = ASKER) -> Booking | None:
    async with calendar.db.look(by) as look:
        return await booking.of(look, f"consultation/{case.id}")


async def appointment(calendar: Calendar, case: Case) -> dict[str, object]:
    """What others see of its hour, once the relay has been."""
    for fact in await calendar.facts("HourChanged"):
        async with calendar.db.verb(RELAY) as tx:
            await jobs.publish_hour(tx, json.loads(str(fact["body"])))
    async with calendar.db.look(MACHINE) as look:
        found = await records.find(look, "Appointment", case.id)
    assert found is not None
    return found.resource()


async def test_what_is_asked_with_a_slot_is_booked_with_its_expert(calendar: Calendar) -> None:
    slot = await calendar.slot()
    case = await asked(calendar, slot.id)
    assert (case.state, case.expert, case.slot, case.starts) == ("booked", "chenyuan", slot.id, slot.span.start)
    made = await booked(calendar, case)
    assert made is not None and made.slot.id == slot.id
    seen = await views.case(calendar.db, EXPERT, case.id)
    assert seen.acts == ["accept", "decline", "reschedule", "did-not-take-place"]
    assert seen.patient.masked  # entrusted only when it begins
    assert await calendar.told("me/chenyuan") == [("booked", f"consultation/{case.id}")]
    assert await calendar.facts("ConsultationAsked") == []  # nobody else is called


async def test_nothing_is_kept_of_a_request_whose_slot_is_not_to_be_had(calendar: Calendar) -> None:
    slot = await calendar.slot()
    other = await calendar.slot(TOMORROW, who=OUTSIDER)
    soon = await calendar.slot(NOW + HOUR)
    await calendar.book(slot, "consultation/before")
    for wanted, problem in ((slot.id, Conflict), (soon.id, Invalid), (other.id, Invalid), ("x", NotFound)):
        with pytest.raises(problem):
            await asked(calendar, wanted)
    with pytest.raises(Invalid, match=r"consultation\.missing"):
        await asked(calendar, "")
    with pytest.raises(Invalid, match=r"consultation\.not_taken"):
        await calendar.ward.ask(slot=other.id)
    assert await calendar.home.rows("SELECT id FROM consultation.case") == []
    assert len(await calendar.home.rows("SELECT id FROM calendar.booking")) == 1


async def test_a_double_tap_books_once(calendar: Calendar) -> None:
    slot = await calendar.slot()
    first = await asked(calendar, slot.id, idempotency="k")
    again = await asked(calendar, slot.id, idempotency="k")
    assert (again.id, again.slot) == (first.id, slot.id)


async def test_it_begins_a_quarter_of_an_hour_before_and_with_its_expert_alone(calendar: Calendar) -> None:
    slot = await calendar.slot()
    case = await asked(calendar, slot.id)
    opens = slot.span.start - timedelta(minutes=15)
    with pytest.raises(Conflict, match=r"consultation\.too_early"):
        await calendar.ward.act(EXPERT, "accept", case, now=opens - timedelta(seconds=1))
    assert ("chenyuan", "consultation.accept", 4, "consultation.too_early") in await calendar.home.trail()
    with pytest.raises(Forbidden):
        await calendar.ward.act(SECOND, "accept", case, now=opens)
    begun = await calendar.ward.act(EXPERT, "accept", case, now=opens)
    assert begun.state == "accepted"
    assert not (await views.case(calendar.db, EXPERT, case.id)).patient.masked
    assert (await appointment(calendar, case))["status"] == "arrived"


@pytest.mark.parametrize("by", [ASKER, COLLEAGUE, EXPERT])
async def test_either_side_moves_it_to_another_hour(calendar: Calendar, by: Actor) -> None:
    first, second = await calendar.slot(), await calendar.slot(TOMORROW + HOUR, who=SECOND)
    case = await asked(calendar, first.id)
    moved = await calendar.ward.act(by, "reschedule", case, slot=second.id)
    assert (moved.state, moved.expert, moved.slot, moved.starts) == ("booked", "gaoming", second.id, second.span.start)
    assert (await calendar.told("me/chenyuan"))[-1] == ("freed", f"consultation/{case.id}")
    assert (await calendar.told("me/gaoming"))[-1] == ("moved", f"consultation/{case.id}")
    rows = await calendar.home.rows("SELECT taken FROM calendar.slot ORDER BY starts")
    assert [row["taken"] for row in rows] == [False, True]
    with pytest.raises(Forbidden):
        await calendar.ward.act(EXPERT, "accept", moved, now=second.span.start)


async def test_who_passes_on_what_is_booked_with_them_leaves_it_to_be_moved(calendar: Calendar) -> None:
    first, second = await calendar.slot(), await calendar.slot(TOMORROW + HOUR, who=SECOND)
    case = await asked(calendar, first.id)
    left = await calendar.ward.act(EXPERT, "decline", case)
    assert (left.state, left.expert, left.slot, left.starts) == ("booked", "", "", None)
    assert await booked(calendar, case) is None
    assert (await appointment(calendar, case))["status"] == "proposed"
    with pytest.raises(Forbidden):  # it is nobody's now
        await calendar.ward.act(EXPERT, "accept", case, now=first.span.start)
    again = await calendar.ward.act(COLLEAGUE, "reschedule", case, slot=second.id)
    assert (again.expert, again.slot) == ("gaoming", second.id)
    told = await appointment(calendar, case)
    assert (told["status"], told["slot"]) == ("booked", [{"reference": f"Slot/{second.id}"}])


@pytest.mark.parametrize(
    ("by", "act", "state", "status"),
    [
        (ASKER, "cancel", "cancelled", "cancelled"),
        (ASKER, "withdraw-consent", "cancelled", "cancelled"),
        (EXPERT, "did-not-take-place", "did-not-take-place", "noshow"),
    ],
)
async def test_what_ends_frees_its_slot_for_others(
    calendar: Calendar, by: Actor, act: str, state: str, status: str
) -> None:
    slot = await calendar.slot()
    case = await asked(calendar, slot.id)
    ended = await calendar.ward.act(by, act, case)
    assert (ended.state, await booked(calendar, case)) == (state, None)
    told = await appointment(calendar, case)
    assert (told["status"], told["start"]) == (status, slot.span.start.isoformat(timespec="milliseconds")[:-6] + "Z")
    assert "slot" not in told
    await asked(calendar, slot.id)


async def waits(calendar: Calendar, case: Case) -> list[tuple[str, datetime | None]]:
    """What the asker's house waits for, and before when, once the relay has been."""
    await appointment(calendar, case)
    async with calendar.db.look(ASKER) as look:
        return [(one.source, one.before) for one in (await roster_views.waiting(look, NOW)).items]


async def test_a_case_waits_for_an_earlier_hour_then_for_any_and_for_none_when_it_is_over(calendar: Calendar) -> None:
    slot = await calendar.slot()
    case = await asked(calendar, slot.id)
    source = f"consultation/{case.id}"
    async with calendar.db.verb(ASKER) as tx:
        await waiting.join(tx, source, "chenyuan", "routine", 0, NOW, before=slot.span.start)
    assert await waits(calendar, case) == [(source, slot.span.start)]
    await calendar.ward.act(EXPERT, "decline", case)
    assert await waits(calendar, case) == [(source, None)]
    await calendar.ward.act(ASKER, "cancel", case)
    assert await waits(calendar, case) == []


async def test_a_case_that_has_its_earlier_hour_waits_no_more(calendar: Calendar) -> None:
    slot, earlier = await calendar.slot(TOMORROW + HOUR), await calendar.slot()
    case = await asked(calendar, slot.id)
    async with calendar.db.verb(ASKER) as tx:
        await waiting.join(tx, f"consultation/{case.id}", "chenyuan", "routine", 0, NOW, before=slot.span.start)
    await calendar.ward.act(ASKER, "reschedule", case, slot=earlier.id)
    assert await waits(calendar, case) == []


async def test_what_was_signed_was_at_its_hour(calendar: Calendar) -> None:
    slot = await calendar.slot()
    case = await asked(calendar, slot.id)
    await calendar.ward.act(EXPERT, "accept", case, now=slot.span.start)
    await calendar.ward.write(EXPERT, case)
    await calendar.ward.sign(EXPERT, case)
    await calendar.ward.act(ASKER, "close", case)
    told = await appointment(calendar, case)
    assert (told["status"], told["slot"]) == ("fulfilled", [{"reference": f"Slot/{slot.id}"}])
    assert told["meta"]["source"] == f"yuanzhen:consultation/{case.id}"  # type: ignore[index]


async def test_an_expert_who_gives_it_back_leaves_it_without_an_hour(calendar: Calendar) -> None:
    slot = await calendar.slot()
    case = await asked(calendar, slot.id)
    await calendar.ward.act(EXPERT, "accept", case, now=slot.span.start)
    left = await calendar.ward.act(EXPERT, "release", case, now=slot.span.start)
    assert (left.state, left.slot, left.expert) == ("booked", "", "")
    assert await booked(calendar, case) is None


async def test_the_askers_systems_hear_of_its_hour(calendar: Calendar) -> None:
    first, second = await calendar.slot(), await calendar.slot(TOMORROW + HOUR)
    case = await asked(calendar, first.id)
    await calendar.ward.act(ASKER, "reschedule", case, slot=second.id)
    await appointment(calendar, case)
    told = [json.loads(str(one["body"])) for one in await calendar.facts("AppointmentChanged")]
    assert [(one["appointment"], one["institution"], one["moved"]) for one in told] == [
        (case.id, "liuhe", False), (case.id, "liuhe", True),
    ]  # fmt: skip
