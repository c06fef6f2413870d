"""What others see of a recording: the patient's consent to it, as FHIR has it."""

from __future__ import annotations

from typing import Any

from yuanzhen.collaboration.room.recordings.model import Recording
from yuanzhen.data.records import service as records
from yuanzhen.infrastructure.db.tx import Tx

PRIVACY = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
COLLECT = {"system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "collect"}
DISCLOSURE = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IDSCL"}
POLICY = "urn:yuanzhen:recording"


async def consent(tx: Tx, one: Recording) -> None:
    """The consent to one recording: `active`, or `inactive` once withdrawn."""
    await records.publish(tx, consent_resource(one), source=f"yuanzhen:recording/{one.room}")


def consent_resource(one: Recording) -> dict[str, Any]:
    """R4 Consent to collect alone; who gave it and how is told as text, since R4 has no element for 'spoken'."""
    agreed = one.agreed
    told = (agreed.given_by, agreed.how, agreed.name, agreed.relation)
    return {
        "resourceType": "Consent",
        "id": one.id,
        "status": "inactive" if one.withdrawn else "active",
        "scope": {"coding": [PRIVACY]},
        "category": [{"coding": [DISCLOSURE]}],
        "patient": {"reference": f"Patient/{one.patient}"},
        "dateTime": one.begun.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "policy": [{"uri": POLICY}],
        "provision": {
            "type": "permit",
            "action": [{"coding": [COLLECT]}],
            "actor": [
                {
                    "role": {"text": ", ".join(filter(None, told))},
                    "reference": {"reference": f"Practitioner/{one.by}"},
                }
            ],
        },
    }
