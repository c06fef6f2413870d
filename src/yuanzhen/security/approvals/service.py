"""The verbs of approving, each in its caller's transaction: ask, approve, reject; and void, when its thing changed."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.approvals import model, store
from yuanzhen.security.approvals.events import ApprovalAsked, ApprovalEnded
from yuanzhen.security.approvals.model import Act, Approval
from yuanzhen.security.audit import trail
from yuanzhen.security.crypto import sm3
from yuanzhen.security.identity.fresh import FreshFactor
from yuanzhen.security.keys.vault import Vault
from yuanzhen.security.policy import directory

ENTITY = "approval"
LONGEST = 2000


class Shown(msgspec.Struct):
    """What an approver is shown: whom it is about (masked), and how the texts stand before and after."""

    patient: str
    about: str
    version: int
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, slots=True)
class Approvable:
    """A verb that wants a second person; programs hold the table from its name to this.

    `arguments` reads back the very bytes that were digested, `carry_out` does it in the approver's transaction.
    """

    arguments: Callable[[Reads, Approval], Awaitable[bytes]]
    show: Callable[[Reads, Approval], Awaitable[Shown]]
    carry_out: Callable[[Tx, Approval, datetime], Awaitable[None]]
    turned_down: Callable[[Tx, Approval, datetime], Awaitable[None]]


Verbs = Mapping[str, Approvable]


async def ask(
    tx: Tx, verb: str, entity: str, arguments: bytes, *, reason: str, patient: str, department: str, now: datetime
) -> Approval:
    """An act of the actor's waits from now on; one at a time for each thing: Conflict `approval.waits`."""
    if not reason.strip() or len(reason) > LONGEST:
        raise Invalid("approval.reason", place="reason", rule=f"1 to {LONGEST} characters")
    earlier = await store.waiting(tx, entity)
    if earlier is not None and now < earlier.expires:
        raise _refused(tx, Conflict("approval.waits", place=earlier.id), "ask", earlier)
    await store.void(tx, entity, now)
    one = Approval(
        id=new_id(),
        verb=verb,
        entity=entity,
        patient=patient,
        digest=sm3.digest(arguments),
        reason=reason.strip(),
        department=department,
        asked_by=tx.actor.id,
        asked_at=now,
        expires=now + model.LASTS,
    )
    await store.add(tx, one)
    trail.noted(tx, "approval.ask", "C", entity_type=ENTITY, entity=one.id, patient=patient, reason=verb)
    tx.announce(ApprovalAsked(one.id, verb, department, one.asked_by))
    tx.announce(ApprovalEnded(one.id, entity), due=one.expires)
    return one


async def approve(tx: Tx, vault: Vault, fresh: FreshFactor, id: str, verbs: Verbs, *, now: datetime) -> Approval:
    """A second person lets the exact act take effect: signed by them, and done, in one transaction.

    Raises NotFound; Forbidden `approval.same_person`, `approval.role`, `factor.stale`; Conflict when it no longer
    waits, or `approval.changed` when what it is about is no longer what was asked for.
    """
    waiting, decided = await _open(tx, "approve", id, now, "")
    verb = verbs[waiting.verb]
    if not hmac.compare_digest(sm3.digest(await verb.arguments(tx, waiting)), waiting.digest):
        raise _refused(tx, Conflict("approval.changed", place=id), "approve", waiting)
    signature = await vault.sign(tx, fresh, model.PURPOSE, waiting.statement(), now=now)
    decided = replace(decided, signature=signature)
    await _kept(tx, "approve", decided)
    await verb.carry_out(tx, decided, now)
    return decided


async def reject(tx: Tx, fresh: FreshFactor, id: str, verbs: Verbs, words: str, *, now: datetime) -> Approval:
    """A second person says no, and may say why; nothing is done. Refused as `approve` is."""
    if len(words) > LONGEST:
        raise Invalid("approval.reason", place="reason", rule=f"at most {LONGEST} characters")
    waiting, decided = await _open(tx, "reject", id, now, words.strip())
    if fresh.person != tx.actor.id:
        raise _refused(tx, Forbidden("factor.stale"), "reject", waiting)
    await _kept(tx, "reject", decided)
    await verbs[waiting.verb].turned_down(tx, decided, now)
    return decided


async def void(tx: Tx, entity: str, *, now: datetime) -> None:
    """The thing changed: what waits was asked of another version and cannot be approved any more."""
    for id in await store.void(tx, entity, now):
        trail.noted(tx, "approval.void", "U", entity_type=ENTITY, entity=id)
        tx.announce(ApprovalEnded(id, entity))


async def _open(tx: Tx, act: Act, id: str, now: datetime, words: str) -> tuple[Approval, Approval]:
    found = await store.lock(tx, id)
    if found is None:
        problem = NotFound("approval.not_found")
        raise trail.refused(tx, problem, f"approval.{act}", "U", entity_type=ENTITY, entity=id)
    departments = frozenset(await directory.departments_of(tx, tx.actor.id))
    barred = model.barred(found, tx.actor, departments)
    if barred is not None:
        raise _refused(tx, barred, act, found)
    try:
        return found, found.after(act, tx.actor.id, now, words)
    except Conflict as problem:
        raise _refused(tx, problem, act, found) from None


async def _kept(tx: Tx, act: Act, decided: Approval) -> None:
    if not await store.decide(tx, decided):
        raise _refused(tx, Conflict("approval.not_now", place=decided.id), act, decided)
    trail.noted(tx, f"approval.{decided.state}", "U", entity_type=ENTITY, entity=decided.id, patient=decided.patient,
                reason=decided.verb)  # fmt: skip
    tx.announce(ApprovalEnded(decided.id, decided.entity))
    tx.tell(f"me/{decided.asked_by}", "approval", {"id": decided.id, "state": decided.state})


def _refused(tx: Tx, problem: Problem, act: str, one: Approval) -> Problem:
    return trail.refused(tx, problem, f"approval.{act}", "U", entity_type=ENTITY, entity=one.id, patient=one.patient)
