"""A signed opinion as ORU^R01 of HL7 2.5.1, and what the other side answers to it."""

from __future__ import annotations

from dataclasses import dataclass

from yuanzhen.data.exchange.facts import Report, ReportStatus
from yuanzhen.data.exchange.hl7v2.escapes import escaped
from yuanzhen.data.exchange.hl7v2.message import parse
from yuanzhen.data.exchange.hl7v2.times import stamp
from yuanzhen.data.exchange.hl7v2.written import Envelope, Person, message, msh, pid
from yuanzhen.infrastructure.errors import Invalid, Malformed

# Status -> HL7 2.5.1 table 0123 (OBR-25) and table 0085 (OBX-11): final, corrected, and "deletes the OBX record"
STATUSES: dict[ReportStatus, tuple[str, str]] = {
    "final": ("F", "F"),
    "corrected": ("C", "C"),
    "withdrawn": ("X", "D"),
}
# LOINC document and section codes
SERVICE = "11488-4^Consult note^LN"
SECTIONS = {
    "findings": "61149-1^Objective Narrative^LN",
    "conclusion": "51848-0^Evaluation note^LN",
    "advice": "18776-5^Plan of care note^LN",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the other side made of a message: MSA-1, MSA-2, the code of table 0357, and whether to send it again.

    `again` is true for a rejection (AR, CR) that is not the header's fault (2.5.1 2.9.2.2).
    """

    accepted: bool
    code: str
    control_id: str
    error: str
    again: bool


def oru(report: Report, envelope: Envelope) -> bytes:
    """The message in UTF-8.

    OBR-3 is the report's id in all its versions, OBR-20 the version; a withdrawn report carries no texts.
    """
    person = Person(report.identifiers, report.name, report.sex, report.birth_date)
    segments = [msh("ORU^R01^ORU_R01", envelope), pid(person), _orc(report), _obr(report)]
    segments += [_obx(report, number, name) for number, name in enumerate(_sections(report), 1)]
    return message(segments)


def ack_of(data: bytes, control_id: str | None = None) -> Outcome:
    """Reads an answer. Raises Malformed if it is none, Invalid `hl7.other_answer` if it answers another message."""
    answer = parse(data, charset="8859/1")  # codes are ASCII; the words beside them may be in anything
    code, answered = answer.need("MSA-1"), answer.get("MSA-2")
    if code not in {mode + kind for mode in "AC" for kind in "AER"}:
        raise Malformed("hl7.code", place="MSA-1", table="0008")
    if control_id is not None and answered and answered != control_id:
        raise Invalid("hl7.other_answer", place="MSA-2")
    error = answer.get("ERR-3.1") or answer.get("ERR-1.4.1")
    return Outcome(code[1] == "A", code, answered, error, code[1] == "R" and error in ("", "206", "207"))


def _numbers(report: Report) -> tuple[str, str]:
    """Placer and filler numbers (EI)."""
    return f"{escaped(report.consultation)}^YUANZHEN", f"{escaped(report.id)}^YUANZHEN"


def _orc(report: Report) -> list[str]:
    return ["ORC", "RE", *_numbers(report)]


def _obr(report: Report) -> list[str]:
    fields = [""] * 33
    fields[0:2] = ["OBR", "1"]
    fields[2:4] = _numbers(report)
    fields[4] = SERVICE
    fields[7] = stamp(report.observed_at)
    fields[20] = str(report.version)
    fields[22] = stamp(report.issued_at)
    fields[25] = STATUSES[report.status][0]
    # NDL: the person's id and name, then point of care and facility
    signer = f"{escaped(report.signer_id)}&{escaped(report.signer)}"
    fields[32] = f"{signer}^^^{escaped(report.department)}^^^{escaped(report.institution)}"
    return fields


def _sections(report: Report) -> list[str]:
    """Those that say something; of a withdrawn report all, since the receiver must delete what it has."""
    texts = {"findings": report.findings, "conclusion": report.conclusion, "advice": report.advice}
    return [name for name in SECTIONS if report.status == "withdrawn" or texts[name]]


def _obx(report: Report, number: int, name: str) -> list[str]:
    texts = {"findings": report.findings, "conclusion": report.conclusion, "advice": report.advice}
    text = "" if report.status == "withdrawn" else escaped(texts[name])
    fields = [""] * 16
    fields[0:6] = ["OBX", str(number), "FT", SECTIONS[name], "1", text]
    fields[11] = STATUSES[report.status][1]
    fields[14] = stamp(report.observed_at)
    fields[15] = f"{escaped(report.institution)}^^L"
    return fields
