"""A scanned PS3.10 file to InstanceReceived: what its header says, as far as it can be believed. Knows no store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from yuanzhen.data.exchange.dicom import attributes, uids
from yuanzhen.data.exchange.dicom.attributes import Attributes
from yuanzhen.data.exchange.dicom.scan import Elements, Scan, scanned
from yuanzhen.data.exchange.facts import HAN, Identifier, InstanceReceived, Name, PixelPlace, Sex
from yuanzhen.infrastructure.errors import Invalid

# PS3.3 C.7.1.1: M, F, O
SEXES: dict[str, Sex] = {"M": "male", "F": "female", "O": "other"}
MAX_TEXT = 1024  # LT's and ST's limits aside, nothing that we take is longer than 64 (PS3.5 table 6.2-1)
UID_TAGS = {
    "SOPClassUID": 0x00080016,
    "SOPInstanceUID": 0x00080018,
    "StudyInstanceUID": 0x0020000D,
    "SeriesInstanceUID": 0x0020000E,
    "MediaStorageSOPClassUID": 0x00020002,
    "MediaStorageSOPInstanceUID": 0x00020003,
    "TransferSyntaxUID": 0x00020010,
}


def received(file: bytes) -> InstanceReceived:
    """The fact that a whole file makes; as `fact_of`."""
    return fact_of(scanned(file))


def fact_of(scan: Scan) -> InstanceReceived:
    """The fact that a file makes.

    Identifiers must be there and valid; what else cannot be read counts as not said. Raises Malformed, Invalid with the
    attribute as its place.
    """
    sop, sop_class, study, series = (
        _uid(scan.elements, keyword)
        for keyword in ("SOPInstanceUID", "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID")
    )
    _same(scan.meta, "MediaStorageSOPInstanceUID", sop, "SOPInstanceUID")
    _same(scan.meta, "MediaStorageSOPClassUID", sop_class, "SOPClassUID")
    header = attributes.metadata(scan)
    claim = claim_of(header)
    rows = _number(header, "00280010") or 0
    return InstanceReceived(
        study=study,
        series=series,
        sop=sop,
        sop_class=sop_class,
        transfer_syntax=_uid(scan.meta, "TransferSyntaxUID"),
        modality=claim.modality,
        patient=claim.patient,
        name=claim.name,
        sex=claim.sex,
        birth_date=claim.birth_date,
        study_date=claim.study_date,
        study_time=_time(_text(header, "00080030")),
        description=claim.description,
        body_part=_text(header, "00180015"),
        accession=claim.accession,
        series_number=_number(header, "00200011"),
        instance_number=_number(header, "00200013"),
        rows=rows,
        columns=_number(header, "00280011") or 0,
        frames=max(_number(header, "00280008") or 1, 1) if rows else 0,
        header=header,
        pixels=_place(scan),
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose an object says it is, and of which study; `station` is what the device calls itself."""

    patient: Identifier
    name: Name
    sex: Sex
    birth_date: str
    study_date: str
    description: str
    modality: str
    accession: str
    station: str


def claim_of(header: Attributes) -> Claim:
    """The claim of a header, whole or in part."""
    return Claim(
        patient=Identifier(_text(header, "00100020"), _text(header, "00100021"), ""),
        name=name_of(header),
        sex=SEXES.get(_text(header, "00100040").upper(), ""),
        birth_date=_date(_text(header, "00100030")),
        study_date=_date(_text(header, "00080020")),
        description=_text(header, "00081030") or _text(header, "0008103E"),
        modality=_text(header, "00080060"),
        accession=_text(header, "00080050"),
        station=_text(header, "00081010"),
    )


def name_of(header: Attributes) -> Name:
    """The patient's name: its ideographic group if there is one, else the first (PS3.5 6.2.1.2)."""
    value = _first(header, "00100010")
    if not isinstance(value, dict):
        return Name()
    group = next((value[kind] for kind in ("Ideographic", "Alphabetic", "Phonetic") if value.get(kind)), "")
    return _name([part.strip() for part in group[:MAX_TEXT].split("^")])


def _name(parts: list[str]) -> Name:
    family, given, middle = (*parts, "", "", "")[:3]
    if HAN.search(family + given):
        return Name(family, given + middle, family + given + middle)
    given = " ".join(filter(None, (given, middle)))
    return Name(family, given, " ".join(filter(None, (given, family))))


def _place(scan: Scan) -> PixelPlace | None:
    pixels = scan.pixels
    if pixels is None or pixels.at < 0:
        return None
    return PixelPlace(pixels.at, pixels.length, tuple(pixels.fragments or ()), pixels.table, pixels.tag)


def _uid(elements: Elements, keyword: str) -> str:
    element = elements.get(UID_TAGS[keyword])
    raw = element.value if element is not None and element.value else b""
    return uids.checked(raw.decode("latin-1"), keyword)


def _first(header: Attributes, tag: str) -> Any:
    values = header.get(tag, {}).get("Value") or [None]
    return values[0]


def _text(header: Attributes, tag: str) -> str:
    """A text attribute; several values stay joined by a backslash. What did not decode counts as not said."""
    values = header.get(tag, {}).get("Value") or []
    return "\\".join(str(one) for one in values if one is not None).strip()[:MAX_TEXT]


def _number(header: Attributes, tag: str) -> int | None:
    value = _first(header, tag)
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,10}", value):
        value = int(value)
    return value if isinstance(value, int) and abs(value) < 1 << 31 else None


def _date(text: str) -> str:
    """DA, and its form of before 1993, as YYYY-MM-DD; the empty string if it is no day."""
    try:
        return date.fromisoformat(re.sub(r"(\d{4})\.?(\d{2})\.?(\d{2})", r"\1-\2-\3", text)).isoformat()
    except ValueError:
        return ""


def _time(text: str) -> str:
    """TM as HH, HH:MM or HH:MM:SS; the empty string if it is no time."""
    found = re.fullmatch(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.\d{1,6})?)?)?", text)
    if found is None:
        return ""
    parts = [part for part in found.groups() if part]
    try:
        time.fromisoformat(":".join((*parts, "00", "00")[:3]))
    except ValueError:
        return ""
    return ":".join(parts)


def _same(meta: Elements, keyword: str, held: str, place: str) -> None:
    """PS3.10 7.1: what the file's meta information names is what the data set is."""
    element = meta.get(UID_TAGS[keyword])
    declared = (element.value or b"").decode("latin-1").rstrip("\0 ") if element is not None else ""
    if declared and declared != held:
        raise Invalid("dicom.mismatch", place=place)
