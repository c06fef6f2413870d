"""Headers as DICOM JSON (PS3.18 annex F), and the attributes that QIDO-RS returns at each level, chosen from it."""

from __future__ import annotations

from typing import Any, Literal

from pydicom.dataset import Dataset

from yuanzhen.data.exchange.dicom.files import header_of, plain

Level = Literal["study", "series", "instance"]
Attributes = dict[str, dict[str, Any]]

BINARY = {"OB", "OD", "OF", "OL", "OV", "OW", "UN"}
MAX_INLINE = 1024  # bytes of a binary value that metadata carries; what is longer is read from the instance

# PS3.18 tables 10.6.3-3, -4, -5 without what only the archive can count (ModalitiesInStudy, Number..., RetrieveURL)
STUDY = {
    "00080005": "CS",
    "00080020": "DA",
    "00080030": "TM",
    "00080050": "SH",
    "00080090": "PN",
    "00080201": "SH",
    "00081030": "LO",
    "00100010": "PN",
    "00100020": "LO",
    "00100021": "LO",
    "00100030": "DA",
    "00100040": "CS",
    "0020000D": "UI",
    "00200010": "SH",
}
SERIES = {
    "00080005": "CS",
    "00080060": "CS",
    "00080201": "SH",
    "0008103E": "LO",
    "00180015": "CS",
    "0020000D": "UI",
    "0020000E": "UI",
    "00200011": "IS",
    "00400244": "DA",
    "00400245": "TM",
    "00400275": "SQ",
}
INSTANCE = {
    "00080005": "CS",
    "00080016": "UI",
    "00080018": "UI",
    "00080201": "SH",
    "0020000D": "UI",
    "0020000E": "UI",
    "00200013": "IS",
    "00280008": "IS",
    "00280010": "US",
    "00280011": "US",
    "00280100": "US",
}
# Beside what those tables require, where a header has them: without a date nobody knows how old a picture is
SERIES_TAKEN = {"00080020": "DA", "00080021": "DA", "00080030": "TM", "00080031": "TM"}
INSTANCE_TAKEN = {"00080022": "DA", "00080023": "DA", "00080032": "TM", "00080033": "TM", "00180050": "DS"}
TABLES: dict[Level, dict[str, str]] = {
    "study": STUDY,
    "series": SERIES | SERIES_TAKEN,
    "instance": INSTANCE | INSTANCE_TAKEN,
}
OPTIONAL: dict[Level, set[str]] = {
    "study": {"00080005", "00080201"},
    "series": {"00080005", "00080201", "00400244", "00400245", "00400275", *SERIES_TAKEN},
    "instance": {"00080005", "00080201", "00280008", "00280010", "00280011", "00280100", *INSTANCE_TAKEN},
}


def instance_json(file: bytes) -> Attributes:
    """The metadata of an instance as DICOM JSON: tag in eight hexadecimal digits -> vr and Value.

    Pixels and long binary values are left out; what cannot be read is left out too. Raises as `files.header_of`.
    """
    header = header_of(file)
    _drop_bulk(header)
    found: Attributes = _plain(header.to_json_dict(suppress_invalid_tags=True))
    if "00080005" in found:  # PS3.18 F.2: JSON is in UTF-8, whatever the file was
        found["00080005"] = {"vr": "CS", "Value": ["ISO_IR 192"]}
    return found


def qido(metadata: Attributes, level: Level) -> Attributes:
    """What QIDO-RS tells at a level, from an instance's metadata; required attributes without a value stay, empty."""
    table, optional = TABLES[level], OPTIONAL[level]
    return {tag: metadata.get(tag, {"vr": vr}) for tag, vr in table.items() if tag in metadata or tag not in optional}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def _drop_bulk(data_set: Dataset) -> None:
    for tag in list(data_set.keys()):
        element = data_set.get_item(tag)
        value = element.value
        if element.VR in BINARY and isinstance(value, bytes) and len(value) > MAX_INLINE:
            del data_set[tag]
        elif element.VR == "SQ":
            for item in data_set[tag].value:
                _drop_bulk(item)
