"""What is remembered of a room at a media server: whose feed is there, and who waits for one."""

from __future__ import annotations

import asyncio

import pytest

from yuanzhen.infrastructure.errors import Unavailable
from yuanzhen.network.media.events import FeedCame, FeedLeft, RoomOptions
from yuanzhen.network.media.shell import places
from yuanzhen.network.media.shell.places import Room

CAME = FeedCame("room", "a", ())


async def taken(room: Room, who: str = "a") -> str:
    async with room.taking(who):
        pass
    return who


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
    async with room.taking("a"):
        assert room.news(CAME) == CAME


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
