"""What is remembered of a room at a media server: whose feed is there, who waits for one, and who stands back."""

from __future__ import annotations

import asyncio

import pytest

from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.network.media.events import FeedCame, FeedLeft, RoomOptions
from yuanzhen.network.media.shell import places
from yuanzhen.network.media.shell.places import Room

CAME = FeedCame("room", "a", ())


async def taken(room: Room, who: str = "a") -> str:
    async with room.until(FeedCame, who):
        pass
    return who


async def asked(room: Room, told: list[str], until: asyncio.Event) -> None:
    """A request that is under way until then."""
    async with room.request():
        told.append("asked")
        await until.wait()
    told.append("answered")


async def test_a_feed_is_taken_when_it_has_come_and_not_when_another_has() -> None:
    room = Room(RoomOptions())
    taking = asyncio.create_task(taken(room))
    await asyncio.sleep(0)
    room.news(FeedCame("room", "b", ()))
    await asyncio.sleep(0)
    assert not taking.done()
    room.news(CAME)
    assert await taking == "a"


async def test_a_feed_that_came_before_the_answer_is_not_waited_for() -> None:
    room = Room(RoomOptions())
    async with room.until(FeedCame, "a"):
        assert room.news(CAME) == CAME


async def test_who_is_let_go_is_waited_for_though_nothing_of_them_had_come() -> None:
    room = Room(RoomOptions())
    async with room.until(FeedLeft, "a"):
        assert room.news(FeedLeft("room", "a")) is None


async def test_requests_are_many_at_once_but_stand_back_while_somebody_is_taken_in() -> None:
    room, told, answer = Room(RoomOptions()), list[str](), asyncio.Event()
    first = [asyncio.create_task(asked(room, told, answer)) for _ in range(3)]
    await asyncio.sleep(0)
    assert told == ["asked"] * 3
    taking = asyncio.create_task(taken(room))
    later = asyncio.create_task(asked(room, told, answer))
    await asyncio.sleep(0)
    assert room.news(CAME) == CAME, "it is not begun before all others were answered"
    answer.set()
    await asyncio.gather(*first)
    await asyncio.sleep(0)
    assert told == ["asked"] * 3 + ["answered"] * 3
    assert not taking.done()
    room.news(CAME)
    await asyncio.gather(taking, later)
    assert told[-2:] == ["asked", "answered"]


async def test_who_waits_for_a_feed_goes_on_when_the_server_dies() -> None:
    room = Room(RoomOptions())
    taking = asyncio.create_task(taken(room))
    await asyncio.sleep(0)
    room.end()
    assert await taking == "a"


async def test_a_feed_that_does_not_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "TAKEN_S", 0.01)
    with pytest.raises(Unavailable, match=r"media\.no_server"):
        await taken(Room(RoomOptions()))


async def test_that_somebody_left_is_told_once() -> None:
    room = Room(RoomOptions())
    room.news(CAME)
    left = FeedLeft("room", "a")
    assert [room.news(left), room.news(left)] == [left, None]
