"""Objects that no row names: what a process left that died between the disk and the row, taken away a day later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from yuanzhen.data.records import store
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.log import log
from yuanzhen.security.keys.objects import Objects

AGE = timedelta(days=1)  # an object is stored in the last moment before its row
AT_ONCE = 1000
SWEEPER = system("relay")


async def sweep(db: Database, objects: Objects, *, now: datetime) -> int:
    """Removes the objects of this home that are older than a day and that no row names; answers how many.

    What is being uploaded is no object yet, and another home's in the same bucket is left alone.
    """
    gone = 0
    async for keys in _some(objects.older(now - AGE)):
        async with db.look(SWEEPER) as look:
            unnamed = await store.unnamed(look, keys)
        for key in unnamed:
            if await objects.is_ours(key):
                await objects.delete(key)
                gone += 1
    if gone:
        log.warning("orphans_swept", objects=gone)
    return gone


async def _some(keys: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    """The keys, so many at once as one statement asks for."""
    some: list[str] = []
    async for key in keys:
        some.append(key)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some
