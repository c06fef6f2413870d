"""Several media servers as one: rooms begin on the emptiest, are widened when theirs is full, and move when it dies.

A *seat* is one device in one room. All tracks of a seat begin and end at one server; what it sends is passed on to the
others on which its room is open, so that whoever sits there receives it as if it were sent there.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from yuanzhen.infrastructure.errors import Conflict, NotFound, Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.metrics import Metrics
from yuanzhen.network.media import placing
from yuanzhen.network.media.configuration import Ground
from yuanzhen.network.media.events import (
    Event,
    FeedCame,
    FeedLeft,
    Figures,
    Offer,
    Part,
    RoomOptions,
    ServerLost,
    ServerUp,
    Source,
    Wanted,
)
from yuanzhen.network.media.messages import Body
from yuanzhen.network.media.shell import janus
from yuanzhen.network.media.shell.janus import FOLDER
from yuanzhen.network.media.shell.sfu import Listener, Sfu

MOST = 25  # seats of a server on one core, as long as others can take more (docs/operations.md)


class Servers:
    """Every verb of `Sfu`, at whichever server the seat is; what any of them tells is told here."""

    def __init__(self, home: Path, grounds: Sequence[Ground], metrics: Metrics, most: int = MOST) -> None:
        self._all = [
            Sfu(home, ground, metrics, f"{FOLDER}-{number}" if number else FOLDER)
            for number, ground in enumerate(grounds)
        ]
        self._home = home
        self._most = most
        self._records: dict[str, str] = {}  # by room, the folder of what is recorded now
        self._options: dict[str, RoomOptions] = {}
        self._homes: dict[str, list[int]] = {}  # on which servers a room is open; the first is where it began
        self._seats: dict[tuple[str, str], int] = {}
        self._feeds: dict[tuple[str, str], tuple[int, tuple[Source, ...]]] = {}  # from where somebody sends, and what
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # of a room: where it is changes by one
        self._listeners: list[Listener] = []
        for number, sfu in enumerate(self._all):
            sfu.follow(partial(self._hear, number))

    def follow(self, listener: Listener) -> None:
        """From now on the listener is told every event; what it raises is written down."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Keeps the servers running, and tells the listeners, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for sfu in self._all:
                group.create_task(sfu.run())

    @property
    def pids(self) -> list[int]:
        """Of the programs that run now, in their order."""
        return [sfu.pid for sfu in self._all]

    @property
    def rooms(self) -> tuple[str, ...]:
        """Those that are open."""
        return tuple(self._homes)

    def where(self, room: str) -> tuple[int, ...]:
        """On which servers a room is open."""
        return tuple(self._homes.get(room, ()))

    async def open_room(self, room: str, options: RoomOptions | None = None) -> None:
        """Opens a room on the emptiest server; Conflict `media.room_is_open`."""
        async with self._turns[room]:
            if room in self._homes:
                raise Conflict("media.room_is_open")
            self._options[room] = options or RoomOptions()
            place = placing.for_room(self._load()) or 0  # the first one says why none runs
            try:
                await self._all[place].open_room(room, self._options[room])
            except Problem:
                del self._options[room]
                raise
            self._homes[room] = [place]

    async def close_room(self, room: str) -> None:
        """Closes a room wherever it is open, and lets all go."""
        async with self._turns[room]:
            homes = self._homes.pop(room, None)
            if homes is None:
                raise NotFound("media.no_room")
            self._drop_seats(room)
            del self._options[room]
            self._records.pop(room, None)
            for place in homes:
                await self._close(place, room)
        del self._turns[room]

    def recordings(self, name: str) -> Path:
        """Where what `record` was given this name for lies; each track of each connection is a file of `mjr`."""
        return janus.recordings(self._home) / name

    async def record(self, room: str, name: str) -> None:
        """As `Sfu.record`: where the room began, for there is all that is sent in it, and with it wherever it moves."""
        async with self._turns[room]:
            if room not in self._homes:
                raise NotFound("media.no_room")
            self._records[room] = name
            await self._all[self._homes[room][0]].record(room, name)

    async def ask_whole(self, room: str) -> None:
        """As `Sfu.ask_whole`, at all servers of the room; one that does not run has nobody to ask."""
        for place in self.where(room):
            with suppress(Problem):
                await self._all[place].ask_whole(room)

    async def publish(self, room: str, who: str, sdp: str, *, sealed: bool, labels: Mapping[str, str] = {}) -> str:
        """As `Sfu.publish`."""
        return await (await self._at(room, who)).publish(room, who, sdp, sealed=sealed, labels=labels)

    async def republish(self, room: str, who: str, sdp: str, *, sealed: bool, labels: Mapping[str, str] = {}) -> str:
        """As `Sfu.republish`."""
        return await (await self._at(room, who)).republish(room, who, sdp, sealed=sealed, labels=labels)

    async def subscribe(self, room: str, who: str, wanted: Iterable[Wanted]) -> Offer:
        """As `Sfu.subscribe`."""
        return await (await self._at(room, who)).subscribe(room, who, wanted)

    async def update(
        self, room: str, who: str, more: Iterable[Wanted] = (), less: Iterable[Wanted] = ()
    ) -> Offer | None:
        """As `Sfu.update`."""
        return await (await self._at(room, who)).update(room, who, more, less)

    async def answer(self, room: str, who: str, sdp: str, *, sealed: bool) -> None:
        """As `Sfu.answer`."""
        await (await self._at(room, who)).answer(room, who, sdp, sealed=sealed)

    async def renew(self, room: str, who: str) -> Offer:
        """As `Sfu.renew`."""
        return await (await self._at(room, who)).renew(room, who)

    async def select(
        self, room: str, who: str, mid: str, *, substream: int | None = None, temporal: int | None = None,
        flows: bool = True,
    ) -> None:  # fmt: skip
        """As `Sfu.select`."""
        await (await self._at(room, who)).select(room, who, mid, substream=substream, temporal=temporal, flows=flows)

    async def candidate(self, room: str, who: str, part: Part, candidate: Body | None) -> None:
        """As `Sfu.candidate`."""
        await (await self._at(room, who)).candidate(room, who, part, candidate)

    async def mute(self, room: str, who: str, mid: str, *, muted: bool) -> None:
        """As `Sfu.mute`."""
        await (await self._at(room, who)).mute(room, who, mid, muted=muted)

    async def leave(self, room: str, who: str) -> None:
        """As `Sfu.leave`; nothing of the seat is left at any server."""
        async with self._turns[room]:
            if room not in self._homes:
                raise NotFound("media.no_room")
            place = self._seats.pop((room, who), None)
            if place is not None:
                await self._all[place].leave(room, who)

    async def figures(self, room: str) -> list[Figures]:
        """What every track of the room has carried so far, at the server of its seat."""
        if room not in self._homes:
            raise NotFound("media.no_room")
        return [one for place in self._homes[room] for one in await self._all[place].figures(room)]

    # Where things are

    def _load(self) -> dict[int, int]:
        """How many seats each of the servers has that run now."""
        taken = Counter(self._seats.values())
        return {number: taken[number] for number, sfu in enumerate(self._all) if sfu.is_up}

    async def _at(self, room: str, who: str) -> Sfu:
        """The server of a seat; a new one is given its place. NotFound `media.no_room`."""
        async with self._turns[room]:
            if room not in self._homes:
                raise NotFound("media.no_room")
            place = self._seats.get((room, who))
            if place is None:
                place = placing.for_seat(self._load(), self._homes[room], self._most)
                if place is None:
                    return self._all[self._homes[room][0]]  # which says that it does not run
                if place not in self._homes[room]:
                    place = await self._widened(room, place)
                self._seats[room, who] = place
            return self._all[place]

    async def _widened(self, room: str, place: int) -> int:
        """Opens a room on one more server, and has what is sent in it passed on to there; where to sit now.

        That is where the room began, full as it is, when the other server does not take it.
        """
        try:
            await self._all[place].open_room(room, self._options[room])
            for (where, who), (home, sources) in tuple(self._feeds.items()):
                if where == room:
                    await self._pass_on(room, who, sources, home, place)
        except Problem as problem:
            log.warning("media_room_not_widened", problem=problem.code)
            await self._close(place, room)
            return self._homes[room][0]
        self._homes[room].append(place)
        log.info("media_room_widened", servers=len(self._homes[room]))
        return place

    async def _pass_on(self, room: str, who: str, sources: tuple[Source, ...], home: int, place: int) -> None:
        inlet = await self._all[place].take(room, who, sources)
        await self._all[home].pass_on(room, who, str(place), inlet)

    # What they tell

    async def _hear(self, place: int, event: Event) -> None:
        match event:
            case FeedCame(room, who, sources):
                await self._came(place, room, who, sources, event)
            case FeedLeft(room, who):
                await self._left(place, room, who, event)
            case ServerLost(rooms):
                await self._lost(place, rooms)
            case _:
                await self._tell(event)

    async def _came(self, place: int, room: str, who: str, sources: tuple[Source, ...], event: FeedCame) -> None:
        """Somebody sends: first it is received at the room's other servers, then it is told."""
        async with self._turns[room]:
            if self._seats.get((room, who)) != place:
                return  # passed on from another server, whose word it is; or gone by now
            home, before = self._feeds.get((room, who), (None, ()))
            self._feeds[room, who] = place, sources
            for other in self._homes[room]:
                if other == place:
                    continue
                try:
                    if home == place:
                        await self._all[other].take_other(room, who, sources, before)
                    else:
                        await self._pass_on(room, who, sources, place, other)
                except Problem as problem:  # that server is ill: whoever sits elsewhere hears of it all the same
                    log.warning("media_not_passed_on", problem=problem.code)
        await self._tell(event)

    async def _left(self, place: int, room: str, who: str, event: FeedLeft) -> None:
        async with self._turns[room]:
            if (room, who) not in self._feeds or self._feeds[room, who][0] != place:
                return
            await self._withdraw(room, who)
        await self._tell(event)

    async def _withdraw(self, room: str, who: str) -> None:
        """What somebody sent is passed on no more."""
        home, _ = self._feeds.pop((room, who), (None, ()))
        if home is None:
            return
        for other in self._homes.get(room, ()):
            if other != home:
                with suppress(Problem):  # who has left is not passed on any more
                    await self._all[home].keep_back(room, who, str(other))
                with suppress(Problem):  # a server that died has nothing to drop
                    await self._all[other].drop(room, who)

    async def _lost(self, place: int, rooms: tuple[str, ...]) -> None:
        """A server has died: its rooms go on at others; where there is none they come back with it."""
        await self._tell(ServerLost(rooms))
        moved = [room for room in rooms if await self._moved(place, room)]
        if moved:
            log.warning("media_rooms_moved", rooms=len(moved))
            await self._tell(ServerUp(tuple(moved)))

    async def _moved(self, place: int, room: str) -> bool:
        """Whether a room of a server that died is open at another now; whoever sat anywhere in it begins anew."""
        async with self._turns[room]:
            if place not in self._homes.get(room, ()):
                return False
            others = [one for one in self._homes[room] if one != place]
            for who in [who for where, who in self._feeds if where == room]:
                await self._withdraw(room, who)
            for where, who in [seat for seat, at in self._seats.items() if seat[0] == room and at == place]:
                del self._seats[where, who]
            if not others:
                target = placing.for_room(self._load())
                if target is None:
                    return False
                try:
                    await self._all[target].open_room(room, self._options[room])
                except Problem as problem:
                    log.warning("media_room_not_moved", problem=problem.code)
                    return False
                others = [target]
            await self._close(place, room)
            first, self._homes[room] = self._homes[room][0], others
            if self._records.get(room) and first != others[0]:
                with suppress(Problem):  # it has died too, and comes back with that
                    await self._all[others[0]].record(room, self._records[room])
            return True

    async def _close(self, place: int, room: str) -> None:
        """Closes a room at one server; one that does not run is not to open it again."""
        try:
            await self._all[place].close_room(room)
        except Problem:
            self._all[place].forget(room)

    def _drop_seats(self, room: str) -> None:
        for seat in [seat for seat in self._seats if seat[0] == room]:
            del self._seats[seat]
        for feed in [feed for feed in self._feeds if feed[0] == room]:
            del self._feeds[feed]

    async def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                await listener(event)
            except Problem as problem:
                log.warning("media_event_refused", media_event=type(event).__name__, problem=problem.code)
