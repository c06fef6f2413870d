"""ADT (2.5.1 chapter 3): the visit as an Encounter. Each message is a picture of the visit; a cancel is one too."""

from __future__ import annotations

from typing import Any

from yuanzhen.data.exchange.facts import PATIENT, Told
from yuanzhen.data.exchange.hl7v2 import codes, numbers, values
from yuanzhen.data.exchange.hl7v2.groups import Part
from yuanzhen.data.exchange.hl7v2.message import Segment
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.exchange.hl7v2.times import said

Json = dict[str, Any]

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
NULL = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"

# HL7 2.5.1 3.3: trigger event -> R4 encounter-status; an update (A08) leaves the status as it was
STATUS = {
    "A01": "in-progress", "A02": "in-progress", "A03": "finished", "A04": "in-progress", "A05": "planned",
    "A06": "in-progress", "A07": "in-progress", "A11": "cancelled", "A12": "in-progress", "A13": "in-progress",
}  # fmt: skip
CANCELS = ("A11", "A12", "A13")
BEGINS, ENDS = ("A01", "A04"), ("A03",)
# HL7 2.5.1 table 0004 -> v3-ActEncounterCode
CLASSES = {"I": "IMP", "O": "AMB", "E": "EMER", "P": "PRENC", "R": "AMB", "B": "IMP", "H": "HH", "V": "VR"}
# PV1 field -> v3-ParticipationType
PEOPLE = {7: "ATND", 8: "REF", 9: "CON", 17: "ADM"}


def told(part: Part, event: str, setting: Setting) -> list[Told]:
    """The Encounter; none for a message without PV1 or without a number by which the visit is found again."""
    visit, number = part.first("PV1"), numbers.visit(part)
    if visit is None or number is None:
        return []
    elements: Json = {
        "identifier": [numbers.typed(setting.system("visit", number[1]), number[0], "VN")],
        "status": STATUS.get(event),
        "class": _class(visit, setting),
        "subject": {"reference": PATIENT},
        "serviceProvider": _provider(visit, setting),
        "location": _place(visit),
        "participant": _people(visit, setting),
        "serviceType": codes.concept(next(iter(visit.field(10)), None), setting, "service"),
        "reasonCode": _reason(part, setting),
        "hospitalization.admitSource": codes.concept(next(iter(visit.field(14)), None), setting, "admit-source"),
        "hospitalization.dischargeDisposition": _disposition(visit, setting),
        **_period(part, visit, event, setting),
    }
    kept = {path: value for path, value in elements.items() if value not in (None, [], {})}
    for number_, path in ((3, "location"), (45, "period.end"), (44, "period.start")):
        if visit.is_deleted(number_):
            kept[path] = None
    if event == "A13":
        kept |= {"period.end": None, "hospitalization.dischargeDisposition": None}
    id = setting.id("visit", *number)
    return [Told("Encounter", id, kept, cancels=event in CANCELS, place="PV1[1]")]


def _class(visit: Segment, setting: Setting) -> Json | None:
    code = visit.get(2).strip()
    meant = setting.meaning("class", code) if code else None
    if meant is not None:
        return codes.coding_of(meant)
    if code.upper() in CLASSES:
        return {"system": ACT, "code": CLASSES[code.upper()]}
    return {"system": setting.system("code", "class"), "code": code} if code else None


def _provider(visit: Segment, setting: Setting) -> Json:
    """The department where a row says which of ours the ward is, else the house."""
    for code in (visit.get(10), visit.get(3), visit.get(3, 4)):
        meant = setting.meaning("department", code) if code else None
        if meant is not None:
            return {"reference": f"Organization/{meant.code}"}
    return {"reference": f"Organization/{setting.institution}"}


def _place(visit: Segment) -> list[Json] | None:
    """PV1-3: ward, room and bed as one says them."""
    shown = " ".join(filter(None, (visit.get(3, part).strip() for part in (1, 2, 3))))
    return [{"location": {"display": shown}, "status": "active"}] if shown else None


def _people(visit: Segment, setting: Setting) -> list[Json]:
    return [
        {"type": [{"coding": [{"system": ROLE, "code": role}]}], "individual": values.person(field, setting)}
        for number, role in PEOPLE.items()
        for field in visit.field(number)
        if field.part(1).strip() or field.part(2).strip()
    ]


def _reason(part: Part, setting: Setting) -> list[Json]:
    """PV2-3, and the diagnoses (DG1-3, or DG1-4 in words)."""
    more = part.first("PV2")
    said_ = [codes.concept(next(iter(more.field(3)), None), setting)] if more is not None else []
    for one in part.about:
        if one.name == "DG1":
            words = one.get(4).strip()
            said_.append(codes.concept(next(iter(one.field(3)), None), setting) or ({"text": words} if words else None))
    return [one for one in said_ if one]


def _disposition(visit: Segment, setting: Setting) -> Json | None:
    return codes.concept(next(iter(visit.field(36)), None), setting, "discharge")


def _period(part: Part, visit: Segment, event: str, setting: Setting) -> Json:
    """PV1-44 and 45; else when the event happened (EVN-6), of an admission or a discharge."""
    evn = part.first("EVN")
    happened = said(evn.get(6), "EVN-6", setting.zone) if evn is not None else ""
    start = said(visit.get(44), "PV1-44", setting.zone) or (happened if event in BEGINS else "")
    end = said(visit.get(45), "PV1-45", setting.zone) or (happened if event in ENDS else "")
    return {"period.start": start or None, "period.end": None if event == "A13" else end or None}


def completed(encounter: Json) -> Json:
    """An Encounter with what R4 requires of every one, where no message has said it yet."""
    return {"status": "unknown", "class": {"system": NULL, "code": "UNK"}, **encounter}
