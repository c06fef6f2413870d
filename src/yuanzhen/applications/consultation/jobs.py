"""What follows later: the people of a department hear that a case waits for one of them."""

from __future__ import annotations

from typing import Any

from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.policy import directory


async def tell_department(tx: Tx, body: dict[str, Any]) -> None:
    """Every member's own channel says that a case rings, or waits."""
    told = {"consultation": body["consultation"], "urgency": body["urgency"]}
    for person in await directory.members(tx, body["department"]):
        tx.tell(f"me/{person}", "waiting", told)
