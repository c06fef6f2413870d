"""Imaging studies in the record: their instances, where each object lies, and the ImagingStudy that describes them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import asyncpg
import msgspec

from yuanzhen.data.exchange.dicom import attributes
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

KEPT, RESTED, ELSEWHERE = "kept", "rested", "elsewhere"  # beside digests: what `keep` answers


class StudyLine(msgspec.Struct):
    """A study in a list: its UID, what it is, and how much of it has arrived."""

    id: str
    title: str
    modality: str
    instances: int
    last: datetime
    arriving: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """One stored object: its UIDs, its header as DICOM JSON without pixels, and where its sealed file lies.

    `digest` is the SHA-256 of its data set (of what came before there was `listed`, the SM3 of its file); `pixels` says
    where in the file they lie and how large a frame is; `listed` is what QIDO-RS tells of it, as JSON.
    """

    study: str
    series: str
    sop: str
    number: int | None
    header: dict[str, Any]
    blob: str
    digest: str
    size: int
    sop_class: str = ""
    transfer_syntax: str = ""
    frames: int = 0
    pixels: dict[str, Any] | None = None
    listed: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """A study as the record knows it."""

    uid: str
    resource: str
    patient: str
    institution: str
    pending: bool
    audience: list[str]  # of its objects too


@dataclass(frozen=True, slots=True)
class Found:
    """How a study is found: what QIDO-RS tells of it, its patient's names (folded) and number, and its day (DA)."""

    header: dict[str, Any]
    names: list[str]
    number: str
    date: str
    accession: str
    modality: str


async def find(reads: Reads, uid: str) -> Study | None:
    """A study by its UID; None where there is none for this actor."""
    row = await reads.row(
        "SELECT uid, resource, patient, institution, pending, audience FROM records.study WHERE uid = $1", uid
    )
    return Study(*row.values()) if row else None


async def add(tx: Tx, study: Study, found: Found) -> bool:
    """Keeps a new study; False when another association has just made it."""
    added = await tx.run(
        "INSERT INTO records.study (uid, resource, patient, institution, pending, audience, header, names, number, "
        "date, accession, modalities) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, ARRAY[$12::text]) "
        "ON CONFLICT (uid) DO NOTHING",
        study.uid,
        study.resource,
        study.patient,
        study.institution,
        study.pending,
        study.audience,
        _json(found.header),
        found.names,
        found.number,
        found.date,
        found.accession,
        found.modality,
    )
    return added == 1


async def stir(tx: Tx, uid: str, modality: str) -> bool:
    """Marks a study as arriving, with a modality of its images; True for the one who did, and who announces it."""
    rested = await tx.value("SELECT NOT pending FROM records.study WHERE uid = $1 FOR UPDATE", uid)
    await tx.run(
        "UPDATE records.study SET pending = true, modalities = CASE WHEN $2 = ANY (modalities) THEN modalities "
        "ELSE modalities || $2::text END WHERE uid = $1 AND NOT (pending AND $2 = ANY (modalities))",
        uid,
        modality,
    )
    return bool(rested)


async def settle(tx: Tx, uid: str) -> None:
    """Marks a study as described; waits for objects that are being written at this moment."""
    await tx.run("UPDATE records.study SET pending = false WHERE uid = $1", uid)


async def add_instance(tx: Tx, instance: Instance, audience: list[str]) -> str | None:
    """Keeps an object's row; None when it is new, else the digest of the one that was there."""
    row = await tx.row(
        "INSERT INTO records.instance (study, series, sop, audience, number, header, blob, digest, bytes, sop_class, "
        "transfer_syntax, frames, pixels, listed) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11, $12, "
        "$13::jsonb, $14) ON CONFLICT (sop) DO NOTHING RETURNING sop",
        instance.study,
        instance.series,
        instance.sop,
        audience,
        instance.number,
        _json(instance.header),
        instance.blob,
        instance.digest,
        instance.size,
        instance.sop_class,
        instance.transfer_syntax,
        instance.frames,
        _json(instance.pixels) if instance.pixels else None,
        instance.listed,
    )
    if row is not None:
        return None
    known: str | None = await tx.value("SELECT digest FROM records.instance WHERE sop = $1", instance.sop)
    return known or ELSEWHERE


