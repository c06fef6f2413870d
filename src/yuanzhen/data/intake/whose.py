"""Whose patient a fact is about: found by the numbers that it names, one number at a time; or why it waits."""

from __future__ import annotations

from collections.abc import Iterable

from yuanzhen.data.exchange.facts import Identifier, PatientSeen, Sender
from yuanzhen.data.exchange.hl7v2.adt import UPDATES
from yuanzhen.data.exchange.hl7v2.dialects import folded
from yuanzhen.data.intake import patients, store
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.store import by_identifier, by_number, find
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict

MOST_MERGES = 20  # of one patient into the next: longer is a circle
WAITS_FOR_PATIENT = "intake.unknown_patient"


class Waits(Conflict):
    """Whose it is, is not sure: the message is kept for a person and served to nobody."""


def peer(sender: Sender) -> Actor:
    """The sender as the one who acts, within its institution."""
    return Actor(kind="peer", id=sender.peer, role="peer", institution=sender.institution, purpose="intake")


def numbers(identifiers: Iterable[Identifier], institution: str) -> list[tuple[str, str]]:
    """The numbers as the record has them: system and value, in one order for everybody."""
    return sorted({(patients.system_of(one, institution), one.value) for one in identifiers})


async def lock(tx: Tx, identifiers: Iterable[Identifier], institution: str) -> None:
    """Whoever else takes any of these numbers in waits until this transaction ends."""
    await store.lock_numbers(tx, to_lock(identifiers, institution))


def to_lock(identifiers: Iterable[Identifier], institution: str) -> list[str]:
    """The numbers as they are locked: by owner, in one order for everybody."""
    found = numbers(identifiers, institution)
    return [f"{owner}|{value}" for owner, value in sorted({(patients.owner_of(one), value) for one, value in found})]


async def locked(tx: Tx, sender: Sender, fact: PatientSeen) -> Stored | None:
    """The patient of any of these numbers; whoever else takes the same numbers in waits until this is done.

    Raises `Waits` when they are those of two.
    """
    await lock(tx, fact.identifiers, sender.institution)
    return await known(tx, sender, fact)


async def known(tx: Tx, sender: Sender, fact: PatientSeen) -> Stored | None:
    """As `locked`, once the numbers are."""
    carriers: dict[str, Stored] = {}
    for system, value in numbers(fact.identifiers, sender.institution):
        found = await by_identifier(tx, "Patient", system, value)
        if found is not None:
            survivor = await current(tx, found)
            carriers[survivor.id] = survivor
    if len(carriers) > 1:
        raise Waits("intake.numbers_of_two", place="PID-3")
    return next(iter(carriers.values()), None) or await _without_issuer(tx, sender, fact)


async def current(reads: Reads, patient: Stored) -> Stored:
    """The patient into whom this one was merged; itself if it was not."""
    for _ in range(MOST_MERGES):
        into = patients.replaced_by(patient.resource())
        found = await find(reads, "Patient", into) if into else None
        if found is None:
            return patient
        patient = found
    raise Conflict("intake.merged_in_a_circle", place=f"Patient/{patient.id}")


async def _without_issuer(tx: Tx, sender: Sender, fact: PatientSeen) -> Stored | None:
    """The patient of a number whose issuer one side names and the other leaves out.

    An HIS says whose number it is, the same house's scanner does not: it is the same number where exactly one patient
    carries it and nothing else that was said contradicts.
    """
    own = patients.own_system(sender.institution)
    for one in fact.identifiers:
        if patients.owner_of(patients.system_of(one, sender.institution)) != own:
            continue
        carriers = {
            survivor.id: survivor
            for found in await by_number(tx, "Patient", own, one.value)
            if (survivor := await current(tx, found))
            and (not one.issuer or patients.carries(found.resource(), own, one.value))
            and not disagrees(survivor, fact)
        }
        if len(carriers) == 1:
            return next(iter(carriers.values()))
    return None


def disagrees(found: Stored, fact: PatientSeen) -> str:
    """The place where a fact contradicts the patient of its number; '' where nothing does."""
    return patients.disagreement(found.resource(), name=fact.name.full, sex=fact.sex, birth_date=fact.birth_date)


def doubted(found: Stored, fact: PatientSeen) -> list[str]:
    """Each place of a fact that contradicts the patient of its number."""
    told = {"name": fact.name.full, "sex": fact.sex, "birth_date": fact.birth_date}
    nothing = {"name": "", "sex": "", "birth_date": ""}
    known_ = found.resource()
    each = (patients.disagreement(known_, **(nothing | {one: value})) for one, value in told.items())
    return [place for place in each if place]


def sure(places: list[str], fact: PatientSeen, *, older: bool) -> None:
    """Raises `Waits` when the number's patient is likely another than the message means.

    An update, and what is older than the last that was heard, may differ in one thing: that is what is corrected.
    """
    if len(places) > (1 if older or fact.event in UPDATES else 0):
        raise Waits("intake.patient_disagrees", place=PLACES[places[0]])


# As headers of images name them (see `patients.disagreement`), and as PID does
PLACES = {"PatientName": "PID-5", "PatientSex": "PID-8", "PatientBirthDate": "PID-7"}


async def issued(tx: Tx, sender: Sender, fact: PatientSeen, names: Iterable[str]) -> None:
    """Raises `Waits` unless one of the numbers has an issuer that is known: the state, the sender itself, a row.

    The first issuer that an institution's systems name is its own.
    """
    told = {folded(one.issuer) for one in fact.identifiers if one.type not in patients.STATE_NUMBERS}
    if not told or "" in told or told & {folded(name) for name in names if name}:
        return
    rows = await store.issuers(tx, sender.institution)
    if not rows:
        for issuer in sorted(told):
            await store.put_row(tx, sender.institution, "", "issuer", issuer, "", "", "")
    elif not told & rows:
        raise Waits("intake.unknown_issuer", place="PID-3.4")
