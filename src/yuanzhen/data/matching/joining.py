"""Two Patients become one, or stand beside each other as one person; and part again, each with what was theirs.

Within one house the record goes over to one of them (a merge); Patients of different houses stay what they are and
point to each other (a link). docs/matching.md says what goes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from yuanzhen.data.exchange.hl7v2.adt import MERGES
from yuanzhen.data.intake import patients, whose
from yuanzhen.data.intake.events import PatientChanged
from yuanzhen.data.matching import store
from yuanzhen.data.matching.model import compared, contradicts
from yuanzhen.data.matching.store import Moved
from yuanzhen.data.records import service as records
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.store import find, find_all, version
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict
from yuanzhen.security.audit import trail

Json = dict[str, Any]
Place = dict[str, Any]  # {path: [...], was: the reference that stood there}

AT_ONCE = 200  # resources rewritten in one round trip


async def join(tx: Tx, low: str, high: str, *, survivor: str = "") -> str:
    """Two Patients are one person: merged within a house, linked across houses. Answers the state of their pair.

    Raises `Conflict` when one is gone, or when what is known by now contradicts.
    """
    await store.lock(tx, (low, high))
    one, other = await _standing(tx, low), await _standing(tx, high)
    if one.id == other.id:
        return "merged"
    traits = await store.of(tx, (one.id, other.id))
    if len(traits) == 2:
        reasons = compared(traits[one.id], traits[other.id]).reasons
        if contradicts({reason.field: reason.agreement for reason in reasons}):
            raise Conflict("matching.contradicts", place="pair")
    if one.institution != other.institution:
        await link(tx, one, other)
        return "linked"
    if survivor == other.id or (not survivor and await _older(tx, other, one)):
        one, other = other, one
    await merge(tx, one, other)
    return "merged"


async def _standing(tx: Tx, id: str) -> Stored:
    found = await find(tx, "Patient", id)
    if found is None or found.deleted:
        raise Conflict("matching.patient_gone", place=f"Patient/{id}")
    return await whose.current(tx, found)


async def _older(tx: Tx, one: Stored, other: Stored) -> bool:
    first, second = await version(tx, "Patient", one.id, 1), await version(tx, "Patient", other.id, 1)
    return first is not None and second is not None and (first.updated, one.id) < (second.updated, other.id)


# ---- across houses


async def link(tx: Tx, one: Stored, other: Stored) -> None:
    """Both say that they are one person (R4 Patient.link `seealso`)."""
    both = [(one, other), (other, one)]
    silent = [(each, beside) for each, beside in both if _seealso(beside.id) not in each.resource().get("link", [])]
    await records.rewrite(tx, [(each, _seeing(each, beside.id)) for each, beside in silent])
    for each, beside in silent:
        trail.noted(tx, "matching.link", "U", entity_type="Patient", entity=each.id, patient=each.id, reason=beside.id)


def _seeing(patient: Stored, other: str) -> Json:
    known = patient.resource()
    return {**known, "link": [*known.get("link", []), _seealso(other)]}


def _seealso(other: str) -> Json:
    return {"other": {"reference": f"Patient/{other}"}, "type": "seealso"}


async def unlink(tx: Tx, low: str, high: str) -> None:
    """Neither points to the other any more."""
    await store.lock(tx, (low, high))
    found = await find_all(tx, [("Patient", low), ("Patient", high)])
    after = [
        (one, without_link(one.resource(), "seealso", other))
        for id, other in ((low, high), (high, low))
        if (one := found.get(("Patient", id))) and not one.deleted
    ]
    await records.rewrite(tx, after)
    for id, other in ((low, high), (high, low)):
        trail.noted(tx, "matching.unlink", "U", entity_type="Patient", entity=id, patient=id, reason=other)


def without_link(patient: Json, type: str, other: str) -> Json:
    """The Patient without one link; without the element where none is left (R4 knows no empty list)."""
    links = [
        one
        for one in patient.get("link", [])
        if (one.get("type"), patients.referred(one.get("other"))) != (type, other)
    ]
    rest = {name: value for name, value in patient.items() if name != "link"}
    return {**rest, "link": links} if links else rest


# ---- within a house


async def merge(tx: Tx, survivor: Stored, other: Stored) -> None:
    """One goes on with everything that was the other's."""
    before = survivor.version, other.version
    await patients.merge(tx, survivor, other, source="")
    id = await store.add_merge(tx, survivor.id, other.id, survivor_before=before[0], other_before=before[1])
    await follow(tx, id, survivor.id, other.id)
    tx.announce(PatientChanged(survivor.id, survivor.institution, "", MERGES[0], other.id))


