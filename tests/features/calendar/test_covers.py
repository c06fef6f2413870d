"""Who stands in for whoever is away: called in their place, told of it, and named to everybody whom it concerns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.features.calendar.conftest import HOUR, MANAGER, TOMORROW, Calendar
from tests.features.calendar.test_times import circles
from tests.make.cases import ASKER, EXPERT, NOW, OUTSIDER, SECOND, person
from yuanzhen.collaboration.calendar import service, views
from yuanzhen.collaboration.calendar.model import Span
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Invalid

pytestmark = pytest.mark.slow

WEEK = Span(NOW, NOW + timedelta(days=7))


async def week(calendar: Calendar, by: Actor, department: str | None = None) -> views.Week:
    async with calendar.db.look(by) as look:
        return await views.week(look, department, WEEK, NOW)


async def test_the_cover_is_called_in_the_circle_of_who_is_away_and_only_meanwhile(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + 3 * HOUR, who=EXPERT, circle=1)
    await calendar.absence(NOW + HOUR, NOW + 2 * HOUR, who=EXPERT, cover=SECOND)
    assert [await circles(calendar, NOW + by * HOUR) for by in (0, 1, 2)] == [
        [["chenyuan"]], [["gaoming"]], [["chenyuan"]]]  # fmt: skip


async def test_a_cover_who_is_on_duty_anyway_is_called_once_in_the_nearer_circle(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + HOUR, who=EXPERT, circle=1)
    await calendar.shift(NOW, NOW + HOUR, who=SECOND, circle=2)
    await calendar.absence(NOW, NOW + HOUR, who=EXPERT, cover=SECOND)
    assert await circles(calendar, NOW) == [["gaoming"]]


async def test_a_cover_of_another_department_is_not_called_for_the_one_they_are_none_of(calendar: Calendar) -> None:
    """Of two departments of who is away, the cover stands in for that which is theirs."""
    await calendar.home.run("INSERT INTO security.membership VALUES ('chenyuan', 'cardiology')")
    for department in ("neurology", "cardiology"):
        await calendar.shift(NOW, NOW + HOUR, who=EXPERT, department=department)
    await calendar.absence(NOW, NOW + HOUR, who=EXPERT, cover=OUTSIDER)
    assert await circles(calendar, NOW, "cardiology") == [["limin"]]
    assert await circles(calendar, NOW) == []


async def test_a_cover_who_goes_away_as_well_is_called_for_nobody(calendar: Calendar) -> None:
    await calendar.shift(NOW, NOW + HOUR, who=EXPERT)
    await calendar.absence(NOW, NOW + HOUR, who=EXPERT, cover=SECOND)
    await calendar.absence(NOW, NOW + HOUR, who=SECOND)
    assert await circles(calendar, NOW) == []


@pytest.mark.parametrize("cover", [OUTSIDER, EXPERT, ASKER, person("nobody", "expert")], ids=lambda one: one.id)
async def test_only_another_expert_of_the_department_stands_in(calendar: Calendar, cover: Actor) -> None:
    with pytest.raises(Invalid, match=r"calendar\.no_cover"):
        await calendar.absence(NOW, NOW + HOUR, who=EXPERT, cover=cover)


async def test_who_is_away_then_does_not_stand_in(calendar: Calendar) -> None:
    await calendar.absence(NOW + HOUR, NOW + 2 * HOUR, who=SECOND)
    with pytest.raises(Conflict, match=r"calendar\.cover_absent"):
        await calendar.absence(NOW, NOW + 3 * HOUR, who=EXPERT, cover=SECOND)
    assert await calendar.refusals() == [("chenyuan", "calendar.absence", "calendar.cover_absent")]
    await calendar.absence(NOW, NOW + HOUR, who=EXPERT, cover=SECOND)


async def test_the_cover_is_told_and_sees_it_in_their_own_week(calendar: Calendar) -> None:
    absence = await calendar.absence(NOW, NOW + HOUR, who=EXPERT, by=MANAGER, cover=SECOND)
    own = await week(calendar, SECOND)
    assert [(one.person.id, one.cover and one.cover.name) for one in own.covers] == [("chenyuan", "gaoming")]
    theirs = await week(calendar, MANAGER, "neurology")
    assert [(one.person.id, one.cover and one.cover.id) for one in theirs.absences] == [("chenyuan", "gaoming")]
    async with calendar.db.verb(EXPERT) as tx:
        await service.end_absence(tx, absence.id, now=NOW)
    assert (await week(calendar, SECOND)).covers == []
    events = await calendar.home.rows(
        "SELECT event FROM infrastructure.event WHERE channel = 'me/gaoming' ORDER BY seq"
    )
    assert [row["event"] for row in events] == ["covers", "covers-no-more"]


async def test_both_sides_of_what_must_be_moved_read_who_stands_in(calendar: Calendar) -> None:
    await calendar.book(await calendar.slot())
    await calendar.absence(TOMORROW, TOMORROW + HOUR, who=EXPERT, cover=SECOND)
    for by in (ASKER, EXPERT):
        async with calendar.db.look(by) as look:
            (told,) = await views.bookings(look, WEEK)
        assert (told.must_move, told.cover and told.cover.id) == (True, "gaoming"), by.id
