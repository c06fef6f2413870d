"""Why somebody sees a patient's file and until when, what of it they do not see, and who looked at it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec

from yuanzhen.data.records import directory as people
from yuanzhen.data.records.compartment import reference_id
from yuanzhen.data.records.file import labels, store
from yuanzhen.data.records.file.labels import Label
from yuanzhen.data.records.file.store import Glance, Part
from yuanzhen.data.records.model import Stored
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.security.policy import directory

Why = Literal["self", "consultation", "glass", "relation", "house"]
CONSULTATION, GLASS = "yuanzhen:consultation/", "break-glass/"
TEXT = "urn:yuanzhen:consent-text:"


class Reason(msgspec.Struct):
    """Why this reader sees the file: their own, their house's patient, a consultation in their hands, opened in need.

    `until` None: as long as the reason holds. `sensitive`: what is labelled sensitive is seen too.
    """

    kind: Why
    since: datetime | None
    until: datetime | None
    sensitive: bool
    consultation: str
    house: str


class Given(msgspec.Struct):
    """A consent: to which house or department, by whom and how (`patient, signed`), under which version of the text."""

    id: str
    status: str
    at: str
    to: str
    said: str
    version: str


class Held(msgspec.Struct):
    """So many resources of a type are labelled sensitive and closed to this reader."""

    type: str
    count: int


class Looked(msgspec.Struct):
    """Somebody looked, so often within one hour; `name` '' for a machine or somebody who is not published."""

    at: datetime
    who: str
    name: str
    role: str
    houses: list[str]
    purpose: str
    times: int
    self: bool


class Lookers(Page):
    """Who looked, newest first; `next` is a moment."""

    items: list[Looked]


class Sight(msgspec.Struct):
    """The reasons, the consents, what is held back, what a person labelled sensitive, and who looked lately."""

    reasons: list[Reason]
    consents: list[Given]
    held: list[Held]
    labels: list[Label]
    looked: list[Looked]


async def sight(reads: Reads, patient: Stored, *, consents: int, looked: int) -> Sight:
    """All five for one reader."""
    given, _ = await store.listed(reads, patient.id, ("Consent",), without=("entered-in-error",), most=consents)
    relations = await store.relations(reads, patient.id)
    glances = await store.glances(reads, patient.id, None, looked)
    held = await store.withheld(reads, patient.id)
    labelled = await store.labels(reads, patient.id)
    houses = {patient.institution, *(_to(one) for one in given), *_houses(glances)}
    names = await directory.house_names(reads, houses - {""})
    called = await people.names(reads, {*(one.actor for one in glances), *(one.person for one in labelled)})
    return Sight(
        reasons=_reasons(reads, patient, relations, names),
        consents=[_given(one, names) for one in given],
        held=[Held(type, count) for type, count in held.items()],
        labels=labels.told(reads, labelled, called),
        looked=[_looked(one, reads.actor.id, called, names) for one in glances[:looked]],
    )


async def lookers(reads: Reads, patient: Stored, before: datetime | None, count: int) -> Lookers:
    """A page of who looked before some moment."""
    glances = await store.glances(reads, patient.id, before, count)
    names = await directory.house_names(reads, _houses(glances) - {""})
    called = await people.names(reads, {one.actor for one in glances})
    items = [_looked(one, reads.actor.id, called, names) for one in glances]
    return Lookers(items=items, next=_hour(glances[-1].at) if len(glances) >= count else None)


def _hour(at: datetime) -> str:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0).isoformat()


def _reasons(reads: Reads, patient: Stored, relations: list[store.Relation], names: dict[str, str]) -> list[Reason]:
    actor = reads.actor
    if actor.patient == patient.id and actor.role == "patient":
        return [Reason("self", None, None, True, "", "")]
    found = [_entrusted(one) for one in relations]
    if actor.institution == patient.institution and actor.role == "clinician":
        found.append(Reason("house", None, None, False, "", names.get(patient.institution, "")))
    return found


def _entrusted(one: store.Relation) -> Reason:
    case = one.source.removeprefix(CONSULTATION) if one.source.startswith(CONSULTATION) else ""
    kind: Why = "consultation" if case else "glass" if one.source.startswith(GLASS) else "relation"
    return Reason(kind, one.starts, one.ends, one.sensitive, case, "")


def _to(consent: Part) -> str:
    actors = consent.says.get("provision", {}).get("actor", ())
    return next((id for one in actors if (id := reference_id(one.get("reference"), "Organization"))), "")


def _given(one: Part, names: dict[str, str]) -> Given:
    said = next((str(a.get("role", {}).get("text", "")) for a in one.says.get("provision", {}).get("actor", ())), "")
    texts = (str(policy.get("uri", "")) for policy in one.says.get("policy", ()))
    version = next((uri.removeprefix(TEXT) for uri in texts if uri.startswith(TEXT)), "")
    return Given(one.id, str(one.says.get("status", "")), str(one.says.get("dateTime", "")),
                 names.get(_to(one), ""), said, version)  # fmt: skip


def _houses(glances: list[Glance]) -> set[str]:
    return {house for one in glances for house in (one.institution, *one.departments)}


def _looked(one: Glance, reader: str, called: dict[str, str], names: dict[str, str]) -> Looked:
    houses = [names[house] for house in (*one.departments, one.institution) if names.get(house)]
    return Looked(one.at, one.kind, called.get(one.actor, ""), one.role, houses, one.purpose, one.times,
                  one.actor == reader)  # fmt: skip
