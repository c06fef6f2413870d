"""The file's other lists: what happened when, images and documents, medicines, allergies."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from yuanzhen.data.records import studies
from yuanzhen.data.records.compartment import reference_id
from yuanzhen.data.records.file import store
from yuanzhen.data.records.file.senders import Senders, Source
from yuanzhen.data.records.file.store import Part
from yuanzhen.data.records.file.values import words
from yuanzhen.data.records.model import OURS, Json
from yuanzhen.data.records.studies import StudyLine
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.policy import directory

Lane = Literal["outpatient", "inpatient", "exam", "remote"]
WITHDRAWN = ("entered-in-error", "cancelled")
CONSULT_NOTE = "11488-4"  # LOINC
LANES: dict[str, Lane] = {
    "IMP": "inpatient",
    "ACUTE": "inpatient",
    "NONAC": "inpatient",
    "SS": "inpatient",
    "OBSENC": "inpatient",
    "VR": "remote",
}  # fmt: skip - v3-ActEncounterCode; else outpatient
TAKEN = ("draft", "stopped", "completed", "cancelled", "unknown", "not-taken", "intended", *WITHDRAWN)


class Event(msgspec.Struct):
    """Something on the time line; `end` '' while it lasts, or where it has no length. Times as FHIR writes them."""

    type: str
    id: str
    lane: Lane
    title: str
    where: str
    status: str
    start: str
    end: str
    source: Source


class Timeline(msgspec.Struct):
    """The newest of what happened, of `total`."""

    items: list[Event]
    total: int
    last: datetime | None


class Attachment(msgspec.Struct):
    """A file of a document by its `number` there: what it is; `here` when its bytes are with us."""

    number: int
    type: str
    title: str
    bytes: int | None
    here: bool


class Document(msgspec.Struct):
    """An imaging study (`study` is its UID) or something written; `conclusion` of a report."""

    type: str
    id: str
    title: str
    status: str
    at: str
    study: str
    images: int | None
    conclusion: str
    attachments: list[Attachment]
    source: Source


class Documents(msgspec.Struct):
    """Images and documents, newest first, of `studies` and `total` in all; `arriving`: what is not whole yet."""

    images: list[Document]
    documents: list[Document]
    arriving: list[StudyLine]
    studies: int
    total: int
    last: datetime | None


class Medicine(msgspec.Struct):
    """A medicine in use: what, how, since when (FHIR)."""

    id: str
    type: str
    name: str
    dosage: str
    status: str
    since: str
    source: Source


class Medicines(msgspec.Struct):
    """What is in use as far as it was told."""

    items: list[Medicine]
    last: datetime | None


class Diagnosis(msgspec.Struct):
    """A diagnosis that holds: what, since when (FHIR), whether it is certain (`verified`)."""

    id: str
    name: str
    verified: str
    since: str
    source: Source


class Diagnoses(msgspec.Struct):
    """Diagnoses that hold."""

    items: list[Diagnosis]
    last: datetime | None


class Allergy(msgspec.Struct):
    """What a patient does not bear; `none`: it was said that there is none known."""

    id: str
    name: str
    reaction: str
    criticality: str
    verified: str
    since: str
    none: bool
    source: Source


class Allergies(msgspec.Struct):
    """Allergies that hold."""

    items: list[Allergy]
    last: datetime | None


async def timeline(reads: Reads, patient: str, count: int) -> Timeline:
    """Visits, exams and consultations at a distance."""
    types = ("Encounter", "ImagingStudy", "DiagnosticReport")
    parts, total = await store.listed(reads, patient, types, without=WITHDRAWN, most=count)
    tell = await Senders.of(reads, parts)
    houses = await directory.house_names(reads, {_house(one) for one in parts} - {""})
    items = [_event(one, tell(one), houses) for one in parts]
    return Timeline(items, total, _last(parts))


def _event(one: Part, source: Source, houses: dict[str, str]) -> Event:
    says = one.says
    period = says.get("period") or says.get("effectivePeriod") or {}
    start = period.get("start") or says.get("started") or says.get("effectiveDateTime") or says.get("issued") or ""
    title = _title(one)
    return Event(one.type, one.id, lane(one), title, houses.get(_house(one), ""), str(says.get("status", "")),
                 str(start), str(period.get("end") or ""), source)  # fmt: skip


def lane(one: Part) -> Lane:
    """Where on the time line something stands."""
    if one.type == "Encounter":
        return LANES.get(str(one.says.get("class", {}).get("code", "")), "outpatient")
    note = any(coding.get("code") == CONSULT_NOTE for coding in one.says.get("code", {}).get("coding", ()))
    return "remote" if note and one.source.startswith(OURS) else "exam"


def _title(one: Part) -> str:
    says = one.says
    if one.type == "Encounter":
        reasons = [words(reason) for reason in says.get("reasonCode", ())]
        return next(filter(None, [*reasons, words(says.get("serviceType"))]), "")
    if one.type == "ImagingStudy":
        return str(says.get("description") or " ".join(m.get("code", "") for m in says.get("modality", ())))
    return words(says.get("type" if one.type == "DocumentReference" else "code"))


def _house(one: Part) -> str:
    named = one.says.get("serviceProvider") or next(iter(one.says.get("performer", ())), None)
    return reference_id(named, "Organization")


async def documents(reads: Reads, patient: str, count: int) -> Documents:
    """Imaging studies; and reports and documents."""
    images, count_of_images = await store.listed(reads, patient, ("ImagingStudy",), without=WITHDRAWN, most=count)
    written, total = await store.listed(
        reads, patient, ("DocumentReference", "DiagnosticReport"), without=WITHDRAWN, most=count, to_read=True
    )
    tell = await Senders.of(reads, [*images, *written])
    read = once([_document(one, tell(one)) for one in written])
    shown = [_document(one, tell(one)) for one in images]
    arriving = [one for one in await studies.of_patient(reads, patient) if one.arriving]
    return Documents(shown, read, arriving, total=total - (len(written) - len(read)), studies=count_of_images,
                     last=_last([*images, *written]))  # fmt: skip


def once(found: list[Document]) -> list[Document]:
    """Each file once: what came as a document of its own is no more shown as a report's."""
    own = {_same(a) for one in found if one.type == "DocumentReference" for a in one.attachments}
    kept = []
    for one in found:
        if one.type != "DocumentReference":
            one = msgspec.structs.replace(one, attachments=[a for a in one.attachments if _same(a) not in own])
        if one.attachments or one.conclusion or one.type == "DocumentReference":
            kept.append(one)
    return kept


