"""What follows later: others see it, both sides hear of it, and whoever does not answer is asked again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.applications.referral import access, model, publish, service, store
from yuanzhen.applications.referral.events import ReferralChanged, ReferralDue
from yuanzhen.applications.referral.model import Referral, Whom, source
from yuanzhen.collaboration.calendar import booking, waiting
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory, relations


async def follow(tx: Tx, body: dict[str, Any], *, now: datetime) -> None:
    """A referral is published as it stands, and everybody on both sides is told; one that is over waits for no hour.

    By the relay: who declines has no access to the patient's record.
    """
    fact = msgspec.convert(body, ReferralChanged)
    found = await store.lock(tx, "", fact.referral)
    if found is None:
        return
    one = found[0]
    if one.state in ("withdrawn", "declined", "unanswered"):  # whoever withdraws may not see what is booked
        await booking.free_all(tx, source(one.id))
    if one.state not in model.TO_COME:
        await waiting.forget(tx, source(one.id), now=now)
    await publish.all_of(tx, one)
    if one.state != "draft":
        await _tell(tx, one, fact.what, ("sender", "receiver"))


async def chase(tx: Tx, body: dict[str, Any], *, now: datetime) -> None:
    """Nothing has happened: whoever it waits for is told, then the desk, and at last it is the sender's again."""
    fact = msgspec.convert(body, ReferralDue)
    found = await store.lock(tx, "", fact.referral)
    if found is None or (found[0].turn, found[0].chased) != (fact.turn, fact.chased):
        return
    one = found[0]
    row = one.next_chase()
    if row is None or row[1] > now:
        return
    what = row[0].what
    after = one.given_up(now) if what == "gave-up" else replace(one, chased=one.chased + 1)
    await store.save(tx, after)
    await store.add_step(tx, one.id, what, now)
    trail.noted(tx, f"referral.{what}", "U", entity_type=access.ENTITY, entity=one.id, patient=one.told.patient)
    await _tell(tx, one, what, row[0].whom)
    if what == "gave-up":
        await relations.dismiss(tx, f"yuanzhen:referral/{one.id}")
        service.changed(tx, after, what)
    else:
        service.remind(tx, after)


async def _tell(tx: Tx, one: Referral, what: str, whom: Iterable[Whom]) -> None:
    told = {"referral": one.id, "what": what, "urgency": one.told.urgency}
    people = {person for each in whom for person in await _people(tx, one, each)}
    for person in sorted(people):
        tx.tell(f"me/{person}", "referral", told)


async def _people(tx: Tx, one: Referral, whom: Whom) -> list[str]:
    """Who that is: of the receiving side whoever has it in their hands, else its department, else its desk."""
    if whom == "sender":
        return [one.sender]
    if whom == "desk":
        return await store.desk(tx, one.told.institution)
    if one.handler:
        return [one.handler]
    members = await directory.members(tx, one.told.department) if one.told.department else []
    return members or await store.desk(tx, one.told.institution)
