"""The demo's calendar: who is on duty and what can be booked in the week that comes, entered at each start.

The manager enters it; what is there already stays as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta, timezone

from yuanzhen.collaboration.calendar import houses, roster_store, rosters, service, store
from yuanzhen.collaboration.calendar.model import Span
from yuanzhen.collaboration.calendar.patterns import Pattern
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.programs.demo import cast
from yuanzhen.programs.demo.house_calendar import HouseCalendar
from yuanzhen.programs.demo.houses import CLINICAL
from yuanzhen.programs.demo.outside import serving
from yuanzhen.security.identity import people
from yuanzhen.security.policy import directory

CHINA = timezone(timedelta(hours=8))
DAYS = 7
SHIFT_AT = time(8)  # each is a day and a night
SLOT = timedelta(minutes=20)
HOURS = (time(9), time(9, 30), time(10), time(14, 30), time(15), time(15, 30))
WITH_HOURS = frozenset(CLINICAL[:8])  # the departments that have a roster; in the others everybody is called
BY_PATTERN, FOUR_WEEKS = CLINICAL[8], timedelta(days=27)  # the department whose roster is a pattern
SCANNER = ("神经内科", "CT 1 号机")  # whose it is, and what it is called
AWAY_ON = 4  # the day on which the last expert of a department with several is out, and the first stands in


async def enter(db: Database, now: datetime) -> int:
    """Shifts, slots and an absence of eight departments of the manager's house; answers how many slots are new."""
    manager = await _login(db, "manager")
    async with db.look(manager) as look:
        found = await directory.departments(look)
    mine = [one.id for one in found if one.institution == manager.institution and one.name in WITH_HOURS]
    made, here = 0, now.astimezone(CHINA)
    for department in mine:
        async with db.verb(manager) as tx:
            made += await _department(tx, department, here)
    by_name = {one.name: one.id for one in found if one.institution == manager.institution}
    async with db.verb(manager) as tx:
        await _roster(tx, by_name[BY_PATTERN], here)
        made += await _scanner(tx, by_name[SCANNER[0]], here)
    return made


async def _roster(tx: Tx, department: str, now: datetime) -> None:
    """One day each, one after the other, for four weeks; once."""
    people = tuple(sorted(await store.experts(tx, department)))
    if people and not await roster_store.rosters(tx, department):
        first = now.date()
        pattern = Pattern(
            "rotation", people, first, first + FOUR_WEEKS, SHIFT_AT, 24, on=1, off=max(len(people) - 1, 0)
        )
        await rosters.make(tx, department, pattern, now)


async def _scanner(tx: Tx, department: str, now: datetime) -> int:
    """A scanner that can be booked with an expert, and its hours of the days that come."""
    there = [one for one in await roster_store.resources(tx, department) if one.name == SCANNER[1]]
    scanner = there[0] if there else await rosters.add_resource(tx, department, "ct", SCANNER[1], now)
    days = [(now + timedelta(days=by)).date() for by in range(1, DAYS + 1)]
    return sum(
        [await _slots(tx, scanner.id, [datetime.combine(day, hour, CHINA) for hour in HOURS], now) for day in days]
    )


async def _department(tx: Tx, department: str, now: datetime) -> int:
    experts = sorted(await store.experts(tx, department))
    days = [(now + timedelta(days=by)).date() for by in range(-1, DAYS + 1)]
    made = 0
    for number, expert in enumerate(experts):
        for day in days[:-1]:
            start = datetime.combine(day, SHIFT_AT, CHINA)
            await _shift(tx, department, expert, start, 1 if number == 0 else 2, now)
        if number and number == len(experts) - 1:
            await _away(tx, expert, experts[0], datetime.combine(days[AWAY_ON], time(8), CHINA), now)
        for day in days[2:]:
            made += await _slots(tx, expert, [datetime.combine(day, hour, CHINA) for hour in HOURS], now)
    return made


async def _shift(tx: Tx, department: str, expert: str, start: datetime, circle: int, now: datetime) -> None:
    end = start + timedelta(days=1)
    if end > now and not await store.shifts(tx, department, expert, Span(start, end)):
        await service.add_shift(tx, person=expert, department=department, start=start, end=end, circle=circle, now=now)


async def _away(tx: Tx, expert: str, cover: str, start: datetime, now: datetime) -> None:
    span = Span(start, start + timedelta(hours=10))
    if not await store.absences(tx, [expert], span):
        await service.add_absence(tx, person=expert, start=span.start, end=span.end, kind="out", cover=cover, now=now)


async def _slots(tx: Tx, expert: str, starts: list[datetime], now: datetime) -> int:
    """None on a day that has some, or on which the expert is out."""
    day = Span(starts[0], starts[-1] + SLOT)
    if await store.slots_of(tx, [expert], day) or await store.absences(tx, [expert], day):
        return 0
    for start in starts:
        await service.add_slot(tx, expert=expert, start=start, end=start + SLOT, now=now)
    return len(starts)


@asynccontextmanager
async def county_calendar(db: Database, now: datetime) -> AsyncIterator[HouseCalendar]:
    """The county hospital keeps its experts' times itself: a simulated calendar that is asked inside the block."""
    officer = await _login(db, "officer")
    async with db.look(officer) as look:
        names = {one.name: one.id for one in await people.institutions(look)}
    async with serving(HouseCalendar()) as calendar:
        async with db.verb(officer) as tx:
            await houses.put(tx, names[cast.house_name("qinghe")], calendar.url, now)
        yield calendar


async def _login(db: Database, role: str) -> Actor:
    """The demo's person of a role, as if logged in."""
    login = next(player.login for player in cast.STAFF if player.role == role)
    async with db.look(system("setup")) as look:
        found = next((one for one in await people.everybody(look) if one.name == login), None)
    if found is None:
        raise NotFound("demo.no_such_login", place=login)
    return Actor("person", found.id, role, found.institution)
