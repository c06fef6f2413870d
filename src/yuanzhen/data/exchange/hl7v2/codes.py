"""Coded fields (CE, CWE, CNE, IS) to R4 CodeableConcepts; a sender's own codes with what the tables say they mean."""

from __future__ import annotations

import re
from typing import Any

from yuanzhen.data.exchange.hl7v2.message import Field
from yuanzhen.data.exchange.hl7v2.setting import Setting, Target

Json = dict[str, Any]

# HL7 2.5.1 table 0396, those that have a URI of their own
SYSTEMS = {
    "LN": "http://loinc.org",
    "LOINC": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SNM": "http://snomed.info/sct",
    "SNOMED-CT": "http://snomed.info/sct",
    "MDC": "urn:iso:std:iso:11073:10101",
    "UCUM": "http://unitsofmeasure.org",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "C4": "http://www.ama-assn.org/go/cpt",
    "CPT4": "http://www.ama-assn.org/go/cpt",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "ISO3166_1": "urn:iso:std:iso:3166",
}
_TABLE = re.compile(r"(?:HL7|hl7)(\d{4})")
_URI = re.compile(r"[^\s:]+:\S+")


def system_of(name: str, setting: Setting) -> str:
    """The URI of a coding system as a message names it; a sender's own is the institution's."""
    name = name.strip()
    known = SYSTEMS.get(name.upper())
    if known is not None:
        return known
    table = _TABLE.fullmatch(name)
    if table is not None:
        return f"http://terminology.hl7.org/CodeSystem/v2-{table[1]}"
    own = "" if name in ("L", "99L") else re.sub(r"[^A-Za-z0-9._-]", "-", name)
    return setting.system("code", own)


def concept(field: Field | None, setting: Setting, table: str = "") -> Json | None:
    """R4 CodeableConcept of a coded field, with the meaning that `table` gives its code; None if it says nothing."""
    if field is None:
        return None
    codings = [coding for first in (1, 4) if (coding := _coding(field, first, setting))]
    text = field.part(9) or field.part(2) or field.part(5) or ("" if codings else field.part(1))
    codings += _meanings(field, codings, setting, table)
    told: Json = {}
    if codings:
        told["coding"] = codings
    if text.strip():
        told["text"] = text.strip()
    return told or None


def _coding(field: Field, first: int, setting: Setting) -> Json | None:
    code, display, system = (field.part(first + n).strip() for n in range(3))
    code = " ".join(code.split())
    if not code:
        return None
    coding = {"system": system_of(system, setting), "code": code}
    return coding | ({"display": display} if display else {})


def _meanings(field: Field, codings: list[Json], setting: Setting, table: str) -> list[Json]:
    """What the tables add: by the code as it stands there, else by its words."""
    for said in (field.part(1), field.part(4), field.part(2)):
        found = setting.meaning(table, said) if table and said.strip() else None
        if found is not None:
            added = coding_of(found)
            return [] if any(_same(one, added) for one in codings) else [added]
    return []


def _same(one: Json, other: Json) -> bool:
    return (one.get("system"), one.get("code")) == (other.get("system"), other.get("code"))


def coding_of(target: Target) -> Json:
    """R4 Coding of a row."""
    coding = {"system": target.system, "code": target.code}
    return coding | ({"display": target.display} if target.display else {})


def words(told: Json | None) -> str:
    """What people read of a CodeableConcept."""
    if told is None:
        return ""
    codings = told.get("coding") or [{}]
    return str(told.get("text") or codings[0].get("display") or codings[0].get("code") or "")
