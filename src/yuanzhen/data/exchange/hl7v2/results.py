"""ORU^R01 (2.5.1 chapter 7): each OBR a DiagnosticReport, its OBX Observations, its documents DocumentReferences."""

from __future__ import annotations

from typing import Any

from yuanzhen.data.exchange.facts import PATIENT, Told
from yuanzhen.data.exchange.hl7v2 import codes, numbers, values
from yuanzhen.data.exchange.hl7v2.groups import Line, Order, Part, text_of
from yuanzhen.data.exchange.hl7v2.message import Segment
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.exchange.hl7v2.times import instant, said
from yuanzhen.infrastructure.errors import Invalid

Json = dict[str, Any]

# HL7 2.5.1 table 0085 -> R4 observation-status
LINE_STATUS = {
    "F": "final", "P": "preliminary", "C": "corrected", "R": "preliminary", "S": "preliminary", "I": "registered",
    "O": "registered", "N": "registered", "X": "cancelled", "D": "entered-in-error", "W": "entered-in-error",
    "U": "final", "V": "final", "A": "amended", "B": "amended",
}  # fmt: skip
# HL7 2.5.1 table 0123 -> R4 diagnostic-report-status
REPORT_STATUS = {
    "F": "final", "P": "preliminary", "C": "corrected", "A": "partial", "R": "preliminary", "I": "registered",
    "S": "registered", "O": "registered", "X": "cancelled", "D": "entered-in-error", "M": "amended", "N": "unknown",
    "Y": "unknown", "Z": "unknown",
}  # fmt: skip
# R4 diagnostic-report-status -> observation-status, for lines that say nothing
OF_REPORT = {"partial": "preliminary"}
# HL7 2.5.1 table 0078, as far as v3-ObservationInterpretation has the same codes
FLAGS = frozenset(
    [
        "L",
        "H",
        "LL",
        "HH",
        "<",
        ">",
        "N",
        "A",
        "AA",
        "U",
        "D",
        "B",
        "W",
        "S",
        "R",
        "I",
        "MS",
        "VS",
        "POS",
        "NEG",
        "IND",
        "DET",
        "ND",
        "HU",
        "LU",
    ]
)
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"
MDC = "urn:iso:std:iso:11073:10101"
# HL7 2.5.1 table 0074 -> R4 observation-category
IMAGING = frozenset(["RAD", "RX", "CT", "CUS", "EN", "NMR", "NMS", "OUS", "RUS", "VUS", "XRC", "MR", "US"])
LABORATORY = frozenset(
    [
        "LAB",
        "AU",
        "BG",
        "BLB",
        "CH",
        "CP",
        "HM",
        "ICU",
        "IMM",
        "MB",
        "MCB",
        "MYC",
        "NRS",
        "OSL",
        "PAT",
        "SP",
        "SR",
        "TX",
        "VR",
    ]
)

JOINED = ("TX", "FT")  # lines of these under one code and sub-id are lines of one text


def told(part: Part, setting: Setting, sender: str, digest: str) -> list[Told]:
    """Everything that the orders of one patient's part say. Raises Invalid with the place."""
    return [one for order in part.orders for one in _report(part, order, setting, sender, digest)]


def _report(part: Part, order: Order, setting: Setting, sender: str, digest: str) -> list[Told]:
    detail = order.detail
    key = _key(part, order, sender, digest)
    status = _status(order)
    encounter = numbers.encounter(part, setting)
    found = _observations(order, key, status, setting, encounter)
    documents = _documents(order, key, setting, encounter)
    if detail is None or detail.name != "OBR":
        return [*found, *documents]
    report: Json = {
        "identifier": numbers.of_order(order, setting),
        "status": status,
        "code": codes.concept(next(iter(detail.field(4)), None), setting, "code") or {"text": "unknown"},
        "category": _section(detail),
        "subject": {"reference": PATIENT},
        "encounter": encounter,
        **_effective(detail, order.place, setting),
        "issued": instant(detail.get(22), f"{order.place}-22", setting.zone) or None,
        "basedOn": numbers.based_on(order, setting),
        "performer": [{"reference": f"Organization/{setting.institution}"}],
        "resultsInterpreter": _interpreters(detail, setting),
        "result": [{"reference": f"Observation/{one.id}"} for one in found] or None,
        "conclusion": text_of(order.notes) or None,
        "presentedForm": [one.elements["content"][0]["attachment"] for one in documents] or None,
    }
    whole = Told("DiagnosticReport", setting.id("report", *key), _said(report), place=order.place)
    return [whole, *found, *documents]


