"""Those who are in a room speak and are seen through the media server; whoever is out of it is let go there too.

A *seat* is one page of one person there: a new ticket is a new seat. The server knows seats, and no person's rights.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from yuanzhen.collaboration.room import access, service, store
from yuanzhen.collaboration.room.model import Member
from yuanzhen.collaboration.room.recordings.recorder import Recorder
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.network.media.events import (
    Event,
    FeedCame,
    FeedLeft,
    Offer,
    Offered,
    RoomOptions,
    ServerLost,
    ServerUp,
    Source,
    Wanted,
)
from yuanzhen.network.media.shell.servers import Servers

WATCHER = system("relay")


Relays = Callable[[str], list[dict[str, Any]]]  # for a person: servers as RTCIceServer has them


def no_relays(_: str) -> list[dict[str, Any]]:
    """Where no relay is wanted."""
    return []


@dataclass(slots=True)
class _Flow:
    """What flows in one room: who sends what, what each seat receives, and what it is still to answer."""

    feeds: dict[str, tuple[Source, ...]] = field(default_factory=dict)
    seats: set[str] = field(default_factory=set)
    received: dict[str, set[Wanted]] = field(default_factory=dict)
    offered: dict[str, Offer] = field(default_factory=dict)


class Calls:
    """The rooms at the media servers. Every verb wants the ticket of somebody who is in the room.

    Raises `Forbidden` `room.ticket` without one, `Unavailable` `media.no_server` while no server runs, and what the
    server itself refuses.
    """

    without_server = False  # two pages connect to each other instead (`pairs.py`)

    def __init__(self, db: Database, media: Servers, options: RoomOptions, relays: Relays = no_relays) -> None:
        self._db = db
        self.recorder = Recorder(db, media)
        self.relays = relays
        self._media = media
        self._options = options
        self._flows: dict[str, _Flow] = {}
        self._opening = asyncio.Lock()
        media.follow(self._hear)

    async def publish(
        self, actor: Actor, id: str, ticket: str, sdp: str, labels: Mapping[str, str], *, anew: bool
    ) -> str:  # fmt: skip
        """The page sends what its offer holds, instead of whatever it sent before; the answer.

        `anew`: on a new connection; otherwise on the one that it has, by which way there ever is now. Raises
        `NotFound` `media.gone` when it has none.
        """
        seat = seat_of(await self._member(actor, id, ticket, "publish"))
        flow = await self._open(id)
        flow.seats.add(seat)
        send = self._media.publish if anew else self._media.republish
        return await send(id, seat, sdp, sealed=self._options.sealed, labels=labels)

    async def receive(
        self, actor: Actor, id: str, ticket: str, *, anew: bool, restart: bool = False
    ) -> Offer | None:  # fmt: skip
        """What the page is to answer so that it gets all that others send; None when it has that already.

        `anew`: the page begins, and has no connection yet. `restart`: it looks for another way for the one that it has;
        raises `NotFound` `media.gone` when that is gone.
        """
        seat = seat_of(await self._member(actor, id, ticket, "receive"))
        flow = await self._open(id)
        if anew:
            flow.received.pop(seat, None)
            flow.offered.pop(seat, None)
        if restart:
            return _told(flow, await self._media.renew(id, seat))
        if offer := flow.offered.pop(seat, None):
            return _told(flow, offer)
        wanted = {Wanted(feed, one.mid) for feed, sources in flow.feeds.items() if feed != seat for one in sources}
        before = flow.received.get(seat, set())
        if wanted == before:
            return None
        flow.seats.add(seat)
        if not before:
            offer = await self._media.subscribe(id, seat, _small(flow, wanted)) if wanted else None
        else:  # what left has no track any more; who comes again takes its old place
            more = wanted - before
            less = {one for one in before - wanted if one.feed in flow.feeds}  # who sends goes on without them
            offer = await self._media.update(id, seat, _small(flow, more), _in_order(less)) if more or less else None
        flow.received[seat] = wanted
        return offer and _told(flow, offer)

    async def answer(self, actor: Actor, id: str, ticket: str, sdp: str) -> None:
        """The page's answer to what it was offered."""
        seat = seat_of(await self._member(actor, id, ticket, "receive"))
        await self._media.answer(id, seat, sdp, sealed=self._options.sealed)

    async def select(self, actor: Actor, id: str, ticket: str, sizes: Mapping[str, int | None]) -> None:
        """The page receives pictures in other sizes, 0 the smallest, None for not at all."""
        seat = seat_of(await self._member(actor, id, ticket, "receive"))
        for mid, size in sizes.items():
            await self._media.select(id, seat, mid, substream=size, flows=size is not None)

    async def settle(self, body: dict[str, Any]) -> None:
        """The listener of `RoomChanged`: a seat whose ticket counts no more is let go, and an empty room is closed."""
        id = str(body["room"])
        flow = self._flows.get(id)
        if flow is None:
            return
        there = await self._seats_in(id)
        for seat in flow.seats - there:
            await self._media.leave(id, seat)
            flow.seats.discard(seat)
            flow.feeds.pop(seat, None)
            flow.received.pop(seat, None)
            flow.offered.pop(seat, None)
        if not there:
            del self._flows[id]
            await self._media.close_room(id)

    async def _seats_in(self, id: str) -> set[str]:
        """The seats of those who are in a room."""
        async with self._db.look(WATCHER) as look:
            room = await store.find(look, id)
        return {seat_of(one) for one in room.those("in")} if room else set()

    async def _member(self, actor: Actor, id: str, ticket: str, act: str) -> Member:
        async with self._db.look(actor) as look:
            return await access.inside(look, act, id, service.stood(ticket))

    async def _open(self, id: str) -> _Flow:
        """The room's flow; the first who comes opens it at the server."""
        if id in self._flows:
            return self._flows[id]
        async with self._opening:  # who comes in the same moment waits until it is open
            if id not in self._flows:
                with suppress(Conflict):
                    await self._media.open_room(id, self._options)
                await self.recorder.settle(id)
                self._flows[id] = _Flow()
            return self._flows[id]

    async def _hear(self, event: Event) -> None:
        """What flows has changed: the pages of the room ask anew."""
        match event:
            case FeedCame(room, who, sources) if room in self._flows:
                self._flows[room].feeds[who] = sources
                await self._wake(room, "media")
            case FeedLeft(room, who) if room in self._flows:
                self._flows[room].feeds.pop(who, None)
                await self._wake(room, "media")
            case Offered(room, who, offer) if room in self._flows:
                self._flows[room].offered[who] = offer
                await self._wake(room, "media")
            case ServerLost(rooms):
                for flow in [self._flows[room] for room in rooms if room in self._flows]:
                    flow.feeds.clear()
                    flow.received.clear()
                    flow.offered.clear()
            case ServerUp(rooms):
                for room in rooms:
                    await self._wake(room, "media-again")  # everybody sends and receives anew
            case _:
                pass

    async def _wake(self, id: str, event: str) -> None:
        async with self._db.verb(WATCHER) as tx:
            tx.tell(service.channel(id), event, {})


def seat_of(member: Member) -> str:
    """One page of one person at the media server; names the ticket by what stands for it."""
    return f"{member.person}.{member.ticket[:16]}"


def person_at(seat: str) -> str:
    """Whose a seat is."""
    return seat.rpartition(".")[0]


def _layered(flow: _Flow, feed: str, mid: str | None) -> bool:
    """Whether somebody sends a track in several sizes."""
    return any(one.layers for one in flow.feeds.get(feed, ()) if one.mid == mid)


def _small(flow: _Flow, wanted: set[Wanted]) -> list[Wanted]:
    """Begins with the smallest size of what comes in several, so that sixteen who come at once are no flood."""
    return [replace(one, substream=0) if _layered(flow, one.feed, one.mid) else one for one in _in_order(wanted)]


def _told(flow: _Flow, offer: Offer) -> Offer:
    """The offer with what is known of the senders' tracks."""
    tracks = tuple(replace(one, layers=_layered(flow, one.feed, one.source)) for one in offer.tracks)
    return replace(offer, tracks=tracks)


def _in_order(wanted: set[Wanted]) -> list[Wanted]:
    return sorted(wanted, key=lambda one: (one.feed, one.mid or ""))
