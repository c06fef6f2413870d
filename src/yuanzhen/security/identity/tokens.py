"""Machines behind bearer tokens, remembered for some seconds: a client that asks again and again is looked up once.

Only while this process hears the database's notices: whatever ends a token is told by a trigger on its table, and all
is forgotten then. Should the notices stop without a word, a token that is void is good for that long.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from yuanzhen.infrastructure.bus import Bus
from yuanzhen.security.identity.session import Machine

CHANNEL = "tokens"
KEPT = timedelta(seconds=5)
MOST = 10_000


class _Known(NamedTuple):
    machine: Machine
    till: datetime


class Tokens:
    """What one process remembers, by the tokens' digests; nothing before it follows a bus."""

    def __init__(self) -> None:
        self._bus: Bus | None = None
        self._known: dict[bytes, _Known] = {}
        self.turn = 0  # of forgetting: what was asked before one is not remembered after it

    def follow(self, bus: Bus) -> None:
        """Hears from now on of tokens that end; before the bus runs."""
        self._bus = bus
        bus.subscribe(CHANNEL, lambda _: self.forget(), self.forget)

    def find(self, digest: bytes, now: datetime) -> Machine | None:
        """The machine behind a token; None when it must be asked for."""
        if self._bus is None or not self._bus.up:
            return None
        known = self._known.get(digest)
        return known.machine if known is not None and now < known.till else None

    def remember(self, digest: bytes, machine: Machine, ends: datetime, *, now: datetime, turn: int) -> None:
        """Keeps what was asked for at `now`, in the `turn` that there was then; `ends` is the token's own end."""
        if self._bus is None or not self._bus.up or turn != self.turn:
            return
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[digest] = _Known(machine, min(ends, now + KEPT))

    def forget(self) -> None:
        """Something of tokens or clients changed."""
        self.turn += 1
        self._known.clear()
