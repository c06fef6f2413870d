"""What we tell of an appointment: SIU^S12, S13, S14, S15 and S17 of HL7 2.5.1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from yuanzhen.data.exchange.hl7v2.escapes import escaped
from yuanzhen.data.exchange.hl7v2.times import stamp
from yuanzhen.data.exchange.hl7v2.written import Envelope, Person, message, msh, pid

# R4 appointmentstatus -> event and HL7 2.5.1 table 0278
BY_STATUS = {
    "proposed": ("S14", "Pending"), "pending": ("S14", "Pending"), "booked": ("S12", "Booked"),
    "arrived": ("S14", "Started"), "checked-in": ("S14", "Started"), "fulfilled": ("S14", "Complete"),
    "cancelled": ("S15", "Cancelled"), "noshow": ("S14", "Noshow"), "entered-in-error": ("S17", "Deleted"),
    "waitlist": ("S14", "Waitlist"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment: its number, status (R4), begin and end, why, what for, and who or what else takes part."""

    id: str
    status: str
    start: datetime | None
    end: datetime | None
    reason: str = ""
    service: str = ""
    people: tuple[str, ...] = ()


def siu(booking: Booking, person: Person, envelope: Envelope, *, moved: bool = False) -> bytes:
    """The message; `moved` tells that what was booked has another time now (S13)."""
    event, status = BY_STATUS[booking.status]
    event = "S13" if moved and event == "S12" else event
    segments = [msh(f"SIU^{event}^SIU_S12", envelope), _sch(booking, status), pid(person), ["RGS", "1"]]
    if booking.service:
        segments.append(["AIS", "1", "", f"^{escaped(booking.service)}", _stamp(booking.start)])
    segments += [["AIP", str(n), "", f"^{escaped(name)}"] for n, name in enumerate(booking.people, 1)]
    return message(segments)


def _sch(booking: Booking, status: str) -> list[str]:
    fields = [""] * 26
    fields[0] = "SCH"
    fields[1] = fields[2] = f"{escaped(booking.id)}^YUANZHEN"
    fields[7] = f"^{escaped(booking.reason)}" if booking.reason else ""
    if booking.start is not None and booking.end is not None:
        fields[9], fields[10] = str(int((booking.end - booking.start).total_seconds() // 60)), "min"
        fields[11] = f"^^^{_stamp(booking.start)}^{_stamp(booking.end)}"
    fields[25] = status
    return fields


def _stamp(moment: datetime | None) -> str:
    return stamp(moment) if moment is not None else ""
