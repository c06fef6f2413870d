"""What follows later: people hear that something waits for them, a claim ends by itself, what is decided is closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from yuanzhen.applications.consultation import access, publish, ringing, service, store
from yuanzhen.applications.consultation.events import HourChanged
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.applications.consultation.opinions.service import ENTITY
from yuanzhen.collaboration.calendar import booking, waiting
from yuanzhen.data.intake.events import AppointmentChanged
from yuanzhen.data.records import directory as people
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.approvals import store as approvals
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory

CLOSED_AT_ONCE = 200


async def tell_department(tx: Tx, body: dict[str, Any]) -> None:
    """Every member's own channel says that a case rings, or waits."""
    told = {"consultation": body["consultation"], "urgency": body["urgency"]}
    for person in await directory.members(tx, body["department"]):
        tx.tell(f"me/{person}", "waiting", told)


async def unanswered(tx: Tx, body: dict[str, Any]) -> None:
    """Nobody answered what rings for a case: whoever asked is told wherever they are, and the trail has it."""
    id = ringing.case_of(body["source"])
    found = await store.find(tx, "", id) if id else None
    if found is None:
        return
    case = found[0]
    trail.noted(tx, "consultation.unanswered", "U", entity_type=access.ENTITY, entity=case.id, patient=case.patient)
    tx.tell(f"me/{case.asker}", "unanswered", {"consultation": case.id})


async def hide_decided(tx: Tx, body: dict[str, Any], *, now: datetime) -> None:
    """A case for which nothing waits any more is not quality's to see."""
    entity = str(body["entity"])
    waits = await approvals.waiting(tx, entity)
    if entity.startswith(ENTITY) and (waits is None or now >= waits.expires):
        await opinions.hide_from_approvers(tx, entity.removeprefix(ENTITY))


async def end_claim(tx: Tx, body: dict[str, Any]) -> None:
    """The claim is over, unless it was renewed, or the case has gone on."""
    await service.end_claim(tx, body["consultation"], now=clock.now())


async def close_settled(db: Database, after: timedelta, now: datetime) -> int:
    """Closes what was signed so long ago, each case in a transaction of its own; returns how many were looked at."""
    before, actor = now - after, system("relay")
    async with db.look(actor) as look:
        found = await store.settled(look, before, CLOSED_AT_ONCE)
    for id in found:
        async with db.verb(actor) as tx:
            await service.close_settled(tx, id, before=before, now=now)
    return len(found)


async def publish_hour(tx: Tx, body: dict[str, Any]) -> None:
    """What others see of a case's hour becomes what it is now, and the asker's systems hear of it.

    A case that is over waits for no hour, and one that has lost its own for any.

    By the relay: an expert who passes on what is booked with them has no access to the patient's record.
    """
    fact = msgspec.convert(body, HourChanged)
    found = await store.find(tx, "", fact.consultation)
    if found is None:
        return
    case = found[0]
    names = await people.names(tx, {case.asker, case.expert})
    await publish.appointment(tx, case, await booking.hour(tx, case.slot) if case.slot else None, names)
    if case.state != "booked":
        await waiting.forget(tx, ringing.source(case), now=clock.now())
    elif not case.slot:
        await waiting.any_time(tx, ringing.source(case))
    tx.announce(AppointmentChanged(case.id, case.institution, "", fact.moved))
