"""What an OBX says, as elements of an R4 Observation: numbers, ranges, ratios, codes, texts, times, documents."""

from __future__ import annotations

import base64
import binascii
import re
from decimal import Decimal
from typing import Any

from yuanzhen.data.exchange.hl7v2 import codes
from yuanzhen.data.exchange.hl7v2.adt import name
from yuanzhen.data.exchange.hl7v2.message import Field, Segment
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.exchange.hl7v2.times import said, time_of
from yuanzhen.infrastructure.errors import Invalid

Json = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
TEXTS = ("TX", "FT", "ST", "")
CODED = ("CE", "CWE", "CNE", "CF", "IS", "ID")
DOCUMENTS = ("ED",)
MAX_DIGITS = 40  # of a number: more is no measurement

# Comparators as people write them -> R4 quantity-comparator
COMPARATORS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "≤": "<=", "≥": ">=", "＜": "<", "＞": ">"}

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_COMPARED = re.compile(rf"(<=|>=|[<>≤≥＜＞])\s*({_NUMBER.pattern})")
_TITER = re.compile(r"(1)\s*[:：]\s*(\d{1,7})")
_BETWEEN = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(?:-{1,3}|~|～|—|–)\s*([+-]?\d+(?:\.\d+)?)")

# ED.2 and ED.3 (tables 0191, 0291; and MIME as some write it) -> media type
MEDIA = {
    "PDF": "application/pdf", "JPEG": "image/jpeg", "JPG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif",
    "TIFF": "image/tiff", "TIF": "image/tiff", "HTML": "text/html", "XML": "application/xml", "RTF": "application/rtf",
    "PLAIN": "text/plain", "TXT": "text/plain", "DICOM": "application/dicom", "X-HL7-CDA-LEVEL-ONE": "text/xml",
    "MSWORD": "application/msword", "DOC": "application/msword",
}  # fmt: skip
MAGIC = ((b"%PDF-", "application/pdf"), (b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def number(text: str) -> Decimal | None:
    """A number as it was written (1.50 stays 1.50); None if the text is none."""
    text = text.strip()
    if len(text) > MAX_DIGITS or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text)


def unit(field: Field | None, raw: str, setting: Setting) -> Json:
    """The unit elements of a Quantity: as it is printed, and its UCUM code if it is one or a row says which."""
    if field is None:
        return {}
    code, text, system = (field.part(n).strip() for n in (1, 2, 3))
    if code in ("10", "10*") and text[:1].isdigit() and "^" in raw:
        code, text, system = f"{code}^{text}", "", ""  # 10^9/L whose sender does not escape the circumflex
    printed = text if text and system.upper() != "UCUM" else code
    if system.upper() == "UCUM":
        return {"unit": text or code, "system": UCUM, "code": code}
    found = next((m for said in (code, text) if said and (m := setting.meaning("unit", said))), None)
    if found is not None:
        return {"unit": found.display or printed, "system": UCUM, "code": found.code}
    return {"unit": printed} if printed else {}


def quantity(value: Decimal, units: Json, comparator: str = "") -> Json:
    """R4 Quantity."""
    compared = {"comparator": comparator} if comparator else {}
    return {"value": value, **compared, **units}


def text_value(text: str, units: Json) -> Json:
    """The value of a text: "<0.05" is a Quantity with a comparator, "1:128" a Ratio, all else words."""
    text = text.strip()
    compared = _COMPARED.fullmatch(text)
    if compared is not None and (figure := number(compared[2])) is not None:
        return {"valueQuantity": quantity(figure, units, COMPARATORS[compared[1]])}
    titer = _TITER.fullmatch(text)
    if titer is not None:
        return {"valueRatio": {"numerator": {"value": Decimal(titer[1])}, "denominator": {"value": Decimal(titer[2])}}}
    return {"valueString": text} if text else {}


def value(obx: Segment, place: str, setting: Setting) -> Json:
    """`value[x]` of an OBX that is no document; {} if it says nothing. Raises Invalid with the place."""
    kind = obx.get(2).strip().upper()
    fields = obx.field(5)
    if not fields:
        return {}
    units = unit(next(iter(obx.field(6)), None), obx.raw(6), setting)
    first = fields[0]
    if kind == "NM":
        figure = number(first.part(1))
        return {"valueQuantity": quantity(figure, units)} if figure is not None else text_value(first.part(1), units)
    if kind == "SN":
        return _structured(first, units)
    if kind in CODED:
        return _coded(fields, setting)
    if kind in TEXTS:
        text = "\n".join(whole(field) for field in fields)
        return text_value(text, units) if kind in ("ST", "") and len(fields) == 1 else _string(text)
    if kind in ("DT", "TS", "DTM", "TM"):
        return _moment(kind, first.part(1), place, setting)
    if kind in ("XPN", "XCN", "PN", "CN"):
        return _string(name(fields[:1]).full if kind in ("XPN", "PN") else person(first, setting)["display"])
    return _string("\n".join(whole(field) for field in fields))


def whole(field: Field) -> str:
    """A field as one text; what the sender forgot to escape is put together again."""
    return field.text().rstrip()


def _string(text: str) -> Json:
    return {"valueString": text} if text.strip() else {}


def _structured(field: Field, units: Json) -> Json:
    """SN (2.5.1 2.A.70): comparator, number, separator, number."""
    sign, one, mark, two = (field.part(n).strip() for n in (1, 2, 3, 4))
    low, high = number(one), number(two)
    if low is not None and high is not None and mark in (":", "/"):
        return {"valueRatio": {"numerator": quantity(low, units), "denominator": {"value": high}}}
    if low is not None and high is not None and mark == "-":
        return {"valueRange": {"low": quantity(low, units), "high": quantity(high, units)}}
    if low is not None and not mark and sign in ("", "=", *COMPARATORS):
        return {"valueQuantity": quantity(low, units, COMPARATORS.get(sign, ""))}
    return _string(" ".join(filter(None, (sign + one + mark + two,))))


def _coded(fields: tuple[Field, ...], setting: Setting) -> Json:
    told = [one for field in fields if (one := codes.concept(field, setting, "value"))]
    if len(told) > 1:  # several findings are no synonyms, which several codings of one concept would be
        return _string("; ".join(codes.words(one) for one in told))
    return {"valueCodeableConcept": told[0]} if told else {}


def _moment(kind: str, text: str, place: str, setting: Setting) -> Json:
    if not text.strip():
        return {}
    if kind == "TM":
        return {"valueTime": time_of(text, place)}
    return {"valueDateTime": said(text, place, setting.zone)}


def person(field: Field, setting: Setting) -> Json:
    """R4 Reference to a member of staff (XCN, CN): how they are called, and their number in the house."""
    number_, family, given = (field.part(n).strip() for n in (1, 2, 3))
    called = name_of(family, given)
    told: Json = {"type": "Practitioner", "display": called or number_}
    if number_:
        told["identifier"] = {"system": setting.system("staff"), "value": number_}
    return told


def name_of(family: str, given: str) -> str:
    """A name as people write it: the family first and closed up in characters, last elsewhere."""
    joined = family + given
    if any("\u3400" <= character <= "\u9fff" for character in joined):
        return joined
    return " ".join(filter(None, (given, family)))


def reference_range(obx: Segment, units: Json) -> list[Json]:
    """`referenceRange` of OBX-7: low and high where they can be read, and always the text as it was told."""
    text = obx.get(7).strip()
    if not text:
        return []
    told: Json = {"text": text}
    between, compared = _BETWEEN.fullmatch(text), _COMPARED.fullmatch(text)
    if between is not None:
        told["low"] = quantity(Decimal(between[1]), units)
        told["high"] = quantity(Decimal(between[2]), units)
    elif compared is not None and (figure := number(compared[2])) is not None:
        side = "high" if COMPARATORS[compared[1]].startswith("<") else "low"
        told[side] = quantity(figure, units)
    return [told]


def attachment(obx: Segment, place: str, title: str) -> Json | None:
    """R4 Attachment of an ED (2.5.1 2.A.24). Raises Invalid `hl7.encoded_data` for what is not what it says."""
    field = next(iter(obx.field(5)), None)
    if field is None:
        return None
    encoding, written = field.part(4).strip().casefold(), field.part(5)
    try:
        if encoding == "base64":
            data = base64.b64decode("".join(written.split()), validate=True)
        elif encoding == "hex":
            data = bytes.fromhex(written)
        else:
            data = written.encode()
    except (binascii.Error, ValueError):
        raise Invalid("hl7.encoded_data", place=f"{place}.5", rule=encoding) from None
    if not data:
        return None
    told = {"contentType": _media(field, data), "data": base64.b64encode(data).decode(), "size": len(data)}
    return told | ({"title": title} if title else {})


def _media(field: Field, data: bytes) -> str:
    """What the bytes are by their first ones, else as the sender says."""
    for first, media in MAGIC:
        if data.startswith(first):
            return media
    for part in (3, 2):
        said_ = field.part(part).strip().upper()
        if said_.rpartition("/")[2] in MEDIA:
            return MEDIA[said_.rpartition("/")[2]]
    return "text/plain" if field.part(2).upper() in ("TX", "FT", "TEXT") else "application/octet-stream"
