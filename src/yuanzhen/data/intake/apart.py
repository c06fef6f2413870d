"""Images kept apart, settled by a clinician of their house: looked at, released to their patient, or discarded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
from pydicom.datadict import keyword_for_tag

from yuanzhen.data.exchange.dicom import codec
from yuanzhen.data.exchange.facts import Identifier, InstanceReceived
from yuanzhen.data.intake import apart_store, dicom, patients, whose
from yuanzhen.data.intake.apart_store import Member
from yuanzhen.data.intake.events import ImagesDiscarded, StudyArriving
from yuanzhen.data.masking.identity import NumberKind, shown
from yuanzhen.data.records import studies
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.store import by_number, find
from yuanzhen.data.records.studies import Instance, Study
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.security.audit import trail
from yuanzhen.security.keys.objects import Objects

ROLE = "clinician"
MAX_REASON = 500
MOST_DIFFERENCES = 40
LONGEST = 200  # characters of a value that is compared
KEPT_ON = timedelta(days=1)  # a backup that has begun finds the files of its rows


class Claimed(msgspec.Struct):
    """Whose an image says it is."""

    name: str
    number: str
    issuer: str
    sex: str
    birth_date: str


class Known(msgspec.Struct):
    """A patient whom it may be of."""

    id: str
    name: str
    number: str
    sex: str
    birth_date: str
    number_kind: NumberKind


class ApartLine(msgspec.Struct):
    """Images that wait together: why, what of, whose they say they are. `station`: what the device calls itself."""

    id: str
    reason: str
    place: str
    study: str
    images: int
    series: int
    first: datetime
    last: datetime
    title: str
    modality: str
    date: str
    accession: str
    station: str
    claimed: Claimed


class Difference(msgspec.Struct):
    """An attribute that the served image and the one that waits have otherwise."""

    tag: str
    keyword: str
    served: str
    waiting: str


class ApartWhole(msgspec.Struct):
    """Everything that is needed to decide.

    `holder`: whose the study is, as far as it is there; `numbered`: who carries the number. `served` is the address of
    the image that has the same UID, '' if there is none, and `differs` what is other in it, of `differences` in all.
    """

    line: ApartLine
    holder: Known | None
    numbered: list[Known]
    served: str
    differs: list[Difference]
    differences: int


class Settled(msgspec.Struct):
    """How many images were released or discarded, and of which study."""

    images: int
    study: str


def allowed(reads: Reads, verb: str, entity: str = "") -> None:
    """Clinicians alone, and each sees those of their house; a refusal is kept."""
    if reads.actor.role != ROLE:
        problem = Forbidden("apart.not_yours", role=reads.actor.role)
        raise trail.refused(reads, problem, f"apart.{verb}", "R", entity_type="apart", entity=entity)


async def waiting(look: Reads) -> list[ApartLine]:
    """The groups of the clinician's house that wait."""
    allowed(look, "list")
    lines = [_line(row) for row in await apart_store.groups(look)]
    trail.noted(look, "apart.list", "R", entity_type="apart", entity="")
    return lines


async def whole(look: Reads, id: str) -> ApartWhole:
    """A group with what it is compared with. Raises NotFound, kept."""
    members = await _members(look, "read", id)
    (row,) = await apart_store.groups(look, id)
    line = _line(row)
    study = await studies.find(look, line.study)
    holder = await _patient(look, study.patient) if study is not None else None
    numbered = await _numbered(look, line.claimed, members[0].institution)
    there = await studies.kept(look, members[0].sop)
    differs = _differs(there, await apart_store.header(look, members[0].id)) if there is not None else []
    trail.noted(look, "apart.read", "R", entity_type="apart", entity=id, patient=holder.id if holder else "")
    served = f"/dicom-web/studies/{there.study}/series/{there.series}/instances/{there.sop}" if there else ""
    known = [_shown(one, line.claimed) for one in numbered]
    return ApartWhole(line, _known(holder, line.claimed), known, served, differs[:MOST_DIFFERENCES], len(differs))


async def release(db: Database, objects: Objects, actor: Actor, id: str, patient: str) -> Settled:
    """The images become the patient's, as if they had come so: served from now on, their study described.

    Raises Conflict when their study is another patient's or a UID is served already; nothing is changed then.
    """
    async with db.look(actor) as look:
        members = await _members(look, "release", id)
    found = [await dicom.reread(objects, one.blob, one.size) for one in members]  # outside: it may be a whole CT
    async with db.verb(actor) as tx:
        if [one.id for one in await _members(tx, "release", id)] != [one.id for one in members]:
            raise Conflict("apart.changed", place=id)
        owner = await _own_patient(tx, patient, members[0].institution)
        study = await _study(tx, found[0][0], owner, members[0].institution)
        for fact, instance in found:
            await _keep(tx, fact, instance, study.audience)
        await _settle(tx, members, "released", patient=owner.id)
        trail.noted(tx, "apart.release", "C", entity_type="ImagingStudy", entity=study.resource, patient=owner.id,
                    reason=f"{len(members)} images")  # fmt: skip
    return Settled(len(members), members[0].study)


async def discard(tx: Tx, id: str, reason: str) -> Settled:
    """The images are nobody's: they are shown no more, and their files go a day later. The same again stays so too."""
    members = await _members(tx, "discard", id)
    if not reason.strip() or len(reason) > MAX_REASON:
        raise Invalid("exchange.reason", place="reason", limit=MAX_REASON)
    await _settle(tx, members, "discarded", reason.strip())
    tx.announce(ImagesDiscarded([one.blob for one in members]), due=clock.now() + KEPT_ON)
    trail.noted(tx, "apart.discard", "D", entity_type="apart", entity=id, reason=reason.strip())
    return Settled(len(members), members[0].study)