def _said(elements: Json) -> Json:
    """Without what the message does not speak of."""
    return {path: value for path, value in elements.items() if value not in (None, [], {}, "")}


def _key(part: Part, order: Order, sender: str, digest: str) -> tuple[str, ...]:
    """What makes a report the same again: the filler's number and the service, else the placer's, else its moment."""
    detail, service = order.detail, ""
    if detail is not None:
        service = detail.get(4) or detail.get(4, 2)
    for side in numbers.SIDES:
        if number := numbers.entity(order, side):
            return side, *number, service
    when = detail.get(7) if detail is not None else next((line.obx.get(14) for line in order.lines), "")
    person = part.person.get(3) or part.person.get(2)
    return ("moment", person, sender, service, when) if when else ("message", digest, order.place)


def _status(order: Order) -> str:
    """OBR-25, else what its lines say; `unknown` where nobody says."""
    code = order.detail.get(25).strip().upper() if order.detail is not None and order.detail.name == "OBR" else ""
    if code in REPORT_STATUS:
        return REPORT_STATUS[code]
    lines = {LINE_STATUS.get(line.obx.get(11).strip().upper(), "") for line in order.lines} - {""}
    return lines.pop() if len(lines) == 1 else "partial" if "final" in lines else "unknown"


def _section(detail: Segment) -> list[Json] | None:
    code = detail.get(24).strip().upper()
    return [{"coding": [{"system": SECTION, "code": code}]}] if code in IMAGING | LABORATORY else None


def _effective(detail: Segment, place: str, setting: Setting) -> Json:
    start = said(detail.get(7), f"{place}-7", setting.zone)
    end = said(detail.get(8), f"{place}-8", setting.zone)
    if start and end and end > start:
        return {"effectivePeriod": {"start": start, "end": end}}
    return {"effectiveDateTime": start or end or None}


def _interpreters(detail: Segment, setting: Setting) -> list[Json] | None:
    """OBR-32, an NDL: the person's number, family and given name are subcomponents of its first component."""
    field = next(iter(detail.field(32)), None)
    if field is None or not (field.part(1) or field.part(2)):
        return None
    id, family, given = (field.part(1, piece).strip() for piece in (1, 2, 3))
    if not family and field.part(2):
        return [values.person(field, setting)]
    told_: Json = {"type": "Practitioner", "display": values.name_of(family, given) or id}
    return [told_ | ({"identifier": {"system": setting.system("staff"), "value": id}} if id else {})]


def _observations(
    order: Order, key: tuple[str, ...], report: str, setting: Setting, encounter: Json | None
) -> list[Told]:
    found: list[Told] = []
    seen: dict[tuple[str, str], int] = {}
    last: tuple[str, str] | None = None
    for line in order.lines:
        kind, same = line.obx.get(2).strip().upper(), (line.obx.get(3) or line.obx.get(3, 2), line.obx.get(4))
        if kind in values.DOCUMENTS:
            continue
        if kind in JOINED and same == last and "valueString" in found[-1].elements:
            found[-1] = _joined(found[-1], line)
            continue
        last = same
        seen[same] = seen.get(same, 0) + 1
        elements = _observation(order, line, report, setting, encounter)
        id = setting.id("observation", *key, *same, str(seen[same]))
        found.append(Told("Observation", id, elements, whole=True, place=line.place))
    return found


def _joined(before: Told, line: Line) -> Told:
    text = "\n".join(field.text() for field in line.obx.field(5))
    elements = {**before.elements, "valueString": f"{before.elements['valueString']}\n{text}"}
    return Told(before.type, before.id, elements, whole=True, place=before.place)


