"""ADT^A04 as the township's HIS sends it: HL7 2.5.1 in UTF-8."""

from __future__ import annotations

from datetime import datetime

from yuanzhen.programs.demo.cast import FACILITY, HIS, ISSUER, DemoPatient


def admission(patient: DemoPatient, at: datetime) -> bytes:
    """The registration of an outpatient; the same patient and moment make the same bytes.

    PID-3 carries the HIS's own number and the resident number (table 0203: MR, NNCHN). No telephone: none is invented,
    since every number that looks like one may be somebody's.
    """
    stamp = at.strftime("%Y%m%d%H%M%S%z")
    numbers = f"{patient.number}^^^{ISSUER}^MR~{patient.resident_number}^^^CHN^NNCHN"
    person = f"PID|1||{numbers}||{patient.family}^{patient.given}^^^^^L||{patient.born:%Y%m%d}|{patient.sex}"
    segments = (
        f"MSH|^~\\&|{HIS}|{FACILITY}|YUANZHEN|YUANZHEN|{stamp}||ADT^A04^ADT_A01|{control_id(patient, at)}|P|2.5.1"
        "||||||UNICODE UTF-8",
        f"EVN|A04|{stamp}",
        f"{person}|||东街 7 号^^柳树镇^^^CHN^H",
        "PV1|1|O",
    )
    return "".join(f"{segment}\r" for segment in segments).encode()


def control_id(patient: DemoPatient, at: datetime) -> str:
    """MSH-10, at most 20 characters."""
    return f"{patient.number}-{int(at.timestamp())}"
