"""A signed opinion on its way back: to each system of the asking institution that wants reports, as ORU^R01."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from yuanzhen.applications.consultation import store as consultations
from yuanzhen.applications.consultation import views
from yuanzhen.applications.consultation.opinion import Signed
from yuanzhen.data.exchange.facts import Name, Report
from yuanzhen.data.exchange.hl7v2 import oru
from yuanzhen.data.exchange.hl7v2.oru import Receiver
from yuanzhen.data.exchange.hl7v2.sender import send
from yuanzhen.data.intake import patients
from yuanzhen.data.masking.identity import written_name
from yuanzhen.data.records import directory as people
from yuanzhen.data.records import store as records
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, NotFound, Problem, Unavailable
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import peers
from yuanzhen.security.identity.peers import Peer
from yuanzhen.security.keys.vault import Vault
from yuanzhen.security.policy import directory

RELAY = system("relay")


class ReportDue(msgspec.Struct, frozen=True):
    """A version of a report is due at one peer; versions of one report arrive there in their order."""

    kind: ClassVar[str] = "ReportDue"
    peer: str
    consultation: str
    report: str
    version: int
    order_key: str


class Refused(Problem):
    """The other side refused a message; `error` is its code (HL7 table 0357)."""

    status = 502


async def route(tx: Tx, body: dict[str, Any]) -> None:
    """One `ReportDue` for each system of the asking institution that wants reports."""
    for peer in await peers.wanting(tx, body["institution"], "ORU"):
        report = body["report"]
        tx.announce(ReportDue(peer.id, body["consultation"], report, body["version"], f"{peer.id}:{report}"))


def sender(
    db: Database, vault: Vault, tls: ssl.SSLContext, now: Callable[[], datetime]
) -> Callable[[dict[str, Any]], Any]:
    """The delivery of one `ReportDue`: builds the message, sends it, and is done when it was accepted."""

    async def deliver(body: dict[str, Any]) -> None:
        due = msgspec.convert(body, ReportDue)
        async with db.look(RELAY) as look:
            peer = await peers.one(look, due.peer)
            if peer is None:
                raise NotFound("peer.unknown", place=due.peer)
            report = await _report(look, vault, due)
        control = hashlib.sha256(f"{due.order_key}:{due.version}".encode()).hexdigest()[:20]
        message = oru.oru(report, Receiver(peer.name, peer.hl7_facility), now=now(), control_id=control)
        host, port = peers.address(peer.hl7_to, "hl7_to")
        answer = await send(host, port, message, tls=None if _in_clear(peer, host) else tls, timeout_s=20.0)
        outcome = oru.ack_of(answer, control)
        if not outcome.accepted:
            raise Refused("hl7.refused", place="MSA-1", answer=outcome.code, error=outcome.error)
        async with db.look(RELAY) as look:
            trail.noted(look, "report.delivered", "E", entity_type="DiagnosticReport", entity=due.report,
                        reason=due.peer)  # fmt: skip

    return deliver


def _in_clear(peer: Peer, host: str) -> bool:
    """Without TLS only where the enrolment says so, or on this machine."""
    try:
        return peer.plain or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return peer.plain or host == "localhost"


async def _report(look: Reads, vault: Vault, due: ReportDue) -> Report:
    found = await consultations.find(look, RELAY.id, due.consultation)
    versions = {one.version: one for one in await consultations.opinions(look, due.consultation)}
    if found is None or due.version not in versions:
        raise Unavailable("report.not_there", place=due.consultation)
    case, signed = found[0], versions[due.version]
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
        status="final" if signed.version == 1 else "corrected",
        identifiers=tuple(patients.identifiers(patient, case.institution)),
        name=_name(patient),
        sex=patient.get("gender", ""),
        birth_date=str(patient.get("birthDate", "")),
        observed_at=case.created,
        issued_at=signed.signature.at,
        findings=signed.texts.findings,
        conclusion=signed.texts.conclusion,
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
