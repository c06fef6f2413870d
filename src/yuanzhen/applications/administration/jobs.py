"""What follows later: whoever may decide hears that something waits for a second person."""

from __future__ import annotations

from typing import Any

from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.approvals import model, store
from yuanzhen.security.policy import directory


async def tell_approvers(tx: Tx, body: dict[str, Any]) -> None:
    """The own channel of each of them says that an approval waits; what it is they read with their own rights."""
    people = {*await store.holders(tx, model.ROLE), *await directory.members(tx, body["department"])}
    for person in sorted(people - {body["asked_by"]}):
        tx.tell(f"me/{person}", "approval", {"id": body["approval"], "state": "waiting"})
