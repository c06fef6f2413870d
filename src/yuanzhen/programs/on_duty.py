"""Whom a ring calls: joins the ring to whoever keeps who is on duty."""

from __future__ import annotations

from datetime import datetime

from yuanzhen.collaboration.ring.model import Duty
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.policy import directory


async def of(tx: Tx, department: str, at: datetime) -> Duty:
    """Who is on duty for a department: without a shift at that moment everybody, present or not."""
    return Duty((tuple(await directory.members(tx, department)),), rostered=False)
