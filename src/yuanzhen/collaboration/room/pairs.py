"""Where no media server can run: two people of a room are handed each other's descriptions, and their pages connect.

Tickets, keys, seals and the log are those of every room; recording, a third person and choosing sizes want a server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yuanzhen.collaboration.room.calls import Calls, Relays, no_relays, seat_of
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.network.media.events import Offer, RoomOptions
from yuanzhen.network.media.pairing import Pair
from yuanzhen.network.media.shell.servers import Servers


class PairCalls(Calls):
    """The verbs of `Calls` without a server; a third page gets Conflict `media.only_two`."""

    without_server = True

    def __init__(self, db: Database, media: Servers, options: RoomOptions, relays: Relays = no_relays) -> None:
        super().__init__(db, media, options, relays)
        self._pairs: dict[str, Pair] = {}

    async def publish(
        self, actor: Actor, id: str, ticket: str, sdp: str, labels: Mapping[str, str], *, anew: bool
    ) -> str:  # fmt: skip
        """The page offers what it sends; always '': the other's answer comes with what it receives next.

        Raises `NotFound` `media.gone` for more on a connection that is there: the page begins anew.
        """
        seat = seat_of(await self._member(actor, id, ticket, "publish"))
        if not anew:
            raise NotFound("media.gone")
        if self._pair(id).publish(seat, sdp, labels):
            await self._wake(id, "media")
        return ""

    async def receive(self, actor: Actor, id: str, ticket: str, *, anew: bool, restart: bool = False) -> Offer | None:
        """What there is for the page: the other's offer or answer, or the word to begin anew; None for nothing."""
        seat = seat_of(await self._member(actor, id, ticket, "receive"))
        if restart:
            raise NotFound("media.gone")
        handed, wakes = self._pair(id).receive(seat, anew=anew)
        if wakes:
            await self._wake(id, "media")
        return None if handed == Offer() else handed

    async def answer(self, actor: Actor, id: str, ticket: str, sdp: str) -> None:
        """The page's answer to what the other offered."""
        seat = seat_of(await self._member(actor, id, ticket, "receive"))
        if self._pair(id).answer(seat, sdp):
            await self._wake(id, "media")

    async def select(self, actor: Actor, id: str, ticket: str, sizes: Mapping[str, int | None]) -> None:
        """There is one size, and it comes."""
        await self._member(actor, id, ticket, "receive")

    async def settle(self, body: dict[str, Any]) -> None:
        """The listener of `RoomChanged`: a seat whose ticket counts no more is free for somebody else."""
        id = str(body["room"])
        if id not in self._pairs:
            return
        there = await self._seats_in(id)
        pair = self._pairs[id]
        left = [pair.leave(seat) for seat in pair.seats - there]
        if any(left):
            await self._wake(id, "media")
        if not pair.seats:
            del self._pairs[id]

    def _pair(self, id: str) -> Pair:
        return self._pairs.setdefault(id, Pair())
