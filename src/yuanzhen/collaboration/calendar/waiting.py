"""The waiting list: who joins and leaves it, and to whom what has become free is offered, one after the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.collaboration.calendar import access, priority, service, store, waiting_store
from yuanzhen.collaboration.calendar.events import OfferDue, SlotChanged
from yuanzhen.collaboration.calendar.model import Urgency
from yuanzhen.collaboration.calendar.priority import Waiting
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, NotFound
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit.trail import Action


async def join(
    tx: Tx, source: str, target: str, urgency: Urgency, distance_km: int, now: datetime, *,
    before: datetime | None = None,
) -> Waiting:  # fmt: skip
    """Something waits for a time of an expert, a resource or a department; `before`: for one that begins earlier.

    Raises `Conflict` `calendar.waits_already`, `NotFound` for what has no times.
    """
    access.reader(tx, "wait", access.BOOKERS)
    if await store.house_of(tx, target) is None and not await store.experts(tx, target):
        raise access.refused(tx, NotFound("calendar.no_times", place="target"), "wait", "C", "waiting", target)
    one = Waiting(new_id(), source, target, tx.actor.institution, tx.actor.id, urgency, distance_km, now, before=before)
    if not await waiting_store.add(tx, one, [one.asked_by, f"house:{one.institution}", "worker"]):
        raise access.refused(tx, Conflict("calendar.waits_already", place="source"), "wait", "C", "waiting", source)
    access.noted(tx, "wait", "C", "waiting", one.id)
    return one


async def leave(tx: Tx, id: str, *, now: datetime) -> None:
    """It waits no more. Raises `NotFound` for what is not there, or not theirs."""
    one = await _theirs(tx, id, "D")
    await waiting_store.drop(tx, id)
    access.noted(tx, "wait", "D", "waiting", id)
    _over(tx, one, now)


async def pass_on(tx: Tx, id: str, *, now: datetime) -> None:
    """What is offered does not suit: the next one has it, and this waits on. Raises `NotFound`, `Conflict`."""
    one = await _theirs(tx, id, "U")
    if not one.offered:
        raise access.refused(tx, Conflict("calendar.no_offer"), "pass", "U", "waiting", id)
    await waiting_store.passed(tx, id)
    access.noted(tx, "pass", "U", "waiting", id)
    _over(tx, one, now)


async def _theirs(tx: Tx, id: str, action: Action) -> Waiting:
    access.reader(tx, "wait", access.BOOKERS)
    one = await waiting_store.lock(tx, id)
    if one is None:
        raise access.refused(tx, NotFound("calendar.not_waiting"), "wait", action, "waiting", id)
    return one


def _over(tx: Tx, one: Waiting, now: datetime) -> None:
    if one.offered:
        tx.announce(OfferDue(one.offered), due=now)


# ---- as our own worker


async def forget(tx: Tx, source: str, *, now: datetime) -> None:
    """What needs no time any more waits for none; what is kept for it is the next one's."""
    for offered in await waiting_store.drop_of(tx, source):
        if offered:
            tx.announce(OfferDue(offered), due=now)


async def any_time(tx: Tx, source: str) -> None:
    """What waits for an earlier hour has none any more: any suits."""
    await waiting_store.any_time(tx, source)


async def offer(tx: Tx, body: dict[str, Any], *, now: datetime) -> None:
    """What has become free is kept for whoever the table puts first; what cannot be had any more for nobody."""
    slot = msgspec.convert(body, SlotChanged).slot
    if (found := await store.slot(tx, slot)) is not None:
        await store.alone(tx, found.expert)
        found = await store.slot(tx, slot)  # as it is now that nobody else changes it
    if found is None or found.absent:
        await _let_go(tx, slot)
        return
    if found.kept_from("", now):
        return
    next_one = priority.chosen(found, await waiting_store.for_slot(tx, found.expert), now)
    if next_one is None:
        return
    one, until = next_one
    await waiting_store.offer(tx, one.id, slot, until)
    await waiting_store.hold(tx, slot, one.source, until)
    access.noted(tx, "offer", "U", "waiting", one.id)
    tx.announce(OfferDue(slot), due=until)
    tx.tell(f"me/{one.asked_by}", "offer", {"waiting": one.id, "source": one.source})
    service.tell(tx, found.institution)


async def over(tx: Tx, body: dict[str, Any], *, now: datetime) -> None:
    """An offer that nobody took, or that does not suit, is over: the slot is free for the next one."""
    slot = msgspec.convert(body, OfferDue).slot
    if (found := await store.slot(tx, slot)) is None:
        return
    await store.alone(tx, found.expert)
    one = await waiting_store.holder(tx, slot)
    if one is not None and one.until is not None and now < one.until:
        return  # another offer of the same slot stands
    await _let_go(tx, slot)
    if not found.taken:
        await waiting_store.hold(tx, slot, "", None)
        service.slot_changed(tx, found)


async def _let_go(tx: Tx, slot: str) -> None:
    """To whom it was offered waits on, for another."""
    one = await waiting_store.holder(tx, slot)
    if one is None:
        return
    await waiting_store.passed(tx, one.id)
    await waiting_store.hold(tx, slot, "", None)
    tx.tell(f"me/{one.asked_by}", "offer", {"waiting": one.id, "source": one.source})
