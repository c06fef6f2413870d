"""Headers as DICOM JSON (PS3.18 annex F), and the attributes that QIDO-RS returns at each level, chosen from it."""

from __future__ import annotations

import base64
import functools
import math
import re
import struct
from collections.abc import Callable
from typing import Any, Literal

from pydicom.charset import convert_encodings, decode_bytes

from yuanzhen.data.exchange.dicom import files
from yuanzhen.data.exchange.dicom.scan import SHORT, Element, Elements, Scan, scanned

Level = Literal["study", "series", "instance"]
Attributes = dict[str, dict[str, Any]]
Encodings = tuple[str, ...]

MAX_INLINE = 1024  # bytes of a binary value that metadata carries; what is longer is read as bulk data
MAX_REMEMBERED = 128  # bytes of a value that is read once for all who say the same
BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW"})
DEFAULT = frozenset({"", "ISO_IR 6", "ISO 2022 IR 6"})
SINGLE = frozenset({"ST", "LT", "UT", "UR"})  # texts in which a backslash is a letter (PS3.5 6.4)
LATIN = frozenset({"AE", "AS", "CS", "DA", "DT", "TM", "UI", "UR"})  # of the default repertoire whatever is declared
DELIMITERS = set(b"\\^=\r\n\f\t")  # after which the first character set holds again (PS3.5 6.1.2.5.3)
NUMBERS = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
PLAIN = frozenset(SHORT.values())  # read from their value alone

# Texts by which a data set that names no character set shows which one it is in
TEXTS = (0x00100010, 0x00100020, 0x00081030, 0x0008103E, 0x00080080, 0x00180015)

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
# Beside what those tables require, where a header has them: when a picture was taken, and which way up it is
SERIES_TAKEN = {"00080020": "DA", "00080021": "DA", "00080030": "TM", "00080031": "TM"}
INSTANCE_TAKEN = {
    "00080022": "DA",
    "00080023": "DA",
    "00080032": "TM",
    "00080033": "TM",
    "00180050": "DS",
    "00200020": "CS",
    "00200032": "DS",
    "00200037": "DS",
    "00200052": "UI",
    "00280030": "DS",
}
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
    """The metadata of a whole file; as `metadata`. Raises as `scan.Scanner`."""
    return metadata(scanned(file))


def metadata(scan: Scan) -> Attributes:
    """The metadata of an instance as DICOM JSON: tag in eight hexadecimal digits -> vr and Value.

    Pixels are left out, and so is what cannot be read; of a long binary value stands where it lies (offset-length).
    """
    files.keep_quiet()
    order = ">" if scan.big_endian else "<"
    found = _data_set(scan.elements, _declared(scan.elements) or _assumed(scan.elements), order)
    if "00080005" in found:  # PS3.18 F.2: JSON is in UTF-8, whatever the file was
        found["00080005"] = {"vr": "CS", "Value": ["ISO_IR 192"]}
    return found


def qido(metadata: Attributes, level: Level) -> Attributes:
    """What QIDO-RS tells at a level, from an instance's metadata; required attributes without a value stay, empty."""
    table, optional = TABLES[level], OPTIONAL[level]
    return {tag: metadata.get(tag, {"vr": vr}) for tag, vr in table.items() if tag in metadata or tag not in optional}


def text(value: bytes, encodings: Encodings) -> str:
    """Text in its character sets (PS3.5 6.1.2), without padding and without the zero bytes that no JSON takes."""
    if value.isascii() and b"\x1b" not in value:
        decoded = value.decode("ascii")
    else:
        decoded = files.plain(decode_bytes(value, list(encodings), DELIMITERS))
    return decoded.replace("\0", "").rstrip(" ")


def character_sets(value: bytes) -> list[str]:
    """The names in a value of Specific Character Set (0008,0005), without padding and zero bytes."""
    return [name.replace("\0", "").strip() for name in value.decode("latin-1").split("\\")]


def _declared(elements: Elements) -> Encodings:
    """The character sets that a data set names; none where it names none."""
    named = elements.get(0x00080005)
    if named is None or not named.value or not named.value.strip(b"\0 "):
        return ()
    return _encodings(named.value)


@functools.lru_cache(maxsize=64)
def _encodings(named: bytes) -> Encodings:
    """As they are named. Some write GB 2312 without the escape that begins it (PS3.3 table C.12-4): beside nothing but
    the default repertoire, which has no such letters, it can be nothing else."""
    names = character_sets(named)
    found = tuple(convert_encodings(names))
    return ("gb18030", *found[1:]) if names[0] in DEFAULT and set(names[1:]) == {"ISO 2022 IR 58"} else found


