"""Images that arrive: each a file on the disk and a row, their study described when it has come to rest."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from yuanzhen.data.exchange.dicom import attributes, codec, frames
from yuanzhen.data.exchange.dicom.attributes import Attributes
from yuanzhen.data.exchange.dicom.scan import HEAD, Scanner
from yuanzhen.data.exchange.facts import InstanceReceived, PatientSeen, PixelPlace, Sender
from yuanzhen.data.intake import apart_store, patients, whose
from yuanzhen.data.intake.events import StudyArrived, StudyArriving
from yuanzhen.data.records import service as records
from yuanzhen.data.records import studies
from yuanzhen.data.records.model import Stored, audience, encode
from yuanzhen.data.records.store import find
from yuanzhen.data.records.studies import Found, Instance, Study
from yuanzhen.data.records.terms import folded
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import DOWN, Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid, Unavailable
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.log import log
from yuanzhen.security.audit import trail
from yuanzhen.security.keys.objects import Objects

REST = timedelta(seconds=2)  # a study without a new image for so long is described
REMEMBERED, REMEMBERED_S = 1000, 30.0  # studies whose patient was found to be the header's, and for how long
OTHER_CONTENT = "dicom.same_uid_other_content"


class Taken(NamedTuple):
    """What was taken in; `apart` is the reason why it is not served, '' where it is."""

    fact: InstanceReceived
    apart: str


class _Image(NamedTuple):
    """An image that has come, while its file is still being stored."""

    actor: Actor
    sender: Sender
    fact: InstanceReceived
    instance: Instance
    storing: asyncio.Task[int]


class _Claim(NamedTuple):
    """What an image says of whose it is, and who says it."""

    peer: str
    institution: str
    study: str
    patient: tuple[str, str, str]
    name: str
    sex: str
    birth_date: str


@dataclass(frozen=True, slots=True)
class _Place:
    """The study that a claim was found to be right about."""

    resource: str
    patient: str
    keys: list[str]
    until: float


class Images:
    """Takes instances in. Remembers for a moment which study is whose, so that the next image costs one round trip."""

    def __init__(self, db: Database, objects: Objects) -> None:
        self._db = db
        self._objects = objects
        self._places: OrderedDict[_Claim, _Place] = OrderedDict()

    async def take(
        self, sender: Sender, file: AsyncIterator[bytes], *, actor: Actor | None = None, study: str = ""
    ) -> Taken:
        """The file is on the disk, its row and its study committed. The same object again is done.

        What contradicts the patient of its number or its study, and the same UID with other content, is kept apart: on
        the disk, not served. `actor` is who acts, by default the peer; with `study` nothing else is taken. Raises as
        `Scanner` and `codec.fact_of` for what is no instance; nothing is kept then.
        """
        taking = await self.begin(sender, file, actor=actor, study=study)
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            await asyncio.wait([taking])  # a row may be there by now, and needs its file
            raise

    async def begin(
        self, sender: Sender, file: AsyncIterator[bytes], *, actor: Actor | None = None, study: str = ""
    ) -> asyncio.Task[Taken]:
        """As `take`, but only until the file has come; what is given back tells the rest, and must not be cancelled."""
        reading = _Reading(file)
        number = new_id()
        key = f"dicom/{number[-2:]}/{number}"
        storing = asyncio.create_task(self._objects.put_stream(key, reading))
        try:
            both: list[asyncio.Future[Any]] = [storing, reading.ended]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not reading.ended.done():
                await storing  # tells why
            fact = codec.fact_of(reading.scanner.finish())  # while the disk works, and so does the database
            if study and fact.study != study:
                raise Invalid("dicom.other_study", place="StudyInstanceUID", rule="PS3.18 10.5.1")
        except BaseException:
            await self._forget(key, storing)
            raise
        image = _Image(actor or whose.peer(sender), sender, fact, _instance(fact, key, reading), storing)
        return asyncio.create_task(self._keep(image))

    async def _keep(self, image: _Image) -> Taken:
        """Keeps an image, if need be apart; what is some row's already is not kept again.

        Of a commit whose answer was lost nobody knows: the file stays, and is swept should no row name it.
        """
        kept, reason = False, ""
        try:
            known = await self._row(image)
            if known is None:
                kept = True
            elif known != image.instance.digest and not await self._is_same(image.actor, image.instance):
                raise Conflict(OTHER_CONTENT, place="SOPInstanceUID")
        except Conflict as problem:
            reason = problem.code
            kept = await self._set_apart(image, problem)
        except Unavailable as problem:
            kept = problem.code == DOWN
            raise
        finally:
            if not kept:
                await self._forget(image.instance.blob, image.storing)
        return Taken(image.fact, reason)

    async def _forget(self, key: str, storing: asyncio.Task[int]) -> None:
        storing.cancel()
        await asyncio.wait([storing])  # what it left is then ours to remove
        await self._objects.delete(key)

    async def _row(self, image: _Image) -> str | None:
        """Keeps the row, once the file is stored; None when it is new, else the digest of the one that was there."""
        actor, sender, fact, instance, storing = image
        claim = _claim(sender, fact)
        place = self._remembered(claim)
        if place is not None:
            told = trail.row(
                actor, "dicom.store", "C", entity_type="ImagingStudy", entity=place.resource, patient=place.patient
            )
            arriving = studies.Arriving(instance, place.keys, place.patient, modality_of(fact), told, storing)
            answer = await studies.keep(self._db, actor, arriving)
            if answer != studies.RESTED:
                return None if answer == studies.KEPT else answer
        await storing
        async with self._db.verb(actor) as tx:
            study = await _study(tx, sender, fact)
            known = await studies.add_instance(tx, instance, study.audience)
            if known is None:
                trail.noted(
                    tx, "dicom.store", "C", entity_type="ImagingStudy", entity=study.resource, patient=study.patient
                )
        self._remember(claim, _Place(study.resource, study.patient, study.audience, time.monotonic() + REMEMBERED_S))
        return known

    async def _is_same(self, actor: Actor, instance: Instance) -> bool:
        """Whether what has the UID has the same content too; its digest may be of another kind."""
        async with self._db.look(actor) as look:
            there = await studies.kept(look, instance.sop)
        if there is None or there.size != instance.size:
            return False
        reading = _Reading(self._objects.read(there.blob, there.size))
        async for _ in reading:
            pass
        return reading.digest() == instance.digest

    async def _set_apart(self, image: _Image, problem: Conflict) -> bool:
        """Whether it is kept apart now; what was so already is not kept again."""
        sender, instance = image.sender, image.instance
        await image.storing
        async with self._db.verb(whose.peer(sender)) as tx:
            new = await apart_store.add(tx, sender, instance, problem)
            if new:
                trail.noted(tx, "dicom.apart", "C", entity_type="instance", entity=instance.sop, reason=problem.code)
                tx.tell(f"exchange/{sender.institution}", "apart", {})
        log.warning("dicom_kept_apart", peer=sender.peer, code=problem.code, place=problem.place)
        return new

    def _remembered(self, claim: _Claim) -> _Place | None:
        place = self._places.get(claim)
        return place if place is not None and place.until > time.monotonic() else None

    def _remember(self, claim: _Claim, place: _Place) -> None:
        self._places[claim] = place
        self._places.move_to_end(claim)
        while len(self._places) > REMEMBERED:
            self._places.popitem(last=False)


class _Reading(AsyncIterator[bytes]):
    """A file as it passes: scanned and hashed on its way, so that its row can be written before the file is.

    Hashed is its data set alone, for who wrote the meta information changes no content.
    """

    def __init__(self, file: AsyncIterator[bytes]) -> None:
        self.scanner = Scanner()
        self._hash = hashlib.sha256()
        self._before = b""  # its last bytes while no data set had begun: one begins before that can be told
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._file = file

    async def __anext__(self) -> bytes:
        try:
            piece = await anext(self._file)
        except StopAsyncIteration:
            self.ended.set_result(None)
            raise
        start = self.scanner.size - len(self._before)
        self.scanner.feed(piece)
        if self.scanner.began < 0:
            self._before = (self._before + piece)[-HEAD.size :]
        elif self._before or self.scanner.began > start:
            held, self._before = self._before + piece, b""
            self._hash.update(memoryview(held)[max(0, self.scanner.began - start) :])
        else:
            self._hash.update(piece)
        return piece

    def digest(self) -> str:
        """SHA-256 of the data set."""
        return self._hash.hexdigest()


async def reread(objects: Objects, blob: str, size: int) -> tuple[InstanceReceived, Instance]:
    """The fact and the row of an object that lies in the store: as when it came."""
    reading = _Reading(objects.read(blob, size))
    async for _ in reading:
        pass
    fact = codec.fact_of(reading.scanner.finish())
    return fact, _instance(fact, blob, reading)


def _claim(sender: Sender, fact: InstanceReceived) -> _Claim:
    return _Claim(sender.peer, sender.institution, fact.study, fact.patient, fact.name.full, fact.sex, fact.birth_date)


def _instance(fact: InstanceReceived, key: str, reading: _Reading) -> Instance:
    return Instance(
        study=fact.study,
        series=fact.series,
        sop=fact.sop,
        number=fact.instance_number,
        header=fact.header,
        blob=key,
        digest=reading.digest(),
        size=reading.scanner.size,
        sop_class=fact.sop_class,
        transfer_syntax=fact.transfer_syntax,
        frames=fact.frames,
        pixels=_pixels(fact.pixels, fact.header),
        listed=encode(attributes.qido(fact.header, "instance")).decode(),
    )


def _pixels(place: PixelPlace | None, header: Attributes) -> dict[str, Any] | None:
    if place is None:
        return None
    told: dict[str, Any] = {"at": place.at, "length": place.length, "bits": frames.frame_bits(header), "tag": place.tag}
    if place.fragments:
        told |= {"fragments": [list(one) for one in place.fragments], "table": place.table.hex()}
    return told


def modality_of(fact: InstanceReceived) -> str:
    """What made it; a study holds the modalities of its objects."""
    return fact.modality or "OT"


def found_of(fact: InstanceReceived) -> Found:
    """How a study that begins with this object is found."""
    groups = (fact.header.get("00100010", {}).get("Value") or [{}])[0]
    names = [folded(group.rstrip("^")) for group in groups.values()] if isinstance(groups, dict) else []
    date = (fact.header.get("00080020", {}).get("Value") or [""])[0] or ""
    return Found(
        attributes.qido(fact.header, "study"), names, fact.patient.value, str(date), fact.accession, modality_of(fact)
    )


async def _study(tx: Tx, sender: Sender, fact: InstanceReceived) -> Study:
    """The study that the header names.

    Raises `Conflict` when it is another patient's, or of a house that the sender does not see.
    """
    study = await studies.find(tx, fact.study)
    if study is not None:
        await _same_patient(tx, study, sender, fact)
    else:
        patient = await _patient(tx, sender, fact)
        study = new_study(fact.study, patient.id, patient.institution)
    made = await studies.add(tx, study, found_of(fact))
    begins = made or await studies.stir(tx, fact.study, modality_of(fact))
    if not made:
        there = await studies.find(tx, fact.study)
        if there is None:
            raise Conflict("dicom.study_elsewhere", place="StudyInstanceUID", uid=fact.study)
        await _same_patient(tx, there, sender, fact)
        study = there
    if begins:
        tx.announce(StudyArriving(fact.study), due=clock.now() + REST)
        _tell_arriving(tx, study)
    return study


def new_study(uid: str, patient: str, institution: str) -> Study:
    """A study of a patient that begins to arrive, open as its patient's record is."""
    keys = audience("ImagingStudy", patient, institution, sensitive=False)
    return Study(uid, new_id(), patient, institution, pending=True, audience=keys)


