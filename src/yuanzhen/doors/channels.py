"""What every reader of a live channel gets next: numbered events in, messages out. Pure.

The promise: a snapshot at number S, then every event after S, each once, in order. It holds because a channel's
numbers have no gap and follow the order of the commits (`infrastructure.publish`), and because a reader's place is
kept from before its snapshot is read: what arrives meanwhile is held and handed over from S on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from yuanzhen.infrastructure.errors import NotFound

R = TypeVar("R")

OWN = "me"  # everybody's own channel: `me` on the wire, `me/ID` in the database
_NAME = re.compile(r"([a-z]+)(?:/([A-Za-z0-9_.:-]{1,128}))?")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its number and the message that every reader gets, encoded once."""

    seq: int
    text: str


class Gap(Exception):
    """Events are missing that nobody keeps any more: only a new snapshot helps."""


@dataclass(frozen=True, slots=True)
class Name:
    """A channel as the page calls it, as the database does, and its two parts."""

    wire: str
    stored: str
    prefix: str
    id: str


def named(wire: str, person: str) -> Name:
    """What a page's word for a channel means for this person; `NotFound` (`live.no_channel`) when it means none."""
    match = _NAME.fullmatch(wire)
    if match is None or (match[1] == OWN) != (match[2] is None):
        raise NotFound("live.no_channel")
    prefix, id = match[1], match[2] or person
    return Name(wire, f"{prefix}/{id}", prefix, id)


@dataclass(slots=True)
class Channel(Generic[R]):
    """One channel with its readers; `seen` is the last number heard, None until it is known where the channel is."""

    name: Name
    seen: int | None = None
    readers: dict[R, int | None] = field(default_factory=dict)  # the last number handed over; None: not started
    speakers: set[R] = field(default_factory=set)  # of the readers those who may say something in passing
    _held: list[Event] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it is known where the channel is; before that nothing may be heard."""
        return self.seen is not None

    def join(self, reader: R) -> None:
        """From now on nothing is lost for this reader; it gets nothing before it is started."""
        self.readers[reader] = None

    def leave(self, reader: R) -> None:
        """The reader has gone; one that was not here is gone already."""
        self.readers.pop(reader, None)
        self.speakers.discard(reader)
        self._let_go()

    def open(self, seq: int) -> None:
        """The channel stands at `seq`; a number once known only grows by what is heard."""
        if self.seen is None:
            self.seen = seq

    def start(self, reader: R, seq: int) -> list[Event]:
        """The reader knows all up to `seq`; returns what it has missed since. Raises `Gap`, `KeyError` when it left."""
        if self.readers[reader] is not None:
            raise ValueError("started twice")
        oldest = self._held[0].seq if self._held else (self.seen or 0) + 1
        if seq < oldest - 1:
            raise Gap
        missed = [event for event in self._held if event.seq > seq]
        self.readers[reader] = max(seq, self.seen or 0)
        self._let_go()
        return missed

    def hear(self, events: Iterable[Event]) -> list[tuple[Event, list[R]]]:
        """Who gets which of these; one heard before is passed over. Raises `Gap` when one is missing."""
        out: list[tuple[Event, list[R]]] = []
        for event in events:
            seen = self.seen or 0
            if event.seq <= seen:
                continue
            if event.seq != seen + 1:
                raise Gap
            self.seen = event.seq
            self._held.append(event)
            due = [reader for reader, at in self.readers.items() if at is not None and at < event.seq]
            for reader in due:
                self.readers[reader] = event.seq
            out.append((event, due))
        self._let_go()
        return out

    def _let_go(self) -> None:
        if None not in self.readers.values():
            self._held.clear()
