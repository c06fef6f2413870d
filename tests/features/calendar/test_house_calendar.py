"""A house that keeps its experts' times itself is asked before one is booked; one that cannot be asked refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.features.calendar.conftest import HOUR, TOMORROW, Calendar
from tests.make.cases import ASKER, NOW, person
from yuanzhen.collaboration.calendar import booking, house_calendar, houses, jobs
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from yuanzhen.programs.demo.house_calendar import HouseCalendar, Time
from yuanzhen.programs.demo.outside import serving

OFFICER = person("zhou", "officer")


@pytest.fixture
async def house(calendar: Calendar) -> AsyncIterator[HouseCalendar]:
    """The city hospital keeps its own."""
    async with serving(HouseCalendar()) as house:
        async with calendar.db.verb(OFFICER) as tx:
            await houses.put(tx, "city", house.url + "/", NOW)
        yield house


async def told(calendar: Calendar) -> None:
    """What waits for the house is delivered."""
    for fact in await calendar.facts("HouseBooked"):
        await jobs.tell_house(calendar.db, json.loads(str(fact["body"])))
    await calendar.home.run("DELETE FROM infrastructure.outbox WHERE kind = 'HouseBooked'")


async def test_what_the_house_has_free_is_booked_and_told_to_it(calendar: Calendar, house: HouseCalendar) -> None:
    slot, other = await calendar.slot(), await calendar.slot(TOMORROW + HOUR)
    await calendar.book(slot)
    assert house.booked == {}  # nothing is told before the commit
    await told(calendar)
    assert house.booked == {"consultation/c1": Time("chenyuan", slot.span.start, slot.span.end)}
    await calendar.move(other)
    await told(calendar)
    assert house.booked == {"consultation/c1": Time("chenyuan", other.span.start, other.span.end)}
    await calendar.free()
    await told(calendar)
    assert house.booked == {}


async def test_what_the_house_has_otherwise_is_not_booked(calendar: Calendar, house: HouseCalendar) -> None:
    slot = await calendar.slot()
    house.otherwise.append(Time("chenyuan", TOMORROW - HOUR, TOMORROW + HOUR))
    with pytest.raises(Conflict, match=r"calendar\.slot_taken"):
        await calendar.book(slot)
    assert await calendar.home.rows("SELECT id FROM calendar.booking") == []
    assert await calendar.facts("HouseBooked") == []


async def test_a_house_that_cannot_be_asked_refuses_with_a_code_of_its_own(calendar: Calendar) -> None:
    slot = await calendar.slot()
    async with serving(HouseCalendar()) as gone:
        pass
    async with calendar.db.verb(OFFICER) as tx:
        await houses.put(tx, "city", gone.url, NOW)
    with pytest.raises(Unavailable, match=r"calendar\.not_asked"):
        await calendar.book(slot)
    (row,) = await calendar.home.rows("SELECT taken FROM calendar.slot")
    assert row["taken"] is False


async def test_a_house_that_never_answers_holds_a_booking_for_two_seconds(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house_calendar, "WITHIN_S", 0.1)
    silent = await asyncio.start_server(lambda reader, writer: asyncio.sleep(5), "127.0.0.1", 0)
    async with calendar.db.verb(OFFICER) as tx:
        await houses.put(tx, "city", f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}", NOW)
    with pytest.raises(Unavailable, match=r"calendar\.not_asked"):
        await calendar.book(await calendar.slot())
    silent.close()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 .\r\n\r\n{}", b"HTTP/1.1 500 .\r\n\r\n", b"nonsense\r\n\r\n",
                                    b"HTTP/1.1 302 .\r\nLocation: http://127.0.0.1:1/\r\n\r\n"])  # fmt: skip
async def test_an_answer_that_is_none_refuses_too(calendar: Calendar, answer: bytes) -> None:
    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(answered, "127.0.0.1", 0) as server:
        async with calendar.db.verb(OFFICER) as tx:
            await houses.put(tx, "city", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", NOW)
        with pytest.raises(Unavailable, match=r"calendar\.not_asked"):
            await calendar.book(await calendar.slot())


async def test_a_house_that_is_away_when_it_is_told_is_told_again(calendar: Calendar, house: HouseCalendar) -> None:
    await calendar.book(await calendar.slot())
    (fact,) = await calendar.facts("HouseBooked")
    body = json.loads(str(fact["body"]))
    async with calendar.db.verb(OFFICER) as tx:
        await houses.put(tx, "city", "http://127.0.0.1:1", NOW)
    with pytest.raises(Unavailable):  # so that the relay keeps it
        await jobs.tell_house(calendar.db, body)
    async with calendar.db.verb(OFFICER) as tx:
        await houses.put(tx, "city", house.url, NOW)
    for _ in range(2):  # the relay may tell twice
        await jobs.tell_house(calendar.db, body)
    assert list(house.booked) == ["consultation/c1"]


async def test_the_officer_alone_says_where_a_house_is_asked(calendar: Calendar) -> None:
    for by in (ASKER, person("hejing", "manager")):
        with pytest.raises(Forbidden):
            async with calendar.db.verb(by) as tx:
                await houses.put(tx, "city", "http://127.0.0.1:1", NOW)
    for institution, url, problem in (("x", "http://a", NotFound), ("city", "file:///etc/passwd", Invalid),
                                      ("city", "http://user:word@a/", Invalid)):  # fmt: skip
        with pytest.raises(problem):
            async with calendar.db.verb(OFFICER) as tx:
                await houses.put(tx, institution, url, NOW)
    async with calendar.db.verb(OFFICER) as tx:
        await houses.put(tx, "city", "http://127.0.0.1:1/", NOW)
    async with calendar.db.look(OFFICER) as look:
        (line,) = (await houses.listed(look)).items
    assert (line.institution, line.name, line.url) == ("city", "市中心医院", "http://127.0.0.1:1")
    async with calendar.db.verb(OFFICER) as tx:
        await houses.drop(tx, "city")
    async with calendar.db.look(ASKER) as look:
        assert await booking.of(look, "consultation/c1") is None
