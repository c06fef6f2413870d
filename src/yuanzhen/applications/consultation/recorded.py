"""What a case's room has beside the faces while it is recorded: the images that are led, and the whiteboard."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.applications.consultation.boards import model as boards
from yuanzhen.applications.consultation.boards import store as board_store
from yuanzhen.collaboration.reading import service as reading
from yuanzhen.collaboration.reading import store as readings
from yuanzhen.collaboration.reading.views import led_view
from yuanzhen.collaboration.room.recordings import store as recordings
from yuanzhen.collaboration.room.recordings.beside import Beside, Events, Moment
from yuanzhen.collaboration.room.recordings.events import RecordingChanged
from yuanzhen.collaboration.room.recordings.model import WANTED
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx


class Images(Beside):
    """Who showed which picture, and how; kept while the room is recorded, and for that alone."""

    async def told(self, reads: Reads, room: str, since: datetime, until: datetime) -> list[Moment]:
        """What was looked at; `view` is None where nobody led any more."""
        looks = await readings.looked(reads, room, since, until)
        return [(one.at, {"person": one.person, "view": one.view and led_view(one.view)}) for one in looks]

    async def forget(self, tx: Tx, room: str, until: datetime) -> None:
        """The recording has it now, for as long as it is kept."""
        await readings.drop_looked(tx, room, until=until)


class Board(Beside):
    """What was drawn together, update for update (Yjs); the case keeps it too."""

    async def told(self, reads: Reads, room: str, since: datetime, until: datetime) -> list[Moment]:
        """What was there when the recording began, as one update, and each one after that."""
        kept = [one for one in await board_store.after(reads, room, "board", 0) if one["at"] <= until]
        before = [one["content"] for one in kept if one["at"] <= since]
        first: list[Moment] = []
        if before:
            joined = await asyncio.to_thread(boards.joined, before)
            first.append((since, {"person": "", "update": joined}))
        return first + [(one["at"], {"person": one["who"], "update": one["content"]}) for one in kept[len(before) :]]


BESIDE: Mapping[str, Beside] = {"events": Events(), "images": Images(), "board": Board()}


async def keep_looks(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of `RecordingChanged`: what is led is kept while the room is recorded."""
    one = await recordings.find(tx, msgspec.convert(body, RecordingChanged).recording)
    if one is not None:
        await reading.record(tx, one.room, one.ended or one.begun, on=one.state in WANTED)
