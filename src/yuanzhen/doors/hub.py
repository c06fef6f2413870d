"""Live channels of one process: reads events once when the database says there are some, hands them to all readers.

What a channel shows is its source's; who may see it too. Several processes do this side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

import msgspec

from yuanzhen.doors.channels import Channel, Event, Gap, Name, named
from yuanzhen.doors.passing import Neighbours
from yuanzhen.infrastructure.bus import Bus
from yuanzhen.infrastructure.db import news
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.news import Told
from yuanzhen.infrastructure.errors import Forbidden, Invalid, NotFound, Problem, TooMany, Unavailable
from yuanzhen.infrastructure.log import log
from yuanzhen.infrastructure.metrics import Metrics

KEEP = timedelta(hours=1)
PRUNE_S = 300.0
MOST_CHANNELS = 64  # of one reader
MOST_MISSED = 1000  # more than this is no catching up: a snapshot is shorter
ATTEMPTS = 5  # at a snapshot between two events
AGAIN_S = 1.0
LARGEST_RELAYED = 4000  # bytes; a notice of the database carries 8000


class Source(Protocol):
    """What stands behind the channels of one prefix. `id`: the part after the slash; of `me` the person's own.

    Events told on its channels say what is so now (`{"bed": "7", "hr": 72}`, `{"mark": "m1", "removed": true}`), not
    what was added to it, so that hearing one again changes nothing: see `Hub.subscribe`. A verb tells what it did, not
    what it tried: a DELETE that touched no row may have overlooked one that another verb is just writing.
    """

    async def snapshot(self, actor: Actor, id: str) -> Mapping[str, Any]:
        """All that a page shows of it now, in the trail as a read; raises `Problem` when the actor may not."""

    async def allowed(self, actor: Actor, id: str) -> None:
        """Raises `Problem` when the actor may no longer; nothing is read, so nothing is noted."""


@runtime_checkable
class Spoken(Source, Protocol):
    """A source in whose channels pages show each other something in passing; in all others nobody speaks."""

    async def may_speak(self, actor: Actor, id: str) -> None:
        """Raises `Problem` for a reader who only looks."""


class Reader(Protocol):
    """One open page."""

    @property
    def actor(self) -> Actor: ...

    def give(self, text: str) -> None:
        """Takes one message; returns at once."""

    def give_passing(self, text: str) -> None:
        """Takes a message that may be lost when it falls behind; returns at once."""

    def doubt(self) -> None:
        """Is told that its person's access changed, so that it asks whether it may stay; returns at once."""


