"""An approval as its reader may see it: what was asked, by whom, and what they may do with it now."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.approvals import model, service, store
from yuanzhen.security.approvals.model import Act, Approval
from yuanzhen.security.approvals.service import Shown, Verbs
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory

MOST = 100
State = Literal["waiting", "approved", "rejected", "void", "expired"]


class Person(msgspec.Struct):
    """An id and what they are called."""

    id: str
    name: str


class ApprovalView(msgspec.Struct):
    """An act that waits, or waited, for a second person."""

    id: str
    verb: str
    entity: str
    reason: str
    asked_by: Person
    asked_at: datetime
    expires: datetime
    state: State
    decided_by: Person | None
    decided_at: datetime | None
    words: str
    acts: list[Act]
    shown: Shown


class Approvals(Page):
    """What somebody asked for, or may decide; newest first."""

    items: list[ApprovalView]


async def listed(db: Database, actor: Actor, verbs: Verbs, before: str, count: int, *, now: datetime) -> Approvals:
    """A page of what this actor may see."""
    async with db.look(actor) as look:
        found = await store.listed(look, before, count + 1)
        items = await _views(look, found[:count], verbs, now)
        return Approvals(items=items, next=found[count - 1].id if len(found) > count else None)


async def one(db: Database, actor: Actor, id: str, verbs: Verbs, *, now: datetime) -> ApprovalView:
    """One approval that this actor has just decided."""
    async with db.look(actor) as look:
        found = await store.find(look, id)
        return (await _views(look, [found] if found else [], verbs, now))[0]


async def _views(look: Reads, found: list[Approval], verbs: Verbs, now: datetime) -> list[ApprovalView]:
    departments = frozenset(await directory.departments_of(look, look.actor.id)) if found else frozenset()
    names = await people.names(look, {who for one in found for who in (one.asked_by, one.decided_by)})
    items = []
    for one in found:
        trail.noted(look, "approval.read", "R", entity_type=service.ENTITY, entity=one.id, patient=one.patient)
        expired = one.state == "waiting" and now >= one.expires
        items.append(
            ApprovalView(
                id=one.id,
                verb=one.verb,
                entity=one.entity,
                reason=one.reason,
                asked_by=Person(one.asked_by, names.get(one.asked_by, "")),
                asked_at=one.asked_at,
                expires=one.expires,
                state="expired" if expired else one.state,
                decided_by=Person(one.decided_by, names.get(one.decided_by, "")) if one.decided_by else None,
                decided_at=one.decided_at,
                words=one.words,
                acts=model.acts(one, look.actor, departments, now),
                shown=await verbs[one.verb].show(look, one),
            )
        )
    return items