async def _patient(tx: Tx, sender: Sender, fact: InstanceReceived) -> Stored:
    """The patient of the header's number; an unknown number of a known sender makes one, none makes nobody."""
    if not fact.patient.value:
        raise Conflict("intake.no_number", place="PatientID")
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
        _tell_arriving(tx, found)
        return
    await studies.settle(tx, study)
    objects = await studies.outlines(tx, study)
    await records.publish(tx, studies.described(found, objects), source=f"yuanzhen:imaging/{study}")
    tx.announce(StudyArrived(study, found.patient, len(objects)))
    tx.tell(f"patient/{found.patient}", "study", {"study": study, "instances": len(objects)})


def _tell_arriving(tx: Tx, study: Study) -> None:
    """Open pages hear that more of a study has come: when it begins, and each `REST` until it is whole."""
    tx.tell(f"patient/{study.patient}", "arriving", {"study": study.uid})


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
        digest="",
    )


async def _same_patient(tx: Tx, study: Study, sender: Sender, fact: InstanceReceived) -> None:
    """Raises `Conflict` when an image names another patient than the study that it claims to be of."""
    patient = await find(tx, "Patient", study.patient)
    owner = patients.owner_of(patients.system_of(fact.patient, sender.institution))
    if patient is None or not patients.is_numbered(patient.resource(), owner, fact.patient.value):
        raise Conflict("dicom.other_patient", place="PatientID", uid=fact.study)
    if place := whose.disagrees(patient, _seen(fact)):
        raise Conflict("intake.patient_disagrees", place=place)
