"""The record's verbs: each inside its caller's transaction."""

from __future__ import annotations

import re

from yuanzhen.data.records import access, index, store
from yuanzhen.data.records.model import OURS, Draft, Json, Stored, draft, patient_of
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.identity.scopes import Scopes

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # R4 2.24.0.1, id


async def create(tx: Tx, scopes: Scopes, resource: Json) -> Stored:
    """A new resource of a machine client, under an id of ours."""
    kind = str(resource.get("resourceType"))
    access.served(tx, scopes, kind, "write")
    _not_posing(resource)
    return await _written(tx, {**resource, "id": new_id()}, source="", expected=0)


async def update(tx: Tx, scopes: Scopes, resource: Json, *, expected: int | None) -> tuple[Stored, bool]:
    """A new version, or the first under the client's id; says whether it is the first.

    Raises `Conflict` when If-Match names another version, `Forbidden` for what an application has published.
    """
    kind, id = str(resource.get("resourceType")), str(resource.get("id"))
    if not _ID.fullmatch(id):
        raise Invalid("fhir.bad_id", place=f"{kind}.id", rule="[A-Za-z0-9-.]{1,64}")
    access.served(tx, scopes, kind, "write", id)
    access.writable(tx, await store.find(tx, kind, id))
    _not_posing(resource)
    stored = await _written(tx, resource, source="", expected=expected)
    return stored, stored.version == 1


async def publish(tx: Tx, resource: Json, *, source: str) -> Stored:
    """What others see of an application's state, in the transaction that changed it; read-only from outside.

    `source` is `yuanzhen:WHAT/ID`.
    """
    return await _written(tx, resource, source=source, expected=None)


async def receive(tx: Tx, resource: Json, *, source: str) -> Stored:
    """What an enrolled system told us, in the intake's transaction; `source` names the system."""
    return await _written(tx, resource, source=source, expected=None)


async def _written(tx: Tx, resource: Json, *, source: str, expected: int | None) -> Stored:
    prepared = draft(resource, institution=await _institution(tx, resource), source=source)
    version = await store.put(tx, prepared, expected=expected, index=index.rows(resource))
    if version < 0 or (version == 0 and expected):
        raise Conflict("fhir.version_conflict", place="If-Match", found=-version, expected=expected)
    access.note_written(tx, prepared.type, prepared.id, prepared.patient, version)
    return await _again(tx, prepared)


async def _again(tx: Tx, prepared: Draft) -> Stored:
    found = await store.find(tx, prepared.type, prepared.id)
    if found is None:
        raise Forbidden("fhir.not_readable_after_write")
    return found


def _not_posing(resource: Json) -> None:
    """What is marked as ours is read-only: nobody else may mark it so."""
    if str(resource.get("meta", {}).get("source", "")).startswith(OURS):
        raise Invalid("fhir.reserved_source", place=f"{resource['resourceType']}.meta.source", rule=f"not {OURS}...")


async def _institution(tx: Tx, resource: Json) -> str:
    """Who answers for the resource: a Patient's managingOrganization (else the writer's own), else its patient's.

    Raises `NotFound` when the patient it speaks of is not there for the writer.
    """
    if resource.get("resourceType") == "Patient":
        named = (resource.get("managingOrganization") or {}).get("reference", "")
        return str(named).removeprefix("Organization/") or tx.actor.institution
    patient = patient_of(resource)
    if not patient:
        return tx.actor.institution
    found = await store.institution_of(tx, patient)
    if found is None:
        raise NotFound("fhir.patient_not_found", place=f"{resource['resourceType']}.subject")
    return found
