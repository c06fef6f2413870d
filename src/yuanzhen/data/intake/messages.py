"""Messages taken in: each one transaction as its sender; what is not sure waits whole, to be mended and replayed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg

from yuanzhen.data.exchange.facts import About, Identifier, MessageReceived, MessageUnread, PatientSeen, Sender, Told
from yuanzhen.data.exchange.hl7v2.adt import MERGES
from yuanzhen.data.intake import overlay, patients, store, whose
from yuanzhen.data.intake.events import AppointmentChanged, PatientChanged, PatientKnown
from yuanzhen.data.intake.whose import WAITS_FOR_PATIENT, Waits
from yuanzhen.data.records import service as records
from yuanzhen.data.records.model import PEER, Stored
from yuanzhen.data.records.store import find
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail

Json = dict[str, Any]


def intake_of(institution: str) -> Actor:
    """The intake itself, within an institution."""
    return whose.peer(Sender("intake", institution))


async def received(db: Database, sender: Sender, fact: MessageReceived) -> None:
    """Takes what a message tells, or lets it wait; the same message again changes nothing.

    Raises Unavailable and the like when it could not be kept at all: then it must not be acknowledged.
    """
    try:
        async with db.verb(whose.peer(sender)) as tx:
            id = await store.add(tx, sender, fact, "taken", numbers=_locked(sender, fact))
            if id is not None:
                await _settled(tx, id, await taken(tx, sender, fact))
    except Problem as problem:
        if problem.status >= 500:
            raise
        await _waits(db, sender, fact, problem)


async def unread(db: Database, sender: Sender, fact: MessageUnread) -> None:
    """Keeps a message that was not understood: to wait for a person, or to be shown as refused."""
    state = "waiting" if fact.waits else "refused"
    async with db.verb(whose.peer(sender)) as tx:
        id = await store.add(tx, sender, fact, state)
        if id is not None:
            await store.settle(tx, id, state, code=fact.code, place=fact.place)
            trail.noted(tx, f"intake.{state}", "C", entity_type="message", entity=id, reason=fact.code)


async def again(db: Database, sender: Sender, id: str, fact: MessageReceived, *, patient: str = "") -> None:
    """Takes a message that waited, as its sender; `patient` is whom a person said it is about.

    Raises why it goes on waiting.
    """
    async with db.verb(whose.peer(sender)) as tx:
        await store.lock_numbers(tx, _locked(sender, fact))
        await _settled(tx, id, await taken(tx, sender, fact, patient=patient))


async def keeps_waiting(db: Database, sender: Sender, id: str, fact: MessageReceived | None, why: Problem) -> None:
    """Writes down why a message that was tried again waits on."""
    async with db.verb(whose.peer(sender)) as tx:
        numbers = _numbers(tx, fact, sender) if fact is not None and why.code == WAITS_FOR_PATIENT else []
        await store.settle(tx, id, "waiting", code=why.code, place=why.place or "", numbers=numbers)


async def _settled(tx: Tx, id: str, written: Sequence[Stored]) -> None:
    became = [{"type": one.type, "id": one.id, "version": one.version} for one in written]
    await store.settle(tx, id, "taken", became=became)
    patient = next((one.patient for one in written if one.patient), "")
    trail.noted(tx, "intake.take", "C", entity_type="message", entity=id, patient=patient)


async def _waits(db: Database, sender: Sender, fact: MessageReceived, why: Problem) -> None:
    async with db.verb(whose.peer(sender)) as tx:
        id = await store.add(tx, sender, fact, "waiting")
        if id is not None:
            numbers = _numbers(tx, fact, sender) if why.code == WAITS_FOR_PATIENT else []
            await store.settle(tx, id, "waiting", code=why.code, place=why.place or "", numbers=numbers)
            trail.noted(tx, "intake.waiting", "C", entity_type="message", entity=id, reason=why.code)


def _numbers(tx: Tx, fact: MessageReceived, sender: Sender) -> list[str]:
    told = [number for about in fact.about for number in about.patient.identifiers]
    return _sealed(tx, told, sender.institution)


def _sealed(tx: Tx, identifiers: Iterable[Identifier], institution: str) -> list[str]:
    """Numbers as messages wait for them, sealed: by owner, for one side may leave the issuer out."""
    found = whose.numbers(identifiers, institution)
    return sorted({tx.sealed(patients.owned(system, value)) for system, value in found})


async def sealed(db: Database) -> None:
    """Seals the numbers for which messages wait since before they were sealed."""
    async with db.verb(system("relay")) as tx:
        for row in await store.unsealed(tx):
            await store.seal(tx, row["id"], [tx.sealed(one) if "|" in one else one for one in row["numbers"]])


def _locked(sender: Sender, fact: MessageReceived) -> list[str]:
    """The numbers of everybody whom a message names."""
    everybody = [one for about in fact.about for one in (*about.patient.identifiers, *about.merged)]
    return whose.to_lock(everybody, sender.institution)


async def taken(tx: Tx, sender: Sender, fact: MessageReceived, *, patient: str = "") -> list[Stored]:
    """Writes what a message tells, whose numbers are locked; answers the resources that it changed.

    Raises `Waits` when its patient is unsure.
    """
    sent = fact.sent_at or clock.now()
    written: list[Stored] = []
    for about in fact.about:
        written += await _part(tx, sender, fact, about, sent, patient)
    return written


async def _part(
    tx: Tx, sender: Sender, fact: MessageReceived, about: About, sent: datetime, chosen: str
) -> list[Stored]:
    about = _surviving(about)
    found = await _whose(tx, sender, fact, about.patient, sent, chosen)
    id = found.id if found is not None else new_id()
    told = list(about.told)
    if fact.kind.startswith("ADT^"):
        told.insert(0, patients.told(id, about.patient, sender.institution))
    numbers = _sealed(tx, about.patient.identifiers, sender.institution)
    written = await _written(tx, sender, told, sent, id, found, numbers)
    patient = next((one for one in written if one.type == "Patient"), found)
    if about.merged and patient is not None:
        written.append(await _merged(tx, sender, patient, about, sent))
    await _tell(tx, sender, fact, about.patient, written)
    return written


def _surviving(about: About) -> About:
    """Of a merge whose PID names the numbers that are given up as well: the patient by the others."""
    kept = tuple(one for one in about.patient.identifiers if one not in about.merged)
    return replace(about, patient=replace(about.patient, identifiers=kept)) if about.merged and kept else about


async def _whose(
    tx: Tx, sender: Sender, fact: MessageReceived, seen: PatientSeen, sent: datetime, chosen: str
) -> Stored | None:
    """The patient; None for one whom this message makes. Raises `Waits`."""
    if chosen:
        named = await find(tx, "Patient", chosen)
        if named is None or named.deleted:
            raise Waits(WAITS_FOR_PATIENT, place="patient")
        return await whose.current(tx, named)
    found = await whose.known(tx, sender, seen)
    if found is None:
        if not fact.kind.startswith("ADT^"):
            raise Waits(WAITS_FOR_PATIENT, place="PID-3")
        await whose.issued(tx, sender, seen, fact.names)
        return None
    if doubted := whose.doubted(found, seen):
        times = await store.times(tx, "Patient", found.id)
        whose.sure(doubted, seen, older=times.get("name", "") > overlay.moment(sent))
    return found


async def _written(
    tx: Tx,
    sender: Sender,
    told: Sequence[Told],
    sent: datetime,
    patient: str,
    here: Stored | None,
    numbers: Sequence[str],
) -> list[Stored]:
    """Lays each over what is known, and writes what changed.

    `here` is the patient as they were, `numbers` those by which the message named them, sealed.
    """
    if not told:
        return []
    times, before = await store.known(tx, list({(one.type, one.id): None for one in told}))
    if here is not None:
        before["Patient", here.id] = here
    after: dict[tuple[str, str], Json] = {}
    for one in told:
        key = (one.type, one.id)
        known = after.get(key) or await _mine(tx, before.get(key), patient, one)
        laid = overlay.laid(known, times.get(key, {}), one, overlay.moment(sent, cancels=one.cancels))
        if laid is not None:
            after[key], times[key] = laid
    if not after:
        return []
    await store.tell(tx, sender.institution, {key: times[key] for key in after}, numbers)
    try:
        resources = [overlay.finished(one, patient) for one in after.values()]
        source = f"{PEER}{sender.peer}"
        return await records.receive_all(tx, resources, source=source, of=here)
    except asyncpg.InsufficientPrivilegeError:  # somebody has closed one of them to the sender's house
        raise Waits("intake.not_writable", place=told[0].place) from None


async def _mine(tx: Tx, before: Stored | None, patient: str, told: Told) -> Json | None:
    """What is known of a resource. Raises `Waits` when it is another patient's: one number was given twice."""
    if before is None or before.deleted:
        return None
    known = before.resource()
    if told.type != "Patient" and before.patient != patient:
        owner = await find(tx, "Patient", before.patient)
        if owner is None or (await whose.current(tx, owner)).id != patient:
            raise Waits("intake.number_of_another_patient", place=told.place)
    return known