def _same(one: Attachment) -> tuple[str, str, int | None]:
    return one.type, one.title, one.bytes


def _document(one: Part, source: Source) -> Document:
    says = one.says
    at = says.get("started") or says.get("effectiveDateTime") or says.get("date") or says.get("issued") or ""
    attached = [_attachment(nth, each) for nth, each in enumerate(says.get("attachments", ()))]
    title = _title(one) or next((each.title for each in attached if each.title), "")
    return Document(one.type, one.id, title, str(says.get("status", "")), str(at), _uid(says),
                    says.get("numberOfInstances"), str(says.get("conclusion", "")), attached, source)  # fmt: skip


def _attachment(number: int, says: Json) -> Attachment:
    size = says.get("size")
    kind = str(says.get("contentType", "")).partition(";")[0].strip().lower()
    bytes_ = size if isinstance(size, int) else None
    return Attachment(number, kind, str(says.get("title", "")), bytes_, bool(says.get("here")))


def _uid(says: Json) -> str:
    numbers = (str(one.get("value", "")) for one in says.get("identifier", ()) if one.get("system") == "urn:dicom:uid")
    return next(numbers, "").removeprefix("urn:oid:")


async def medicines(reads: Reads, patient: str, count: int) -> Medicines:
    """What is in use: active prescriptions, and what was told to be taken."""
    types = ("MedicationRequest", "MedicationStatement")
    parts, _ = await store.listed(reads, patient, types, without=TAKEN, most=count)
    tell = await Senders.of(reads, parts)
    named = {id for one in parts if (id := reference_id(one.says.get("medicationReference"), "Medication"))}
    known = await store.medications(reads, named)
    return Medicines([_medicine(one, tell(one), known) for one in parts], _last(parts))