class Arriving(NamedTuple):
    """An object that another of its study has just come before: whose it is, what made it, and its row of the trail.

    `stored` ends when its file is on the disk, and raises what keeps it from there.
    """

    instance: Instance
    audience: list[str]
    patient: str
    modality: str
    trail: dict[str, Any]
    stored: asyncio.Future[Any]


_KEEP = "SELECT records.keep_instances($1, $2::jsonb, $3::jsonb)"


async def keep(db: Database, actor: Actor, arriving: Arriving) -> str:
    """Keeps an object of a study that is arriving, trail included, together with those that come in this moment.

    The rows are written while the files still are, and committed after them. Answers KEPT; RESTED when the study is not
    this patient's, not arriving or without this modality, and nothing was done; else the digest of what has the UID
    already.
    """
    answer: str = await db.together(_KEEP, actor, partial(_keep, db), arriving)
    return answer


async def _keep(db: Database, actor: Actor, group: list[Arriving]) -> Sequence[str]:
    objects = [
        {**_columns(one.instance), "audience": one.audience, "patient": one.patient, "modality": one.modality}
        for one in group
    ]
    stored, told = [one.stored for one in group], [one.trail for one in group]
    rows = await db.call_after(stored, actor, _KEEP, _json(objects), _json(told))
    answers: Sequence[str] = rows[0][0]
    return answers


def _columns(one: Instance) -> dict[str, Any]:
    return {"study": one.study, "series": one.series, "sop": one.sop, "number": one.number, "header": one.header,
            "blob": one.blob, "digest": one.digest, "bytes": one.size, "sop_class": one.sop_class,
            "transfer_syntax": one.transfer_syntax, "frames": one.frames, "pixels": one.pixels,
            "listed": one.listed}  # fmt: skip


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


_COLUMNS = "study, series, sop, number, header, blob, digest, bytes, sop_class, transfer_syntax, frames, pixels, listed"


class Outline(NamedTuple):
    """What a study's description tells of an object; `header` holds what its series and the study are called.

    Of the first of each series, that is: of the others it is empty.
    """

    series: str
    sop: str
    number: int | None
    sop_class: str
    modality: str
    header: dict[str, Any]


async def outlines(reads: Reads, study: str) -> list[Outline]:
    """The objects of a study, in reading order."""
    rows = await reads.rows(
        "SELECT series, sop, number, "
        "coalesce(nullif(sop_class, ''), header #>> '{00080016,Value,0}', '') AS sop_class, "
        "coalesce(nullif(header #>> '{00080060,Value,0}', ''), 'OT') AS modality, "
        "CASE WHEN row_number() OVER (PARTITION BY series ORDER BY number, sop) = 1 THEN jsonb_strip_nulls("
        "jsonb_build_object('00080020', header -> '00080020', '00081030', header -> '00081030', "
        "'0008103E', header -> '0008103E', '00200011', header -> '00200011')) ELSE '{}' END AS header "
        "FROM records.instance WHERE study = $1 ORDER BY series, number, sop",
        study,
    )
    return [
        Outline(row["series"], row["sop"], row["number"], row["sop_class"], row["modality"],
                msgspec.json.decode(row["header"])) for row in rows
    ]  # fmt: skip


async def instance(reads: Reads, study: str, series: str, sop: str) -> Instance | None:
    """One object; None where there is none for this actor."""
    row = await reads.row(
        f"SELECT {_COLUMNS} FROM records.instance WHERE sop = $1 AND study = $2 AND series = $3",  # noqa: S608
        sop,
        study,
        series,
    )
    return _instance(row) if row else None


