"""Who is called for a department at a moment, circle by circle. The calendar itself knows no ring."""

from __future__ import annotations

from datetime import datetime

from yuanzhen.collaboration.calendar import model, store
from yuanzhen.infrastructure.db.look import Reads


async def circles(reads: Reads, department: str, at: datetime) -> list[list[str]]:
    """On shift and not absent at `at`, the nearest circle first.

    A department without a shift at that moment has all its experts in circle 1; nobody at all is no circle.
    """
    return model.in_circles(await store.called(reads, department, at))


async def has_shift(reads: Reads, department: str, at: datetime) -> bool:
    """Whether anybody of the department is on shift at `at`, absent or not: then nobody else is called."""
    return await store.has_shift(reads, department, at)