def _assumed(elements: Elements) -> Encodings:
    """Many devices write Chinese and name no character set: UTF-8 if it is that, else GB 18030, never Latin letters."""
    raw = b"\n".join(elements[tag].value or b"" for tag in TEXTS if tag in elements)
    if not raw.isascii():
        for codec in ("utf-8", "gb18030"):
            try:
                raw.decode(codec)
            except UnicodeDecodeError:
                continue
            return (codec,)
    return ("iso8859",)


def _data_set(elements: Elements, encodings: Encodings, order: str) -> Attributes:
    found: Attributes = {}
    for tag, element in elements.items():
        vr, value = element.vr, element.value
        try:
            if value and vr in PLAIN and len(value) <= MAX_REMEMBERED:  # most of them
                found[_written(tag)] = _remembered(vr, value, encodings, order)
            elif (told := _told(element, encodings, order, elements)) is not None:
                found[_written(tag)] = told
        except (ValueError, LookupError, struct.error, OverflowError):
            continue
    return found


@functools.lru_cache(maxsize=4096)
def _written(tag: int) -> str:
    return f"{tag:08X}"


def _told(element: Element, encodings: Encodings, order: str, around: Elements) -> dict[str, Any] | None:
    """One element; None where its value is left out."""
    vr = element.vr
    if element.items is not None:
        items = [_data_set(item, _declared(item) or encodings, order) for item in element.items]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    if vr in BINARY:
        return _binary(vr[:2], element, order)
    if element.value is None:
        return None
    if vr.startswith("US or"):
        vr = "SS" if (pixel := around.get(0x00280103)) and pixel.value and any(pixel.value[:2]) else "US"
    if not element.value:
        return {"vr": vr}
    if element.length <= MAX_REMEMBERED:
        return _remembered(vr, element.value, encodings, order)
    return _plain(vr, element.value, encodings, order)


def _plain(vr: str, value: bytes, encodings: Encodings, order: str) -> dict[str, Any]:
    values = _values(vr, value, encodings, order)
    return {"vr": vr, "Value": values} if values else {"vr": vr}


# The next image of a series says nearly the same: what is given out is shared, and so nobody's to change
_remembered = functools.lru_cache(maxsize=4096)(_plain)


def _binary(vr: str, element: Element, order: str) -> dict[str, Any] | None:
    if element.length > MAX_INLINE or element.value is None:
        # Where it lies in the file; whoever serves it makes an address of that
        return {"vr": vr, "BulkDataURI": f"{element.at}-{element.length}"} if order == "<" and element.at >= 0 else None
    value = element.value
    if not value:
        return {"vr": vr}
    width = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}.get(vr, 1)
    if order == ">" and width > 1:  # PS3.18 F.2.7: little endian
        value = b"".join(value[at : at + width][::-1] for at in range(0, len(value), width))
    return {"vr": vr, "InlineBinary": base64.b64encode(value).decode()}


def _values(vr: str, value: bytes, encodings: Encodings, order: str) -> list[Any]:
    if vr in NUMBERS:
        code = NUMBERS[vr]
        numbers = struct.unpack(f"{order}{len(value) // struct.calcsize(order + code)}{code}", value)
        return [None if isinstance(one, float) and not math.isfinite(one) else one for one in numbers]
    if vr == "AT":
        pairs = struct.unpack(f"{order}{len(value) // 2}H", value)
        return [f"{group:04X}{number:04X}" for group, number in zip(pairs[::2], pairs[1::2], strict=True)]
    if vr == "PN":
        names = [_name(one) for one in text(value, encodings).split("\\")]
        return names if any(names) else []
    if vr in SINGLE:
        return [text(value, encodings)]
    plain = text(value, ("iso8859",) if vr in LATIN else encodings)
    read = _STRINGS.get(vr)
    parts = plain.split("\\")
    if read is None:
        return [part.rstrip(" ") or None for part in parts] if any(parts) else []
    return [read(part.strip()) if part.strip() else None for part in parts] if plain.strip() else []


def _whole(number: str) -> int | float:
    return int(number) if re.fullmatch(r"[+-]?[0-9]+", number) else _decimal(number)


def _decimal(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("not a number")
    return value


_STRINGS: dict[str, Callable[[str], Any]] = {
    "IS": _whole,
    "DS": _decimal,
    **dict.fromkeys(("CS", "DA", "TM", "DT", "AE", "AS", "UI"), str.strip),
}


def _name(written: str) -> dict[str, str]:
    """PS3.18 F.2.2: the component groups of a person's name."""
    groups = zip(("Alphabetic", "Ideographic", "Phonetic"), written.split("="), strict=False)
    return {kind: group.strip(" ") for kind, group in groups if group.strip(" ")}
