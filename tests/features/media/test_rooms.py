"""Sound and pictures go from page to page through the real media server, and to nobody else."""

from __future__ import annotations

import asyncio

import pytest

from tests.features.media.conftest import Media, Room
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.network.media.events import (
    FeedCame,
    FeedLeft,
    Flowing,
    HungUp,
    Layer,
    Muted,
    Offered,
    RoomOptions,
    Wanted,
)

pytestmark = pytest.mark.slow


async def came(room: Room, who: str, tracks: int = 2) -> FeedCame:
    """Waits until somebody's tracks can be received."""
    event = await room.media.until(
        lambda told: isinstance(told, FeedCame) and (told.room, told.who, len(told.sources)) == (room.id, who, tracks)
    )
    assert isinstance(event, FeedCame)
    return event


async def test_three_people_see_each_other(room: Room) -> None:
    people = [await room.caller(name) for name in ("chen", "xu", "li")]
    for one in people:
        await one.send(labels={"1": "camera"})
    for one in people:
        feed = await came(room, one.who)
        assert [(track.kind, track.label) for track in feed.sources] == [("audio", ""), ("video", "camera")]
    for one in people:
        offer = await one.receive([Wanted(other.who) for other in people if other is not one])
        assert {track.feed for track in offer.tracks} == {other.who for other in people if other is not one}
        for track in offer.tracks:
            if track.kind == "video":
                await one.sees(track.mid)
    sound = [one for one in (await people[0].arrived()).values() if one["kind"] == "audio"]
    assert len(sound) == 2
    assert all(one["packets"] > 0 for one in sound)


async def test_more_tracks_are_sent_and_received_on_the_connections_that_are_there(room: Room) -> None:
    sender, receiver = await room.caller("a"), await room.caller("b")
    await sender.send()
    await came(room, "a")
    await receiver.receive([Wanted("a")])
    await sender.send_more({"2": "screen"})
    assert (await came(room, "a", tracks=3)).sources[2].label == "screen"
    offer = await room.media.sfu.update(room.id, "b", [Wanted("a", "2")])
    assert offer is not None
    screen = next(track for track in offer.tracks if track.label == "screen")
    assert (screen.feed, screen.source) == ("a", "2")
    await receiver.take(offer)
    await receiver.sees(screen.mid)
    without = await room.media.sfu.update(room.id, "b", less=[Wanted("a", "2")])
    assert without is not None
    await receiver.take(without)
    assert not next(track for track in without.tracks if track.mid == screen.mid).active


async def test_each_receiver_has_the_size_that_it_chose(room: Room) -> None:
    sender, receiver = await room.caller("a"), await room.caller("b")
    await sender.send(layers=True)
    assert (await came(room, "a")).sources[1].layers
    (picture,) = (await receiver.receive([Wanted("a", "1", substream=0)])).tracks
    await receiver.shows(picture.mid, width=320)
    room.media.told.clear()
    await room.media.sfu.select(room.id, "b", picture.mid, substream=1)
    await receiver.shows(picture.mid, width=640)
    await room.media.until_told(Layer(room.id, "b", picture.mid, substream=1, temporal=None))


async def test_a_room_is_for_those_who_seal(room: Room) -> None:
    sender = await room.caller("a")
    with pytest.raises(Forbidden, match=r"media\.not_allowed"):
        await sender.send(sealed=False)
    await sender.send()
    await came(room, "a")
    assert not [told for told in room.media.told if told == FeedLeft(room.id, "a")]


async def test_who_leaves_is_gone_and_may_come_again(room: Room) -> None:
    sender, receiver = await room.caller("a"), await room.caller("b")
    await sender.send()
    await came(room, "a")
    await receiver.receive([Wanted("a")])
    await receiver.sees("1")
    await room.media.sfu.leave(room.id, "a")
    await room.media.until_told(FeedLeft(room.id, "a"))
    with pytest.raises(NotFound, match=r"media\.no_feed"):
        await room.media.sfu.subscribe(room.id, "b", [Wanted("a")])
    room.media.told.clear()
    await sender.send()
    await came(room, "a")
    await receiver.receive([Wanted("a")])
    await receiver.sees("1")
    assert {one.who for one in await room.media.sfu.figures(room.id)} == {"a", "b"}


async def test_who_was_put_out_while_asking_to_come_in_again_is_known_and_can_be_put_out_again(room: Room) -> None:
    sender = await room.caller("a")
    sfu = room.media.sfu
    offer = await sender.offer()
    async with asyncio.TaskGroup() as both, sfu._turn(room.id, "a"):
        both.create_task(sfu.leave(room.id, "a"))
        asking = both.create_task(sfu.publish(room.id, "a", offer, sealed=True))
        await asyncio.sleep(0)
    await sender.answered(asking.result())
    await came(room, "a")
    assert {one.who for one in await sfu.figures(room.id)} == {"a"}
    await sfu.leave(room.id, "a")
    assert await sfu.figures(room.id) == []


async def test_whoever_waits_at_a_room_that_closes_does_not_come_in(room: Room) -> None:
    sender = await room.caller("a")
    sfu = room.media.sfu
    offer = await sender.offer()
    async with sfu._turn(room.id, "a"):
        closing = asyncio.create_task(sfu.close_room(room.id))
        asking = asyncio.create_task(sfu.publish(room.id, "a", offer, sealed=True))
        await asyncio.sleep(0)
    await closing
    with pytest.raises(NotFound, match=r"media\.no_room"):
        await asking


