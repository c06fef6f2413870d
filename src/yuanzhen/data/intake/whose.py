"""Whose patient a fact is about: found by the numbers that it names, one number at a time."""

from __future__ import annotations

from yuanzhen.data.exchange.facts import PatientSeen, Sender
from yuanzhen.data.intake import patients, store
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.store import by_identifier, by_number
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.tx import Tx


def peer(sender: Sender) -> Actor:
    """The sender as the one who acts, within its institution."""
    return Actor(kind="peer", id=sender.peer, role="peer", institution=sender.institution, purpose="intake")


async def locked(tx: Tx, sender: Sender, fact: PatientSeen) -> Stored | None:
    """The patient of any of these numbers; whoever else takes the same numbers in waits until this is done."""
    numbers = sorted({(patients.system_of(one, sender.institution), one.value) for one in fact.identifiers})
    for owner, value in sorted({(patients.owner_of(system), value) for system, value in numbers}):
        await store.lock_number(tx, f"{owner}|{value}")
    for system, value in numbers:
        found = await by_identifier(tx, "Patient", system, value)
        if found is not None:
            return found
    return await _without_issuer(tx, sender, fact)


async def _without_issuer(tx: Tx, sender: Sender, fact: PatientSeen) -> Stored | None:
    """The patient of a number whose issuer one side names and the other leaves out.

    An HIS says whose number it is, the same house's scanner does not: it is the same number where exactly one patient
    carries it and nothing else that was said contradicts.
    """
    own = patients.own_system(sender.institution)
    for one in fact.identifiers:
        if patients.owner_of(patients.system_of(one, sender.institution)) != own:
            continue
        carriers = [
            found
            for found in await by_number(tx, "Patient", own, one.value)
            if (not one.issuer or patients.carries(found.resource(), own, one.value)) and not disagrees(found, fact)
        ]
        if len(carriers) == 1:
            return carriers[0]
    return None


def disagrees(found: Stored, fact: PatientSeen) -> str:
    """The place where a fact contradicts the patient of its number; '' where nothing does."""
    return patients.disagreement(found.resource(), name=fact.name.full, sex=fact.sex, birth_date=fact.birth_date)