def _medicine(one: Part, source: Source, known: dict[str, Json]) -> Medicine:
    says = one.says
    doses = says.get("dosageInstruction") or says.get("dosage") or []
    since = (
        says.get("authoredOn") or says.get("effectiveDateTime") or says.get("effectivePeriod", {}).get("start") or ""
    )
    dosage = "; ".join(filter(None, (_dose(each) for each in doses)))
    return Medicine(one.id, one.type, _drug(says, known), dosage, str(says.get("status", "")), str(since), source)


def _drug(says: Json, known: dict[str, Json]) -> str:
    if name := words(says.get("medicationCodeableConcept")):
        return name
    reference = says.get("medicationReference", {})
    inside = str(reference.get("reference", ""))
    if inside.startswith("#"):
        contained = (one for one in says.get("contained", ()) if one.get("id") == inside[1:])
        return next((words(one.get("code")) for one in contained), "")
    found = known.get(reference_id(reference, "Medication"), {})
    return words(found.get("code")) or str(reference.get("display", ""))


def _dose(dose: Any) -> str:
    """As it was written; else how much."""
    if not isinstance(dose, dict):
        return ""
    if dose.get("text"):
        return str(dose["text"])
    amounts = [each.get("doseQuantity", {}) for each in dose.get("doseAndRate", ()) if isinstance(each, dict)]
    amount = next((f"{one['value']} {one.get('unit', '')}".strip() for one in amounts if "value" in one), "")
    return " ".join(filter(None, (amount, words(dose.get("timing", {}).get("code")))))


NO_ALLERGY = frozenset({"716186003", "409137002", "428607008", "429625007"})  # SNOMED CT: none known (of drugs, food)


async def diagnoses(reads: Reads, patient: str, count: int) -> Diagnoses:
    """Diagnoses that are neither over nor refuted."""
    holding, tell = await _holding(reads, patient, "Condition", count)
    return Diagnoses([_diagnosis(one, tell(one)) for one in holding], _last(holding))


def _diagnosis(one: Part, source: Source) -> Diagnosis:
    since = one.says.get("onsetDateTime") or one.says.get("recordedDate") or ""
    return Diagnosis(one.id, words(one.says.get("code")), _state(one, "verificationStatus"), str(since), source)


async def allergies(reads: Reads, patient: str, count: int) -> Allergies:
    """Allergies that are neither over nor refuted."""
    holding, tell = await _holding(reads, patient, "AllergyIntolerance", count)
    return Allergies([_allergy(one, tell(one)) for one in holding], _last(holding))


HOLDS = ("active", "recurrence", "relapse", "")  # of clinicalStatus; '' where nobody said


async def _holding(reads: Reads, patient: str, type: str, count: int) -> tuple[list[Part], Senders]:
    parts, _ = await store.listed(reads, patient, (type,), without=(), most=count)
    holding = [one for one in parts if _state(one, "clinicalStatus") in HOLDS]
    holding = [one for one in holding if _state(one, "verificationStatus") not in ("refuted", "entered-in-error")]
    return holding, await Senders.of(reads, holding)


def _state(one: Part, name: str) -> str:
    return str(next((c.get("code", "") for c in one.says.get(name, {}).get("coding", ())), ""))


def _allergy(one: Part, source: Source) -> Allergy:
    says = one.says
    reactions = [words(m) for r in says.get("reaction", ()) for m in r.get("manifestation", ())]
    codes = {str(coding.get("code", "")) for coding in says.get("code", {}).get("coding", ())}
    since = says.get("onsetDateTime") or says.get("recordedDate") or ""
    return Allergy(
        id=one.id,
        name=words(says.get("code")),
        reaction=", ".join(filter(None, reactions)),
        criticality=str(says.get("criticality", "")),
        verified=_state(one, "verificationStatus"),
        since=str(since),
        none=bool(codes & NO_ALLERGY),
        source=source,
    )


def _last(parts: list[Part]) -> datetime | None:
    return max((one.updated for one in parts), default=None)
