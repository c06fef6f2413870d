"""The verbs of a referral, one transaction each: open, change, save, announce."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from yuanzhen.applications.referral import access, model, store
from yuanzhen.applications.referral.events import ReferralChanged, ReferralDue
from yuanzhen.applications.referral.model import Act, Given, Referral, Told, source
from yuanzhen.collaboration.calendar import booking
from yuanzhen.data.masking.identity import shown
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, NotFound
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import relations
from yuanzhen.security.reviews import service as reviews
from yuanzhen.security.reviews.model import Deed


async def begin(tx: Tx, told: Told, *, send: bool, idempotency: str | None, now: datetime) -> Referral:
    """A patient is referred, or kept as a draft; with the same Idempotency-Key again it is the same referral.

    Raises `Conflict` `referral.sent_already` when something else comes under the key of another.
    """
    patient = await access.patient_to_refer(tx, told.patient)
    await _checked(tx, told, tx.actor.institution)
    one = Referral(
        id=new_id(),
        state="draft",
        told=told,
        shown=shown(patient.resource(), masked=True),
        direction=await _direction(tx, tx.actor.institution, told.institution),
        sender=tx.actor.id,
        house=tx.actor.institution,
        created=now,
        since=now,
    )
    if not await store.add(tx, one, idempotency):
        return await _sent_before(tx, one, str(idempotency))
    trail.noted(tx, "referral.begin", "C", entity_type=access.ENTITY, entity=one.id, patient=told.patient)
    await store.add_step(tx, one.id, "begun", now, documents=told.documents)
    return await act(tx, "send", one.id, Given(), now=now) if send else one


async def _sent_before(tx: Tx, one: Referral, key: str) -> Referral:
    """The referral that the sender's key made, wherever it stands now."""
    earlier, _ = await access.seen(tx, str(await store.by_idempotency(tx, tx.actor.id, key)))
    if earlier.told.patient != one.told.patient or earlier.told.reason != one.told.reason:
        raise access.refused(tx, Conflict("referral.sent_already", referral=earlier.id), "begin", earlier)
    return earlier


async def rewrite(tx: Tx, id: str, told: Told, *, now: datetime) -> Referral:
    """A draft is written anew, of the same patient. Raises as `access.open_for` for what was sent already."""
    before, _ = await access.open_for(tx, "send", id, now)
    if before.state != "draft":
        problem = Conflict("referral.not_now", act="write", state=before.state)
        raise access.refused(tx, problem, "write", before)
    after = replace(before, told=replace(told, patient=before.told.patient, source=before.told.source), since=now)
    await _checked(tx, after.told, before.house)
    after = replace(after, direction=await _direction(tx, after.house, after.told.institution))
    await store.save(tx, after)
    return after


async def act(tx: Tx, name: str, id: str, given: Given, *, now: datetime) -> Referral:
    """One act of the table below. Raises `NotFound` for a name that is none, `Invalid` for what it lacks or does not
    take.
    """
    verb = next(((act, follow) for act, follow in ACTS.items() if act == name), None)
    if verb is None:
        raise NotFound("referral.no_such_act", place="act", known=sorted(ACTS))
    act, follow = verb
    said = model.checked_given(act, given)
    _, after = await access.open_for(tx, act, id, now)
    one = await follow(tx, after, given, now)
    await store.save(tx, one)
    await store.add_step(tx, id, act, now, said, given.documents)
    if act in model.TAKES:
        await relations.entrust(tx, tx.actor.id, one.told.patient, _relation(id))
    elif one.state not in model.IN_HAND:
        await relations.dismiss(tx, _relation(id))
    changed(tx, one, act)
    return one


async def _plain(tx: Tx, one: Referral, given: Given, now: datetime) -> Referral:
    """The state says it all."""
    return one


async def _send(tx: Tx, one: Referral, given: Given, now: datetime) -> Referral:
    """It goes to its receiver; without consent in an emergency it is looked at afterwards."""
    told = one.told
    if told.agreed == "unable":
        deed = Deed("no-consent", told.patient, tx.actor.id, one.house, source(one.id), told.why_unable)
        await reviews.ask(tx, deed, now=now)
    return one


async def _accept(tx: Tx, one: Referral, given: Given, now: datetime) -> Referral:
    """It is taken, at once with its hours where they are known."""
    if not given.slots:
        return one
    return await _book(tx, replace(one, state="booked"), given, now)


async def _book(tx: Tx, one: Referral, given: Given, now: datetime) -> Referral:
    """An expert and what they examine with, all or none; what was booked before is free again."""
    await booking.free_all(tx, source(one.id))
    made = await booking.book_all(
        tx, given.slots, source(one.id), one.house, now, urgency=one.told.urgency, also=model.audience(one)
    )
    return replace(one, starts=min(each.slot.span.start for each in made))


async def _supply(tx: Tx, one: Referral, given: Given, now: datetime) -> Referral:
    """What was wanted is there."""
    await access.documents_of(tx, one.told.patient, given.documents)
    documents = tuple(dict.fromkeys((*one.told.documents, *given.documents)))
    model.checked_documents(documents)
    return replace(one, told=replace(one.told, documents=documents))


async def _return(tx: Tx, one: Referral, given: Given, now: datetime) -> Referral:
    """What became of the patient goes back to the sender."""
    await access.documents_of(tx, one.told.patient, given.documents)
    return one.with_outcome("treated", given.outcome, given.plan, given.documents)


async def _did_not_come(tx: Tx, one: Referral, given: Given, now: datetime) -> Referral:
    """That is an outcome too."""
    return one.with_outcome("did-not-come", given.reason)


async def _redirect(tx: Tx, one: Referral, given: Given, now: datetime) -> Referral:
    """Another house or department is asked."""
    way = await _direction(tx, one.house, given.institution)
    after = one.sent_to(given.institution, given.department, way)
    await _checked(tx, after.told, one.house)
    return after


ACTS: Mapping[Act, Callable[[Tx, Referral, Given, datetime], Awaitable[Referral]]] = {
    "send": _send,
    "receive": _plain,
    "accept": _accept,
    "decline": _plain,
    "need-more": _plain,
    "supply": _supply,
    "book": _book,
    "arrive": _plain,
    "treat": _plain,
    "return": _return,
    "did-not-come": _did_not_come,
    "acknowledge": _plain,
    "redirect": _redirect,
    "withdraw": _plain,
}


def changed(tx: Tx, one: Referral, what: str) -> None:
    """What follows of a change: both sides hear of it, others see it, and it is asked after in time."""
    tx.announce(ReferralChanged(one.id, what, one.id))
    remind(tx, one)


def remind(tx: Tx, one: Referral) -> None:
    """The next time at which it is looked whether anything has happened."""
    if found := one.next_chase():
        tx.announce(ReferralDue(one.id, one.turn, one.chased), due=found[1])


async def _checked(tx: Tx, told: Told, house: str) -> None:
    model.checked(told)
    await access.receiver(tx, told, house)
    await access.documents_of(tx, told.patient, told.documents)


async def _direction(tx: Tx, of: str, to: str) -> model.Direction:
    levels = await store.levels(tx, [of, to])
    return model.direction(levels.get(of, "branch"), levels.get(to, "branch"))


def _relation(id: str) -> str:
    """The work for which the record is open to the receiving side; as what it publishes is marked."""
    return f"yuanzhen:referral/{id}"
