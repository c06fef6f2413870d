"""The numbers by which visits and orders are found again, as identifiers, references and keys."""

from __future__ import annotations

from typing import Any, Literal

from yuanzhen.data.exchange.hl7v2.groups import Order, Part
from yuanzhen.data.exchange.hl7v2.message import Field, Segment
from yuanzhen.data.exchange.hl7v2.setting import Setting

Json = dict[str, Any]
Side = Literal["placer", "filler"]

TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
# Where the number of an order stands: ORC and OBR say the same thing twice
FIELD: dict[Side, int] = {"placer": 2, "filler": 3}
SIDES: tuple[Side, ...] = ("filler", "placer")
KIND: dict[Side, str] = {"placer": "PLAC", "filler": "FILL"}


def typed(system: str, value: str, kind: str) -> Json:
    """R4 Identifier with a type of table 0203."""
    return {"type": {"coding": [{"system": TYPES, "code": kind}]}, "system": system, "value": value}


def ei(segment: Segment | None, number: int) -> tuple[str, str] | None:
    """An EI (2.5.1 2.A.28): the number and whose it is; None without."""
    field = next(iter(segment.field(number)), None) if segment is not None else None
    return _ei(field) if field is not None else None


def _ei(field: Field) -> tuple[str, str] | None:
    value = " ".join(field.part(1).split())
    return (value, field.part(2).strip() or field.part(3).strip()) if value else None


def entity(order: Order, side: Side) -> tuple[str, str] | None:
    """The placer's or filler's number of an order."""
    detail = order.detail if order.detail is not None and order.detail.name == "OBR" else None
    return ei(detail, FIELD[side]) or ei(order.orc, FIELD[side])


def of_order(order: Order, setting: Setting) -> list[Json]:
    """R4 Identifiers of an order or its report."""
    found = []
    for side in SIDES:
        number = entity(order, side)
        if number is not None:
            found.append(typed(setting.system(side, number[1]), number[0], KIND[side]))
    return found


def request_id(order: Order, setting: Setting) -> str:
    """The id of the ServiceRequest of an order; '' if it has no number."""
    for side in reversed(SIDES):
        number = entity(order, side)
        if number is not None:
            return setting.id("order", side, *number)
    return ""


def based_on(order: Order, setting: Setting) -> list[Json] | None:
    """The order that a result answers, by the placer's number: whether it is here, or comes yet."""
    number = entity(order, "placer")
    if number is None:
        return None
    identifier = {"system": setting.system("placer", number[1]), "value": number[0]}
    return [{"reference": f"ServiceRequest/{request_id(order, setting)}", "identifier": identifier}]


def visit(part: Part) -> tuple[str, str] | None:
    """PV1-19, else the account number (PID-18): number and issuer."""
    for segment, number in ((part.first("PV1"), 19), (part.person, 18)):
        field = next(iter(segment.field(number)), None) if segment is not None else None
        if field is not None and (value := " ".join(field.part(1).split())):
            return value, field.part(4).strip()
    return None


def encounter(part: Part, setting: Setting) -> Json | None:
    """The reference to a visit: whether it is here, or comes yet."""
    number = visit(part)
    return {"reference": f"Encounter/{setting.id('visit', *number)}"} if number is not None else None
