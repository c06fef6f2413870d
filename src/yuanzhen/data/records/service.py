"""The record's verbs: each inside its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yuanzhen.data.records import access, conditional, index, judging, patch, store
from yuanzhen.data.records.asked import Pairs
from yuanzhen.data.records.index import Indexed
from yuanzhen.data.records.model import LABELLED, OURS, Draft, Json, Stored, draft, erased, house_named, labelled, owner
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.identity.scopes import Scopes

TRIES = 5  # of a patch that names no version, while others change the same resource


@dataclass(frozen=True, slots=True)
class Change:
    """A resource as it shall be, over the version that is expected (None: any, 0: none yet)."""

    resource: Json
    expected: int | None = None
    place: str = "If-Match"  # of what said so
    house: str | None = None  # who answers where neither it nor its patient says so; None: the writer's own


@dataclass(frozen=True, slots=True)
class Deletion:
    """A resource that shall be no more."""

    found: Stored
    expected: int | None = None
    place: str = "If-Match"


# ---- what machine clients do


async def create(tx: Tx, scopes: Scopes, resource: Json, *, none_exist: Pairs | None = None) -> tuple[Stored, bool]:
    """A new resource under an id of ours, or what meets `none_exist` already; says whether it is new.

    Raises `PreconditionFailed` when several do.
    """
    kind = str(resource.get("resourceType"))
    access.served(tx, scopes, kind, "write")
    not_posing(resource)
    if none_exist is not None:
        found = await matching(tx, scopes, kind, none_exist, "If-None-Exist")
        if found is not None:
            return found, False
    return await _written(tx, Change({**resource, "id": new_id()}, 0)), True


async def update(tx: Tx, scopes: Scopes, resource: Json, *, expected: int | None) -> tuple[Stored, bool]:
    """A new version, or the first under the client's id (again, when it was deleted); says whether it is that.

    Raises `PreconditionFailed` when If-Match names another version, `Forbidden` for what an application has published.
    """
    kind, id = str(resource.get("resourceType")), str(resource.get("id"))
    judging.identified(kind, id)
    access.served(tx, scopes, kind, "write", id)
    before = await store.find(tx, kind, id)
    access.writable(tx, before)
    not_posing(resource)
    stored = await _written(tx, Change(labelled(resource, before), expected))
    return stored, stored.version == 1 or (before is not None and before.deleted)


async def update_matching(tx: Tx, scopes: Scopes, resource: Json, asked: Pairs) -> tuple[Stored, bool]:
    """As `update`, of the one resource that meets the criteria; where none does it is made under its own id or ours."""
    kind = str(resource.get("resourceType"))
    access.served(tx, scopes, kind, "write")
    found = await matching(tx, scopes, kind, asked, "query")
    resource, expected = matched(resource, found)
    return await update(tx, scopes, resource, expected=expected)


def matched(resource: Json, found: Stored | None) -> tuple[Json, int | None]:
    """What a conditional update writes, over which version. Raises `Invalid` when the resource has another's id."""
    id = resource.get("id")
    if found is None:
        return ({**resource, "id": id or new_id()}), 0
    if id not in (None, found.id):
        raise Invalid("fhir.id_differs", place=f"{found.type}.id", rule="the id of what meets the criteria")
    return {**resource, "id": found.id}, found.version


async def delete_matching(tx: Tx, scopes: Scopes, kind: str, asked: Pairs) -> Stored | None:
    """Ends the one resource that meets the criteria. Raises `PreconditionFailed` when several do.

    Its history stays, and what refers to it. None where there is nothing to end.
    """
    access.served(tx, scopes, kind, "write")
    found = await matching(tx, scopes, kind, asked, "query")
    return await _ended(tx, found, found.version) if found is not None else None


async def amend(
    tx: Tx, scopes: Scopes, kind: str, id: str, changes: list[Json], *, expected: int | None = None
) -> Stored:
    """A new version by JSON Patch. Without a version named it is done again while others change the resource."""
    access.served(tx, scopes, kind, "write", id)
    for _ in range(TRIES):
        found = await access.seen(tx, kind, id)
        access.writable(tx, found)
        resource = amended(found, changes, expected)
        try:
            return await _written(tx, Change(resource, found.version))
        except PreconditionFailed:
            if expected is not None:
                raise
    raise Conflict("database.try_again")


async def amend_matching(tx: Tx, scopes: Scopes, kind: str, asked: Pairs, changes: list[Json]) -> Stored:
    """As `amend`, of the one resource that meets the criteria."""
    access.served(tx, scopes, kind, "write")
    found = await matching(tx, scopes, kind, asked, "query")
    if found is None:
        raise access.missed(tx, "records.write", kind, "")
    return await amend(tx, scopes, kind, found.id, changes)


def amended(found: Stored, changes: list[Json], expected: int | None) -> Json:
    """The resource after a patch, judged. Raises `PreconditionFailed` when another version is expected."""
    if expected is not None and expected != found.version:
        raise stale(found.version, expected)
    resource = labelled(patch.applied(found.resource(), changes), found)
    judging.judge(resource)
    not_posing(resource)
    return resource


async def matching(tx: Tx, scopes: Scopes, kind: str, asked: Pairs, place: str) -> Stored | None:
    """The one resource that meets the criteria of an act; nobody else acts on the same until this one has ended."""
    access.served(tx, scopes, kind, "read")
    asked = conditional.criteria(asked, place)
    await conditional.lock(tx, [(kind, asked)])
    found = await conditional.match(tx, scopes, kind, asked, place)
    if found is not None:
        access.note_found(tx, kind, [found], " ".join(sorted({name for name, _ in asked})))
    return found


