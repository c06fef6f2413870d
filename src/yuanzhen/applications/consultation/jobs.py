"""What follows later: people hear that something waits for them, a claim ends by itself, what is decided is closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yuanzhen.applications.consultation import service
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.applications.consultation.opinions.service import ENTITY
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.approvals import store as approvals
from yuanzhen.security.policy import directory


async def tell_department(tx: Tx, body: dict[str, Any]) -> None:
    """Every member's own channel says that a case rings, or waits."""
    told = {"consultation": body["consultation"], "urgency": body["urgency"]}
    for person in await directory.members(tx, body["department"]):
        tx.tell(f"me/{person}", "waiting", told)


async def hide_decided(tx: Tx, body: dict[str, Any], *, now: datetime) -> None:
    """A case for which nothing waits any more is not quality's to see."""
    entity = str(body["entity"])
    waits = await approvals.waiting(tx, entity)
    if entity.startswith(ENTITY) and (waits is None or now >= waits.expires):
        await opinions.hide_from_approvers(tx, entity.removeprefix(ENTITY))


async def end_claim(tx: Tx, body: dict[str, Any]) -> None:
    """The claim is over, unless it was renewed, or the case has gone on."""
    await service.end_claim(tx, body["consultation"], now=clock.now())
