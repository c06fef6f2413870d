"""What a resource is here: its parts, whose it is, and which keys open it. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace

from yuanzhen.data.exchange.fhir import definitions
from yuanzhen.data.records import compartment
from yuanzhen.data.records.compartment import reference_id
from yuanzhen.infrastructure.errors import Invalid, Malformed

Json = dict[str, Any]

DIRECTORY = frozenset({"Organization", "Practitioner"})  # of nobody's care; every person may look them up
OURS = "yuanzhen:"  # meta.source of what applications publish: read-only from outside
PEER = "urn:yuanzhen:peer:"  # meta.source of what an enrolled system told, before its id

NEVER_STORED = frozenset({"Parameters"})  # has no address of its own (R4 2.40)
LOGGED_ONLY = "AuditEvent"  # rendered from the trail, written by nobody
LABELLED = frozenset({"DiagnosticReport", "DocumentReference", "ImagingStudy"})  # what we publish and persons label
SENSITIVE = ("R", "V")  # v3-Confidentiality: restricted, very restricted

_decode = msgspec.json.Decoder(Json, float_hook=Decimal).decode  # 1.50 stays 1.50
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Stored(msgspec.Struct, frozen=True, gc=False):
    """One version of a resource as it lies in the database: texts that need no parsing to be sent."""

    type: str
    id: str
    version: int
    updated: datetime
    deleted: bool
    patient: str
    institution: str
    source: str
    meta: str
    content: str

    def text(self) -> str:
        """The FHIR JSON, spliced: resourceType, id, meta with version and time, then the rest as it was stored."""
        stamp = self.updated.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        meta = f'{{"versionId":"{self.version}","lastUpdated":"{stamp}"{_rest(self.meta)}'
        return f'{{"resourceType":"{self.type}","id":"{self.id}","meta":{meta}{_rest(self.content)}'

    def resource(self) -> Json:
        """The FHIR JSON as a dictionary; decimals are Decimals."""
        return decode(self.text().encode())


def _rest(text: str) -> str:
    """The tail of a JSON object that follows members already written: `{}` → `}`, `{"a":1}` → `,"a":1}`."""
    return "}" if text == "{}" else "," + text[1:]


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A resource about to be written: whose it is and how it is found."""

    type: str
    id: str
    patient: str
    institution: str
    source: str
    sensitive: bool
    meta: str
    content: str
    audience: list[str] = []
    deleted: bool = False

    def stored(self, version: int, updated: datetime) -> Stored:
        """As it lies in the database once it is written."""
        return Stored(
            self.type, self.id, version, updated, self.deleted, self.patient, self.institution, self.source, self.meta,
            self.content,
        )  # fmt: skip


def decode(body: bytes) -> Json:
    """JSON with decimals kept as written. Raises `Malformed` that says where it stops being JSON."""
    try:
        return _decode(body)
    except msgspec.DecodeError as error:
        raise Malformed("fhir.not_json", rule=str(error)) from error


def encode(resource: Json | list[Json]) -> bytes:
    """JSON with decimals as they were read."""
    return _encode(resource)


@cache
def types() -> frozenset[str]:
    """The types that are stored: all of R4 but those that are rendered or have no address."""
    return frozenset(definitions.search().types) - NEVER_STORED - {LOGGED_ONLY}


def is_sensitive(meta: Json) -> bool:
    """Whether `meta.security` carries R or V (v3-Confidentiality)."""
    return any(label.get("code") in SENSITIVE for label in meta.get("security", ()) if isinstance(label, dict))


def labels_of_persons(meta: Json) -> list[Json]:
    """The sensitive labels that a person set: R4 marks by `userSelected` what a user chose directly."""
    labels = [label for label in meta.get("security", ()) if isinstance(label, dict)]
    return [label for label in labels if label.get("code") in SENSITIVE and label.get("userSelected") is True]


def labelled(resource: Json, before: Stored | None) -> Json:
    """A resource with the labels that persons set on the version before: no sender takes them away."""
    if before is None or '"userSelected"' not in before.meta:
        return resource
    meta = resource.get("meta", {})
    told = meta.get("security", [])
    missing = [label for label in labels_of_persons(decode(before.meta.encode())) if label not in told]
    return {**resource, "meta": {**meta, "security": [*told, *missing]}} if missing else resource


def audience(
    kind: str, patient: str, institution: str, *, sensitive: bool, several: bool = False, source: str = ""
) -> list[str]:
    """Which keys open a resource (the keys that an actor holds are reckoned by `security.keys`).

    `*`: machine clients; `house:ID`: an institution's clinicians; `care:ID`: those entrusted with the patient;
    `@ID`: the patient themself. What is labelled sensitive opens only to `!` keys, to the patient, and to the system
    that told it; what is of `several` patients at once (a Group, a List) to machine clients alone.
    """
    if sensitive:
        told = [f"told:{source.removeprefix(PEER)}"] if source.startswith(PEER) else []
        return ["*!", f"care:{patient}!", f"@{patient}", *told] if patient else ["*!", *told]
    if kind in DIRECTORY:
        return ["public", "*"]
    if several:
        return ["*"]
    house = [f"house:{institution}"] if institution else []
    return ["*", *house, f"care:{patient}", f"@{patient}"] if patient else ["*", *house]


def house_named(patient: Json) -> str:
    """The Organization that a Patient says to be of; '' for none."""
    return reference_id(patient.get("managingOrganization"), "Organization")


def owner(resource: Json) -> tuple[str, bool]:
    """The patient whose a resource is ('' for none), and whether it is of several at once."""
    ids = compartment.patients(resource)
    return (ids[0], False) if len(ids) == 1 else ("", len(ids) > 1)


def draft(resource: Json, *, institution: str, source: str) -> Draft:
    """Takes a resource apart for storing. Raises `Invalid` for a type that is not stored."""
    kind = str(resource.get("resourceType"))
    if kind not in types():
        raise Invalid("fhir.type_not_served", place="resourceType", found=kind)
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    patient, several = owner(resource)
    if source:
        meta["source"] = source
    sensitive = is_sensitive(meta)
    told = source or str(meta.get("source", ""))
    rest = {k: v for k, v in resource.items() if k not in ("resourceType", "id", "meta")}
    return Draft(
        type=kind,
        id=str(resource["id"]),
        patient=patient,
        institution=institution,
        source=told,
        sensitive=sensitive,
        meta=encode(meta).decode(),
        content=encode(rest).decode(),
        audience=audience(kind, patient, institution, sensitive=sensitive, several=several, source=told),
    )


def erased(found: Stored) -> Draft:
    """The last version of a resource that is deleted: nothing of it but whose it was, so that they find it gone.

    A person's label stays, for whoever brings the resource back.
    """
    resource = found.resource()
    before = draft(resource, institution=found.institution, source=found.source)
    labels = labels_of_persons(resource["meta"])
    meta = encode({"security": labels}).decode() if labels else "{}"
    return replace(before, meta=meta, content="{}", deleted=True)