async def of_classes(reads: Reads, study: str, classes: Sequence[str], most: int) -> list[Instance]:
    """The objects of a study that are of any of these SOP classes, newest first."""
    rows = await reads.rows(
        f"SELECT {_COLUMNS} FROM records.instance WHERE study = $1 AND sop_class = ANY ($2) "  # noqa: S608
        "ORDER BY received DESC, sop LIMIT $3",
        study,
        list(classes),
        most,
    )
    return [_instance(row) for row in rows]


async def series_of(reads: Reads, study: str, sops: Iterable[str]) -> dict[str, str]:
    """The series of each object that is of the study."""
    rows = await reads.rows(
        "SELECT sop, series FROM records.instance WHERE sop = ANY ($2) AND study = $1", study, list(sops)
    )
    return {row["sop"]: row["series"] for row in rows}


async def frames(reads: Reads, study: str, series: str, sop: str) -> int:
    """How many pictures an object holds; 0 where there is none for this actor, or it holds no pixels."""
    found: int | None = await reads.value(
        "SELECT frames FROM records.instance WHERE sop = $1 AND study = $2 AND series = $3", sop, study, series
    )
    return found or 0


# Of a header only what tells how pixels lie, where their place does not: a whole one may be megabytes, and is put
# together and unpacked for each part that is asked of it
_SHOWN = """
SELECT i.study, i.series, i.sop, i.number, i.blob, i.digest, i.bytes, i.sop_class, i.transfer_syntax, i.frames,
       i.pixels, '' AS listed, s.resource, s.patient, CASE WHEN i.pixels ? 'bits' THEN '{}' ELSE jsonb_strip_nulls(
         jsonb_build_object('00280002', i.header -> '00280002', '00280004', i.header -> '00280004',
           '00280010', i.header -> '00280010', '00280011', i.header -> '00280011',
           '00280100', i.header -> '00280100')) END AS header
  FROM records.instance i JOIN records.study s ON s.uid = i.study
 WHERE i.study = $1 AND ($2 = '' OR i.series = $2)
"""
_ONE_SHOWN = _SHOWN + " AND i.sop = $3"
_ALL_SHOWN = _SHOWN + " AND $3 = '' ORDER BY i.series, i.number, i.sop"


async def shown(reads: Reads, study: str, series: str = "", sop: str = "") -> tuple[list[Instance], str, str]:
    """The objects of a study, a series, or one, with of their headers only what tells how pixels lie.

    And the ImagingStudy and the patient that they are of.
    """
    asked = reads.rows_beside(_ONE_SHOWN, study, series, sop) if sop else reads.rows(_ALL_SHOWN, study, series, sop)
    rows = await asked
    return [_instance(row) for row in rows], rows[0]["resource"] if rows else "", rows[0]["patient"] if rows else ""


async def listed(reads: Reads, study: str, series: str) -> list[str]:
    """What QIDO-RS tells of each object of a series, as JSON, in reading order."""
    rows = await reads.rows(
        "SELECT listed, CASE WHEN listed = '' THEN header END AS header FROM records.instance "
        "WHERE study = $1 AND series = $2 ORDER BY number, sop",
        study,
        series,
    )
    return [row["listed"] or _json(attributes.qido(msgspec.json.decode(row["header"]), "instance")) for row in rows]


@dataclass(frozen=True, slots=True)
class Header:
    """One object's header as its JSON text, and where its pixels lie."""

    study: str
    series: str
    sop: str
    text: str
    pixels: dict[str, Any] | None


async def headers(reads: Reads, study: str, series: str = "", sop: str = "") -> list[Header]:
    """The headers of a study, a series, or one object, in reading order."""
    rows = await reads.rows(
        "SELECT study, series, sop, header::text, pixels - 'fragments' - 'table' AS pixels FROM records.instance "
        "WHERE study = $1 AND ($2 = '' OR series = $2) AND ($3 = '' OR sop = $3) ORDER BY series, number, sop",
        study,
        series,
        sop,
    )
    return [
        Header(row["study"], row["series"], row["sop"], row["header"],
               msgspec.json.decode(row["pixels"]) if row["pixels"] else None) for row in rows
    ]  # fmt: skip


