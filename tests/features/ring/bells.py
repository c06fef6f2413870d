"""Rings of a department, looked at when a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tests.conftest import Home
from tests.make.cases import ASKER, EXPERT, NOW, SECOND, Ward, later, person
from yuanzhen.collaboration.ring import service, store, views
from yuanzhen.collaboration.ring.model import About, Duty, Pace, Ring
from yuanzhen.collaboration.ring.views import RingView
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.identity import presence
from yuanzhen.security.identity.presence import Said

RELAY = system("relay")
DISPATCHERS = (person("gaoyang", "dispatcher"), person("malin", "dispatcher"))
ABOUT = About("右侧肢体无力 50 分钟，是否溶栓？", "emergency", "liuhe", "0912-1")
PACE = Pace(timedelta(seconds=60), "029-120")
DUTY = Duty(((EXPERT.id,), (SECOND.id,)), rostered=True)
SOURCE = "consultation/c1"


@dataclass
class Bells:
    """What rings, and what its people's own channels were told."""

    db: Database
    home: Home
    ward: Ward
    seen: int = field(default=0)

    async def here(self, *people: Actor, said: Said = "here", at: datetime = NOW) -> None:
        """What people say of themselves, and that they were heard of."""
        for one in people:
            async with self.db.verb(one) as tx:
                await presence.say(tx, said, now=at)

    async def start(self, source: str = SOURCE, by: Actor = ASKER, at: datetime = NOW) -> str:
        """A ring that nobody has looked at yet."""
        async with self.db.verb(by) as tx:
            keys = (by.id, "house:liuhe", "neurology")
            return (await service.start(tx, source, "neurology", ABOUT, keys, at)).id

    async def look(self, ring: str, *, seconds: float = 0, duty: Duty = DUTY) -> Ring:
        """The relay looks at a ring, so many seconds after NOW, everybody being heard of."""
        await self.home.run("UPDATE security.presence SET heard = '2099-01-01Z'")
        async with self.db.verb(RELAY) as tx:
            found = await store.find(tx, ring)
            assert found is not None
            await service.look(tx, ring, found.turn, duty, PACE, later(seconds=seconds))
        return await self.ring(ring)

    async def ring(self, id: str) -> Ring:
        """As it is in the database."""
        async with self.db.look(RELAY) as look:
            found = await store.find(look, id)
        assert found is not None
        return found

    async def answer(self, by: Actor, source: str = SOURCE, *, seconds: float = 5) -> None:
        async with self.db.verb(by) as tx:
            await service.answer(tx, source, by.id, later(seconds=seconds))

    async def pass_on(self, by: Actor, reason: str = "在手术", *, seconds: float = 5) -> None:
        async with self.db.verb(by) as tx:
            await service.pass_on(tx, SOURCE, by.id, reason, later(seconds=seconds))

    async def stop(self, by: Actor, source: str = SOURCE, *, seconds: float = 5) -> None:
        async with self.db.verb(by) as tx:
            await service.stop(tx, source, "cancel", later(seconds=seconds))

    async def take(self, by: Actor, ring: str) -> None:
        async with self.db.verb(by) as tx:
            await service.take(tx, ring, later(seconds=151))

    async def call(self, by: Actor, ring: str, whom: str) -> None:
        async with self.db.verb(by) as tx:
            await service.call(tx, ring, whom, later(seconds=152))

    async def view(self, by: Actor, source: str = SOURCE) -> RingView:
        """How it goes, as somebody is told it."""
        async with self.db.look(by) as look:
            found = await views.of(look, source)
        assert found is not None
        return found

    async def told(self, *prefixes: str) -> list[tuple[str, str]]:
        """The events since the last time on channels of these prefixes: channel and word."""
        rows = await self.home.rows(
            "SELECT channel, event, data, at FROM infrastructure.event ORDER BY at, channel, seq OFFSET $1", self.seen
        )
        self.seen += len(rows)
        return [(row["channel"], row["event"]) for row in rows if row["channel"].startswith(tuple(prefixes))]

    async def due(self, kind: str) -> list[dict[str, Any]]:
        """The facts of a kind that were announced: their bodies, and when they are due."""
        rows = await self.home.rows("SELECT body, due FROM infrastructure.outbox WHERE kind = $1 ORDER BY id", kind)
        return [{**msgspec.json.decode(row["body"]), "due": row["due"]} for row in rows]


def called(ring: Ring) -> list[str]:
    return sorted(call.person for call in ring.ringing)


def failed(ring: Ring) -> dict[str, str]:
    return {call.person: call.outcome for call in ring.calls if call.failed}
