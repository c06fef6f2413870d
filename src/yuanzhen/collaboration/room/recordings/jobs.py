"""What follows when a recording changes, and what is done with recordings again and again. With the relay's rights."""

from __future__ import annotations

from typing import Any

import msgspec

from yuanzhen.collaboration.room.recordings import opening, publish, store
from yuanzhen.collaboration.room.recordings.events import RecordingChanged
from yuanzhen.collaboration.room.recordings.recorder import Recorder
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.keys.media import MediaKeys
from yuanzhen.security.keys.objects import Objects


async def publish_consent(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of `RecordingChanged`: what others see of the consent to it becomes what it is now."""
    found = await store.find(tx, msgspec.convert(body, RecordingChanged).recording)
    if found is not None:
        await publish.consent(tx, found)


async def keep_up(
    db: Database, objects: Objects, keys: MediaKeys, recorder: Recorder, all_beside: opening.AllBeside
) -> None:
    """Opens what has ended, and destroys what was kept long enough."""
    while await opening.open_next(db, objects, keys, recorder, all_beside, now=clock.now()):
        pass
    while await opening.destroy_next(db, objects, recorder, all_beside, now=clock.now()):
        pass
