"""One media server as rooms use it: open and close one, send, receive, choose, silence, put out, hear what happens.

When the server dies `ServerLost` is told, and with the next one, in which the same rooms are open again, `ServerUp`.
Nobody but this process reaches it: what a browser asks for is asked here, with our rights.
"""

from __future__ import annotations

import asyncio
import secrets as chance
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from yuanzhen.infrastructure.errors import Conflict, Invalid, NotFound, Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.network.media import figures, messages
from yuanzhen.network.media.choices import Choices
from yuanzhen.network.media.configuration import Ground
from yuanzhen.network.media.events import (
    Event,
    FeedCame,
    FeedLeft,
    Figures,
    Inlet,
    Layer,
    Offer,
    Offered,
    Part,
    RoomOptions,
    ServerLost,
    ServerUp,
    Source,
    Wanted,
)
from yuanzhen.network.media.messages import Answer, Body
from yuanzhen.network.media.shell import janus
from yuanzhen.network.media.shell.janus import FOLDER
from yuanzhen.network.media.shell.line import Message
from yuanzhen.network.media.shell.places import Room, Seat
from yuanzhen.network.media.shell.server import Server

ROUND_S = 0.4
WATCHER = "."  # who watches a room for us

Listener = Callable[[Event], Awaitable[None]]


