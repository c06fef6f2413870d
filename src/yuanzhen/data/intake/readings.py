"""How each sender is read: its enrolment, its dialect, and the institution's own rows over it."""

from __future__ import annotations

import time

from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.exchange.hl7v2 import dialects
from yuanzhen.data.exchange.hl7v2.setting import Maps, Setting, Target
from yuanzhen.data.intake import store
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.identity import peers
from yuanzhen.security.identity.peers import Peer

DOOR = system("door")
FRESH_S = 2.0  # an edited row counts after so long, at the latest


class Readings:
    """Settings by sender; the rows of a sender are looked up at most every `FRESH_S`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[tuple[Sender, str], tuple[float, Maps]] = {}

    async def of(self, sender: Sender) -> Setting:
        """As the sender is enrolled now."""
        async with self._db.look(DOOR) as look:
            return await self.enrolled(look, sender, await peers.one(look, sender.peer))

    async def enrolled(self, reads: Reads, sender: Sender, peer: Peer | None) -> Setting:
        """As `of`, with the enrolment at hand; a sender without one (on this machine) speaks the default dialect."""
        dialect, charset = (peer.dialect, peer.charset) if peer is not None else (dialects.DEFAULT, "")
        return Setting(sender.institution, charset, maps=await self._maps(reads, sender, dialect))

    async def _maps(self, reads: Reads, sender: Sender, dialect: str) -> Maps:
        key, now = (sender, dialect), time.monotonic()
        looked, maps = self._known.get(key, (-FRESH_S, {}))
        if now - looked >= FRESH_S:
            rows = await store.rows_of(reads, sender.institution, sender.peer)
            own = {(row["name"], row["code"]): Target(row["system"], row["target"], row["display"]) for row in rows}
            maps = {**dialects.of(dialect), **own} if own else dialects.of(dialect)
            self._known[key] = (now, maps)
        return maps
