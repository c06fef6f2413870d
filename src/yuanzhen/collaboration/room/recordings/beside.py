"""What stands beside a recording's films, on the same time line: what happened in the room, and what others know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from yuanzhen.collaboration.room import store as rooms
from yuanzhen.collaboration.room.recordings.model import Recording, Track
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.keys.objects import Objects

TYPE = "application/json"
Moment = tuple[datetime, Mapping[str, Any]]  # what was so from then on


class Beside(ABC):
    """Something else that people of a room look at together, told by whoever keeps it."""

    @abstractmethod
    async def told(self, reads: Reads, room: str, since: datetime, until: datetime) -> list[Moment]:
        """What there was of it, oldest first."""

    async def forget(self, tx: Tx, room: str, until: datetime) -> None:  # noqa: B027 - most keep nothing for it alone
        """What was kept for a recording alone goes, as the recording has it; where that is nothing, nothing does."""


class Events(Beside):
    """What happened in the room itself, which its time line keeps for good."""

    async def told(self, reads: Reads, room: str, since: datetime, until: datetime) -> list[Moment]:
        """Who came and went, what was done, and what people in it wrote to all."""
        happened: list[Moment] = [
            (line.at, {"what": line.what, "person": line.person, "reason": line.reason})
            for line in await rooms.lines(reads, room) if since <= line.at <= until
        ]  # fmt: skip
        for row in await rooms.words_between(reads, room, since, until):
            happened.append((row["at"], {"what": "said", "person": row["who"], "reason": row["text"]}))
        return sorted(happened, key=lambda moment: moment[0])


async def kept(objects: Objects, one: Recording, nth: int, name: str, told: Iterable[Moment]) -> Track:
    """Puts one of them beside the films, sealed as they are; what was so before stands at the beginning."""
    lines = [{"at_ms": _ms(max(at, one.begun) - one.begun), **what} for at, what in told]
    content, blob = msgspec.json.encode(lines), f"recordings/{one.id}/{nth}"
    await objects.put(blob, content)
    lasts_ms = _ms((one.ended or one.begun) - one.begun)
    return Track(one.id, nth, "", name, TYPE, blob, len(content), 0, lasts_ms, {"lines": len(lines)})


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