def not_posing(resource: Json) -> None:
    """What is marked as ours is read-only: nobody else may mark it so."""
    if str(resource.get("meta", {}).get("source", "")).startswith(OURS):
        raise Invalid("fhir.reserved_source", place=f"{resource['resourceType']}.meta.source", rule=f"not {OURS}...")


# ---- what applications and enrolled systems do


async def publish(tx: Tx, resource: Json, *, source: str) -> Stored:
    """What others see of an application's state, in the transaction that changed it; read-only from outside.

    `source` is `yuanzhen:WHAT/ID`. A label that a person set stays.
    """
    kind, id = str(resource["resourceType"]), str(resource["id"])
    before = await store.find(tx, kind, id) if kind in LABELLED else None
    return await _written(tx, Change(labelled(resource, before)), source=source)


async def receive(tx: Tx, resource: Json, *, source: str) -> Stored:
    """What an enrolled system told us, in the intake's transaction; `source` names the system."""
    return await _written(tx, Change(resource), source=source)


async def receive_all(tx: Tx, resources: Sequence[Json], *, source: str, of: Stored | None = None) -> list[Stored]:
    """Many that one system told at once, of a patient whom it has just found; answered in their order."""
    houses = {} if of is None else {of.id: of.institution}
    return await write_all(tx, [Change(one) for one in resources], source=source, known=houses)


async def rewrite(tx: Tx, changes: Sequence[tuple[Stored, Json]], *, source: str = "") -> list[Stored]:
    """Changes many, each over the very version that was read; without `source` each stays its own source's.

    What is of no patient stays its house's. Raises `PreconditionFailed` when one was written meanwhile.
    """
    return await write_all(
        tx, [Change(after, before.version, house=before.institution) for before, after in changes], source=source
    )


# ---- writing


async def _written(tx: Tx, change: Change, *, source: str = "") -> Stored:
    (stored,) = await write_all(tx, [change], source=source)
    return stored


async def _ended(tx: Tx, found: Stored, expected: int | None) -> Stored:
    access.writable(tx, found)
    (stored,) = await write_all(tx, [Deletion(found, expected)])
    return stored


async def write_all(
    tx: Tx, changes: Sequence[Change | Deletion], *, source: str = "", known: Mapping[str, str] | None = None
) -> list[Stored]:
    """Writes each in one round trip, Patients first, for what is theirs follows them; answers in the order given.

    `known`: institutions of patients whom the writer has just seen; those of others are asked for. Raises
    `PreconditionFailed` when one was expected in another version.
    """
    if not changes:
        return []
    houses = await _houses(tx, [one for one in changes if isinstance(one, Change)], known or {})
    writing = [(_draft(tx, one, houses, source), one.expected, _index(one)) for one in changes]
    puts = sorted(zip(writing, changes, strict=True), key=lambda put: put[0][0].type != "Patient")
    told = await store.put_all(tx, [one for one, _ in puts])
    stamps: dict[tuple[str, str], tuple[int, datetime]] = {}
    for ((one, _, _), change), (version, updated, readable) in zip(puts, told, strict=True):
        if version < 0 or (version == 0 and change.expected):
            raise stale(-version, change.expected, change.place)
        if not readable:
            raise Forbidden("fhir.not_readable_after_write")
        access.note_written(tx, one, version)
        stamps[one.type, one.id] = version, updated
    return [one.stored(*stamps[one.type, one.id]) for one, _, _ in writing]


def _draft(tx: Tx, change: Change | Deletion, houses: Mapping[str, str], source: str) -> Draft:
    if isinstance(change, Deletion):
        return erased(change.found)
    return draft(change.resource, institution=_house(tx, change, houses), source=source)


def _index(change: Change | Deletion) -> Indexed:
    return index.NOTHING if isinstance(change, Deletion) else index.rows(change.resource)


def stale(found: int, expected: int | None, place: str = "If-Match") -> PreconditionFailed:
    """The refusal of a write over another version than was expected."""
    return PreconditionFailed("fhir.version_conflict", place=place, found=found, expected=expected)


def _otherwise(tx: Tx, change: Change) -> str:
    return tx.actor.institution if change.house is None else change.house


async def _houses(tx: Tx, changes: Sequence[Change], known: Mapping[str, str]) -> dict[str, str]:
    """The institution of each patient whom the resources speak of: as the Patients among them say, else as it is."""
    patients = [one for one in changes if one.resource["resourceType"] == "Patient"]
    houses = {str(one.resource["id"]): house_named(one.resource) or _otherwise(tx, one) for one in patients}
    if tx.actor.kind == "machine":
        return houses  # what else it writes goes where its patient is: the database sees to that
    others = {owner(one.resource)[0] for one in changes} - houses.keys() - known.keys() - {""}
    return await store.institutions_of(tx, others) | dict(known) | houses


def _house(tx: Tx, change: Change, houses: Mapping[str, str]) -> str:
    """Who answers for a resource: its patient's institution, else the writer's own.

    A machine may write of a patient who is not here yet (what it sends comes in any order): the writer's own house
    answers until the Patient comes. Raises `NotFound` when another writer cannot see the patient.
    """
    patient, _ = owner(change.resource)
    if patient and patient not in houses and tx.actor.kind != "machine":
        raise NotFound("fhir.patient_not_found", place=f"{change.resource['resourceType']}.subject")
    return houses.get(patient, _otherwise(tx, change))
