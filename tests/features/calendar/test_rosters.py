"""Rosters by pattern, swaps and resources, with the real database: allowed and refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from icalendar import Calendar as ICalendar

from tests.features.calendar.conftest import MANAGER, OTHER_MANAGER, TOMORROW, Calendar
from tests.make.cases import ASKER, EXPERT, NOW, OUTSIDER, SECOND, later
from yuanzhen.collaboration.calendar import booking, duty, feed, roster_views, rosters, service, views
from yuanzhen.collaboration.calendar.model import Shift, Span
from yuanzhen.collaboration.calendar.patterns import Pattern
from yuanzhen.collaboration.calendar.roster_store import Resource, Swap
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound

WEEK = Pattern("rotation", ("chenyuan", "gaoming"), date(2026, 3, 23), date(2026, 3, 29), time(8), 24, on=1, off=1)


async def make(
    calendar: Calendar, pattern: Pattern = WEEK, by: Actor = MANAGER
) -> tuple[str, int, list[rosters.Skipped]]:
    async with calendar.db.verb(by) as tx:
        return await rosters.make(tx, "neurology", pattern, NOW)


async def change(
    calendar: Calendar, id: str, pattern: Pattern, by: Actor = MANAGER, now: datetime = NOW
) -> tuple[str, int, list[rosters.Skipped]]:
    async with calendar.db.verb(by) as tx:
        return await rosters.change(tx, id, pattern, now)


async def swap(calendar: Calendar, mine: Shift, other: str = "", by: Actor = EXPERT, to: Actor = SECOND) -> Swap:
    async with calendar.db.verb(by) as tx:
        return await rosters.ask_swap(tx, mine.id, to.id, other, NOW)


async def decide(calendar: Calendar, by: Actor, act: str, one: Swap) -> Swap:
    async with calendar.db.verb(by) as tx:
        return await rosters.decide_swap(tx, one.id, act, NOW)


async def on_duty(calendar: Calendar, at: timedelta) -> list[list[str]]:
    async with calendar.db.look(system("relay")) as look:
        return await duty.circles(look, "neurology", NOW + at)


async def test_a_pattern_makes_shifts_and_leaves_out_who_is_away_or_on_duty(calendar: Calendar) -> None:
    await calendar.absence(NOW + timedelta(days=5), NOW + timedelta(days=5, hours=2))
    id, made, skipped = await make(calendar)
    assert (made, [(one.person, one.why) for one in skipped]) == (6, [("chenyuan", "absent")])
    assert await on_duty(calendar, timedelta(days=6)) == [["gaoming"]]
    _, made, skipped = await make(calendar)
    assert (made, {one.why for one in skipped}) == (0, {"absent", "overlap"})
    async with calendar.db.look(MANAGER) as look:
        assert [line.people[0].name for line in (await roster_views.rosters(look, "neurology")).items] == [
            "chenyuan"
        ] * 2
    async with calendar.db.verb(MANAGER) as tx:
        assert await rosters.end(tx, id, NOW) == 6
    with pytest.raises(NotFound):
        async with calendar.db.verb(MANAGER) as tx:
            await rosters.end(tx, id, NOW)


async def test_a_roster_goes_on_by_another_pattern_or_stays_as_it_was(calendar: Calendar) -> None:
    id, *_ = await make(calendar)
    alone = replace(WEEK, people=("gaoming",), off=0)
    for by, problem in ((EXPERT, Forbidden), (OTHER_MANAGER, NotFound)):
        with pytest.raises(problem):
            await change(calendar, id, alone, by)
    with pytest.raises(Invalid):
        await change(calendar, id, replace(alone, hours=25))
    assert await on_duty(calendar, timedelta(days=7)) == [["chenyuan"]]
    begun = NOW + timedelta(days=6)  # gaoming is on duty then, and stays so
    other, made, skipped = await change(calendar, id, alone, now=begun)
    assert (made, {one.why for one in skipped}) == (5, {"overlap"})
    assert await on_duty(calendar, timedelta(days=7)) == [["gaoming"]]
    async with calendar.db.look(MANAGER) as look:
        assert [line.id for line in (await roster_views.rosters(look, "neurology")).items] == [other]


async def test_only_a_manager_of_the_house_makes_rosters_and_only_of_its_experts(calendar: Calendar) -> None:
    for by in (EXPERT, OTHER_MANAGER, ASKER):
        with pytest.raises(Forbidden):
            await make(calendar, by=by)
    with pytest.raises(Invalid):
        await make(calendar, Pattern("weekly", ("limin",), WEEK.first, WEEK.last, time(8), 8, weekdays=(0,)))
    id, *_ = await make(calendar)
    for by, problem in ((EXPERT, Forbidden), (OTHER_MANAGER, NotFound)):
        with pytest.raises(problem):
            async with calendar.db.verb(by) as tx:
                await rosters.end(tx, id, NOW)


async def test_a_swap_is_asked_accepted_and_approved(calendar: Calendar) -> None:
    mine = await calendar.shift(TOMORROW, TOMORROW + timedelta(hours=12))
    theirs = await calendar.shift(TOMORROW, TOMORROW + timedelta(hours=12), who=SECOND, circle=2)
    one = await swap(calendar, mine, theirs.id)
    for by, act, problem in (
        (EXPERT, "accept", Forbidden), (MANAGER, "approve", Conflict), (OUTSIDER, "accept", NotFound),
        (SECOND, "approve", Forbidden), (OTHER_MANAGER, "approve", NotFound),
    ):  # fmt: skip
        with pytest.raises(problem):
            await decide(calendar, by, act, one)
    with pytest.raises(Conflict):
        await swap(calendar, mine)
    await decide(calendar, SECOND, "accept", one)
    assert await on_duty(calendar, timedelta(days=1, hours=2)) == [["chenyuan"], ["gaoming"]]
    await decide(calendar, MANAGER, "approve", one)
    assert await on_duty(calendar, timedelta(days=1, hours=2)) == [["gaoming"], ["chenyuan"]]
    with pytest.raises(Conflict):
        await decide(calendar, EXPERT, "withdraw", one)


async def test_what_can_no_longer_be_swapped_is_refused_and_nothing_moves(calendar: Calendar) -> None:
    mine = await calendar.shift(TOMORROW, TOMORROW + timedelta(hours=12))
    one = await swap(calendar, mine)
    await decide(calendar, SECOND, "accept", one)
    await calendar.absence(TOMORROW, TOMORROW + timedelta(hours=1), who=SECOND)
    with pytest.raises(Conflict):
        await decide(calendar, MANAGER, "approve", one)
    assert await on_duty(calendar, timedelta(days=1, hours=2)) == [["chenyuan"]]
    await decide(calendar, MANAGER, "reject", one)
    for by, seen in ((EXPERT, ["refused"]), (SECOND, [])):
        async with calendar.db.look(by) as look:
            assert [line.state for line in (await roster_views.swaps(look, None, NOW)).items] == seen
    await swap(calendar, mine)
    async with calendar.db.look(EXPERT) as look:
        assert [line.state for line in (await roster_views.swaps(look, None, NOW)).items] == ["asked"]


async def test_what_can_no_longer_be_swapped_waits_for_nobody(calendar: Calendar) -> None:
    mine = await calendar.shift(TOMORROW, TOMORROW + timedelta(hours=12))
    theirs = await calendar.shift(TOMORROW, TOMORROW + timedelta(hours=12), who=SECOND, circle=2)
    await swap(calendar, mine, theirs.id)

    async def asked(now: datetime = NOW) -> list[str]:
        async with calendar.db.look(SECOND) as look:
            return [one.asker.id for one in (await roster_views.swaps(look, None, now)).items]

    assert (await asked(), await asked(TOMORROW)) == (["chenyuan"], [])
    async with calendar.db.verb(MANAGER) as tx:
        await service.end_shift(tx, theirs.id, now=NOW)
    assert await asked() == []


async def test_nobody_swaps_a_shift_that_is_not_theirs_or_with_who_is_no_colleague(calendar: Calendar) -> None:
    mine = await calendar.shift(TOMORROW, TOMORROW + timedelta(hours=12))
    with pytest.raises(NotFound):
        await swap(calendar, mine, by=SECOND, to=EXPERT)
    for to, other in ((OUTSIDER, ""), (EXPERT, ""), (SECOND, mine.id)):
        with pytest.raises(Invalid):
            await swap(calendar, mine, other, to=to)


# ---- resources


async def resource(calendar: Calendar, by: Actor = MANAGER) -> Resource:
    async with calendar.db.verb(by) as tx:
        return await rosters.add_resource(tx, "neurology", "ct", "CT 1 号机", NOW)


async def test_a_scanner_is_booked_with_the_expert_or_neither_is(calendar: Calendar) -> None:
    for by in (EXPERT, OTHER_MANAGER):
        with pytest.raises(Forbidden):
            await resource(calendar, by)
    scanner = await resource(calendar)
    expert = await calendar.slot(TOMORROW)
    async with calendar.db.verb(MANAGER) as tx:
        scan = await service.add_slot(
            tx, expert=scanner.id, start=TOMORROW, end=TOMORROW + timedelta(minutes=20), now=NOW
        )
    with pytest.raises(Forbidden):  # an expert gives times of their own alone
        async with calendar.db.verb(EXPERT) as tx:
            start = TOMORROW + timedelta(hours=1)
            await service.add_slot(tx, expert=scanner.id, start=start, end=later(days=2), now=NOW)
    await calendar.book(scan, "consultation/other")
    with pytest.raises(Conflict):
        async with calendar.db.verb(ASKER) as tx:
            await booking.book_all(tx, [expert.id, scan.id], "referral/r", "liuhe", NOW, urgency="routine")
    async with calendar.db.look(ASKER) as look:
        assert await views.bookings_for(look, "referral/r") == []
    await calendar.free("consultation/other")
    async with calendar.db.verb(ASKER) as tx:
        await booking.book_all(tx, [expert.id, scan.id], "referral/r", "liuhe", NOW, urgency="routine")
    async with calendar.db.look(ASKER) as look:
        booked = await views.bookings_for(look, "referral/r")
        week = await views.slots(look, expert=scanner.id, department=None, within=Span(NOW, later(days=3)), now=NOW)
    assert {line.expert.name for line in booked} == {"chenyuan", "CT 1 号机"}
    assert [line.state for line in week.items] == ["taken"]
    async with calendar.db.look(MANAGER) as look:
        whole = await views.week(look, "neurology", Span(NOW, later(days=3)), NOW)
    assert [one.name for one in whole.people][-1] == "CT 1 号机"  # after the people
    async with calendar.db.verb(ASKER) as tx:
        await booking.free_all(tx, "referral/r")
        assert await views.bookings_for(tx, "referral/r") == []


# ---- the feed


async def test_a_secret_address_tells_ones_times_and_nothing_of_patients(calendar: Calendar) -> None:
    await calendar.shift(TOMORROW, TOMORROW + timedelta(hours=12))
    await calendar.book(await calendar.slot(TOMORROW + timedelta(hours=2)), "consultation/secret")
    await calendar.shift(TOMORROW, TOMORROW + timedelta(hours=12), who=SECOND)
    async with calendar.db.verb(EXPERT) as tx:
        secret = await feed.make(tx, NOW)
    async with calendar.db.look(system("check")) as look:
        told = await feed.read(look, secret, NOW)
    events = ICalendar.from_ical(told).walk("VEVENT")
    assert [(str(each["SUMMARY"]), each.decoded("DTSTART")) for each in events] == [
        ("值班 On duty · 神经内科", TOMORROW), ("已预约 Booked", TOMORROW + timedelta(hours=2)),
    ]  # fmt: skip
    assert b"consultation" not in told and b"xujing" not in told and b"liuhe" not in told
    rows = await calendar.home.rows("SELECT feed::text AS kept FROM calendar.feed")
    assert secret not in rows[0]["kept"]


async def test_an_address_that_was_taken_back_or_made_anew_leads_nowhere(calendar: Calendar) -> None:
    for by in (ASKER, MANAGER):
        with pytest.raises(Forbidden):
            async with calendar.db.verb(by) as tx:
                await feed.make(tx, NOW)
    secrets = []
    for _ in range(2):
        async with calendar.db.verb(EXPERT) as tx:
            secrets.append(await feed.make(tx, NOW))
    async with calendar.db.verb(EXPERT) as tx:
        assert await feed.made(tx) == NOW
        await feed.end(tx)
    with pytest.raises(NotFound):
        async with calendar.db.verb(EXPERT) as tx:
            await feed.end(tx)
    for secret in (*secrets, "", "guess"):
        with pytest.raises(NotFound):
            async with calendar.db.look(system("check")) as look:
                await feed.read(look, secret, NOW)
