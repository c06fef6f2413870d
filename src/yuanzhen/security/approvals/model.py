"""The rules of approving: who may, until when, and what an approver signs. Pure: no I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Self

from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Problem
from yuanzhen.security.keys.canonical import canonical
from yuanzhen.security.keys.model import Signature

State = Literal["waiting", "approved", "rejected", "void"]
Act = Literal["approve", "reject"]

NEXT: dict[tuple[State, Act], State] = {
    ("waiting", "approve"): "approved",
    ("waiting", "reject"): "rejected",
}
LASTS = timedelta(hours=72)
PURPOSE = "approval"  # a signature made for an approval proves nothing else
ROLE = "quality"  # approves everywhere; an expert what their own department asks for


@dataclass(frozen=True, slots=True)
class Approval:
    """An act that waits, or waited, for a second person. `digest` is SM3 over the arguments' canonical bytes."""

    id: str
    verb: str
    entity: str
    patient: str
    digest: bytes
    reason: str
    department: str
    asked_by: str
    asked_at: datetime
    expires: datetime
    state: State = "waiting"
    decided_by: str = ""
    decided_at: datetime | None = None
    words: str = ""
    signature: Signature | None = None

    def after(self, act: Act, by: str, now: datetime, words: str) -> Self:
        """The approval after a decision. Raises Conflict `approval.not_now`, `approval.expired`."""
        state = NEXT.get((self.state, act))
        if state is None:
            raise Conflict("approval.not_now", act=act, state=self.state)
        if now >= self.expires:
            raise Conflict("approval.expired", act=act)
        return replace(self, state=state, decided_by=by, decided_at=now, words=words)

    def statement(self) -> bytes:
        """What the approver signs: this very act with these very arguments, asked by this person."""
        return canonical(
            {
                "approval": self.id,
                "asked_by": self.asked_by,
                "digest": self.digest.hex(),
                "entity": self.entity,
                "reason": self.reason,
                "verb": self.verb,
            }
        )


def barred(approval: Approval, actor: Actor, departments: frozenset[str]) -> Problem | None:
    """Why somebody, member of `departments`, may not decide; None when they may."""
    if actor.id == approval.asked_by:
        return Forbidden("approval.same_person", rule="another person than who asked")
    member = actor.role == "expert" and approval.department in departments
    if actor.role != ROLE and not member:
        return Forbidden("approval.role", role=actor.role, rule="quality, or another expert of the department")
    return None


def acts(approval: Approval, actor: Actor, departments: frozenset[str], now: datetime) -> list[Act]:
    """What somebody may do with it now."""
    if now >= approval.expires or barred(approval, actor, departments) is not None:
        return []
    return [act for state, act in NEXT if state == approval.state]


def audience(approval: Approval) -> list[str]:
    """Which keys open it: who asked, the department's experts, quality."""
    return [key for key in (approval.asked_by, approval.department, "approvals") if key]
