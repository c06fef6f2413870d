"""The groups of a message: whose it is (from PID to PID), and orders with their results (2.5.1 chapters 4 and 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from yuanzhen.data.exchange.hl7v2.message import Message, Segment


@dataclass(slots=True)
class Line:
    """One OBX, its place, and the notes below it."""

    obx: Segment
    place: str
    notes: list[Segment] = field(default_factory=list)


@dataclass(slots=True)
class Order:
    """An order: ORC, OBR or another detail, and what hangs on it."""

    orc: Segment | None = None
    detail: Segment | None = None
    place: str = ""
    notes: list[Segment] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    others: list[Segment] = field(default_factory=list)

    def first(self, name: str) -> Segment | None:
        """The first of the other segments of a name."""
        return next((one for one in self.others if one.name == name), None)


@dataclass(slots=True)
class Part:
    """All that a message says of one patient: PID and what stands before the first order, then the orders."""

    person: Segment
    place: str
    about: list[Segment] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    def first(self, name: str) -> Segment | None:
        """The first segment of a name that tells of the patient or the visit."""
        return next((one for one in self.about if one.name == name), None)


DETAILS = ("OBR", "RXO", "RXE", "RQD", "ODS", "ODT")


def parts(message: Message) -> list[Part]:
    """One part for each PID. Raises Invalid `hl7.no_segment` without any."""
    message.first("PID")
    found: list[Part] = []
    counted: dict[str, int] = {}
    before: list[Segment] = []
    for segment in message.segments:
        counted[segment.name] = counted.get(segment.name, 0) + 1
        place = f"{segment.name}[{counted[segment.name]}]"
        if segment.name == "PID":
            found.append(Part(segment, place, about=before if not found else []))
        elif not found:
            before.append(segment)
        else:
            _add(found[-1], segment, place)
    return found


def _add(part: Part, segment: Segment, place: str) -> None:
    order = part.orders[-1] if part.orders else None
    if segment.name == "ORC":
        part.orders.append(Order(orc=segment, place=place))
    elif segment.name in DETAILS:
        if order is None or order.detail is not None:
            order = Order()
            part.orders.append(order)
        order.detail, order.place = segment, place
    elif segment.name == "OBX":
        if order is None:
            order = Order(place=place)
            part.orders.append(order)
        order.lines.append(Line(segment, place))
    elif order is None:
        part.about.append(segment)
    elif segment.name == "NTE":
        (order.lines[-1].notes if order.lines else order.notes).append(segment)
    else:
        order.others.append(segment)


def text_of(notes: Iterable[Segment]) -> str:
    """The comments of NTE segments, a line each."""
    return "\n".join("\n".join(field.text() for field in note.field(3)) for note in notes).strip()
