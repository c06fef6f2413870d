"""What others see of a consultation: our state as FHIR resources, written in the same transaction."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yuanzhen.applications.consultation import signature
from yuanzhen.applications.consultation.model import Case, State
from yuanzhen.applications.consultation.opinion import STATUS, Signed
from yuanzhen.collaboration.calendar.model import Span
from yuanzhen.data.records import service as records
from yuanzhen.infrastructure.db.tx import Tx

CONSULT_NOTE = {"system": "http://loinc.org", "code": "11488-4", "display": "Consult note"}
PRIVACY = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
ADDED = "【补充 Addendum】"
DISCLOSURE = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IDSCL"}


def source(case: Case) -> str:
    """The `meta.source` of what a consultation publishes."""
    return f"yuanzhen:consultation/{case.id}"


async def consent(tx: Tx, case: Case, *, status: str, now: datetime) -> None:
    """The patient's consent to this consultation: `active`, or `inactive` once withdrawn. Its id is the case's."""
    await records.publish(tx, consent_resource(case, status=status, now=now), source=source(case))


def consent_resource(case: Case, *, status: str, now: datetime) -> dict[str, Any]:
    """R4 Consent; who gave it and how is told as text, since R4 has no element for 'spoken'."""
    given = case.consent
    told = [given.given_by, given.how, given.name, given.relation, given.heard_by and f"heard by {given.heard_by}"]
    by = {"text": ", ".join(filter(None, told))}
    drawn = base64.b64encode(signature.svg(given.signature).encode()).decode()
    signed = {"sourceAttachment": {"contentType": signature.KIND, "data": drawn}} if given.signature else {}
    return {
        "resourceType": "Consent",
        "id": case.id,
        "status": status,
        "scope": {"coding": [PRIVACY]},
        "category": [{"coding": [DISCLOSURE]}],
        "patient": {"reference": f"Patient/{case.patient}"},
        "dateTime": _instant(now),
        "organization": [{"reference": f"Organization/{case.institution}"}],
        **signed,
        "policy": [{"uri": f"urn:yuanzhen:consent-text:{case.consent.version}"}],
        "provision": {
            "type": "permit",
            "actor": [
                {
                    "role": by,
                    "reference": {"reference": f"Organization/{case.department}"},
                }
            ],
        },
    }


# Where the case stands -> R4 appointmentstatus; what has no hour is only proposed (invariant app-3).
APPOINTMENT: Mapping[State, str] = {
    "booked": "booked", "accepted": "arrived", "signed": "fulfilled", "closed": "fulfilled", "cancelled": "cancelled",
    "did-not-take-place": "noshow",
}  # fmt: skip


async def appointment(tx: Tx, case: Case, span: Span | None, names: Mapping[str, str]) -> None:
    """The hour of a live consultation as it stands; its id is the case's. `names`: of its asker and its expert."""
    await records.publish(tx, appointment_resource(case, span, names), source=source(case))


def appointment_resource(case: Case, span: Span | None, names: Mapping[str, str]) -> dict[str, Any]:
    """R4 Appointment: patient, asker and, when there is one, expert and slot."""
    people: list[dict[str, str]] = [{"reference": f"Patient/{case.patient}"}]
    for person in filter(None, (case.asker, case.expert)):
        name = names.get(person)
        people.append({"reference": f"Practitioner/{person}"} | ({"display": name} if name else {}))
    resource: dict[str, Any] = {
        "resourceType": "Appointment",
        "id": case.id,
        "identifier": [{"system": "urn:yuanzhen:consultation", "value": case.id}],
        "status": "proposed" if case.state == "booked" and not case.slot else APPOINTMENT[case.state],
        "serviceType": [{"text": "远程会诊 teleconsultation"}],
        "created": _instant(case.created),
        "participant": [{"actor": one, "status": "accepted"} for one in people],
    }
    if span is not None:
        resource |= {"start": _instant(span.start), "end": _instant(span.end)}
    if case.slot and case.state in ("booked", "accepted", "signed", "closed"):
        resource["slot"] = [{"reference": f"Slot/{case.slot}"}]
    return resource


async def report(tx: Tx, case: Case, opinion: Signed, addenda: Sequence[Signed] = ()) -> None:
    """A signed version of the opinion, with what was added to its texts; the same id for all versions."""
    await records.publish(tx, report_resource(case, opinion, addenda), source=source(case))


def report_resource(case: Case, opinion: Signed, addenda: Sequence[Signed] = ()) -> dict[str, Any]:
    """R4 DiagnosticReport: the conclusion as such, all texts as the presented form; of a withdrawn one neither."""
    texts = opinion.texts
    whole = [texts.findings, texts.conclusion, texts.advice, *(f"{ADDED} {one.addendum}" for one in addenda)]
    resource = {
        "resourceType": "DiagnosticReport",
        "id": case.report,
        "identifier": [{"system": "urn:yuanzhen:consultation", "value": case.id}],
        "status": STATUS[opinion.kind],
        "code": {"coding": [CONSULT_NOTE]},
        "subject": {"reference": f"Patient/{case.patient}"},
        "effectiveDateTime": _instant(case.created),
        "issued": _instant(opinion.signature.at),
        "performer": [
            {"reference": f"Organization/{case.department}"},
        ],
        "resultsInterpreter": [{"reference": f"Practitioner/{opinion.signer}"}],
    }
    if opinion.kind == "withdrawal":
        return resource
    presented = {
        "contentType": "text/plain; charset=utf-8",
        "data": base64.b64encode("\n\n".join(part for part in whole if part).strip().encode()).decode(),
        "creation": _instant(opinion.signature.at),
    }
    return resource | {"conclusion": texts.conclusion, "presentedForm": [presented]}


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