class Hub:
    """Joins readers and channels. `run` it once; all else may be called while it runs.

    `for_guests`: the prefixes of the channels that guests may follow too.
    """

    def __init__(
        self, db: Database, bus: Bus, sources: Mapping[str, Source], metrics: Metrics,
        for_guests: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self._db = db
        self._for_guests = for_guests
        self._sources = sources
        self._metrics = metrics
        self._channels: dict[str, Channel[Reader]] = {}
        self._of: dict[Reader, dict[str, Name]] = {}  # by the page's word
        self._dirty: set[str] = set()
        self._news = asyncio.Event()
        self._errands: set[asyncio.Task[None]] = set()
        self._neighbours = Neighbours(db, bus, self._show)
        bus.subscribe("live", self._heard, self._heard_again)
        bus.subscribe("access", self._access_changed, lambda: None)  # what was missed is asked again by every page

    async def run(self) -> None:
        """Follows the channels and forgets old events, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._prune())
                group.create_task(self._neighbours.run())
        finally:
            for errand in self._errands:
                errand.cancel()

    # ---- what pages ask for

    def come(self, reader: Reader) -> None:
        """A page has opened."""
        self._of[reader] = {}
        self._metrics.set("live_sockets", len(self._of))

    def go(self, reader: Reader) -> None:
        """A page has closed."""
        for wire in list(self._of.get(reader, ())):
            self.unsubscribe(reader, wire)
        self._of.pop(reader, None)
        self._metrics.set("live_sockets", len(self._of))

    def people(self) -> list[Actor]:
        """Whose pages are open."""
        return [reader.actor for reader in self._of]

    def places(self, reader: Reader) -> dict[str, int]:
        """The channels that this page is following, each with the last number it was given."""
        at = {wire: self._channels[name.stored].readers[reader] for wire, name in self._of[reader].items()}
        return {wire: seq for wire, seq in at.items() if seq is not None}

    async def subscribe(self, reader: Reader, wire: str, after: int | None = None) -> None:
        """Gives the reader a snapshot, or with `after` exactly the events it missed, then every later event, once each.

        A snapshot comes in spite of `after` when what was missed is no longer kept. It is the state at its `seq`
        exactly, unless the channel was told something during each of several tries; then `seq` is where the last of
        them began, and the first events that follow may already be in it. Raises `Problem`.
        """
        name = named(wire, reader.actor.id)
        source = self._sources.get(name.prefix)
        if source is None or (reader.actor.kind == "guest" and name.prefix not in self._for_guests):
            raise NotFound("live.no_channel")
        self.unsubscribe(reader, wire)
        if len(self._of[reader]) >= MOST_CHANNELS:
            raise TooMany("live.too_many_channels", most=MOST_CHANNELS)
        channel = self._channels.setdefault(name.stored, Channel(name))
        channel.join(reader)
        self._of[reader][wire] = name
        try:
            seq, first = await self._beginning(channel, reader.actor, source, after)
        except BaseException:
            if self._follows(reader, name):
                self.unsubscribe(reader, wire)
            raise
        if self._follows(reader, name):
            for text in [*first, *(held.text for held in channel.start(reader, seq))]:
                self._give(reader, text)

    def unsubscribe(self, reader: Reader, wire: str) -> None:
        """Ends one channel of a page; one that it does not follow is ended already."""
        name = self._of.get(reader, {}).pop(wire, None)
        if name is None:
            return
        channel = self._channels[name.stored]
        channel.leave(reader)
        if not channel.readers:
            del self._channels[name.stored]

    async def recheck(self, reader: Reader) -> None:
        """Ends the channels that this page may no longer see, and says so on each; who spoke is asked again."""
        for wire, name in list(self._of.get(reader, {}).items()):
            self._channels[name.stored].speakers.discard(reader)
            try:
                await self._sources[name.prefix].allowed(reader.actor, name.id)
            except Unavailable as down:
                log.warning("live_recheck_later", problem=down.code)
            except Problem as problem:
                if self._follows(reader, name):
                    self.unsubscribe(reader, wire)
                    reader.give(problem_message(wire, problem))

    # ---- what pages show each other in passing

    async def relay(self, reader: Reader, wire: str, data: msgspec.Raw) -> None:
        """Shows `data` to the channel's other pages at once, as this person's; it is kept nowhere.

        Whether a page may is asked when it first speaks, and again when its access is doubted. Raises `Problem`.
        """
        name = self._of[reader].get(wire)
        channel = self._channels[name.stored] if name else None
        if name is None or channel is None or channel.readers[reader] is None:
            raise NotFound("live.no_channel")
        if len(bytes(data)) > LARGEST_RELAYED:
            raise Invalid("live.too_long", place="data", most=LARGEST_RELAYED)
        if reader not in channel.speakers:
            source = self._sources[name.prefix]
            if not isinstance(source, Spoken):
                raise Forbidden("live.silent")
            await source.may_speak(reader.actor, name.id)
            if not self._follows(reader, name):
                return
            channel.speakers.add(reader)
        text = _encoded({"relayed": wire, "from": reader.actor.id, "data": data})
        self._show(name.stored, text, reader)
        self._neighbours.tell(name.stored, text)

    def _show(self, stored: str, text: str, but: Reader | None = None) -> None:
        channel = self._channels.get(stored)
        for reader, at in channel.readers.items() if channel else ():
            if at is not None and reader is not but:  # who has not begun may not be allowed to
                self._metrics.count("live_relayed")
                reader.give_passing(text)

    # ---- starting a reader

    def _follows(self, reader: Reader, name: Name) -> bool:
        """Whether it has neither left, nor been turned away, nor begun anew since it was given this `name`."""
        return self._of.get(reader, {}).get(name.wire) is name

    async def _beginning(
        self, channel: Channel[Reader], actor: Actor, source: Source, after: int | None
    ) -> tuple[int, list[str]]:
        """Up to which number the reader will know all, and the messages that bring it there."""
        name = channel.name
        before = await news.last(self._db, name.stored)
        if not channel.is_open:
            channel.open(before)
            self._heard(name.stored)  # what came between the reading and now
        for _ in range(ATTEMPTS):
            snapshot = await source.snapshot(actor, name.id)
            if after is not None:
                missed = await news.missed(self._db, name.stored, after, MOST_MISSED)
                if missed is not None:
                    return after + len(missed), [_event(name, told).text for told in missed]
            now, began = await news.last(self._db, name.stored), before
            if now == began:  # nothing was committed to the channel meanwhile
                break
            before, after = now, None
        return began, [_encoded({"channel": name.wire, "seq": began, "snapshot": snapshot})]

    # ---- following

    def _heard(self, stored: str) -> None:
        if stored in self._channels:
            self._dirty.add(stored)
            self._news.set()

    def _heard_again(self) -> None:
        self._dirty.update(self._channels)
        self._news.set()

    def _access_changed(self, person: str) -> None:
        for reader in self._of:
            if reader.actor.id == person:
                reader.doubt()

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            names, self._dirty = self._dirty, set()
            try:
                await self._read(names)
            except Problem as down:
                log.warning("live_waits", problem=down.code)
                self._dirty |= names
                await asyncio.sleep(AGAIN_S)
                self._news.set()

    async def _read(self, names: set[str]) -> None:
        """One round trip for all channels that have news, however many events and readers."""
        here = {stored: channel for stored in names if (channel := self._channels.get(stored)) and channel.is_open}
        if not here:
            return
        seen = {stored: channel.seen or 0 for stored, channel in here.items()}
        came = await news.since(self._db, seen, MOST_MISSED)
        if len(came) == MOST_MISSED:
            self._dirty |= names
            self._news.set()
        for told in came:
            channel = here[told.channel]  # which all may have left meanwhile; who came after them has a new one
            self._pass_on(channel, _event(channel.name, told), told.age_s)

    def _pass_on(self, channel: Channel[Reader], event: Event, age_s: float) -> None:
        try:
            told = channel.hear([event])
        except Gap:
            self._begin_again(channel)
            return
        for _, readers in told:
            self._metrics.observe("live_delay_seconds", max(age_s, 0.0))
            for reader in readers:
                self._give(reader, event.text)

    def _begin_again(self, channel: Channel[Reader]) -> None:
        """Events were pruned before we read them (a long time without the database): every page gets a new snapshot."""
        log.warning("live_gap", channel=channel.name.prefix, readers=len(channel.readers))
        readers = list(channel.readers)
        for reader in readers:
            self.unsubscribe(reader, channel.name.wire)
        for reader in readers:
            self._errand(self._subscribe_again(reader, channel.name.wire))

    async def _subscribe_again(self, reader: Reader, wire: str) -> None:
        if reader not in self._of:
            return
        try:
            await self.subscribe(reader, wire)
        except Problem as problem:
            reader.give(problem_message(wire, problem))

    def _give(self, reader: Reader, text: str) -> None:
        self._metrics.count("live_sent")
        reader.give(text)

    def _errand(self, work: Coroutine[Any, Any, None]) -> None:
        errand = asyncio.create_task(work)
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _prune(self) -> None:
        while True:
            try:
                await news.forget(self._db, KEEP)
            except Problem as down:  # on a full disk nothing can be deleted either
                log.warning("live_prune_later", problem=down.code)
            await asyncio.sleep(PRUNE_S)


def problem_message(wire: str | None, problem: Problem) -> str:
    """`{channel, problem}`: the problem's status, code, place and facts; without a channel when none was named."""
    return _encoded({} if wire is None else {"channel": wire}, problem)


def relay_refused(wire: str, problem: Problem) -> str:
    """`{relayed, problem}`: what a page wanted to show the others was shown to nobody."""
    return _encoded({"relayed": wire}, problem)


def _event(name: Name, told: Told) -> Event:
    message = {"channel": name.wire, "seq": told.seq, "event": told.event, "data": msgspec.Raw(told.data)}
    return Event(told.seq, _encoded(message))  # the data neither parsed nor written again


def _encoded(message: Mapping[str, Any], problem: Problem | None = None) -> str:
    if problem is not None:
        said = {**problem.facts, "status": problem.status, "code": problem.code, "place": problem.place}
        message = {**message, "problem": {name: value for name, value in said.items() if value is not None}}
    return msgspec.json.encode(message).decode()
