"""The demo's calendar: a week of duty and hours, entered once however often it starts, and topped up as days go by."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.features.demo.conftest import Demo
from yuanzhen.collaboration.calendar import duty, house_calendar
from yuanzhen.collaboration.calendar.model import Span
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.programs.demo import week
from yuanzhen.programs.demo.house_calendar import Time

NOON = datetime(2026, 3, 18, 12, tzinfo=week.CHINA)
EACH = (
    "SELECT (SELECT count(*) FROM calendar.shift) AS shifts, (SELECT count(*) FROM calendar.slot) AS slots, "
    "(SELECT count(*) FROM calendar.absence) AS absences"
)


async def test_a_week_is_entered_once_and_grows_by_a_day_a_day(demo: Demo) -> None:
    await demo.build()
    made = await week.enter(demo.db, NOON)
    (first,) = await demo.rows.rows(EACH)
    assert made == first["slots"] > 50
    assert first["absences"] >= 1
    assert await week.enter(demo.db, NOON) == 0
    (again,) = await demo.rows.rows(EACH)
    assert tuple(again) == tuple(first)
    (experts,) = await demo.rows.rows("SELECT count(DISTINCT expert) FROM calendar.slot")
    assert await week.enter(demo.db, NOON + timedelta(days=1)) == 6 * experts[0]  # a day more of each


async def test_somebody_is_called_at_every_hour_of_the_week(demo: Demo) -> None:
    await demo.build()
    await week.enter(demo.db, NOON)
    (neuro,) = await demo.rows.rows("SELECT id FROM security.department WHERE name = '神经内科'")
    async with demo.db.look(system("relay")) as look:
        for hours in range(0, 24 * 7 - 4, 3):  # the last shift ends at eight in the morning
            circles = await duty.circles(look, neuro["id"], NOON + timedelta(hours=hours))
            assert len(circles[0]) == 1, hours  # one is called first


async def test_the_county_hospital_has_a_calendar_of_its_own(demo: Demo) -> None:
    await demo.build()
    span = Span(NOON, NOON + timedelta(minutes=20))
    async with week.county_calendar(demo.db, NOON) as county:
        (row,) = await demo.rows.rows(
            "SELECT o.url, i.name FROM calendar.own o JOIN security.institution i ON i.id = o.institution"
        )
        assert tuple(row) == (county.url, "青河县人民医院")
        assert await house_calendar.is_free(county.url, "somebody", span)
        county.otherwise.append(Time("somebody", span.start, span.end))
        assert not await house_calendar.is_free(county.url, "somebody", span)