async def kept(reads: Reads, sop: str) -> Instance | None:
    """The object of a UID, of whichever study."""
    row = await reads.row(f"SELECT {_COLUMNS} FROM records.instance WHERE sop = $1", sop)  # noqa: S608
    return _instance(row) if row else None


async def last_received(reads: Reads, study: str) -> datetime | None:
    """When the study's newest object came."""
    found: datetime | None = await reads.value("SELECT max(received) FROM records.instance WHERE study = $1", study)
    return found


async def of_patient(reads: Reads, patient: str) -> list[StudyLine]:
    """The studies of a patient, newest first, with how much of each has arrived."""
    rows = await reads.rows(
        "SELECT s.uid, max(i.header #>> '{00081030,Value,0}') AS title, max(i.header #>> '{00080060,Value,0}') AS "
        "modality, count(*) AS instances, max(i.received) AS last, s.pending FROM records.study s "
        "JOIN records.instance i ON i.study = s.uid WHERE s.patient = $1 GROUP BY s.uid, s.pending "
        "ORDER BY last DESC",
        patient,
    )
    return [
        StudyLine(row["uid"], row["title"] or "", row["modality"] or "", row["instances"], row["last"], row["pending"])
        for row in rows
    ]


def described(study: Study, objects: Sequence[Outline]) -> dict[str, Any]:
    """The R4 ImagingStudy of the objects that are there."""
    series: dict[str, list[Outline]] = {}
    for one in objects:
        series.setdefault(one.series, []).append(one)
    first = objects[0].header
    resource: dict[str, Any] = {
        "resourceType": "ImagingStudy",
        "id": study.resource,
        "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{study.uid}"}],
        "status": "available",
        "subject": {"reference": f"Patient/{study.patient}"},
        "numberOfSeries": len(series),
        "numberOfInstances": len(objects),
        "series": [_series(uid, members) for uid, members in series.items()],
    }
    started = _started(first)
    if started:
        resource["started"] = started
    if title := _first(first, "00081030"):
        resource["description"] = title
    resource["modality"] = [_modality(m) for m in sorted({one.modality for one in objects})]
    return resource


def _series(uid: str, members: Sequence[Outline]) -> dict[str, Any]:
    header = members[0].header
    series: dict[str, Any] = {
        "uid": uid,
        "modality": _modality(members[0].modality),
        "numberOfInstances": len(members),
        "instance": [_object(one) for one in members],
    }
    if title := _first(header, "0008103E"):
        series["description"] = title
    if (number := _first(header, "00200011")) is not None:
        series["number"] = int(number)
    return series


def _object(one: Outline) -> dict[str, Any]:
    known = {"uid": one.sop, "sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{one.sop_class}"}}
    return known if one.number is None else {**known, "number": one.number}


def _modality(code: str) -> dict[str, str]:
    return {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": str(code)}


def _first(header: dict[str, Any], tag: str) -> Any:
    """The first value of an attribute in DICOM JSON (PS3.18 F.2), or None."""
    values = header.get(tag, {}).get("Value") or [None]
    return values[0]


def _started(header: dict[str, Any]) -> str:
    """Study date (and no time: an image's clock has no zone) as a FHIR dateTime."""
    day = str(_first(header, "00080020") or "")
    return f"{day[:4]}-{day[4:6]}-{day[6:8]}" if len(day) == 8 and day.isdigit() else ""


def _instance(row: asyncpg.Record) -> Instance:
    return Instance(
        study=row["study"],
        series=row["series"],
        sop=row["sop"],
        number=row["number"],
        header=msgspec.json.decode(row["header"]),
        blob=row["blob"],
        digest=row["digest"],
        size=row["bytes"],
        sop_class=row["sop_class"] or _first_text(row["header"], "00080016"),
        transfer_syntax=row["transfer_syntax"],
        frames=row["frames"],
        pixels=msgspec.json.decode(row["pixels"]) if row["pixels"] else None,
        listed=row["listed"],
    )


def _first_text(header: str, tag: str) -> str:
    return str(_first(msgspec.json.decode(header), tag) or "")
