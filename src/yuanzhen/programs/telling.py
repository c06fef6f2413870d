"""What an institution's systems are told of patients and appointments; the one who said it is not told again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.data.exchange.facts import Identifier, Name
from yuanzhen.data.exchange.hl7v2 import adt_out, siu_out
from yuanzhen.data.exchange.hl7v2.siu_out import Booking
from yuanzhen.data.exchange.hl7v2.written import Envelope, Person
from yuanzhen.data.intake import outgoing_store as outgoing
from yuanzhen.data.intake import patients
from yuanzhen.data.intake.events import AppointmentChanged, PatientChanged
from yuanzhen.data.masking.identity import written_name
from yuanzhen.data.records import store as records
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.security.identity import peers
from yuanzhen.security.keys.vault import Vault

Json = dict[str, Any]


async def route_patient(tx: Tx, body: Json) -> None:
    """The listener of `PatientChanged`."""
    fact = msgspec.convert(body, PatientChanged)
    about = {"patient": fact.patient, "event": fact.event, "other": fact.other}
    for peer in await peers.wanting(tx, fact.institution, "ADT"):
        if peer.id != fact.told_by:
            await outgoing.enqueue(tx, peer.id, peer.institution, "ADT", about)


async def route_appointment(tx: Tx, body: Json) -> None:
    """The listener of `AppointmentChanged`."""
    fact = msgspec.convert(body, AppointmentChanged)
    for peer in await peers.wanting(tx, fact.institution, "SIU"):
        if peer.id != fact.told_by:
            about = {"appointment": fact.appointment, "moved": fact.moved}
            await outgoing.enqueue(tx, peer.id, peer.institution, "SIU", about)


async def make_adt(look: Reads, _vault: Vault, about: Json, envelope: Envelope) -> bytes:
    """The patient as the record has them now. Raises NotFound when they are gone."""
    patient = await _resource(look, "Patient", about["patient"])
    given_up: tuple[Identifier, ...] = ()
    if about["event"] == "A40":
        other = await _resource(look, "Patient", about["other"])
        given_up = tuple(patients.identifiers(other, envelope.institution))
    person = person_of(patient, envelope.institution, without=given_up)
    return adt_out.adt(about["event"], person, envelope, given_up=given_up)


async def make_siu(look: Reads, _vault: Vault, about: Json, envelope: Envelope) -> bytes:
    """The appointment as the record has it now. Raises NotFound when it, or its patient, is gone."""
    appointment = await _resource(look, "Appointment", about["appointment"])
    actors = [one.get("actor", {}) for one in appointment.get("participant", [])]
    patient = next((id for actor in actors if (id := patients.referred(actor))), "")
    person = person_of(await _resource(look, "Patient", patient), envelope.institution)
    booking = Booking(
        id=appointment["id"],
        status=appointment["status"],
        start=_moment(appointment.get("start")),
        end=_moment(appointment.get("end")),
        reason=_words(appointment.get("reasonCode")),
        service=_words(appointment.get("serviceType")),
        people=tuple(str(actor["display"]) for actor in actors if actor.get("display")),
    )
    return siu_out.siu(booking, person, envelope, moved=about["moved"])


def person_of(patient: Json, institution: str, *, without: tuple[Identifier, ...] = ()) -> Person:
    """A Patient as an institution's own systems know them: by the numbers that it gave, and the state's."""
    first = (patient.get("name") or [{}])[0]
    given = "".join(str(part) for part in first.get("given", []))
    mine = tuple(one for one in patients.identifiers(patient, institution) if one not in without)
    return Person(
        identifiers=mine,
        name=Name(str(first.get("family", "")), given, written_name(patient)),
        sex=patient.get("gender", ""),
        birth_date=str(patient.get("birthDate", "")),
        phone=next(
            (str(one.get("value", "")) for one in patient.get("telecom", []) if one.get("system") == "phone"), ""
        ),
        address=next((str(one.get("text", "")) for one in patient.get("address", [])), ""),
    )


async def _resource(look: Reads, kind: str, id: str) -> Json:
    found = await records.find(look, kind, id)
    if found is None or found.deleted:
        raise NotFound("exchange.gone", place=f"{kind}/{id}")
    return found.resource()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _words(concepts: list[Json] | None) -> str:
    first = (concepts or [{}])[0]
    return str(first.get("text") or next((one.get("display", "") for one in first.get("coding", [])), ""))
