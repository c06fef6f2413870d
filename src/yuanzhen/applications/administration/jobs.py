"""What follows later: whoever may decide hears that something waits for a second person, or was done in need."""

from __future__ import annotations

from typing import Any

from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.approvals import model, store
from yuanzhen.security.policy import directory
from yuanzhen.security.reviews.model import READERS


async def tell_approvers(tx: Tx, body: dict[str, Any]) -> None:
    """The own channel of each of them says that an approval waits; what it is they read with their own rights."""
    people = {*await store.holders(tx, model.ROLE), *await directory.members(tx, body["department"])}
    for person in sorted(people - {body["asked_by"]}):
        tx.tell(f"me/{person}", "approval", {"id": body["approval"], "state": "waiting"})


async def tell_reviewers(tx: Tx, body: dict[str, Any]) -> None:
    """Quality and the officer hear that something was done in need, and the patient when their record was opened."""
    told = {"id": body["review"], "kind": body["kind_of"], "state": "open"}
    for role in sorted(READERS):
        for person in await store.holders(tx, role):
            tx.tell(f"me/{person}", "review", told)
    if body["kind_of"] == "break-glass":
        tx.tell(f"me/{body['patient']}", "glass-broken", told)