class Sfu:
    """The rooms of one media server. Every verb raises Unavailable `media.no_server` while none runs.

    `who` is one device of one person; `sealed` is its word that the media are sealed before they are sent, without
    which a room that wants it refuses (Forbidden or Invalid of `messages.ROOM`).
    """

    def __init__(self, home: Path, ground: Ground, metrics: Metrics, name: str = FOLDER) -> None:
        self._server = Server(home, ground, metrics, name)
        self._home = home
        self._metrics = metrics
        self._rooms: dict[str, Room] = {}
        self._seats: dict[tuple[str, str], Seat] = {}
        self._whose: dict[int, tuple[str, str, Part]] = {}
        self._choices = Choices()
        self._listeners: list[Listener] = []
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    def follow(self, listener: Listener) -> None:
        """From now on the listener is told every event, one after the other; what it raises is written down."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Keeps the server running, and tells the listeners, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell())
            group.create_task(self._insist())
            group.create_task(self._server.run(self._up, self._down, self._hear))

    @property
    def pid(self) -> int:
        """Of the program that runs now."""
        return self._server.started.child.pid

    @property
    def is_up(self) -> bool:
        """Whether it takes requests now."""
        return self._server.is_up

    @property
    def rooms(self) -> tuple[str, ...]:
        """Those that are open."""
        return tuple(self._rooms)

    async def open_room(self, room: str, options: RoomOptions | None = None) -> None:
        """Opens a room; Conflict `media.room_is_open`."""
        if room in self._rooms:
            raise Conflict("media.room_is_open")
        self._rooms[room] = Room(options or RoomOptions())
        try:
            await self._open(room)
        except Problem:
            del self._rooms[room]
            raise

    async def close_room(self, room: str) -> None:
        """Closes a room and lets all go; no verb that waits comes in any more."""
        opened = self._opened(room)
        del self._rooms[room]
        self._count()
        for place in [place for place in self._seats if place[0] == room]:
            await self._empty(place)
        requests = self._server.lines.requests
        await requests.tell(opened.watcher, messages.destroy(room, opened.secret))
        await requests.detach(opened.watcher)

    def forget(self, room: str) -> None:
        """The room is another server's now; when this one comes back it does not open it again."""
        self._rooms.pop(room, None)
        self._count()

    async def record(self, room: str, name: str) -> None:
        """Records as its senders seal it what they send from now on, and with the next server again; '' ends that."""
        opened = self._opened(room)
        opened.records = name
        await self._record(room, opened)

    async def ask_whole(self, room: str) -> None:
        """Asks whoever sends there for a whole picture of each track: from there on what is recorded can be shown."""
        self._opened(room)
        for (place, _), seat in tuple(self._seats.items()):
            if place == room and "sends" in seat.handles:
                with suppress(Conflict, Invalid, NotFound):  # it left in this moment, or does not send yet
                    await self._tell_plugin(seat.room, seat.handles["sends"], messages.whole())

    async def publish(self, room: str, who: str, sdp: str, *, sealed: bool, labels: Mapping[str, str] = {}) -> str:
        """Begins to send what the offer holds, on a new connection; the answer.

        `labels`: what each mid is called. A track in several sizes names them from the largest down (`a=simulcast`).
        """
        async with self._turn(room, who) as (opened, seat):
            await self._drop(seat, "sends")
            body = messages.send(room, who, opened.pin, labels)
            answered = await self._begin(room, who, seat, "sends", body, _offer(sdp, sealed=sealed))
            return answered.sdp

    async def republish(self, room: str, who: str, sdp: str, *, sealed: bool, labels: Mapping[str, str] = {}) -> str:
        """Sends other tracks, or by another way, on the connection that is there; the answer to the new offer."""
        async with self._turn(room, who) as (_, seat):
            handle, offered = _handle(seat, "sends"), _offer(sdp, sealed=sealed)
            answered = await self._tell_plugin(seat.room, handle, messages.send_anew(labels), offered)
            return answered.sdp

    async def subscribe(self, room: str, who: str, wanted: Iterable[Wanted]) -> Offer:
        """Begins to receive, all tracks on one new connection; what to `answer`."""
        wanted = tuple(wanted)
        async with self._turn(room, who) as (opened, seat):
            await self._drop(seat, "receives")
            seat.later = ()
            body = messages.receive(room, opened.pin, wanted)
            answered = await self._begin(room, who, seat, "receives", body)
            offer = messages.offer(answered.data, answered.sdp)
            await self._choose(room, who, seat, offer, wanted)
            return offer

    async def update(
        self, room: str, who: str, more: Iterable[Wanted] = (), less: Iterable[Wanted] = ()
    ) -> Offer | None:
        """Receives more tracks and less of others; what to `answer`, or None when nothing changed, or when another
        offer is not answered yet: then `Offered` follows.
        """
        more = tuple(more)
        async with self._turn(room, who) as (_, seat):
            handle = _handle(seat, "receives")
            answered = await self._tell_plugin(seat.room, handle, messages.receive_other(more, less))
            offer = messages.offer(answered.data, answered.sdp)
            if not offer.sdp:
                seat.later += more
                return None
            await self._choose(room, who, seat, offer, more)
            return offer

    async def answer(self, room: str, who: str, sdp: str, *, sealed: bool) -> None:
        """The device's answer to the offer of `subscribe`, `update`, `renew` or `Offered`."""
        async with self._turn(room, who) as (_, seat):
            jsep = {"type": "answer", "sdp": sdp, "e2ee": sealed}
            await self._tell_plugin(seat.room, _handle(seat, "receives"), {"request": "start"}, jsep)

    async def renew(self, room: str, who: str) -> Offer:
        """Looks for another way to a receiver whose network changed (ICE restart); what to `answer`."""
        async with self._turn(room, who) as (_, seat):
            anew = {"request": "configure", "restart": True}
            answered = await self._tell_plugin(seat.room, _handle(seat, "receives"), anew)
            return messages.offer(answered.data, answered.sdp)

    async def select(
        self, room: str, who: str, mid: str, *, substream: int | None = None, temporal: int | None = None,
        flows: bool = True,
    ) -> None:  # fmt: skip
        """Receives a layered track in another size or rate from its next key frame on; `Layer` tells when.

        Not `flows`: the track does not come, for now.
        """
        async with self._turn(room, who) as (_, seat):
            handle = _handle(seat, "receives")
            track = next((track for track in seat.tracks if track.mid == mid), None)
            if track is None:
                raise Invalid("media.track")
            self._choices.choose(room, who, track, substream)
            choice = Wanted(track.feed, mid, substream, temporal, flows)
            await self._tell_plugin(seat.room, handle, messages.select({mid: choice}))

    async def candidate(self, room: str, who: str, part: Part, candidate: Body | None) -> None:
        """One more way to the device, where its description did not have it yet; None: there are no more."""
        async with self._turn(room, who) as (_, seat):
            await self._server.lines.requests.trickle(_handle(seat, part), candidate)

    async def mute(self, room: str, who: str, mid: str, *, muted: bool) -> None:
        """Silences a track for all, whatever its sender does, or lets it be heard again."""
        opened = self._opened(room)
        await self._tell_room(opened, messages.moderate(room, who, mid, opened.secret, muted=muted))

    async def leave(self, room: str, who: str) -> None:
        """Ends both connections of a device, by its own wish or not; nothing of it is left, and it may come again."""
        self._opened(room)
        await self._empty((room, who))

    async def take(self, room: str, who: str, sources: Iterable[Source]) -> Inlet:
        """Lets somebody be received here who sends to another server; where that one passes it on to."""
        opened, key = self._opened(room), b64encode(chance.token_bytes(30)).decode()  # RFC 4568 6.1: key and salt
        made = messages.take(room, who, sources, secret=opened.secret, key=key)
        async with opened.until(FeedCame, who):
            told = (await self._server.lines.requests.tell(opened.watcher, made)).data
        return Inlet(told["port"], told["rtcp_port"], key)

    async def take_other(self, room: str, who: str, sources: Iterable[Source], before: Iterable[Source]) -> None:
        """Who is received here from another server sends other tracks now than before."""
        opened = self._opened(room)
        await self._tell_room(opened, messages.take_other(room, who, sources, before, secret=opened.secret))

    async def drop(self, room: str, who: str) -> None:
        """The end of `take`."""
        opened = self._opened(room)
        async with opened.until(FeedLeft, who):
            await self._server.lines.requests.tell(opened.watcher, messages.drop(room, who, opened.secret))

    async def pass_on(self, room: str, who: str, to: str, inlet: Inlet) -> None:
        """Passes on what somebody sends here to the server named `to`, which takes it."""
        opened, key = self._opened(room), self._server.lines.key
        told = messages.pass_on(room, who, to, inlet, secret=opened.secret, key=key)
        await self._tell_room(opened, told)

    async def keep_back(self, room: str, who: str, to: str) -> None:
        """The end of `pass_on`."""
        opened, key = self._opened(room), self._server.lines.key
        await self._tell_room(opened, messages.keep_back(room, who, to, secret=opened.secret, key=key))

    async def figures(self, room: str) -> list[Figures]:
        """What every track of the room has carried so far."""
        self._opened(room)
        lines = self._server.lines
        found: list[Figures] = []
        for handle, (place, who, part) in tuple(self._whose.items()):
            if place != room:
                continue
            with suppress(NotFound):  # it left in this moment
                told = await lines.figures.ask(figures.ask(lines.requests.session, handle))
                found += figures.read(who, part, told.data)
        return found

    # Inside

    async def _choose(self, room: str, who: str, seat: Seat, offer: Offer, wanted: Iterable[Wanted]) -> None:
        seat.tracks = offer.tracks
        sizes = messages.sizes(offer, wanted)
        for track in offer.tracks:
            if track.mid in sizes:
                self._choices.choose(room, who, track, sizes[track.mid].substream)
        if sizes:
            await self._tell_plugin(seat.room, _handle(seat, "receives"), messages.select(sizes))

    async def _begin(self, room: str, who: str, seat: Seat, part: Part, body: Body, jsep: Body | None = None) -> Answer:
        handle = await self._server.lines.requests.attach()
        seat.handles[part] = handle
        self._whose[handle] = room, who, part
        self._count()
        try:
            return await self._tell_plugin(seat.room, handle, body, jsep)
        except Problem:
            await self._drop(seat, part)
            raise

    async def _drop(self, seat: Seat, part: Part) -> None:
        handle = seat.handles.pop(part, None)
        if handle is None:
            return
        self._whose.pop(handle, None)
        self._count()
        with suppress(NotFound):
            async with seat.room.request():
                await self._server.lines.requests.detach(handle)

    async def _tell_room(self, opened: Room, body: Body) -> Answer:
        return await self._tell_plugin(opened, opened.watcher, body)

    async def _tell_plugin(self, opened: Room, handle: int, body: Body, jsep: Body | None = None) -> Answer:
        async with opened.request():
            return await self._server.lines.requests.tell(handle, body, jsep)

    @asynccontextmanager
    async def _turn(self, room: str, who: str) -> AsyncIterator[tuple[Room, Seat]]:
        """The device's seat, when its turn has come; one that was emptied meanwhile is taken anew."""
        while True:
            opened = self._opened(room)
            seat = self._seats.setdefault((room, who), Seat(opened))
            async with seat.turn:
                if self._seats.get((room, who)) is seat and self._rooms.get(room) is opened:
                    yield opened, seat
                    return

    async def _empty(self, place: tuple[str, str]) -> None:
        seat = self._seats.get(place)
        if seat is None:
            return
        async with seat.turn:
            if self._seats.get(place) is seat:
                del self._seats[place]
            for part in tuple(seat.handles):
                await self._drop(seat, part)

    def _opened(self, room: str) -> Room:
        """The room; NotFound `media.no_room`."""
        self._server.lines  # noqa: B018 - a server that lacks is told first
        if room not in self._rooms:
            raise NotFound("media.no_room")
        return self._rooms[room]

    async def _open(self, room: str) -> None:
        opened, lines = self._rooms[room], self._server.lines
        opened.watcher = await lines.requests.attach()
        made = messages.create(room, opened.options, secret=opened.secret, pin=opened.pin, key=lines.key)
        await self._tell_room(opened, made)
        await self._tell_room(opened, messages.watch(room, WATCHER, opened.pin))
        if opened.records:
            await self._record(room, opened)
        self._count()

    async def _record(self, room: str, opened: Room) -> None:
        if opened.records:
            folder = janus.recordings(self._home) / opened.records
            await self._tell_room(opened, messages.record_to(room, opened.secret, str(folder)))
        await self._tell_room(opened, messages.record(room, opened.secret, on=bool(opened.records)))

    async def _up(self) -> None:
        for room in self.rooms:
            await self._open(room)
        self._events.put_nowait(ServerUp(self.rooms))

    def _down(self) -> None:
        self._seats.clear()
        self._whose.clear()
        for opened in self._rooms.values():
            opened.end()
        self._count()
        self._events.put_nowait(ServerLost(self.rooms))

    def _hear(self, message: Message) -> None:
        handle = message.get("sender", 0)
        if handle in self._whose:
            self._heard(messages.heard_of(*self._whose[handle], message))
            return
        for room, opened in self._rooms.items():
            if opened.watcher == handle:
                for event in messages.heard_in_room(room, message.get("plugindata", {}).get("data", {})):
                    self._heard(opened.news(event))

    def _heard(self, event: Event | None) -> None:
        if isinstance(event, Layer):
            self._choices.hear(event)
        if event is not None:
            self._events.put_nowait(event)

    async def _insist(self) -> None:
        """Asks senders for key frames of sizes that receivers wait for."""
        while True:
            await asyncio.sleep(ROUND_S)
            for room, feed, mid in self._choices.next_round():
                seat = self._seats.get((room, feed))
                if seat is None:
                    continue
                with suppress(Problem):  # the next round comes soon
                    await self._tell_plugin(seat.room, _handle(seat, "sends"), messages.key_frame(mid))

    async def _tell(self) -> None:
        while True:
            event = await self._events.get()
            if isinstance(event, Offered):
                await self._choose_later(event)
            for listener in self._listeners:
                try:
                    await listener(event)
                except Problem as problem:
                    log.warning("media_event_refused", media_event=type(event).__name__, problem=problem.code)

    async def _choose_later(self, event: Offered) -> None:
        """Sizes that were wished with tracks which are offered only now."""
        if (event.room, event.who) not in self._seats:
            return
        with suppress(Problem):  # it left meanwhile
            async with self._turn(event.room, event.who) as (_, seat):
                later, seat.later = seat.later, ()
                await self._choose(event.room, event.who, seat, event.offer, later)

    def _count(self) -> None:
        self._metrics.set("media_rooms", len(self._rooms), server=self._server.name)
        self._metrics.set("media_connections", len(self._whose), server=self._server.name)


def _offer(sdp: str, *, sealed: bool) -> Body:
    return {"type": "offer", "sdp": sdp, "e2ee": sealed}


def _handle(seat: Seat, part: Part) -> int:
    """NotFound `media.gone` when the device has no such connection."""
    if part not in seat.handles:
        raise NotFound("media.gone")
    return seat.handles[part]
