"""What others see of a consultation: our state as FHIR resources, written in the same transaction."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinion import STATUS, Signed
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
    by = {"text": f"{case.consent.given_by}, {case.consent.how}"}
    return {
        "resourceType": "Consent",
        "id": case.id,
        "status": status,
        "scope": {"coding": [PRIVACY]},
        "category": [{"coding": [DISCLOSURE]}],
        "patient": {"reference": f"Patient/{case.patient}"},
        "dateTime": _instant(now),
        "organization": [{"reference": f"Organization/{case.institution}"}],
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
