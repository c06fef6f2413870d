"""A patient as the outside named them becomes a FHIR Patient; two that are one are merged."""

from __future__ import annotations

from typing import Any

from yuanzhen.data.exchange.facts import HAN, Identifier, Name, PatientSeen, Told
from yuanzhen.data.exchange.hl7v2.setting import BLANK, without_blanks
from yuanzhen.data.records import service as records
from yuanzhen.data.records.model import Stored
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.security.audit import trail

STATE_NUMBERS = frozenset({"NNCHN"})  # HL7 table 0203: a national number is one all over the country
STATE_SYSTEM = "urn:yuanzhen:number:NNCHN"
TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
# What a sender may say to be empty -> where it stands
ELEMENTS = {"name": "name", "sex": "gender", "birth_date": "birthDate", "phone": "telecom", "address": "address"}


def system_of(identifier: Identifier, institution: str) -> str:
    """Whose number it is: the state's, a named issuer's within the sender's institution, or the institution's own."""
    if identifier.type in STATE_NUMBERS:
        return STATE_SYSTEM
    return f"{own_system(institution)}:{without_blanks(identifier.issuer)}".rstrip(":")


def own_system(institution: str) -> str:
    """The system of numbers that an institution gave without saying who in it did."""
    return f"urn:yuanzhen:issuer:{institution}"


def owner_of(system: str) -> str:
    """In whose numbers a system is: an institution's own, whoever in it gave them, or the state's."""
    return ":".join(system.split(":")[:4])


def owned(system: str, value: str) -> str:
    """A number as it is looked for: by its owner, for one side may leave the issuer out."""
    return f"{owner_of(system)}|{value}"


def is_numbered(patient: dict[str, Any], owner: str, value: str) -> bool:
    """Whether a patient has a number that this owner gave, whoever of the owner's issued it."""
    numbers = patient.get("identifier", [])
    return any((owner_of(str(one.get("system"))), one.get("value")) == (owner, value) for one in numbers)


def carries(patient: dict[str, Any], system: str, value: str) -> bool:
    """Whether a patient has a number under exactly this system."""
    return any((one.get("system"), one.get("value")) == (system, value) for one in patient.get("identifier", []))


def identifier_resource(identifier: Identifier, institution: str) -> dict[str, Any]:
    """R4 Identifier."""
    resource: dict[str, Any] = {"system": system_of(identifier, institution), "value": identifier.value}
    if identifier.type:
        resource["type"] = {"coding": [{"system": TYPES, "code": identifier.type}]}
    return resource


def name_resource(name: Name) -> dict[str, Any]:
    """R4 HumanName; `text` is the name as people write it."""
    parts: dict[str, Any] = {"use": "official"}
    if name.full:
        parts["text"] = name.full
    if name.family:
        parts["family"] = name.family
    if name.given:
        parts["given"] = [name.given]
    return parts


def told(id: str, fact: PatientSeen, institution: str) -> Told:
    """What a system told of a patient, element by element; None for what it said to be empty."""
    elements: dict[str, Any] = {
        "identifier": [identifier_resource(one, institution) for one in fact.identifiers],
        "managingOrganization": {"reference": f"Organization/{institution}"},
    }
    if fact.name != Name():
        elements["name"] = [name_resource(fact.name)]
    if fact.sex:
        elements["gender"] = fact.sex
    if fact.birth_date:
        elements["birthDate"] = fact.birth_date
    if fact.phone:
        elements["telecom"] = [{"system": "phone", "value": fact.phone}]
    if fact.address:
        elements["address"] = [{"text": fact.address}]
    gone = {ELEMENTS[field]: None for field in fact.deleted if ELEMENTS[field] not in elements}
    return Told("Patient", id, elements | gone)


def resource(id: str, fact: PatientSeen, institution: str) -> dict[str, Any]:
    """R4 Patient from what a system told of one."""
    known = {path: value for path, value in told(id, fact, institution).elements.items() if value is not None}
    return {"resourceType": "Patient", "id": id, **known}


def referred(reference: Any) -> str:
    """The id in `{"reference": "Patient/ID"}`; '' where it is absent or names something else."""
    text = str(reference.get("reference", "")) if isinstance(reference, dict) else ""
    head, _, tail = text.partition("/")
    return tail if head == "Patient" else ""


def replaced_by(patient: dict[str, Any]) -> str:
    """The id of the patient into whom this one was merged, or ''."""
    links = (one for one in patient.get("link", []) if one.get("type") == "replaced-by")
    return next((referred(one.get("other")) for one in links), "")


async def merge(tx: Tx, survivor: Stored, other: Stored, *, source: str) -> Stored:
    """One person had two records: the survivor carries both sets of numbers, the other points to it.

    What refers to the other follows (`data/matching/joining.py`). Merging again changes nothing. Raises `Conflict` when
    one of them was written meanwhile.
    """
    kept, given_up = survivor.resource(), other.resource()
    if survivor.id == other.id or replaced_by(given_up) == survivor.id:
        return survivor
    mine = {(one.get("system"), one.get("value")) for one in kept.get("identifier", [])}
    theirs = [one for one in given_up.get("identifier", []) if (one.get("system"), one.get("value")) not in mine]
    links = [one for one in kept.get("link", []) if referred(one.get("other")) != other.id]
    replaces = {"other": {"reference": f"Patient/{other.id}"}, "type": "replaces"}
    replaced = {"other": {"reference": f"Patient/{survivor.id}"}, "type": "replaced-by"}
    before = {**given_up, "active": False, "link": [replaced]}
    numbers = [*kept.get("identifier", []), *({**one, "use": "old"} for one in theirs)]
    after = {**kept, "active": True, "identifier": numbers, "link": [*links, replaces]}
    trail.noted(tx, "patients.merge", "U", entity_type="Patient", entity=survivor.id, patient=survivor.id,
                reason=other.id)  # fmt: skip
    _, merged = await records.rewrite(tx, [(other, before), (survivor, after)], source=source)
    return merged


def disagreement(patient: dict[str, Any], *, name: str, sex: str, birth_date: str) -> str:
    """The place where an image's header contradicts the patient of its number; '' where nothing does.

    What either side leaves out contradicts nothing.
    """
    known = "".join(str(part.get("text", "")) for part in patient.get("name", [])[:1])
    if _other_name(name, known):
        return "PatientName"
    if sex and patient.get("gender") and sex != patient["gender"]:
        return "PatientSex"
    born = str(patient.get("birthDate", ""))
    shorter = min(len(born), len(birth_date))
    return "PatientBirthDate" if born[:shorter] != birth_date[:shorter] else ""


def _other_name(one: str, another: str) -> bool:
    """Whether two names, without spaces and case, differ; a scanner's pinyin says nothing against a name in Han."""
    if not one or not another or bool(HAN.search(one)) != bool(HAN.search(another)):
        return False
    return "".join(one.split()).casefold() != "".join(another.split()).casefold()


def identifiers(patient: dict[str, Any], institution: str) -> list[Identifier]:
    """The numbers by which an institution's own systems know a patient: its own first, then the state's."""
    own = own_system(institution)
    found = []
    for one in patient.get("identifier", []):
        system, value = str(one.get("system", "")), str(one.get("value", ""))
        kind = next((str(c.get("code", "")) for c in one.get("type", {}).get("coding", [])), "")
        if system == own or system.startswith(own + ":"):
            found.append((0, Identifier(value, system[len(own) + 1 :].replace(BLANK, " "), kind)))
        elif system == STATE_SYSTEM:
            found.append((1, Identifier(value, "", kind)))
    return [identifier for _, identifier in sorted(found, key=lambda pair: pair[0])]