async def heard(tx: Tx, other: str) -> tuple[str, str] | None:
    """A Patient who says to be replaced, whoever wrote so (A40, a client): kept as a merge that can be undone.

    Answers survivor and other of a merge that was not known yet.
    """
    found = await find(tx, "Patient", other)
    survivor = patients.replaced_by(found.resource()) if found is not None and not found.deleted else ""
    if not survivor or survivor == other or await store.merge(tx, survivor, other):
        return None
    await store.lock(tx, (survivor, other))
    if await store.merge(tx, survivor, other) or await find(tx, "Patient", survivor) is None:
        return None
    first = await store.version_with_link(tx, survivor, f"Patient/{other}", "replaces")
    gave_up = await store.version_with_link(tx, other, f"Patient/{survivor}", "replaced-by")
    id = await store.add_merge(tx, survivor, other, survivor_before=max(first - 1, 0), other_before=max(gave_up - 1, 0))
    await follow(tx, id, survivor, other)
    return survivor, other


async def follow(tx: Tx, merge: str, survivor: str, other: str) -> int:
    """Everything that is the given-up Patient's becomes the survivor's, and is noted to go back; answers how much."""
    many = 0
    while True:
        rows = await store.referring(tx, other, AT_ONCE)
        turned_ = [(one, *turned(one.resource(), other, survivor)) for one in rows]
        changed = [(one, after, places) for one, after, places in turned_ if places]
        if not changed:
            break
        await records.rewrite(tx, [(one, after) for one, after, _ in changed])
        noted = [Moved(one.type, one.id, one.institution, places) for one, _, places in changed]
        await store.note_moved(tx, merge, noted)
        many += len(changed)
    gone = await store.carry(tx, other, survivor)
    await store.note_moved(tx, merge, gone)
    return many + len(gone)


async def part(tx: Tx, low: str, high: str) -> None:
    """Undoes what made two Patients one. Raises `Conflict` when the survivor was itself given up since."""
    await store.lock(tx, (low, high))
    stood = await store.merge(tx, low, high) or await store.merge(tx, high, low)
    if stood is None:
        await unlink(tx, low, high)
        return
    survivor, other = stood["survivor"], stood["other"]
    now = await find_all(tx, [("Patient", survivor), ("Patient", other)])
    kept, given_up = now.get(("Patient", survivor)), now.get(("Patient", other))
    if kept is None or given_up is None or kept.deleted or given_up.deleted:
        raise Conflict("matching.patient_gone", place="pair")
    if patients.replaced_by(kept.resource()):
        raise Conflict("matching.merged_further", place=f"Patient/{survivor}")
    kept_before = await _before(tx, survivor, stood["survivor_before"])
    other_before = await _before(tx, other, stood["other_before"])
    changes = [(given_up, given_back(given_up.resource(), other_before, survivor))]
    if stood["survivor_before"]:  # else whoever gave the other up wrote nothing to the survivor
        changes.append((kept, without_theirs(kept.resource(), kept_before, other_before, other)))
    await records.rewrite(tx, changes)
    await _take_back(tx, stood["id"], survivor, other)
    await _take_over(tx, survivor, other, kept_before, other_before)
    await store.end_merge(tx, stood["id"])
    for one in (kept, given_up):  # HL7 knows no word for it: both are told as they are
        tx.announce(PatientChanged(one.id, one.institution, "", "A31"))
    trail.noted(tx, "patients.part", "U", entity_type="Patient", entity=survivor, patient=survivor, reason=other)
    trail.noted(tx, "patients.part", "U", entity_type="Patient", entity=other, patient=other, reason=survivor)


async def _before(tx: Tx, patient: str, number: int) -> Json:
    found = await version(tx, "Patient", patient, number) if number else None
    return found.resource() if found is not None else {}


def given_back(now: Json, before: Json, survivor: str) -> Json:
    """The Patient who was given up, as they were: what was corrected since stays corrected."""
    after = without_link(now, "replaced-by", survivor)
    return _with(after, before, ("active", "link"))