async def test_a_page_that_hangs_up_is_told_at_once_and_one_that_vanishes_after_a_second_without_media(
    room: Room,
) -> None:
    sender, other = await room.caller("a"), await room.caller("b")
    await sender.send()
    await other.send()
    await room.media.until_told(Flowing(room.id, "b", "1", "video", flows=True))
    await sender.hang_up("sends")
    await room.media.until_told(HungUp(room.id, "a", "sends", "DTLS alert"))
    await other.page.close()
    await room.media.until_told(Flowing(room.id, "b", "1", "video", flows=False))


async def test_whoever_leads_silences_a_track_for_all(room: Room) -> None:
    sender, receiver = await room.caller("a"), await room.caller("b")
    await sender.send()
    await came(room, "a")
    await receiver.receive([Wanted("a")])
    await receiver.sees("1")
    await room.media.sfu.mute(room.id, "a", "1", muted=True)
    await room.media.until_told(Muted(room.id, "a", "1", muted=True))
    await receiver.freezes("1")
    await room.media.sfu.mute(room.id, "a", "1", muted=False)
    await receiver.sees("1")


async def test_another_way_is_found_to_a_receiver_whose_network_changed(room: Room) -> None:
    sender, receiver = await room.caller("a"), await room.caller("b")
    await sender.send()
    await came(room, "a")
    first = await receiver.receive([Wanted("a")])
    await receiver.sees("1")
    again = await room.media.sfu.renew(room.id, "b")
    assert _password(again.sdp) != _password(first.sdp)
    await receiver.take(again)
    await receiver.sees("1")


async def test_what_was_carried_is_counted(room: Room) -> None:
    sender, receiver = await room.caller("a"), await room.caller("b")
    await sender.send(layers=True)
    await came(room, "a")
    await receiver.receive([Wanted("a")])
    await receiver.sees("1")
    found = {(one.who, one.kind): one for one in await room.media.sfu.figures(room.id)}
    assert set(found) == {("a", "audio"), ("a", "video"), ("b", "audio"), ("b", "video")}
    assert found["a", "video"].part == "sends"
    assert found["b", "video"].bytes > 0
    assert found["a", "video"].packets >= found["b", "video"].packets > 0
    assert found["b", "video"].lost_far == 0


async def test_a_closed_room_lets_all_go(room: Room) -> None:
    sender = await room.caller("a")
    await sender.send()
    await came(room, "a")
    await sender.reaches("sends", "connected")
    await room.media.sfu.close_room(room.id)
    with pytest.raises(NotFound, match=r"media\.no_room"):
        await room.media.sfu.subscribe(room.id, "b", [Wanted("a")])
    with pytest.raises(NotFound, match=r"media\.no_room"):
        await sender.send()
    await room.media.sfu.open_room(room.id)
    with pytest.raises(NotFound, match=r"media\.no_feed"):
        await room.media.sfu.subscribe(room.id, "b", [Wanted("a")])


async def test_a_room_is_opened_once_and_holds_so_many(media: Media, room: Room) -> None:
    with pytest.raises(Conflict, match=r"media\.room_is_open"):
        await media.sfu.open_room(room.id)
    small = f"{room.id}-small"
    await media.sfu.open_room(small, RoomOptions(publishers=1))
    one, two = await room.caller("a"), await room.caller("b")
    one, two = (type(one)(caller.page, media.sfu, small, caller.who) for caller in (one, two))
    await one.send()
    with pytest.raises(Conflict, match=r"media\.room_full"):
        await two.send()
    await media.sfu.close_room(small)


async def test_what_is_no_description_is_refused_and_leaves_nothing(media: Media, room: Room) -> None:
    with pytest.raises(Invalid, match=r"media\.description"):
        await media.sfu.publish(room.id, "a", "v=0\r\nnothing", sealed=True)
    with pytest.raises(NotFound, match=r"media\.gone"):
        await media.sfu.republish(room.id, "a", "v=0\r\n", sealed=True)
    with pytest.raises(NotFound, match=r"media\.gone"):
        await media.sfu.answer(room.id, "a", "v=0\r\n", sealed=True)
    assert await media.sfu.figures(room.id) == []


def _password(sdp: str) -> str:
    return next(line for line in sdp.splitlines() if line.startswith("a=ice-pwd:"))


async def test_a_second_wish_before_the_first_was_answered_is_offered_afterwards(room: Room) -> None:
    people = [await room.caller(name) for name in ("a", "b", "c", "d")]
    for one in people[:3]:
        await one.send(layers=True)
        await came(room, one.who)
    receiver = people[3]
    await receiver.receive([Wanted("a")])
    first = await room.media.sfu.update(room.id, "d", [Wanted("b", "1")])
    assert first is not None
    assert await room.media.sfu.update(room.id, "d", [Wanted("c", "1", substream=0)]) is None
    await receiver.take(first)
    told = await room.media.until(lambda told: isinstance(told, Offered) and told.room == room.id)
    assert isinstance(told, Offered)
    await receiver.take(told.offer)
    for track in told.offer.tracks:
        if track.kind == "video":
            await receiver.shows(track.mid, width=320 if track.feed == "c" else 640)


async def test_ways_to_a_device_may_follow_its_description(room: Room) -> None:
    sender = await room.caller("a")
    offer = await sender.offer()
    bare = "".join(f"{line}\r\n" for line in offer.splitlines() if not line.startswith("a=candidate"))
    await sender.answered(await room.media.sfu.publish(room.id, "a", bare, sealed=True))
    for line in offer.splitlines():
        if line.startswith("a=candidate"):
            candidate = {"candidate": line.removeprefix("a="), "sdpMid": "0", "sdpMLineIndex": 0}
            await room.media.sfu.candidate(room.id, "a", "sends", candidate)
    await room.media.sfu.candidate(room.id, "a", "sends", None)
    await came(room, "a")
    with pytest.raises(NotFound, match=r"media\.gone"):
        await room.media.sfu.candidate(room.id, "a", "receives", None)
