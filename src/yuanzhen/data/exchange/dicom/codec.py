"""A PS3.10 file to InstanceReceived: what its header says, as far as it can be believed. Knows no wire and no store."""

from __future__ import annotations

import hashlib
import re
from datetime import date, time

from pydicom.charset import decode_bytes
from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName

from yuanzhen.data.exchange.dicom import files, uids
from yuanzhen.data.exchange.facts import Identifier, InstanceReceived, Name, Sex
from yuanzhen.infrastructure.errors import Invalid

TAGS = [
    "SpecificCharacterSet",
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "PatientID",
    "IssuerOfPatientID",
    "PatientName",
    "PatientSex",
    "PatientBirthDate",
    "StudyDate",
    "StudyTime",
    "StudyDescription",
    "SeriesDescription",
    "BodyPartExamined",
    "AccessionNumber",
    "SeriesNumber",
    "InstanceNumber",
    "Rows",
    "Columns",
    "NumberOfFrames",
]
# PS3.3 C.7.1.1: M, F, O
SEXES: dict[str, Sex] = {"M": "male", "F": "female", "O": "other"}
MAX_TEXT = 1024  # LT's and ST's limits aside, nothing that we take is longer than 64 (PS3.5 table 6.2-1)

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


def received(file: bytes) -> InstanceReceived:
    """The fact that a file makes.

    Identifiers must be there and valid; what else cannot be read counts as not said. Raises Malformed, Invalid with the
    attribute as its place, Unsupported.
    """
    header = files.header_of(file, tags=TAGS)
    meta = files.meta_of(file)
    sop = uids.checked(_text(header, "SOPInstanceUID"), "SOPInstanceUID")
    sop_class = uids.checked(_text(header, "SOPClassUID"), "SOPClassUID")
    _same(_text(meta, "MediaStorageSOPInstanceUID"), sop, "SOPInstanceUID")
    _same(_text(meta, "MediaStorageSOPClassUID"), sop_class, "SOPClassUID")
    rows = _number(header, "Rows") or 0
    return InstanceReceived(
        study=uids.checked(_text(header, "StudyInstanceUID"), "StudyInstanceUID"),
        series=uids.checked(_text(header, "SeriesInstanceUID"), "SeriesInstanceUID"),
        sop=sop,
        sop_class=sop_class,
        transfer_syntax=uids.checked(_text(meta, "TransferSyntaxUID"), "TransferSyntaxUID"),
        modality=_text(header, "Modality"),
        patient=Identifier(_text(header, "PatientID"), _text(header, "IssuerOfPatientID"), ""),
        name=name_of(header),
        sex=SEXES.get(_text(header, "PatientSex").upper(), ""),
        birth_date=_date(_text(header, "PatientBirthDate")),
        study_date=_date(_text(header, "StudyDate")),
        study_time=_time(_text(header, "StudyTime")),
        description=_text(header, "StudyDescription") or _text(header, "SeriesDescription"),
        body_part=_text(header, "BodyPartExamined"),
        accession=_text(header, "AccessionNumber"),
        series_number=_number(header, "SeriesNumber"),
        instance_number=_number(header, "InstanceNumber"),
        rows=rows,
        columns=_number(header, "Columns") or 0,
        frames=max(_number(header, "NumberOfFrames") or 1, 1) if rows else 0,
        file=file,
        digest=hashlib.sha256(file).hexdigest(),
    )


def name_of(header: Dataset) -> Name:
    """The patient's name: its ideographic group if there is one, else the first (PS3.5 6.2.1.2)."""
    try:
        value = header.get("PatientName")
        if isinstance(value, PersonName):
            group = str(value.ideographic) or str(value.alphabetic) or str(value.phonetic)
            return _name([part.strip("\0 ") for part in files.plain(group).split("^")])
    except files.READ_FAULTS:
        return Name()
    return Name()


def _name(parts: list[str]) -> Name:
    family, given, middle = (*parts, "", "", "")[:3]
    if _HAN.search(family + given):
        return Name(family, given + middle, family + given + middle)
    given = " ".join(filter(None, (given, middle)))
    return Name(family, given, " ".join(filter(None, (given, family))))


def _text(header: Dataset, keyword: str) -> str:
    """A text attribute; several values stay joined by a backslash. What does not decode counts as not said."""
    try:
        value = header.get(keyword)
    except files.READ_FAULTS:
        return ""
    if value is None:
        return ""
    parts = [value] if isinstance(value, str | bytes) else list(value) if hasattr(value, "__iter__") else [value]
    text = "\\".join(decode_bytes(p, ["ascii"], set()) if isinstance(p, bytes) else str(p) for p in parts)
    return files.plain(text).replace("\0", "").strip()[:MAX_TEXT]


def _number(header: Dataset, keyword: str) -> int | None:
    text = _text(header, keyword)
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,10}", text) else None


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


def _same(declared: str, held: str, place: str) -> None:
    """PS3.10 7.1: what the file's meta information names is what the data set is."""
    if declared and declared.rstrip("\0 ") != held:
        raise Invalid("dicom.mismatch", place=place)
