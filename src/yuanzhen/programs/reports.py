"""A signed opinion on its way back: to each system of the asking institution that wants reports, as ORU^R01."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from yuanzhen.applications.consultation import store as consultations
from yuanzhen.applications.consultation.opinion import STATUS, Signed, addenda
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.applications.consultation.opinions import views
from yuanzhen.applications.consultation.publish import ADDED
from yuanzhen.data.exchange.facts import Name, Report, ReportStatus
from yuanzhen.data.exchange.hl7v2 import oru
from yuanzhen.data.exchange.hl7v2.written import Envelope
from yuanzhen.data.intake import outgoing_store as outgoing
from yuanzhen.data.intake import patients
from yuanzhen.data.masking.identity import written_name
from yuanzhen.data.records import directory as people
from yuanzhen.data.records import store as records
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Unavailable
from yuanzhen.security.identity import peers
from yuanzhen.security.keys.vault import Vault
from yuanzhen.security.policy import directory

RELAY = system("relay")
# R4 diagnostic-report-status -> what a message says of it: HL7 2.5.1 table 0123 knows nothing that was added
STATUSES: dict[str, ReportStatus] = {
    "final": "final",
    "appended": "corrected",
    "corrected": "corrected",
    "entered-in-error": "withdrawn",
}


class ReportAbout(msgspec.Struct, frozen=True):
    """Which version of which report a message tells."""

    consultation: str
    report: str
    version: int


async def route(tx: Tx, body: dict[str, Any]) -> None:
    """The listener of `OpinionSigned`: a message for each system of the asking institution that wants reports."""
    about = {"consultation": body["consultation"], "report": body["report"], "version": body["version"]}
    for peer in await peers.wanting(tx, body["institution"], "ORU"):
        await outgoing.enqueue(tx, peer.id, peer.institution, "ORU", about)


async def make(look: Reads, vault: Vault, about: dict[str, Any], envelope: Envelope) -> bytes:
    """The message. Raises Conflict `report.signature_broken`: nobody gets what nobody signed."""
    report = await _report(look, vault, msgspec.convert(about, ReportAbout))
    return oru.oru(report, replace(envelope, institution=report.institution))


async def _report(look: Reads, vault: Vault, due: ReportAbout) -> Report:
    found = await consultations.find(look, RELAY.id, due.consultation)
    every = await opinions.versions(look, due.consultation)
    versions = {one.version: one for one in every}
    if found is None or due.version not in versions:
        raise Unavailable("report.not_there", place=due.consultation)
    case, signed = found[0], versions[due.version]
    added = [f"{ADDED} {one.addendum}" for one in addenda(every, due.version)]
    if await views.verdict(look, vault, case, signed) != "valid":
        raise Conflict("report.signature_broken", place=due.consultation)  # nobody gets what nobody signed
    stored = await records.find(look, "Patient", case.patient)
    if stored is None:
        raise Unavailable("report.patient_not_there", place=case.patient)
    patient = stored.resource()
    department = await directory.department(look, case.department)
    return Report(
        id=case.report,
        version=signed.version,
        consultation=case.id,
        status=STATUSES[STATUS[signed.kind]],
        identifiers=tuple(patients.identifiers(patient, case.institution)),
        name=_name(patient),
        sex=patient.get("gender", ""),
        birth_date=str(patient.get("birthDate", "")),
        observed_at=case.created,
        issued_at=signed.signature.at,
        findings=signed.texts.findings,
        conclusion="\n".join([signed.texts.conclusion, *added]),
        advice=signed.texts.advice,
        signer=await _signer(look, signed),
        signer_id=signed.signer,
        department=department.name if department else case.department,
        institution=department.institution_name if department else "",
    )


async def _signer(look: Reads, signed: Signed) -> str:
    return (await people.names(look, [signed.signer])).get(signed.signer, "")


def _name(patient: dict[str, Any]) -> Name:
    first = (patient.get("name") or [{}])[0]
    given = "".join(str(part) for part in first.get("given", []))
    return Name(family=str(first.get("family", "")), given=given, full=written_name(patient))
