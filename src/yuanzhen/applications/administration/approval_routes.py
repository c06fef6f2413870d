"""The doors of approvals: what waits for a second person, and their word on it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import QueryParameter

from yuanzhen.applications.administration import approval_views as views
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.approvals import service
from yuanzhen.security.approvals.service import Verbs
from yuanzhen.security.identity.fresh import FreshFactor
from yuanzhen.security.keys.vault import Vault

BASE = "/api/approvals"


class No(msgspec.Struct, forbid_unknown_fields=True):
    """Why not."""

    reason: str = ""


@get(BASE)
async def listed(
    actor: Actor,
    db: Database,
    verbs: Verbs,
    after: str = "",
    count: Annotated[int, QueryParameter(ge=1, le=views.MOST)] = 50,
) -> views.Approvals:
    """What one has asked for or may decide, newest first; `acts` says what one may do now."""
    return await views.listed(db, actor, verbs, after, count, now=clock.now())


@post(BASE + "/{approval:str}/approve", status_code=200)
async def approve(
    actor: Actor, db: Database, vault: Vault, verbs: Verbs, fresh: FreshFactor, approval: str
) -> views.ApprovalView:
    """A second person lets the exact act take effect; wants a factor younger than five minutes."""
    async with db.verb(actor) as tx:
        await service.approve(tx, vault, fresh, approval, verbs, now=clock.now())
    return await views.one(db, actor, approval, verbs, now=clock.now())


@post(BASE + "/{approval:str}/reject", status_code=200)
async def reject(
    actor: Actor, db: Database, verbs: Verbs, fresh: FreshFactor, approval: str, data: No | None = None
) -> views.ApprovalView:
    """A second person says no, and may say why; nothing is done."""
    async with db.verb(actor) as tx:
        await service.reject(tx, fresh, approval, verbs, data.reason if data else "", now=clock.now())
    return await views.one(db, actor, approval, verbs, now=clock.now())


router = Router(path="/", route_handlers=[listed, approve, reject])
