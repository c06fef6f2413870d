"""The record's verbs: each inside its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yuanzhen.data.records import access, index, judging, store
from yuanzhen.data.records.model import OURS, Json, Stored, draft, house_named, owner
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.identity.scopes import Scopes


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
    judging.identified(kind, id)
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


async def receive_all(tx: Tx, resources: Sequence[Json], *, source: str) -> list[Stored]:
    """Many that one system told at once, in three round trips; answered in their order."""
    return await _written_all(tx, [(one, None) for one in resources], source=source)


async def _written(tx: Tx, resource: Json, *, source: str, expected: int | None) -> Stored:
    (stored,) = await _written_all(tx, [(resource, expected)], source=source)
    return stored


async def _written_all(tx: Tx, resources: Sequence[tuple[Json, int | None]], *, source: str) -> list[Stored]:
    """Writes each over the version that is expected (None: any), Patients first: what is theirs follows them."""
    if not resources:
        return []
    houses = await _houses(tx, [one for one, _ in resources])
    prepared = [
        (draft(one, institution=_house(tx, one, houses), source=source), expected, index.rows(one))
        for one, expected in resources
    ]
    prepared.sort(key=lambda one: one[0].type != "Patient")
    for (one, expected, _), version in zip(prepared, await store.put_all(tx, prepared), strict=True):
        if version < 0 or (version == 0 and expected):
            raise Conflict("fhir.version_conflict", place="If-Match", found=-version, expected=expected)
        access.note_written(tx, one.type, one.id, one.patient, version)
    found = await store.find_all(tx, [(one.type, one.id) for one, _, _ in prepared])
    if any((one.type, one.id) not in found for one, _, _ in prepared):
        raise Forbidden("fhir.not_readable_after_write")
    return [found[str(one["resourceType"]), str(one["id"])] for one, _ in resources]


async def _houses(tx: Tx, resources: Sequence[Json]) -> dict[str, str]:
    """The institution of each patient whom the resources speak of: as the Patients among them say, else as it is."""
    told = {str(one["id"]): house_named(one) for one in resources if one["resourceType"] == "Patient"}
    houses = {id: house or tx.actor.institution for id, house in told.items()}
    others = {owner(one)[0] for one in resources} - houses.keys() - {""}
    return await store.institutions_of(tx, others) | houses


def _house(tx: Tx, resource: Json, houses: Mapping[str, str]) -> str:
    """Who answers for a resource: its patient's institution, else the writer's own.

    A machine may write of a patient who is not here yet (what it sends comes in any order): the writer's own house
    answers until the Patient comes. Raises `NotFound` when another writer cannot see the patient.
    """
    patient, _ = owner(resource)
    if patient and patient not in houses and tx.actor.kind != "machine":
        raise NotFound("fhir.patient_not_found", place=f"{resource['resourceType']}.subject")
    return houses.get(patient, tx.actor.institution)


def _not_posing(resource: Json) -> None:
    """What is marked as ours is read-only: nobody else may mark it so."""
    if str(resource.get("meta", {}).get("source", "")).startswith(OURS):
        raise Invalid("fhir.reserved_source", place=f"{resource['resourceType']}.meta.source", rule=f"not {OURS}...")