async def free(objects: Objects, fact: dict[str, Any]) -> None:
    """Takes discarded files off the disk; what is gone is gone, so that it may be told again after a death."""
    for key in msgspec.convert(fact, ImagesDiscarded).blobs:
        await objects.delete(key)


async def member(look: Reads, id: str, number: int) -> Member:
    """One image of a group, counted from 1. Raises NotFound, kept."""
    members = await _members(look, "picture", id)
    if not 1 <= number <= len(members):
        raise trail.refused(look, NotFound("apart.unknown"), "apart.picture", "R", entity_type="apart", entity=id)
    trail.noted(look, "apart.picture", "R", entity_type="apart", entity=id)
    return members[number - 1]


# ---- finding


async def _members(reads: Reads, verb: str, id: str) -> list[Member]:
    allowed(reads, verb, id)
    members = await apart_store.members(reads, id)
    if not members:
        raise trail.refused(reads, NotFound("apart.unknown"), f"apart.{verb}", "R", entity_type="apart", entity=id)
    return members


async def _patient(reads: Reads, id: str) -> Stored | None:
    found = await find(reads, "Patient", id)
    return await whose.current(reads, found) if found is not None and not found.deleted else None


async def _own_patient(tx: Tx, id: str, institution: str) -> Stored:
    """A patient of the house that the images came to. Raises NotFound, kept."""
    found = await _patient(tx, id)
    if found is None or found.institution != institution:
        problem = NotFound("apart.patient_unknown", place="patient")
        raise trail.refused(tx, problem, "apart.release", "R", entity_type="Patient", entity=id)
    return found


async def _numbered(reads: Reads, claimed: Claimed, institution: str) -> list[Stored]:
    """The house's patients who carry the number, whoever in it gave it."""
    if not claimed.number:
        return []
    own = patients.own_system(institution)
    carriers = [await whose.current(reads, one) for one in await by_number(reads, "Patient", own, claimed.number)]
    return list({one.id: one for one in carriers}.values())


# ---- releasing


async def _study(tx: Tx, fact: InstanceReceived, owner: Stored, institution: str) -> Study:
    """The study, made or already the patient's. Raises Conflict when it is another's."""
    study = await studies.find(tx, fact.study) or dicom.new_study(fact.study, owner.id, institution)
    made = await studies.add(tx, study, dicom.found_of(fact))
    if made or await studies.stir(tx, fact.study, dicom.modality_of(fact)):
        tx.announce(StudyArriving(fact.study), due=clock.now() + dicom.REST)
    there = await studies.find(tx, fact.study)
    if there is None:
        raise Conflict("dicom.study_elsewhere", place="StudyInstanceUID", uid=fact.study)
    holder = await _patient(tx, there.patient)
    if holder is None or holder.id != owner.id:
        raise Conflict("apart.study_of_another", place="StudyInstanceUID", uid=fact.study)
    return there


async def _keep(tx: Tx, fact: InstanceReceived, instance: Instance, keys: list[str]) -> None:
    known = await studies.add_instance(tx, instance, keys)
    if known not in (None, instance.digest):
        raise Conflict("apart.uid_served", place="SOPInstanceUID", uid=fact.sop)


async def _settle(tx: Tx, members: list[Member], state: Any, why: str = "", *, patient: str = "") -> None:
    ended = await apart_store.end(tx, [one.id for one in members], state, tx.actor.id, why or patient)
    if ended != len(members):
        raise Conflict("apart.changed", place=members[0].study)
    tx.tell(f"exchange/{members[0].institution}", "apart", {})


# ---- showing


def _line(row: asyncpg.Record) -> ApartLine:
    head = msgspec.json.decode(row["head"])
    claim = codec.claim_of({tag: value for tag, value in head.items() if value is not None})
    names = ("id", "reason", "place", "study", "images", "series", "first", "last")
    return ApartLine(
        **{name: row[name] for name in names},
        title=claim.description,
        modality=claim.modality,
        date=claim.study_date,
        accession=claim.accession,
        station=claim.station,
        claimed=_claimed(claim.patient, claim.name.full, claim.sex, claim.birth_date),
    )


def _claimed(number: Identifier, name: str, sex: str, birth_date: str) -> Claimed:
    return Claimed(name, number.value, number.issuer, sex, birth_date)


def _known(patient: Stored | None, claimed: Claimed) -> Known | None:
    return _shown(patient, claimed) if patient is not None else None


def _shown(patient: Stored, claimed: Claimed) -> Known:
    """By the number that the images claim, where it is one of the patient's."""
    resource = patient.resource()
    told = shown(resource, masked=False)
    same = any(one.get("value") == claimed.number for one in resource.get("identifier", []))
    number = claimed.number if same else told.number
    return Known(patient.id, told.name, number, str(resource.get("gender", "")), told.birth_date,
                 "other" if same else told.number_kind)  # fmt: skip


def _differs(served: Instance, waiting: str) -> list[Difference]:
    here, there = msgspec.json.decode(waiting), served.header
    return [
        Difference(tag, keyword_for_tag(tag), _text(there.get(tag)), _text(here.get(tag)))
        for tag in sorted(here.keys() | there.keys())
        if here.get(tag) != there.get(tag)
    ]


def _text(attribute: Any) -> str:
    """An attribute's value on one line."""
    values = (attribute or {}).get("Value") or []
    told = [" ".join(map(str, one.values())) if isinstance(one, dict) else str(one) for one in values]
    return "\\".join(told)[:LONGEST]
