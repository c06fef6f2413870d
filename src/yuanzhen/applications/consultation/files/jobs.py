"""What becomes of a file that is whole: looked at, in the record when nothing was found. With the relay's rights."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.applications.consultation import store as cases
from yuanzhen.applications.consultation.files import service, store
from yuanzhen.applications.consultation.files.events import FileDropped, FileWhole
from yuanzhen.applications.consultation.files.model import PATIENCE
from yuanzhen.data.records.file import attached, kinds, piece_store, pieces
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.keys.objects import Objects
from yuanzhen.security.scanning.clamd import Verdict

RELAY = system("relay")
AT_ONCE = 100
Scan = Callable[[AsyncIterator[bytes], int], Awaitable[Verdict]]


async def look(db: Database, objects: Objects, scan: Scan, body: dict[str, Any]) -> None:
    """The listener of `FileWhole`; seen again it finds the file judged."""
    id = msgspec.convert(body, FileWhole).file
    async with db.look(RELAY) as look:
        file = await store.find(look, id)
        parts = await piece_store.of(look, id)
    if file is None or file.state != "whole":
        return
    head = b"".join([some async for some in pieces.read(objects, parts, 0, kinds.HEAD_BYTES)])
    found = await scan(pieces.read(objects, parts, 0, file.bytes), file.bytes)
    async with db.verb(RELAY) as tx:
        now = await store.lock(tx, id)
        case = await cases.find(tx, RELAY.id, file.consultation)
        if now is None or now.state != "whole" or case is None:
            return  # its sender has let it go meanwhile
        judged = now.judged(found.state, found.found, found.engine, kinds.kind_of(head) or attached.OCTETS)
        await store.save(tx, judged)
        if judged.state == "clean":
            await service.attach(tx, case[0], judged, clock.now())
        tx.tell(f"consultation/{file.consultation}", "file", {"file": id})


async def free(objects: Objects, body: dict[str, Any]) -> None:
    """The listener of `FileDropped`: takes its pieces off the disk; what is gone is gone."""
    for key in msgspec.convert(body, FileDropped).blobs:
        await objects.delete(key)


async def forget(db: Database, now: datetime) -> int:
    """Lets go of what was half sent long ago; answers how many."""
    async with db.verb(RELAY) as tx:
        gone = await store.drop_stale(tx, now - PATIENCE, AT_ONCE)
        blobs = await piece_store.drop(tx, gone)
        if blobs:
            tx.announce(FileDropped(tuple(blobs)))
    return len(gone)
