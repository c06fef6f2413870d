"""Shifts, absences and slots: who may, what stands in the way, and times from wherever they are told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tests.features.calendar.conftest import HOUR, MANAGER, OTHER_MANAGER, TOMORROW, Calendar
from tests.make.cases import ASKER, EXPERT, NOW, OUTSIDER, SECOND, later, person
from yuanzhen.collaboration.calendar import duty, model, service, views
from yuanzhen.collaboration.calendar.model import Span
from yuanzhen.collaboration.ring.model import Duty
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.programs import on_duty

pytestmark = pytest.mark.slow

CHINA = timezone(timedelta(hours=8))
DISPATCHER = person("gao", "dispatcher")


async def circles(calendar: Calendar, at: datetime, department: str = "neurology") -> list[list[str]]:
    async with calendar.db.look(ASKER) as look:
        return await duty.circles(look, department, at)


# ---- shifts


async def test_who_is_on_shift_is_called_circle_by_circle(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + HOUR, who=SECOND, circle=3)
    await calendar.shift(NOW, NOW + HOUR, who=EXPERT, circle=1)
    assert await circles(calendar, NOW) == [["chenyuan"], ["gaoming"]]


async def test_a_shift_begins_with_its_first_moment_and_is_over_at_its_end(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + HOUR, who=SECOND)
    assert await circles(calendar, NOW) == [["gaoming"]]
    assert await circles(calendar, NOW + HOUR - timedelta(microseconds=1)) == [["gaoming"]]
    assert await circles(calendar, NOW + HOUR) == [["chenyuan", "gaoming"]]  # nobody on shift: all of them


async def test_a_department_without_a_shift_has_all_its_experts_in_the_first_circle(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + HOUR, who=OUTSIDER, department="cardiology", circle=2)
    assert await circles(calendar, NOW) == [["chenyuan", "gaoming"]]
    assert await circles(calendar, NOW, "cardiology") == [["limin"]]


async def test_a_shift_across_midnight_holds_on_both_sides_of_it(calendar: Calendar) -> None:
    evening = datetime(2026, 3, 18, 20, tzinfo=CHINA)
    await calendar.shift(evening, evening + timedelta(hours=12), who=SECOND)
    midnight = datetime(2026, 3, 19, tzinfo=CHINA)
    for moment in (midnight - timedelta(seconds=1), midnight, midnight + timedelta(seconds=1)):
        assert await circles(calendar, moment) == [["gaoming"]]


async def test_a_shift_holds_all_of_a_leap_day(calendar: Calendar) -> None:
    """From the evening of 2028-02-28 to the morning of 03-01, told in China and asked in UTC."""
    first, second = (datetime(2028, 2, day, 20, tzinfo=CHINA) for day in (28, 29))
    await calendar.shift(first, second, who=SECOND)
    await calendar.shift(second, datetime(2028, 3, 1, 8, tzinfo=CHINA), who=EXPERT)
    for moment, on_duty_then in (
        (datetime(2028, 2, 29, 0, 0, tzinfo=CHINA), [["gaoming"]]),
        (datetime(2028, 2, 29, 11, 59, 59, tzinfo=UTC), [["gaoming"]]),
        (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), [["chenyuan"]]),
        (datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC), [["chenyuan"]]),
        (datetime(2028, 3, 1, 0, 0, tzinfo=UTC), [["chenyuan", "gaoming"]]),  # nobody on shift: all of them
    ):
        assert await circles(calendar, moment) == on_duty_then, moment


async def test_who_is_away_is_not_called_and_a_shift_of_nobody_else_is_empty(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + 2 * HOUR, who=EXPERT)
    await calendar.absence(NOW + HOUR, NOW + 2 * HOUR)
    assert await circles(calendar, NOW) == [["chenyuan"]]
    assert await circles(calendar, NOW + HOUR) == []


async def test_only_what_is_of_this_moment_changes_who_is_on_duty_now(calendar: Calendar) -> None:
    shift = await calendar.shift(NOW, NOW + HOUR)
    await calendar.shift(NOW + HOUR, NOW + 2 * HOUR)
    await calendar.absence(NOW + HOUR, NOW + 2 * HOUR)
    assert len(await calendar.facts("DutyChanged")) == 1
    async with calendar.db.verb(MANAGER) as tx:
        await service.end_shift(tx, shift.id, now=NOW)
    assert len(await calendar.facts("DutyChanged")) == 2


async def test_a_ring_is_told_whether_there_is_a_shift_at_all(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + HOUR, who=SECOND, circle=2)
    await calendar.absence(NOW, NOW + timedelta(minutes=30), who=SECOND)
    async with calendar.db.verb(system("relay")) as tx:
        got = [await on_duty.of(tx, "neurology", NOW + timedelta(minutes=by)) for by in (0, 30, 60)]
    assert got == [
        Duty((), rostered=True),  # who is on shift is away
        Duty((("gaoming",),), rostered=True),
        Duty((("chenyuan", "gaoming"),), rostered=False),
    ]


async def test_who_left_the_department_is_called_no_more(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + HOUR, who=EXPERT)
    await calendar.home.run("DELETE FROM security.membership WHERE person = 'chenyuan'")
    assert await circles(calendar, NOW) == [["gaoming"]]


async def test_one_person_is_on_duty_once_at_a_time_for_a_department(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + HOUR)
    with pytest.raises(Conflict) as problem:
        await calendar.shift(NOW + HOUR - timedelta(minutes=1), NOW + 2 * HOUR, circle=2)
    assert problem.value.code == "calendar.overlap"
    assert await calendar.refusals() == [("hejing", "calendar.shift", "calendar.overlap")]
    await calendar.shift(NOW + HOUR, NOW + 2 * HOUR)  # from its end on there is room


async def test_only_an_expert_of_the_department_goes_on_its_shift(calendar: Calendar) -> None:
    for who in (OUTSIDER, ASKER, person("nobody", "expert")):
        with pytest.raises(Invalid) as problem:
            await calendar.shift(NOW, NOW + HOUR, who=who)
        assert problem.value.code == "calendar.no_expert"


@pytest.mark.parametrize("by", [EXPERT, ASKER, OTHER_MANAGER, DISPATCHER, person("zhou", "officer")])
async def test_only_a_manager_of_the_house_keeps_its_shifts(calendar: Calendar, by: object) -> None:
    shift = await calendar.shift(NOW, NOW + HOUR)
    with pytest.raises(Forbidden):
        await calendar.shift(NOW + HOUR, NOW + 2 * HOUR, by=by)  # type: ignore[arg-type]
    with pytest.raises((Forbidden, NotFound)):
        async with calendar.db.verb(by) as tx:  # type: ignore[arg-type]
            await service.end_shift(tx, shift.id, now=NOW)
    assert len(await calendar.refusals()) == 2
    async with calendar.db.verb(MANAGER) as tx:
        await service.end_shift(tx, shift.id, now=NOW)
    assert await calendar.home.rows("SELECT id FROM calendar.shift") == []


async def test_a_manager_keeps_the_branches_of_their_house_too(calendar: Calendar) -> None:
    await calendar.home.run(
        "INSERT INTO security.institution VALUES ('east', '东院', 'branch', 'city'), ('far', '县院', 'county', 'city');"
        "INSERT INTO security.department VALUES ('east-neuro', '神经内科', 'east'), ('far-neuro', '神经内科', 'far');"
        "INSERT INTO security.membership VALUES ('chenyuan', 'east-neuro'), ('chenyuan', 'far-neuro')"
    )
    await calendar.shift(NOW, NOW + HOUR, department="east-neuro")
    with pytest.raises(Forbidden):
        await calendar.shift(NOW, NOW + HOUR, department="far-neuro")


# ---- slots


async def test_an_expert_offers_their_own_times_and_a_manager_anybodys_of_the_house(calendar: Calendar) -> None:
    await calendar.slot(TOMORROW)
    await calendar.slot(TOMORROW + HOUR, by=MANAGER)
    for by in (SECOND, ASKER, OTHER_MANAGER):
        with pytest.raises(Forbidden):
            await calendar.slot(TOMORROW + 2 * HOUR, by=by)
    assert [code for _, _, code in await calendar.refusals()] == ["calendar.not_yours"] * 3


async def test_two_slots_of_one_expert_never_overlap(calendar: Calendar) -> None:
    await calendar.slot(TOMORROW, TOMORROW + HOUR)
    for start in (TOMORROW - timedelta(minutes=10), TOMORROW, TOMORROW + timedelta(minutes=59)):
        with pytest.raises(Conflict) as problem:
            await calendar.slot(start, start + timedelta(minutes=20))
        assert problem.value.code == "calendar.overlap"
    await calendar.slot(TOMORROW + HOUR)
    await calendar.slot(TOMORROW, who=SECOND)  # another's time is their own


async def test_of_many_who_offer_the_same_time_at_once_one_does(calendar: Calendar) -> None:
    async def tried() -> bool:
        try:
            await calendar.slot(TOMORROW)
        except Conflict:
            return False
        return True

    assert sorted(await asyncio.gather(*(tried() for _ in range(20)))) == [False] * 19 + [True]


async def test_the_same_moment_in_another_zone_is_the_same_moment(calendar: Calendar) -> None:
    await calendar.slot(datetime(2026, 3, 20, 10, tzinfo=CHINA))
    with pytest.raises(Conflict):
        await calendar.slot(datetime(2026, 3, 20, 2, tzinfo=UTC))
    with pytest.raises(Conflict):
        await calendar.slot(datetime(2026, 3, 19, 22, tzinfo=ZoneInfo("America/New_York")))  # DST there: UTC-4


async def test_hours_that_a_zone_has_twice_are_two_hours(calendar: Calendar) -> None:
    """In Berlin the clock shows 02:30 twice on 2026-10-25."""
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    again = first.replace(fold=1)
    await calendar.slot(datetime.fromisoformat(first.isoformat()))
    await calendar.slot(datetime.fromisoformat(again.isoformat()))
    rows = await calendar.home.rows("SELECT starts FROM calendar.slot ORDER BY starts")
    assert rows[1]["starts"] - rows[0]["starts"] == HOUR


async def test_a_leap_day_and_the_night_into_it(calendar: Calendar) -> None:
    """2028-02-29 is one; a slot from its eve into it is one slot of 20 minutes."""
    start = datetime(2028, 2, 28, 23, 50, tzinfo=CHINA)
    slot = await calendar.slot(start)
    assert slot.span == Span(start.astimezone(UTC), start.astimezone(UTC) + timedelta(minutes=20))
    async with calendar.db.look(ASKER) as look:
        within = Span(datetime(2028, 2, 29, tzinfo=CHINA), datetime(2028, 3, 1, tzinfo=CHINA))
        found = await views.slots(look, expert="chenyuan", department=None, within=within, now=NOW)
    assert [one.id for one in found.items] == [slot.id]


async def test_slots_are_listed_by_expert_department_and_span_a_page_at_a_time(calendar: Calendar) -> None:
    made = [
        await calendar.slot(TOMORROW + number * HOUR, who=who) for number, who in enumerate([SECOND, EXPERT, SECOND])
    ]
    await calendar.slot(TOMORROW, who=OUTSIDER)
    await calendar.absence(TOMORROW + HOUR, TOMORROW + 2 * HOUR)
    within = Span(NOW, NOW + timedelta(days=7))
    async with calendar.db.look(ASKER) as look:
        first = await views.slots(look, expert=None, department="neurology", within=within, count=2, now=NOW)
        rest = await views.slots(
            look, expert=None, department="neurology", within=within, after=first.next or "", count=2, now=NOW
        )
        own = await views.slots(look, expert="limin", department=None, within=within, now=later(hours=2))
    assert [one.id for one in (*first.items, *rest.items)] == [one.id for one in made]
    assert (first.next, rest.next) == (made[1].id, None)
    assert [one.state for one in (*first.items, *rest.items)] == ["free", "absent", "free"]
    assert [one.state for one in own.items] == ["too-soon"]


@pytest.mark.parametrize("role", ["patient", "carer", "nurse", "interpreter", "quality"])
async def test_who_neither_books_nor_is_booked_sees_no_times(calendar: Calendar, role: str) -> None:
    await calendar.slot()
    by = person("p", role, "liuhe", calendar.ward.patient if role in ("patient", "carer") else "")
    with pytest.raises(Forbidden):
        async with calendar.db.look(by) as look:
            await views.slots(look, expert=None, department=None, within=Span(NOW, later(days=7)), now=NOW)
    for table in ("shift", "absence", "slot", "booking", "own"):
        assert await calendar.db.once(by, f"SELECT * FROM calendar.{table}") == []


async def test_a_slot_is_withdrawn_by_its_expert_and_nobody_elses(calendar: Calendar) -> None:
    slot = await calendar.slot()
    for by in (SECOND, OTHER_MANAGER):
        with pytest.raises(NotFound):
            async with calendar.db.verb(by) as tx:
                await service.end_slot(tx, slot.id)
    async with calendar.db.verb(EXPERT) as tx:
        await service.end_slot(tx, slot.id)
    assert await calendar.home.rows("SELECT id FROM calendar.slot") == []


# ---- the page of a week


async def test_a_week_shows_an_expert_their_own_and_a_manager_the_departments(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + HOUR)
    await calendar.absence(NOW, NOW + HOUR, who=SECOND)
    slot = await calendar.slot()
    await calendar.book(slot)
    within = model.window(NOW - HOUR, NOW + timedelta(days=7), NOW)
    async with calendar.db.look(EXPERT) as look:
        own = await views.week(look, None, within, NOW)
    async with calendar.db.look(MANAGER) as look:
        theirs = await views.week(look, "neurology", within, NOW)
    assert [one.id for one in own.people] == ["chenyuan"]
    assert ([one.circle for one in own.shifts], own.absences) == ([1], [])
    assert [one.source for one in own.bookings] == ["consultation/c1"]
    assert [one.id for one in theirs.people] == ["chenyuan", "gaoming"]
    assert [one.person.id for one in theirs.absences] == ["gaoming"]
    assert ([one.state for one in theirs.slots], len(theirs.bookings)) == (["taken"], 1)


async def test_nobody_sees_the_roster_of_another_house_or_department(calendar: Calendar) -> None:
    within = model.window(None, None, NOW)
    for by, problem in ((ASKER, Forbidden), (OUTSIDER, NotFound), (OTHER_MANAGER, NotFound)):
        with pytest.raises(problem):
            async with calendar.db.look(by) as look:
                await views.week(look, "neurology", within, NOW)
