"""Pictures looked at together: who leads, who follows, who points, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conftest import Home
from tests.features.reading.desk import AUDIENCE, READING, SOURCE, Desk
from tests.make.cases import ASKER, COLLEAGUE, EXPERT, NOW, OUTSIDER, SECOND, STRANGER
from yuanzhen.collaboration.reading import service, views
from yuanzhen.collaboration.reading.led import SILENT, View
from yuanzhen.collaboration.reading.live import LedChannel, ReadingChannel
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem

pytestmark = pytest.mark.slow


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """The reading, which the asker may lead through too."""
    async with desk.ward.db.verb(EXPERT) as tx:
        await service.keep(tx, SOURCE, desk.ward.patient, [EXPERT.id], AUDIENCE, leaders=[ASKER.id])
    return desk


def view(desk: Desk) -> View:
    return View(desk.place, (256.5, 200.0), (300.0, 200.0), (40.0, 80.0))


async def lead(desk: Desk, by: Actor, page: str = "page", *, at=NOW) -> None:  # type: ignore[no-untyped-def]
    async with desk.ward.db.verb(by) as tx:
        await service.lead(tx, READING, page, at)


async def show(desk: Desk, view: View, by: Actor = EXPERT, page: str = "page") -> None:
    async with desk.ward.db.verb(by) as tx:
        await service.show(tx, READING, page, view, NOW)


async def led(desk: Desk, by: Actor, *, at=NOW) -> views.Led:  # type: ignore[no-untyped-def]
    return await views.led(desk.ward.db, by, READING, at)


async def test_who_comes_later_sees_who_leads_and_where(desk: Desk) -> None:
    await lead(desk, EXPERT)
    await show(desk, view(desk))
    seen = await led(desk, COLLEAGUE)
    assert (seen.leader, seen.leads) == (views.Leader(EXPERT.id, "page"), False)
    assert seen.view is not None and seen.view.said() == view(desk)
    assert {one.id for one in seen.people} == {EXPERT.id, ASKER.id}


async def test_while_one_leads_another_does_not_and_then_may(desk: Desk) -> None:
    await lead(desk, EXPERT)
    with pytest.raises(Conflict, match=r"reading\.led"):
        await lead(desk, ASKER)
    assert (await led(desk, ASKER, at=NOW + SILENT)).leader is None
    await lead(desk, ASKER, at=NOW + SILENT)
    assert (await led(desk, EXPERT, at=NOW + SILENT)).leader == views.Leader(ASKER.id, "page")


async def test_a_lead_is_handed_over_and_laid_down(desk: Desk) -> None:
    await lead(desk, EXPERT)
    async with desk.ward.db.verb(EXPERT) as tx:
        await service.hand_over(tx, READING, ASKER.id, NOW)
    assert (await led(desk, EXPERT)).leader == views.Leader(ASKER.id, "")
    await lead(desk, ASKER, "mine")
    async with desk.ward.db.verb(ASKER) as tx:
        await service.lay_down(tx, READING, NOW)
    assert (await led(desk, EXPERT)).leader is None


async def test_who_only_looks_neither_leads_nor_points_and_the_trail_has_it(desk: Desk, home: Home) -> None:
    channel = LedChannel(desk.ward.db)
    with pytest.raises(Forbidden):
        await lead(desk, COLLEAGUE)
    with pytest.raises(Forbidden):
        await channel.may_speak(COLLEAGUE, READING)
    await channel.may_speak(ASKER, READING)
    told = await home.rows("SELECT actor, code FROM security.trail WHERE outcome = 4 AND verb = 'reading.lead'")
    assert [tuple(row) for row in told] == [(COLLEAGUE.id, "reading.not_to_lead")]


@pytest.mark.parametrize("somebody", [STRANGER, SECOND, OUTSIDER])
async def test_who_may_not_see_the_pictures_is_led_through_none(desk: Desk, somebody: Actor) -> None:
    channel = LedChannel(desk.ward.db)
    for asked in (channel.snapshot, channel.allowed, channel.may_speak):
        with pytest.raises(NotFound):
            await asked(somebody, READING)


async def test_a_stroke_is_seen_by_who_sees_marks_alone(desk: Desk) -> None:
    channel = ReadingChannel(desk.ward.db)
    await channel.may_speak(EXPERT, READING)
    for somebody in (ASKER, COLLEAGUE, STRANGER):
        with pytest.raises(NotFound):
            await channel.may_speak(somebody, READING)
    await desk.keep(EXPERT, state="signed")
    with pytest.raises(Forbidden):
        await channel.may_speak(EXPERT, READING)


async def test_what_is_shown_is_a_picture_of_the_patient(desk: Desk) -> None:
    await lead(desk, EXPERT)
    with pytest.raises(Invalid, match=r"reading\.no_such_picture"):
        await show(desk, replace(view(desk), place=replace(desk.place, series="1.2.3")))
    assert (await led(desk, ASKER)).view is None


async def test_once_it_is_signed_nobody_leads(desk: Desk) -> None:
    await lead(desk, EXPERT)
    await desk.keep(EXPERT, state="signed")
    for act in (lead(desk, EXPERT), show(desk, view(desk))):
        with pytest.raises(Problem):
            await act
    assert not (await led(desk, ASKER)).leads


async def test_the_time_line_has_who_led_once_for_a_study(desk: Desk) -> None:
    await lead(desk, EXPERT)
    for column in range(3):
        await show(desk, replace(view(desk), focus=(float(column), 1.0)))
    async with desk.ward.db.look(ASKER) as look:
        assert [line.person.id for line in await views.lines(look, SOURCE)] == [EXPERT.id]


async def test_a_view_is_told_only_when_it_is_another(desk: Desk, home: Home) -> None:
    await lead(desk, EXPERT)
    for _ in range(3):
        await show(desk, view(desk))
    told = await home.rows(f"SELECT event FROM infrastructure.event WHERE channel = 'led/{READING}' ORDER BY seq")
    assert [row["event"] for row in told] == ["people", "lead", "view"]
