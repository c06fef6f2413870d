"""What the compiled search paths name in a resource, and what R4's parameters were compiled to."""

from typing import Any

import pytest

from yuanzhen.data.exchange.fhir import definitions
from yuanzhen.data.exchange.fhir.paths import follower, target_type

PRESSURE = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
    "subject": {"reference": "Patient/p1"},
    "effectivePeriod": {"start": "2026-03-01"},
    "component": [
        {"code": {"text": "systolic"}, "valueQuantity": {"value": 120}},
        {"code": {"text": "diastolic"}, "valueQuantity": {"value": 80}},
    ],
}


def found(resource: dict[str, Any], code: str) -> list[Any]:
    """What the parameter of that code finds in the resource."""
    parameter = definitions.search().parameters[resource["resourceType"]][code]
    return [each for path in parameter.paths for each in follower(path.path)(resource, resource)]


def test_a_path_goes_through_lists():
    assert found(PRESSURE, "component-value-quantity") == [{"value": 120}, {"value": 80}]


def test_a_choice_is_found_under_the_name_of_its_type():
    assert found(PRESSURE, "date") == [{"start": "2026-03-01"}]
    assert found({**PRESSURE, "valueString": "clear"}, "value-string") == ["clear"]


def test_a_parameter_of_another_type_of_the_choice_finds_nothing():
    assert found({**PRESSURE, "valueString": "clear"}, "value-quantity") == []


def test_only_telecoms_of_the_system_asked_for_are_found():
    phone, mail = {"system": "phone", "value": "010"}, {"system": "email", "value": "a@b.cn"}
    patient = {"resourceType": "Patient", "telecom": [phone, mail]}
    assert found(patient, "phone") == [phone]
    assert found(patient, "email") == [mail]
    assert found(patient, "telecom") == [phone, mail]


def test_patient_finds_only_references_to_a_patient():
    assert found(PRESSURE, "patient") == [{"reference": "Patient/p1"}]
    assert found({**PRESSURE, "subject": {"reference": "Group/g1"}}, "patient") == []
    assert found({**PRESSURE, "subject": {"reference": "Group/g1"}}, "subject") == [{"reference": "Group/g1"}]


@pytest.mark.parametrize(
    ("reference", "type_"),
    [
        ({"reference": "Patient/1"}, "Patient"),
        ({"reference": "https://a.example/fhir/Group/1/_history/2"}, "Group"),
        ({"reference": "#c"}, "Device"),
        ({"reference": "#"}, "List"),
        ({"reference": "#nobody"}, None),
        ({"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "type": "Patient"}, "Patient"),
        ({"identifier": {"value": "7"}, "type": "Patient"}, "Patient"),
        ({"display": "somebody"}, None),
        ("Patient/1", None),
    ],
)
def test_a_references_type_is_told_by_url_by_contained_resource_or_by_type(reference, type_):
    holder = {"resourceType": "List", "contained": [{"resourceType": "Device", "id": "c"}]}
    assert target_type(reference, holder) == type_


@pytest.mark.parametrize(
    ("member", "answer"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2026"}, True),
    ],
)
def test_a_patient_is_deceased_by_flag_or_by_date_and_alive_without_either(member, answer):
    assert found({"resourceType": "Patient", **member}, "deceased") == [answer]


def test_a_bundles_composition_is_its_first_entry():
    first, second = {"resourceType": "Composition"}, {"resourceType": "Patient"}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": first}, {"resource": second}]}
    assert found(bundle, "composition") == [first]
    assert found({"resourceType": "Bundle"}, "composition") == []


def test_a_composite_reads_its_parts_from_each_owner():
    parameter = definitions.search().parameters["Observation"]["combo-code-value-quantity"]
    owners = [owner for path in parameter.of for owner in follower(path.path)(PRESSURE, PRESSURE)]
    assert owners == [PRESSURE, *PRESSURE["component"]]
    code, quantity = (component.paths[0].path for component in parameter.components)
    assert follower(code)(owners[1], PRESSURE) == [{"text": "systolic"}]
    assert follower(quantity)(owners[1], PRESSURE) == [{"value": 120}]


def test_a_part_of_a_composite_may_stand_elsewhere_in_the_resource():
    parameter = definitions.search().parameters["MolecularSequence"]["chromosome-variant-coordinate"]
    sequence = {"referenceSeq": {"chromosome": {"text": "1"}}, "variant": [{"start": 3, "end": 4}]}
    parts = [follower(component.paths[0].path)(sequence["variant"][0], sequence) for component in parameter.components]
    assert parts == [[{"text": "1"}], [3], [4]]


def test_a_reference_knows_what_it_may_point_to():
    observation = definitions.search().parameters["Observation"]
    assert observation["subject"].targets == ["Device", "Group", "Location", "Patient"]
    assert observation["patient"].targets == ["Patient"]
    assert observation["focus"].targets == ["Resource"]


def test_equal_paths_of_different_parameters_are_spelled_equally():
    observation = definitions.search().parameters["Observation"]
    assert observation["combo-code"].paths[0] == observation["code"].paths[0]
    assert observation["combo-value-quantity"].paths[-2:] == observation["component-value-quantity"].paths


def test_every_type_of_r4_is_there_with_the_parameters_all_types_share():
    search = definitions.search()
    assert len(search.types) == 146
    assert list(search.parameters) == search.types
    assert all({"_profile", "_security", "_source", "_tag"} <= set(own) for own in search.parameters.values())


def test_every_compartment_names_parameters_that_are_there():
    search = definitions.search()
    assert list(search.compartment) == ["Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"]
    assert search.compartment["Patient"]["Observation"] == ["subject", "performer"]
    for types in search.compartment.values():
        assert all(code in search.parameters[type_] for type_, codes in types.items() for code in codes)


def test_summaries_keep_what_r4_marks_and_elements_keep_what_is_mandatory():
    members = definitions.search().members["Observation"]
    assert members.mandatory == ["status", "code"]
    assert "valueQuantity" in members.summary
    assert "note" not in members.summary


def test_files_that_were_not_compiled_say_what_brings_them():
    with pytest.raises(definitions.Missing, match="make setup"):
        definitions.compiled("nothing.json")
