"""Identifiers of C-FIND, C-GET and C-MOVE (PS3.4 C.4): read into a Query, and answers written as data sets."""

from __future__ import annotations

from typing import Any

from pydicom.charset import convert_encodings
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian
from pydicom.valuerep import VR, PersonName

from yuanzhen.data.exchange.dicom import attributes, files
from yuanzhen.data.exchange.dicom.archive import Query, QueryLevel
from yuanzhen.data.exchange.dicom.attributes import Attributes
from yuanzhen.data.exchange.dicom.scan import scanned
from yuanzhen.infrastructure.errors import Invalid

LEVELS: tuple[QueryLevel, ...] = ("PATIENT", "STUDY", "SERIES", "IMAGE")
UNIQUE = {"PATIENT": "00100020", "STUDY": "0020000D", "SERIES": "0020000E", "IMAGE": "00080018"}
NAMES = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
LEVEL, CHARSET = "00080052", "00080005"
UTF8 = "ISO_IR 192"
WRITTEN = frozenset(vr for vr in VR if len(vr) == 2) - {
    "UN"
}  # what an answer can tell; images of before VRs were checked may hold others


class Asked:
    """An identifier: what it matches, what it wants told, and in which character set it came."""

    def __init__(self, data: bytes, transfer_syntax: str, root: str) -> None:
        """`root`: PATIENT or STUDY. Raises Malformed, Invalid that names the attribute."""
        file = files.part10(data, sop_class="1.2", sop="1.2", transfer_syntax=transfer_syntax)
        scan = scanned(file)
        told = attributes.metadata(scan)
        named = scan.elements.get(0x00080005)
        self.charset = "\\".join(attributes.character_sets(named.value or b"")) if named else ""
        self.wanted = {tag: str(told[tag]["vr"]) for tag in told if tag not in (LEVEL, CHARSET)}
        self.query = Query(_level(told, root), _match(told))

    def to_retrieve(self) -> Query:
        """The same for C-GET and C-MOVE: nothing but unique keys, and that of its level must be there (C.4.2.1.4)."""
        key = UNIQUE[self.query.level]
        if key not in self.query.match:
            raise Invalid("dicom.missing", place=NAMES[self.query.level], rule="PS3.4 C.4.2.1.4")
        return Query(
            self.query.level, {tag: self.query.match[tag] for tag in UNIQUE.values() if tag in self.query.match}
        )


def _level(told: Attributes, root: str) -> QueryLevel:
    named = (told.get(LEVEL, {}).get("Value") or [""])[0]
    level = next((one for one in LEVELS if one == named), None)
    if level is None or (level == "PATIENT" and root == "STUDY"):
        raise Invalid("dicom.query_level", place="QueryRetrieveLevel", rule="PS3.4 C.3")
    return level


def _match(told: Attributes) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for tag, element in told.items():
        if tag in (LEVEL, CHARSET) or element["vr"] == "SQ":
            continue
        values = tuple(_text(value) for value in element.get("Value") or [] if value not in (None, {}))
        if any(value.strip("*") for value in values):
            found[tag] = values
    return found


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("Ideographic") or value.get("Alphabetic") or value.get("Phonetic") or "")
    return f"{value:g}" if isinstance(value, float) else str(value)


def answer(found: Attributes, asked: Asked, title: str, transfer_syntax: str) -> bytes:
    """What was asked for of one match, in the asker's character set where that can write it, else in UTF-8."""
    level = asked.query.level
    chosen = {tag: found.get(tag, {"vr": vr}) for tag, vr in asked.wanted.items()}
    for unique in UNIQUE.values():
        if unique in found:
            chosen[unique] = found[unique]
    told = {tag: element for tag, element in chosen.items() if element["vr"] in WRITTEN}
    charset = asked.charset if _writes(asked.charset, told) else UTF8
    data_set = Dataset()
    data_set.add_new(0x00080052, "CS", level)
    data_set.add_new(0x00080054, "AE", title)
    if not all(_ascii(element) for element in told.values()):
        data_set.add_new(0x00080005, "CS", charset.split("\\"))
    for tag, element in told.items():
        data_set.add_new(int(tag, 16), element["vr"], _value(element))
    return encoded(data_set, transfer_syntax)


def encoded(data_set: Dataset, transfer_syntax: str) -> bytes:
    """A data set in a plain transfer syntax."""
    files.keep_quiet()
    stream = DicomBytesIO()
    stream.is_little_endian = transfer_syntax != ExplicitVRBigEndian
    stream.is_implicit_VR = transfer_syntax == ImplicitVRLittleEndian
    write_dataset(stream, data_set)
    return stream.getvalue()


def _value(element: dict[str, Any]) -> Any:
    if element["vr"] == "SQ":
        return [_item(one) for one in element.get("Value") or []]
    values = [_written(value) for value in element.get("Value") or []]
    return values if len(values) != 1 else values[0]


def _item(told: Attributes) -> Dataset:
    item = Dataset()
    for tag, element in told.items():
        if element["vr"] in WRITTEN and "InlineBinary" not in element:
            item.add_new(int(tag, 16), element["vr"], _value(element))
    return item


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        groups = [str(value.get(kind, "")) for kind in ("Alphabetic", "Ideographic", "Phonetic")]
        return PersonName("=".join(groups).rstrip("="))
    return "" if value is None else value


def _texts(element: dict[str, Any]) -> str:
    values = element.get("Value") or []
    return "\n".join(str(_written(value)) for value in values if isinstance(value, str | dict))


def _ascii(element: dict[str, Any]) -> bool:
    if element["vr"] == "SQ":
        return all(_ascii(one) for item in element.get("Value") or [] for one in item.values())
    return _texts(element).isascii()


def _writes(charset: str, told: Attributes) -> bool:
    """Whether a single character set (without code extensions) can write these texts."""
    if not charset or "\\" in charset or "2022" in charset:
        return False
    try:
        codec = convert_encodings([charset])[0]
        return all(_texts(one).encode(codec) is not None for one in told.values() if one["vr"] != "SQ")
    except (LookupError, UnicodeEncodeError):
        return False


def failed_list(uids: list[str], transfer_syntax: str) -> bytes:
    """The identifier of a retrieve's last answer: what did not go (PS3.4 C.4.3.1.4.2)."""
    data_set = Dataset()
    data_set.add_new(0x00080058, "UI", uids)
    return encoded(data_set, transfer_syntax)
