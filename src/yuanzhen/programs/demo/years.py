"""The years of everybody else, as their houses' systems tell them: HL7 v2 for visits and results, FHIR for the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from yuanzhen.programs.demo import history
from yuanzhen.programs.demo.courses import Course
from yuanzhen.programs.demo.crowd import Told
from yuanzhen.programs.demo.history import ITEMS, Json, Visit
from yuanzhen.programs.demo.messages import admission

OFFSET_DAYS = 3  # patients of one course were not there on the same days


def told(one: Told, number: int, day: datetime) -> list[bytes]:
    """All messages about a patient, in the order in which they were sent; the registration first."""
    messages = [admission(one.patient, day - timedelta(days=one.course.visits[0] + number % 17 * OFFSET_DAYS + 1))]
    for nth, days in enumerate(one.course.visits):
        ago = days + number % 17 * OFFSET_DAYS
        reason = one.course.name if nth == 0 else f"{one.course.name}，复诊"
        messages.append(history.visit(one.patient, Visit(ago, "O", 0, one.course.code, reason, "接诊^医生"), day))
        messages.append(history.sample(one.patient, ago, values(one.course, nth, number), day))
    return messages


def values(course: Course, nth: int, number: int) -> dict[str, str]:
    """What the laboratory wrote at a visit: on the way from the first value to the last, with its flags."""
    way = nth / max(1, len(course.visits) - 1)
    found = {}
    for place, (code, (first, last)) in enumerate(course.values.items()):
        sways = 1 + ((number * 5 + nth * 3 + place) % 7 - 3) / 100  # no two patients have the same
        found[code] = _flagged(code, (first + (last - first) * way) * sways)
    return found | dict(course.texts)


def _flagged(code: str, value: float) -> str:
    shown = f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 20 else f"{value:.0f}"
    low, high = _limits(ITEMS[code].range)
    if value > high:
        return f"{shown} H"
    return f"{shown} L" if value < low else shown


def _limits(told_: str) -> tuple[float, float]:
    """A usual range as the laboratory prints it: `3.5-5.3`, `<1.7`."""
    if told_.startswith("<"):
        return float("-inf"), float(told_[1:])
    low, high = told_.split("-")
    return float(low), float(high)


def resources(patient: str, course: Course, day: datetime) -> list[Json]:
    """Diagnoses, medicines and what is not borne, for the Patient of that id."""
    began = day - timedelta(days=course.visits[0])
    made = [history.diagnosis(patient, "c1", course.name, course.since)]
    made += [history.diagnosis(patient, f"c{n}", name, course.since) for n, name in enumerate(course.also, 2)]
    made += [history.medicine(patient, n, "active", name, how, began) for n, (name, how) in enumerate(course.medicines)]
    if course.allergy:
        made.append(history.allergy(patient, course.allergy, "皮疹", "2010"))
    if course.sensitive:
        made.append(history.sensitive_diagnosis(patient, course.sensitive, began))
    return made
