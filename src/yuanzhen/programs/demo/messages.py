"""What the township's HIS sends: HL7 2.5.1 in UTF-8. Here the registration; what came before is in history.py."""

from __future__ import annotations

from datetime import datetime

from yuanzhen.programs.demo.model import DemoPatient


def admission(patient: DemoPatient, at: datetime) -> bytes:
    """The registration of an outpatient; the same patient and moment make the same bytes.

    PID-3 carries the HIS's own number and the resident number (table 0203: MR, NNCHN). No telephone: none is invented,
    since every number that looks like one may be somebody's.
    """
    segments = (f"EVN|A04|{stamp(at)}", f"{pid(patient)}|||东街 7 号^^柳树镇^^^CHN^H", "PV1|1|O")
    return message(patient, "ADT^A04^ADT_A01", control_id(patient, at), at, *segments)


def message(patient: DemoPatient, kind: str, control: str, at: datetime, *segments: str) -> bytes:
    """A message of the patient's HIS: its header and what follows, in UTF-8."""
    sender = f"{patient.facility}_HIS|{patient.facility}"
    head = f"MSH|^~\\&|{sender}|YUANZHEN|YUANZHEN|{stamp(at)}||{kind}|{control}|P|2.5.1||||||UNICODE UTF-8"
    return "".join(f"{segment}\r" for segment in (head, *segments)).encode()


def pid(patient: DemoPatient) -> str:
    """Who it is about, up to PID-8."""
    numbers = f"{patient.number}^^^{patient.facility}^MR~{patient.resident_number}^^^CHN^NNCHN"
    return f"PID|1||{numbers}||{patient.family}^{patient.given}^^^^^L||{patient.born:%Y%m%d}|{patient.sex}"


def stamp(at: datetime) -> str:
    """A moment as HL7 writes it."""
    return at.strftime("%Y%m%d%H%M%S%z")


def control_id(patient: DemoPatient, at: datetime) -> str:
    """MSH-10, at most 20 characters."""
    return f"{patient.number}-{int(at.timestamp())}"
