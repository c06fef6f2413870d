"""One message as a strict reader of HL7 2.5.1 takes it: a report, or a refusal that names the place. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator

import hl7
import msgspec
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import HL7apyException, UnsupportedVersion
from hl7apy.parser import parse_message

# HL7 2.5.1 tables of what hl7apy checks the type of and not the value
RESULT_STATUS = frozenset("CDFINOPRSUWX")  # 0085
ORDER_STATUS = frozenset("OISARPCFXYZ") | {""}  # 0123
VALUE_TYPES = frozenset({
    "AD", "CE", "CF", "CK", "CN", "CP", "CX", "DT", "ED", "FT", "MO", "NM", "PN", "RP", "SN", "ST", "TM", "TN", "TS",
    "TX", "XAD", "XCN", "XON", "XPN", "XTN",
})  # 0125  # fmt: skip
SEXES = frozenset("FMOUAN") | {""}  # 0001
PROCESSING = frozenset("DPT")  # 0103
CHARSETS = {"": "ascii", "ASCII": "ascii", "UNICODE UTF-8": "utf-8", "GB 18030-2000": "gb18030", "8859/1": "latin-1"}

# LOINC codes of the sections that it shows
SECTIONS = {"61149-1": "findings", "51848-0": "conclusion", "18776-5": "advice"}


class Refusal(msgspec.Struct, frozen=True):
    """Why a message is not taken: a code of table 0357, where (`PID-3`, or ''), and whether by the header alone."""

    code: str
    place: str
    header: bool = False


class Header(msgspec.Struct, frozen=True):
    """What an answer needs of the message's MSH; empty where it could not be read."""

    sender: str = ""
    facility: str = ""
    to: str = ""
    to_facility: str = ""
    event: str = ""
    control: str = ""
    processing: str = "P"


class Report(msgspec.Struct, frozen=True):
    """A report as this HIS keeps it; `digest` tells two messages of one control id apart."""

    control: str
    digest: str
    received: str
    report: str
    version: str
    status: str
    number: str
    name: str
    findings: str
    conclusion: str
    advice: str
    signer: str
    issued: str


def header(data: bytes) -> Header:
    """The header as far as it can be read. Raises nothing."""
    fields = data.split(b"\r", 1)[0].decode("utf-8", "replace").split("|")
    if fields[0] != "MSH":
        return Header()
    fields += [""] * (12 - len(fields))
    event = [*fields[8].split("^"), ""][1]
    return Header(fields[2], fields[3], fields[4], fields[5], event, fields[9], fields[10] or "P")


def read(data: bytes, *, received: str, digest: str) -> Report | Refusal:
    """A report out of an ORU^R01, `received` when (as it is shown); or the reason why 2.5.1 does not allow it."""
    text = _text(data)
    if isinstance(text, Refusal):
        return text
    refusal = _of_structure(text)
    if refusal is not None:
        return refusal
    message = hl7.parse(text)
    refusal = next(_of_values(message), None)
    if refusal is not None:
        return refusal
    sections = {SECTIONS.get(_get(message, "OBX", n, 3)): _get(message, "OBX", n, 5) for n in _numbers(message, "OBX")}
    return Report(
        control=_get(message, "MSH", 1, 10),
        digest=digest,
        received=received,
        report=_get(message, "OBR", 1, 3),
        version=_get(message, "OBR", 1, 20),
        status=_get(message, "OBR", 1, 25),
        number=_get(message, "PID", 1, 3),
        name=_get(message, "PID", 1, 5, 1, 1) + _get(message, "PID", 1, 5, 1, 2),
        findings=sections.get("findings", ""),
        conclusion=sections.get("conclusion", ""),
        advice=sections.get("advice", ""),
        signer=_get(message, "OBR", 1, 32, 1, 1, 2),
        issued=_get(message, "OBR", 1, 22),
    )


def _text(data: bytes) -> str | Refusal:
    if not data.startswith(b"MSH|^~\\&|"):
        return Refusal("100", "MSH", header=True)
    fields = data.split(b"\r", 1)[0].split(b"|")
    named = fields[17].decode("ascii", "replace") if len(fields) > 17 else ""
    if named not in CHARSETS:
        return Refusal("103", "MSH-18")
    try:
        return data.decode(CHARSETS[named])
    except UnicodeDecodeError:
        return Refusal("102", "MSH-18")


def _of_structure(text: str) -> Refusal | None:
    """What hl7apy finds in strict validation: types, lengths, order and presence of segments, fields and components."""
    kind = (text.split("\r", 1)[0].split("|") + [""] * 9)[8].split("^")
    if kind[0] != "ORU":
        return Refusal("200", "MSH-9", header=True)
    if kind[1:2] != ["R01"]:
        return Refusal("201", "MSH-9", header=True)
    if kind[2:] != ["ORU_R01"]:  # 2.5.1 2.A.44: the third component is required
        return Refusal("101", "MSH-9")
    try:
        parse_message(text, validation_level=VALIDATION_LEVEL.STRICT).validate()
    except UnsupportedVersion:
        return Refusal("203", "MSH-12", header=True)
    except (HL7apyException, ValueError) as fault:
        return _told(str(fault))
    return None


def _told(words: str) -> Refusal:
    """hl7apy's words as a code and a place; the words themselves may hold a value and stay here."""
    missing = re.match(r"Missing required child (\w+)\.(\w+)", words)
    if missing is None:
        return Refusal("102", "")
    field = re.fullmatch(r"([A-Z][A-Z0-9]{2})_(\d+)", missing[2])
    return Refusal("101", f"{field[1]}-{field[2]}") if field else Refusal("100", missing[2])


def _of_values(message: hl7.Message) -> Iterator[Refusal]:
    """Values of coded fields that their table does not have."""
    yield from _unless(PROCESSING, message, "MSH", 1, 11)
    if _get(message, "MSH", 1, 12) != "2.5.1":
        yield Refusal("203", "MSH-12", header=True)
    yield from _unless(SEXES, message, "PID", 1, 8)
    for number in _numbers(message, "OBR"):
        yield from _unless(ORDER_STATUS, message, "OBR", number, 25)
    for number in _numbers(message, "OBX"):
        yield from _unless(RESULT_STATUS, message, "OBX", number, 11)
        if _get(message, "OBX", number, 5):
            yield from _unless(VALUE_TYPES, message, "OBX", number, 2)


def _unless(table: frozenset[str], message: hl7.Message, segment: str, number: int, field: int) -> Iterator[Refusal]:
    if _get(message, segment, number, field) not in table:
        yield Refusal("103", f"{segment}-{field}")


def _numbers(message: hl7.Message, segment: str) -> range:
    return range(1, sum(str(one[0]) == segment for one in message) + 1)


def _get(message: hl7.Message, segment: str, number: int, *path: int) -> str:
    """A text, unescaped; '' where it is not there. `path` is field, repetition, component, subcomponent."""
    field, *rest = path
    inner = (*rest, *(1, 1, 1)[len(rest) :])
    try:
        return str(message.extract_field(segment, number, field, *inner)).replace("\r", "\n")
    except (IndexError, KeyError):
        return ""
