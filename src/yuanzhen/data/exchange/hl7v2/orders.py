"""ORM^O01 and OML^O21 (2.5.1 chapter 4): each order a ServiceRequest."""

from __future__ import annotations

from typing import Any

from yuanzhen.data.exchange.facts import PATIENT, Told
from yuanzhen.data.exchange.hl7v2 import codes, numbers, values
from yuanzhen.data.exchange.hl7v2.groups import Order, Part, text_of
from yuanzhen.data.exchange.hl7v2.message import Segment
from yuanzhen.data.exchange.hl7v2.results import CATEGORY, IMAGING, LABORATORY
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.exchange.hl7v2.times import said
from yuanzhen.infrastructure.errors import Invalid

Json = dict[str, Any]

# HL7 2.5.1 table 0119 (what is to be done with the order) -> R4 request-status
CONTROL = {
    "NW": "active", "XO": "active", "RP": "revoked", "RO": "active", "CA": "revoked", "DC": "revoked",
    "OC": "revoked", "CR": "revoked", "OD": "revoked", "DR": "revoked", "HD": "on-hold", "OH": "on-hold",
    "HR": "on-hold", "RL": "active", "OR": "active", "OE": "active", "PA": "active", "CH": "active", "OK": "active",
    "UA": "revoked", "RE": "completed",
}  # fmt: skip
# HL7 2.5.1 table 0038 (how far it is) -> R4 request-status
PROGRESS = {
    "A": "active", "CA": "revoked", "CM": "completed", "DC": "revoked", "ER": "entered-in-error", "HD": "on-hold",
    "IP": "active", "RP": "revoked", "SC": "active",
}  # fmt: skip
# HL7 2.5.1 table 0485 and TQ.6 -> R4 request-priority
PRIORITIES = {"S": "stat", "A": "asap", "R": "routine", "P": "routine", "C": "routine", "T": "urgent", "U": "urgent"}
CANCELS = frozenset(code for code, status in CONTROL.items() if status == "revoked")


def told(part: Part, setting: Setting) -> list[Told]:
    """The ServiceRequests. Raises Invalid for an order without a number, or none at all."""
    found = [_request(part, order, setting) for order in part.orders if order.orc is not None or order.detail]
    if not found:
        raise Invalid("hl7.no_segment", place="ORC")
    return found


def _request(part: Part, order: Order, setting: Setting) -> Told:
    id = numbers.request_id(order, setting)
    if not id:
        raise Invalid("hl7.missing", place=f"{order.place}-2")
    control = order.orc.get(1).strip().upper() if order.orc is not None else ""
    detail = order.detail if order.detail is not None and order.detail.name == "OBR" else None
    elements: Json = {
        "identifier": numbers.of_order(order, setting),
        "status": _status(order.orc, control),
        "intent": "order",
        "subject": {"reference": PATIENT},
        "encounter": numbers.encounter(part, setting),
        "priority": _priority(order, detail),
        "authoredOn": said(order.orc.get(9), "ORC-9", setting.zone) if order.orc is not None else None,
        "requester": _requester(order.orc, detail, setting),
        "note": [{"text": text}] if (text := text_of(order.notes)) else None,
        **(_detail(detail, order, setting) if detail is not None else _other(order, setting)),
    }
    kept = {path: value for path, value in elements.items() if value not in (None, [], {}, "")}
    return Told("ServiceRequest", id, kept, cancels=control in CANCELS, place=order.place)


def _status(orc: Segment | None, control: str) -> str | None:
    """ORC-5 for a change of status (SC, SN, SR); else what the control code makes of the order."""
    progress = PROGRESS.get(orc.get(5).strip().upper()) if orc is not None else None
    return CONTROL.get(control) or progress


def _priority(order: Order, detail: Segment | None) -> str | None:
    """TQ1-9, else ORC-7.6, OBR-27.6, and OBR-5 of older versions."""
    timing = order.first("TQ1")
    said_ = (
        timing.get(9) if timing is not None else "",
        order.orc.get(7, 6) if order.orc is not None else "",
        detail.get(27, 6) if detail is not None else "",
        detail.get(5) if detail is not None else "",
    )
    return next((found for code in said_ if (found := PRIORITIES.get(code.strip().upper()[:1]))), None)


def _requester(orc: Segment | None, detail: Segment | None, setting: Setting) -> Json | None:
    for segment, number in ((orc, 12), (detail, 16)):
        field = next(iter(segment.field(number)), None) if segment is not None else None
        if field is not None and (field.part(1).strip() or field.part(2).strip()):
            return values.person(field, setting)
    return None


def _detail(detail: Segment, order: Order, setting: Setting) -> Json:
    """What an OBR asks for."""
    section = detail.get(24).strip().upper()
    kind = "laboratory" if section in LABORATORY else "imaging" if section in IMAGING else ""
    timing = order.first("TQ1")
    when = timing.get(7) if timing is not None else ""
    specimen = order.first("SPM")
    source = specimen.get(4, 2) or specimen.get(4) if specimen is not None else detail.get(15)
    return {
        "code": codes.concept(next(iter(detail.field(4)), None), setting, "code"),
        "category": [{"coding": [{"system": CATEGORY, "code": kind}]}] if kind else None,
        "occurrenceDateTime": said(when or detail.get(36) or detail.get(6), f"{order.place}-36", setting.zone),
        "reasonCode": _reasons(detail, order, setting),
        "specimen": [{"display": source}] if source else None,
    }


def _reasons(detail: Segment, order: Order, setting: Setting) -> list[Json]:
    """OBR-31, clinical information (OBR-13) and the diagnoses below the order."""
    found = [codes.concept(field, setting) for field in detail.field(31)]
    found += [codes.concept(next(iter(one.field(3)), None), setting) for one in order.others if one.name == "DG1"]
    words = "\n".join(field.text() for field in detail.field(13)).strip()
    return [one for one in (*found, {"text": words} if words else None) if one]


def _other(order: Order, setting: Setting) -> Json:
    """A medicine or a diet: what is asked for, as it is called."""
    detail = order.detail
    if detail is None:
        return {}
    number = {"RXO": 1, "RXE": 2}.get(detail.name, 0)
    return {"code": codes.concept(next(iter(detail.field(number)), None), setting, "code") if number else None}


def completed(request: Json) -> Json:
    """A ServiceRequest with what R4 requires of every one, where no message has said it yet."""
    return {"status": "unknown", "intent": "order", **request}