def _observation(order: Order, line: Line, report: str, setting: Setting, encounter: Json | None) -> Json:
    obx, place = line.obx, line.place
    status = LINE_STATUS.get(obx.get(11).strip().upper()) or OF_REPORT.get(report, report)
    code = codes.concept(next(iter(obx.field(3)), None), setting, "code")
    if code is None:
        raise Invalid("hl7.missing", place=f"{place}-3")
    value = {} if status in ("cancelled", "entered-in-error") else values.value(obx, f"{place}-5", setting)
    units = values.unit(next(iter(obx.field(6)), None), obx.raw(6), setting)
    elements: Json = {
        "status": status,
        "category": _category(order, code),
        "code": code,
        "subject": {"reference": PATIENT},
        "encounter": encounter,
        "effectiveDateTime": _when(order, line, setting) or None,
        "issued": instant(obx.get(19), f"{place}-19", setting.zone) or None,
        **value,
        "dataAbsentReason": None if value else {"coding": [{"system": ABSENT, "code": _why(status)}]},
        "interpretation": _flags(obx, setting),
        "referenceRange": values.reference_range(obx, units),
        "note": [{"text": text}] if (text := text_of(line.notes)) else None,
        "method": codes.concept(next(iter(obx.field(17)), None), setting),
        "performer": _performers(obx, setting),
        "basedOn": numbers.based_on(order, setting),
    }
    return _said(elements)


def _why(status: str) -> str:
    return {"cancelled": "not-performed", "registered": "temp-unknown"}.get(status, "unknown")


def _when(order: Order, line: Line, setting: Setting) -> str:
    """OBX-14, else when the specimen was taken or the observation begun (OBR-7)."""
    own = said(line.obx.get(14), f"{line.place}-14", setting.zone)
    if own or order.detail is None or order.detail.name != "OBR":
        return own
    return said(order.detail.get(7), f"{order.place}-7", setting.zone)


def _category(order: Order, code: Json) -> list[Json] | None:
    section = order.detail.get(24).strip().upper() if order.detail is not None else ""
    kind = "laboratory" if section in LABORATORY else "imaging" if section in IMAGING else ""
    if any(coding["system"] == MDC for coding in code.get("coding", [])):
        kind = "vital-signs"
    return [{"coding": [{"system": CATEGORY, "code": kind}]}] if kind else None


def _flags(obx: Segment, setting: Setting) -> list[Json]:
    """OBX-8: as v3 has the flag, as the dialect says, or else in the sender's own words."""
    told_: list[Json] = []
    for field in obx.field(8):
        code = field.part(1).strip()
        meant = setting.meaning("flag", code)
        if meant is not None or code.upper() in FLAGS:
            told_.append({"coding": [{"system": INTERPRETATION, "code": meant.code if meant else code.upper()}]})
        elif code:
            told_.append({"text": code})
    return told_


def _performers(obx: Segment, setting: Setting) -> list[Json]:
    found: list[Json] = [values.person(field, setting) for field in obx.field(16) if field.part(1) or field.part(2)]
    found += [{"display": shown} for field in obx.field(23) if (shown := field.part(1).strip())]
    return found


def _documents(order: Order, key: tuple[str, ...], setting: Setting, encounter: Json | None) -> list[Told]:
    """ED lines: a DocumentReference each, under the report's number."""
    found: list[Told] = []
    for line in order.lines:
        if line.obx.get(2).strip().upper() not in values.DOCUMENTS:
            continue
        code = codes.concept(next(iter(line.obx.field(3)), None), setting, "code")
        made = values.attachment(line.obx, f"{line.place}-5", codes.words(code))
        if made is None:
            continue
        withdrawn = line.obx.get(11).strip().upper() in ("D", "W")
        elements: Json = {
            "status": "entered-in-error" if withdrawn else "current",
            "type": code,
            "subject": {"reference": PATIENT},
            "date": instant(order.detail.get(22), f"{order.place}-22", setting.zone) if order.detail else None,
            "content": [{"attachment": made}],
            "context": {"encounter": [encounter]} if encounter else None,
        }
        id = setting.id("document", *key, line.obx.get(3), line.obx.get(4), str(len(found)))
        found.append(Told("DocumentReference", id, _said(elements), whole=True, place=line.place))
    return found
