"""What systems tell of patients and their visits, taken into the record."""

from __future__ import annotations

from yuanzhen.data.exchange.facts import PatientSeen, Sender
from yuanzhen.data.intake import patients, store, whose
from yuanzhen.data.records import service as records
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.ids import new_id


async def patient_seen(db: Database, sender: Sender, fact: PatientSeen) -> None:
    """The patient of the sender's institution is made, or brought up to date; the same message again is done."""
    async with db.verb(whose.peer(sender)) as tx:
        if await store.take(tx, sender, fact.message, fact.digest, f"ADT^{fact.event}"):
            before = await whose.locked(tx, sender, fact)
            told = patients.resource(before.id if before else new_id(), fact, sender.institution)
            patient = patients.merged(before.resource() if before else None, told)
            await records.receive(tx, patient, source=f"urn:yuanzhen:peer:{sender.peer}")