async def _merged(tx: Tx, sender: Sender, survivor: Stored, about: About, sent: datetime) -> Stored:
    """A40: the numbers that are given up, and their patient if there is one, become the survivor's."""
    seen = replace(about.patient, identifiers=about.merged)
    other = await whose.known(tx, sender, seen)
    if other is None:
        numbers = patients.told(survivor.id, seen, sender.institution).elements["identifier"]
        told = Told("Patient", survivor.id, {"identifier": numbers})
        return next(iter(await _written(tx, sender, [told], sent, survivor.id, survivor, ())), survivor)
    merged = await patients.merge(tx, survivor, other, source=f"{PEER}{sender.peer}")
    if merged.version != survivor.version:
        tx.announce(PatientChanged(merged.id, sender.institution, sender.peer, MERGES[0], other.id))
    return merged


async def _tell(tx: Tx, sender: Sender, fact: MessageReceived, seen: PatientSeen, written: Sequence[Stored]) -> None:
    """Wakes what waits for the patient, and lets the institution's other systems hear what changed."""
    for one in written:
        if one.type == "Patient" and fact.kind != "ADT^A40":
            event = "A28" if one.version == 1 else "A31"
            tx.announce(PatientChanged(one.id, sender.institution, sender.peer, event))
        elif one.type == "Appointment":
            moved = fact.kind == "SIU^S13"
            tx.announce(AppointmentChanged(one.id, sender.institution, sender.peer, moved))
    if fact.kind.startswith("ADT^"):
        texts = _sealed(tx, seen.identifiers, sender.institution)
        if await store.is_waited_for(tx, sender.institution, texts):
            tx.announce(PatientKnown(sender.institution, texts))
