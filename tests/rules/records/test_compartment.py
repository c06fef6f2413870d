"""Whose patient a resource is, and which keys open it."""

from __future__ import annotations

from typing import Any

import pytest

from yuanzhen.data.records import model
from yuanzhen.data.records.compartment import patients
from yuanzhen.infrastructure.errors import Invalid


def to(id: str) -> dict[str, str]:
    return {"reference": id}


A, B = to("Patient/a"), to("Patient/b")

# type, its elements, whose it is
OWNERS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("Patient", {"id": "a", "link": [{"other": B, "type": "seealso"}]}, ["a"]),
    ("Observation", {"subject": A}, ["a"]),
    ("Observation", {"subject": to("Patient/a/_history/3")}, ["a"]),
    ("Observation", {"subject": to("Group/g"), "performer": [B]}, ["b"]),  # who takes part, when it is about nobody
    ("Observation", {"subject": A, "performer": [B]}, ["a"]),
    ("Observation", {"subject": to("Location/l")}, []),
    ("Observation", {"subject": to("https://elsewhere.example/Patient/a")}, []),  # of another server
    ("Observation", {"subject": to("#a"), "contained": [{"resourceType": "Patient", "id": "a"}]}, []),
    ("Observation", {}, []),
    ("Encounter", {"subject": A}, ["a"]),
    ("Appointment", {"participant": [{"actor": A}, {"actor": to("Practitioner/p")}]}, ["a"]),
    ("Appointment", {"participant": [{"actor": A}, {"actor": B}]}, ["a", "b"]),
    ("Coverage", {"policyHolder": B, "subscriber": B, "beneficiary": A}, ["a"]),
    ("AllergyIntolerance", {"patient": A, "recorder": B}, ["a"]),
    ("Group", {"member": [{"entity": A}, {"entity": B}, {"entity": A}]}, ["a", "b"]),
    ("Task", {"for": A}, ["a"]),  # outside the compartment, but with a patient of its own
    ("Device", {"patient": A}, ["a"]),
    ("Binary", {"securityContext": A}, ["a"]),
    ("Binary", {"securityContext": to("DocumentReference/d")}, []),
    ("Organization", {"name": "x"}, []),
    ("Questionnaire", {"status": "draft"}, []),
]


@pytest.mark.parametrize(("kind", "elements", "ids"), OWNERS)
def test_a_resource_is_whose_its_compartment_says(kind: str, elements: dict[str, Any], ids: list[str]) -> None:
    assert patients({"resourceType": kind, **elements}) == ids


def test_every_type_that_is_stored_can_be_asked_for_its_patient() -> None:
    assert len(model.types()) == 144
    for kind in model.types():
        assert patients({"resourceType": kind, "id": "x"}) == (["x"] if kind == "Patient" else [])


LABEL = {"meta": {"security": [{"code": "R"}]}}
# type, its elements, the keys that open it
KEYS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("Observation", {"subject": A}, ["*", "house:h", "care:a", "@a"]),
    ("Observation", {"subject": A, **LABEL}, ["*!", "care:a!", "@a"]),
    ("Observation", {}, ["*", "house:h"]),
    ("Observation", LABEL, ["*!"]),
    ("Group", {"member": [{"entity": A}]}, ["*", "house:h", "care:a", "@a"]),
    ("Group", {"member": [{"entity": A}, {"entity": B}]}, ["*"]),
    ("Group", {"member": [{"entity": A}, {"entity": B}], **LABEL}, ["*!"]),
    ("Practitioner", {}, ["public", "*"]),
    ("Practitioner", LABEL, ["*!"]),
]


@pytest.mark.parametrize(("kind", "elements", "keys"), KEYS)
def test_a_resource_opens_to_its_patient_those_who_care_and_its_house(
    kind: str, elements: dict[str, Any], keys: list[str]
) -> None:
    made = model.draft({"resourceType": kind, "id": "x", **elements}, institution="h", source="")
    assert made.audience == keys


@pytest.mark.parametrize("kind", ["Parameters", "AuditEvent", "Resource", "DomainResource", "Nothing", "", None])
def test_what_has_no_place_in_the_record_is_refused(kind: str | None) -> None:
    with pytest.raises(Invalid, match=r"fhir\.type_not_served"):
        model.draft({"resourceType": kind, "id": "x"}, institution="", source="")