def without_theirs(now: Json, before: Json, theirs: Json, other: str) -> Json:
    """The survivor without what the merge added: the other's numbers (unless told of the survivor since), the link."""
    mine = {(one.get("system"), one.get("value")) for one in before.get("identifier", [])}
    added = [{**one, "use": "old"} for one in theirs.get("identifier", [])
             if (one.get("system"), one.get("value")) not in mine]  # fmt: skip
    numbers = [one for one in now.get("identifier", []) if one not in added]
    after = without_link(now, "replaces", other)
    lost = [one for one in before.get("link", []) if patients.referred(one.get("other")) == other]
    after = {**after, "link": [*after.get("link", []), *lost]} if lost else after
    after = {name: value for name, value in after.items() if name != "identifier"}
    return _with({**after, "identifier": numbers} if numbers else after, before, ("active",))


def _with(after: Json, before: Json, names: Sequence[str]) -> Json:
    """These elements, and where it came from, as they were before."""
    rest = {name: value for name, value in after.items() if name not in names}
    was = {name: before[name] for name in names if name in before}
    return {**rest, **was, "meta": before.get("meta", after.get("meta", {}))}


async def _take_back(tx: Tx, merge: str, survivor: str, other: str) -> None:
    moved = await store.moved(tx, merge)
    resources = {(one.kind, one.id): one for one in moved if one.places}
    found = await find_all(tx, resources)
    changes = [
        (replace(one, institution=resources[key].house), put_back(one.resource(), resources[key].places, survivor))
        for key, one in found.items()
        if not one.deleted
    ]
    for at in range(0, len(changes), AT_ONCE):
        await records.rewrite(tx, changes[at : at + AT_ONCE])
    await store.carry(tx, survivor, other, [one for one in moved if not one.places])


async def _take_over(tx: Tx, survivor: str, other: str, mine: Json, theirs: Json) -> None:
    """What came since the merge by the other's own numbers, from an HIS or a scanner, is the other's."""
    told = await store.told_by(tx, survivor, _sealed(tx, theirs), _sealed(tx, mine))
    studies = await store.imaged_by(tx, survivor, _values(theirs), _values(mine))
    described = await find_all(tx, [("ImagingStudy", resource) for _, resource in studies])
    came = {(one.type, one.id): one for one in (*told, *described.values()) if not one.deleted}
    changes = [(one, turned(one.resource(), survivor, other)[0]) for one in came.values()]
    for at in range(0, len(changes), AT_ONCE):
        await records.rewrite(tx, changes[at : at + AT_ONCE])
    await store.carry(tx, survivor, other, [Moved("study", uid) for uid, _ in studies])


def _sealed(tx: Tx, patient: Json) -> list[str]:
    numbers = patient.get("identifier", [])
    return [tx.sealed(patients.owned(str(one.get("system")), str(one.get("value")))) for one in numbers]


def _values(patient: Json) -> list[str]:
    return [str(one["value"]) for one in patient.get("identifier", []) if one.get("value")]


# ---- references


def turned(resource: Json, whose: str, to_whom: str) -> tuple[Json, list[Place]]:
    """The resource with its references to one Patient turned to another, and where they stood."""
    places = [{"path": path, "was": was} for path, was in _references(resource, []) if _is(was, whose)]
    return _put(resource, [(place["path"], f"Patient/{to_whom}") for place in places]), places


def put_back(resource: Json, places: Sequence[Place], survivor: str) -> Json:
    """The resource with the references as they were, where they still name the survivor."""
    there = {tuple(path): was for path, was in _references(resource, [])}
    after: Json = _put(
        resource,
        [(one["path"], one["was"]) for one in places if _is(there.get(tuple(one["path"]), ""), survivor)],
    )
    return after


def _is(reference: str, patient: str) -> bool:
    return reference == f"Patient/{patient}" or reference.startswith(f"Patient/{patient}/_history/")


def _references(node: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], str]]:
    """Every `reference` in a resource, and the path to it."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        if key == "reference" and isinstance(value, str):
            yield [*path, key], value
        else:
            yield from _references(value, [*path, key])


def _put(node: Any, changes: Sequence[tuple[Sequence[str | int], str]]) -> Any:
    """A copy with the texts at these paths changed."""
    if not changes:
        return node
    deeper: dict[str | int, list[tuple[Sequence[str | int], str]]] = {}
    for path, text in changes:
        deeper.setdefault(path[0], []).append((path[1:], text))
    copy: Any = list(node) if isinstance(node, list) else dict(node)
    for key, rest in deeper.items():
        copy[key] = rest[0][1] if not rest[0][0] else _put(copy[key], rest)
    return copy
