"""Images that arrive: each a file on the disk and a row, their study described when it has come to rest."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import msgspec

from yuanzhen.data.exchange.dicom.attributes import instance_json
from yuanzhen.data.exchange.facts import InstanceReceived, PatientSeen, Sender
from yuanzhen.data.intake import patients, whose
from yuanzhen.data.records import service as records
from yuanzhen.data.records import studies
from yuanzhen.data.records.model import Stored, audience
from yuanzhen.data.records.store import find
from yuanzhen.data.records.studies import Instance, Study
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.audit import trail
from yuanzhen.security.crypto import sm3
from yuanzhen.security.keys.objects import Objects

REST = timedelta(seconds=2)  # a study without a new image for so long is described


class StudyArriving(msgspec.Struct, frozen=True):
    """Images of a study come in; it is described when they have come to rest."""

    kind: ClassVar[str] = "StudyArriving"
    study: str


class StudyArrived(msgspec.Struct, frozen=True):
    """A study has come to rest and its ImagingStudy is in the record."""

    kind: ClassVar[str] = "StudyArrived"
    study: str
    patient: str
    instances: int


async def instance_received(db: Database, objects: Objects, sender: Sender, fact: InstanceReceived) -> None:
    """The file is on the disk, its row and its study committed. The same object again is done.

    Raises `Conflict` for the same UID with other content, or when the header contradicts the number's patient.
    """
    key = f"dicom/{fact.digest[:2]}/{fact.digest}"
    await objects.put(key, fact.file)
    instance = Instance(
        study=fact.study,
        series=fact.series,
        sop=fact.sop,
        number=fact.instance_number,
        header=instance_json(fact.file),
        blob=key,
        digest=sm3.digest(fact.file).hex(),
        size=len(fact.file),
    )
    async with db.verb(whose.peer(sender)) as tx:
        study, keys = await _study(tx, sender, fact)
        known = await studies.add_instance(tx, instance, keys)
        if known is not None and known != instance.digest:
            raise Conflict("dicom.same_uid_other_content", place="SOPInstanceUID", uid=fact.sop)
        if known is None:
            trail.noted(
                tx, "dicom.store", "C", entity_type="ImagingStudy", entity=study.resource, patient=study.patient
            )


async def _study(tx: Tx, sender: Sender, fact: InstanceReceived) -> tuple[Study, list[str]]:
    """The study that the header names, and its audience.

    Raises `Conflict` when it is another patient's, or of a house that the sender does not see.
    """
    study = await studies.find(tx, fact.study)
    if study is not None:
        await _same_patient(tx, study, sender, fact)
    else:
        patient = await _patient(tx, sender, fact)
        study = Study(fact.study, new_id(), patient.id, patient.institution, pending=True)
    keys = audience("ImagingStudy", study.patient, study.institution, sensitive=False)
    made = await studies.add(tx, study, keys)
    if made or await studies.stir(tx, fact.study):
        tx.announce(StudyArriving(fact.study), due=clock.now() + REST)
    if not made:
        there = await studies.find(tx, fact.study)
        if there is None:
            raise Conflict("dicom.study_elsewhere", place="StudyInstanceUID", uid=fact.study)
        await _same_patient(tx, there, sender, fact)
        study = there
    return study, keys


async def _patient(tx: Tx, sender: Sender, fact: InstanceReceived) -> Stored:
    """The patient of the header's number; an unknown number of a known sender makes one."""
    seen = _seen(fact)
    found = await whose.locked(tx, sender, seen)
    if found is None:
        patient = patients.resource(new_id(), seen, sender.institution)
        return await records.receive(tx, patient, source=f"urn:yuanzhen:peer:{sender.peer}")
    if place := whose.disagrees(found, seen):
        raise Conflict("intake.patient_disagrees", place=place)
    return found


async def describe(tx: Tx, study: str) -> None:
    """Writes the ImagingStudy of a study that has come to rest, or waits on for one that has not."""
    found = await studies.find(tx, study)
    last = await studies.last_received(tx, study)
    if found is None or last is None:
        return
    if clock.now() - last < REST:
        tx.announce(StudyArriving(study), due=last + REST)
        return
    objects = await studies.instances(tx, study)
    await studies.settle(tx, study)
    await records.publish(tx, studies.described(found, objects), source=f"yuanzhen:imaging/{study}")
    tx.announce(StudyArrived(study, found.patient, len(objects)))
    tx.tell(f"patient/{found.patient}", "study", {"study": study, "instances": len(objects)})


def _seen(fact: InstanceReceived) -> PatientSeen:
    """What an image's header tells of its patient."""
    return PatientSeen(
        identifiers=(fact.patient,),
        name=fact.name,
        sex=fact.sex,
        birth_date=fact.birth_date,
        phone="",
        address="",
        event="C-STORE",
        sent_at=None,
        message=fact.sop,
        digest=fact.digest,
    )


async def _same_patient(tx: Tx, study: Study, sender: Sender, fact: InstanceReceived) -> None:
    """Raises `Conflict` when an image names another patient than the study that it claims to be of."""
    patient = await find(tx, "Patient", study.patient)
    owner = patients.owner_of(patients.system_of(fact.patient, sender.institution))
    if patient is None or not patients.is_numbered(patient.resource(), owner, fact.patient.value):
        raise Conflict("dicom.other_patient", place="PatientID", uid=fact.study)
    if place := whose.disagrees(patient, _seen(fact)):
        raise Conflict("intake.patient_disagrees", place=place)
