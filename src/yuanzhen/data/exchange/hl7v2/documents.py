"""MDM^T02 (2.5.1 chapter 9): a document and its content as a DocumentReference."""

from __future__ import annotations

import base64
from typing import Any

from yuanzhen.data.exchange.facts import PATIENT, Told
from yuanzhen.data.exchange.hl7v2 import codes, numbers, values
from yuanzhen.data.exchange.hl7v2.groups import Part
from yuanzhen.data.exchange.hl7v2.message import Message, Segment
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.exchange.hl7v2.times import instant
from yuanzhen.infrastructure.errors import Invalid

Json = dict[str, Any]

# HL7 2.5.1 table 0271 -> R4 composition-status
COMPLETION = {
    "DI": "preliminary", "DO": "preliminary", "IP": "preliminary", "IN": "preliminary", "PA": "preliminary",
    "AU": "final", "LA": "final",
}  # fmt: skip
# HL7 2.5.1 table 0273 -> R4 document-reference-status
AVAILABILITY = {"AV": "current", "CA": "entered-in-error", "OB": "superseded", "UN": "current"}


def told(message: Message, part: Part, setting: Setting) -> list[Told]:
    """The DocumentReference. Raises Invalid without TXA, its number, or any content."""
    header = message.first("TXA")
    number = numbers.ei(header, 12)
    if number is None:
        raise Invalid("hl7.missing", place="TXA-12")
    kind = _kind(header, setting)
    written = header.get(6) or header.get(7) or header.get(4)
    elements: Json = {
        "masterIdentifier": {"system": setting.system("document", number[1]), "value": number[0]},
        "status": AVAILABILITY.get(header.get(19).strip().upper(), "current"),
        "docStatus": COMPLETION.get(header.get(17).strip().upper()),
        "type": kind,
        "subject": {"reference": PATIENT},
        "date": instant(written, "TXA-6", setting.zone),
        "author": _people(header, (5, 9), setting),
        "authenticator": next(iter(_people(header, (22, 10), setting)), None),
        "relatesTo": _replaced(header, setting),
        "content": _content(part, codes.words(kind)),
        "context": _context(part, setting),
    }
    kept = {path: value for path, value in elements.items() if value not in (None, [], {}, "")}
    return [Told("DocumentReference", setting.id("document", *number), kept, whole=True, place="TXA[1]")]


def _kind(header: Segment, setting: Setting) -> Json | None:
    """TXA-2: a code of table 0270, or of the house."""
    field = next(iter(header.field(2)), None)
    return codes.concept(field, setting, "document") if field is not None else None


def _people(header: Segment, fields: tuple[int, ...], setting: Setting) -> list[Json]:
    found = [
        values.person(field, setting)
        for number in fields
        for field in header.field(number)
        if field.part(1).strip() or field.part(2).strip()
    ]
    return [one for nth, one in enumerate(found) if one not in found[:nth]]


def _replaced(header: Segment, setting: Setting) -> list[Json] | None:
    parent = numbers.ei(header, 13)
    if parent is None:
        return None
    return [{"code": "appends", "target": {"reference": f"DocumentReference/{setting.id('document', *parent)}"}}]


def _content(part: Part, title: str) -> list[Json]:
    """Encoded documents as such; lines of text together as one."""
    lines = [line for order in part.orders for line in order.lines]
    found = []
    for line in lines:
        if line.obx.get(2).strip().upper() in values.DOCUMENTS:
            made = values.attachment(line.obx, f"{line.place}-5", title)
            found += [{"attachment": made}] if made else []
    texts = [line.obx for line in lines if line.obx.get(2).strip().upper() not in values.DOCUMENTS]
    text = "\n".join(field.text() for obx in texts for field in obx.field(5)).strip()
    if text:
        data = text.encode()
        plain: Json = {"contentType": "text/plain; charset=utf-8", "data": base64.b64encode(data).decode()}
        found.append({"attachment": plain | {"size": len(data)} | ({"title": title} if title else {})})
    if not found:
        raise Invalid("hl7.missing", place="OBX-5")
    return found


def _context(part: Part, setting: Setting) -> Json | None:
    visit = numbers.encounter(part, setting)
    return {"encounter": [visit]} if visit is not None else None
