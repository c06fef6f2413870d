"""Whom a ring calls: joins the ring to the calendar."""

from __future__ import annotations

from datetime import datetime

from yuanzhen.collaboration.calendar import duty
from yuanzhen.collaboration.ring.model import Duty
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.policy import directory


async def of(tx: Tx, department: str, at: datetime) -> Duty:
    """Who is on duty for a department, circle by circle: without a shift at that moment everybody, present or not; and
    the number that somebody answers for it.
    """
    circles = await duty.circles(tx, department, at)
    rostered = await duty.has_shift(tx, department, at)
    number = await directory.duty_phone(tx, department)
    return Duty(tuple(tuple(circle) for circle in circles), rostered, number)
