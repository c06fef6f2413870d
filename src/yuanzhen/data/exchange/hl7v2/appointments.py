"""SIU^S12 to S17 (2.5.1 chapter 10): the appointment, as booked, moved, changed or cancelled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from yuanzhen.data.exchange.facts import PATIENT, Told
from yuanzhen.data.exchange.hl7v2 import codes, numbers, values
from yuanzhen.data.exchange.hl7v2.groups import Part, text_of
from yuanzhen.data.exchange.hl7v2.message import Segment
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.exchange.hl7v2.times import moment_of
from yuanzhen.infrastructure.errors import Invalid

Json = dict[str, Any]

EVENTS = ("S12", "S13", "S14", "S15", "S16", "S17")
# HL7 2.5.1 10.4: booked, moved; a change (S14) leaves the status; cancelled, discontinued, deleted
STATUS = {"S12": "booked", "S13": "booked", "S15": "cancelled", "S16": "cancelled", "S17": "entered-in-error"}
CANCELS = ("S15", "S16", "S17")
# HL7 2.5.1 table 0278 -> R4 appointmentstatus
FILLER_STATUS = {
    "PENDING": "pending", "WAITLIST": "waitlist", "BOOKED": "booked", "STARTED": "arrived", "COMPLETE": "fulfilled",
    "CANCELLED": "cancelled", "DC": "cancelled", "DELETED": "entered-in-error", "NOSHOW": "noshow",
}  # fmt: skip
# Segment, its person or thing, start, offset is not read, duration, its unit
RESOURCES = (("AIP", 3), ("AIL", 3), ("AIG", 3))
UNITS = {"S": 1, "SEC": 1, "MIN": 60, "M": 60, "H": 3600, "HR": 3600, "": 60}


def told(part: Part, event: str, setting: Setting) -> list[Told]:
    """The Appointment. Raises Invalid without SCH or its number."""
    schedule = part.first("SCH")
    if schedule is None:
        raise Invalid("hl7.no_segment", place="SCH")
    number = numbers.ei(schedule, 2) or numbers.ei(schedule, 1)
    if number is None:
        raise Invalid("hl7.missing", place="SCH-2")
    start, end = _when(part, schedule, setting)
    service = part.first("AIS")
    elements: Json = {
        "identifier": _identifiers(schedule, setting),
        "status": STATUS.get(event) or FILLER_STATUS.get(schedule.get(25).strip().upper()),
        "start": start,
        "end": end,
        "appointmentType": codes.concept(next(iter(schedule.field(8)), None), setting, "appointment"),
        "reasonCode": [one] if (one := codes.concept(next(iter(schedule.field(7)), None), setting)) else None,
        "serviceType": [kind] if service and (kind := codes.concept(_one(service, 3), setting, "service")) else None,
        "participant": [{"actor": {"reference": PATIENT}, "status": "accepted"}, *_others(part, setting)],
        "comment": text_of(one for one in part.about if one.name == "NTE"),
    }
    kept = {path: value for path, value in elements.items() if value not in (None, [], {}, "")}
    return [Told("Appointment", setting.id("appointment", *number), kept, cancels=event in CANCELS, place="SCH[1]")]


def _one(segment: Segment, number: int) -> Any:
    return next(iter(segment.field(number)), None)


def _identifiers(schedule: Segment, setting: Setting) -> list[Json]:
    found = []
    for number, kind in ((2, "filler"), (1, "placer")):
        told_ = numbers.ei(schedule, number)
        if told_ is not None:
            found.append({"system": setting.system(f"appointment-{kind}", told_[1]), "value": told_[0]})
    return found


def _when(part: Part, schedule: Segment, setting: Setting) -> tuple[str | None, str | None]:
    """SCH-11 (or TQ1, or the first resource's own start) and how long it takes."""
    timing, place = part.first("TQ1"), "SCH-11"
    first, last = schedule.get(11, 4), schedule.get(11, 5)
    if not first and timing is not None:
        first, last, place = timing.get(7), timing.get(8), "TQ1-7"
    seconds = _seconds(schedule.get(9), schedule.get(10))
    for name, start, length in (("AIS", 4, 7), ("AIP", 6, 9), ("AIL", 6, 9), ("AIG", 8, 11)):
        segment = part.first(name)
        if segment is not None and not first and segment.get(start):
            first, place = segment.get(start), f"{name}-{start}"
            seconds = seconds or _seconds(segment.get(length), segment.get(length + 1))
    begins = moment_of(first, place, setting.zone)
    if begins is None:
        return None, None
    ends = moment_of(last, place, setting.zone) or begins + timedelta(seconds=seconds)
    return begins.isoformat(timespec="seconds"), ends.isoformat(timespec="seconds")


def _seconds(length: str, unit: str) -> int:
    figure = values.number(length)
    return min(int(figure) * UNITS.get(unit.strip().upper(), 60), 30 * 86400) if figure is not None else 0


def _others(part: Part, setting: Setting) -> list[Json]:
    """Who and what else takes part: people (AIP), places (AIL), things (AIG)."""
    found = []
    for name, number in RESOURCES:
        for segment in part.about:
            field = _one(segment, number) if segment.name == name else None
            if field is None:
                continue
            if name == "AIP":
                actor = values.person(field, setting)
            else:
                shown = " ".join(filter(None, (field.part(n).strip() for n in (1, 2, 3))))
                actor = {"display": shown} if shown else {}
            if actor.get("display"):
                found.append({"actor": actor, "status": "accepted"})
    return found


def completed(appointment: Json) -> Json:
    """An Appointment with what R4 requires of every one, where no message has said it yet."""
    waiting = {"status": "booked" if appointment.get("start") else "proposed"}
    return {**waiting, **appointment}
