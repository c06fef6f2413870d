"""What R4 asks of a resource, rule by rule; a refusal names the element and the rule."""

from decimal import Decimal
from typing import Any

import pytest

from yuanzhen.data.exchange.fhir import validate
from yuanzhen.data.exchange.fhir.shapes import MOST_FAULTS
from yuanzhen.infrastructure.errors import Invalid

PATIENT = {"resourceType": "Patient", "name": [{"family": "王", "given": ["小明"]}]}
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "体温"}}
DAYS = "2024-02-29 2000-02-29 2023-02-28 2024-04-30 2024-12-31 2024-02 2024"
NO_DAYS = "2023-02-29 1900-02-29 2024-02-30 2024-02-31 2024-04-31 2024-11-31"


def told(resource: Any) -> list[tuple[str | None, str]]:
    """Place and rule of each problem."""
    return [(problem.place, problem.code) for problem in validate.problems_of(resource)]


def patient(**members: Any) -> dict[str, Any]:
    return {**PATIENT, **members}


def observation(**members: Any) -> dict[str, Any]:
    return {**OBSERVATION, **members}


def test_what_r4_allows_passes():
    assert told(PATIENT) == []
    assert told(OBSERVATION) == []


@pytest.mark.parametrize("resource", [None, [], "Patient", 1])
def test_what_is_no_object_is_refused(resource):
    assert told(resource) == [(None, "fhir.no_object")]


@pytest.mark.parametrize("type_", [None, "Nobody", "DomainResource", "SubscriptionStatus", ["Patient"], {}, 1])
def test_a_type_that_r4_has_not_is_refused(type_):
    assert told({"resourceType": type_}) == [("Resource.resourceType", "fhir.no_such_type")]


def test_a_problem_is_placed_as_fhirpath_writes_it():
    contact = {"telecom": [{"system": "phone"}, {"system": "smoke"}]}
    (problem,) = validate.problems_of(patient(contact=[contact]))
    assert problem.place == "Patient.contact[0].telecom[1].system"
    assert problem.code == "fhir.not_a_code"
    assert problem.facts["allowed"] == ["phone", "fax", "email", "pager", "url", "sms", "other"]


def test_an_element_that_r4_has_not_is_refused_with_what_was_perhaps_meant():
    (problem,) = validate.problems_of(patient(birthdate="2024"))
    assert (problem.place, problem.code) == ("Patient.birthdate", "fhir.unknown_element")
    assert problem.facts["near"] == "birthDate"


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        ({"resourceType": "Observation", "code": {"text": "x"}}, "Observation.status"),
        ({"resourceType": "Observation", "status": "final"}, "Observation.code"),
        (observation(component=[{"valueString": "x"}]), "Observation.component[0].code"),
        (patient(link=[{"type": "refer"}]), "Patient.link[0].other"),
        (patient(text={"status": "generated"}), "Patient.text.div"),
        (patient(extension=[{"valueString": "x"}]), "Patient.extension[0].url"),
        (
            {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"display": "x"}},
            "MedicationRequest.medication[x]",
        ),
    ],
)
def test_a_mandatory_element_is_missed(resource, place):
    assert told(resource) == [(place, "fhir.required")]


def test_a_mandatory_primitive_may_be_there_by_its_extension_alone():
    unknown = {"extension": [{"url": "urn:why-absent", "valueCode": "unknown"}]}
    assert told({"resourceType": "Observation", "_status": unknown, "code": {"text": "x"}}) == []


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        (patient(name=[]), "Patient.name"),
        (patient(name=[{}]), "Patient.name[0]"),
        (patient(name=[{"family": ""}]), "Patient.name[0].family"),
        (patient(maritalStatus={}), "Patient.maritalStatus"),
        (patient(_birthDate={}), "Patient._birthDate"),
        (patient(implicitRules=""), "Patient.implicitRules"),
    ],
)
def test_nothing_is_empty(resource, place):
    assert told(resource) == [(place, "fhir.empty")]


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        (patient(birthDate=None), "Patient.birthDate"),
        (patient(maritalStatus=None), "Patient.maritalStatus"),
        (patient(name=[None]), "Patient.name[0]"),
        (patient(name=[{"given": [None]}]), "Patient.name[0].given[0]"),
        (patient(name=[{"given": ["a", None], "_given": [{"id": "x"}, None]}]), "Patient.name[0].given[1]"),
        (patient(name=[{"_given": [None, {"id": "x"}]}]), "Patient.name[0]._given[0]"),
    ],
)
def test_null_stands_only_where_it_keeps_a_place(resource, place):
    assert told(resource) == [(place, "fhir.null")]


def test_primitives_and_their_extensions_stand_side_by_side():
    beside = {"given": ["a", None], "_given": [None, {"extension": [{"url": "urn:x", "valueString": "y"}]}]}
    assert told(patient(name=[beside])) == []
    assert told(patient(name=[{**beside, "_given": beside["_given"][1:]}])) == [
        ("Patient.name[0].given[1]", "fhir.null"),
        ("Patient.name[0]._given", "fhir.not_aligned"),
    ]


@pytest.mark.parametrize(
    ("resource", "place", "expected"),
    [
        (observation(subject="Patient/1"), "Observation.subject", "Reference"),
        (observation(subject=[{"reference": "Patient/1"}]), "Observation.subject", "Reference"),
        (patient(name={"family": "x"}), "Patient.name", "array"),
        (patient(birthDate=2024), "Patient.birthDate", "date"),
        (patient(active="true"), "Patient.active", "boolean"),
        (patient(multipleBirthInteger=True), "Patient.multipleBirthInteger", "integer"),
        (patient(multipleBirthInteger=Decimal("1.0")), "Patient.multipleBirthInteger", "integer"),
        (patient(multipleBirthInteger=1.0), "Patient.multipleBirthInteger", "integer"),
        (observation(valueQuantity={"value": "37.2"}), "Observation.valueQuantity.value", "decimal"),
    ],
)
def test_another_datatype_is_refused_with_the_one_expected(resource, place, expected):
    (problem,) = validate.problems_of(resource)
    assert (problem.place, problem.code, problem.facts["expected"]) == (place, "fhir.wrong_type", expected)


@pytest.mark.parametrize(
    ("resource", "place", "expected"),
    [
        (patient(id="a b"), "Patient.id", "id"),
        (patient(id="a" * 65), "Patient.id", "id"),
        (patient(language=" zh"), "Patient.language", "code"),
        (patient(language="zh  cn"), "Patient.language", "code"),
        (patient(implicitRules="urn:a b"), "Patient.implicitRules", "uri"),
        (patient(birthDate="2024-1-1"), "Patient.birthDate", "date"),
        (patient(birthDate="2024-01-01T00:00:00Z"), "Patient.birthDate", "date"),
        (patient(deceasedDateTime="2024-01-01T00:00:00"), "Patient.deceasedDateTime", "dateTime"),
        (patient(deceasedDateTime="2024-01-01T24:00:00Z"), "Patient.deceasedDateTime", "dateTime"),
        (patient(meta={"lastUpdated": "2024-01-01"}), "Patient.meta.lastUpdated", "instant"),
        (observation(valueTime="24:00:00"), "Observation.valueTime", "time"),
        (patient(photo=[{"data": "abc"}]), "Patient.photo[0].data", "base64Binary"),
        (patient(extension=[{"url": "urn:x", "valueOid": "1.2.3"}]), "Patient.extension[0].valueOid", "oid"),
        (patient(extension=[{"url": "urn:x", "valueUuid": "1"}]), "Patient.extension[0].valueUuid", "uuid"),
    ],
)
def test_a_value_is_written_as_its_datatype_asks(resource, place, expected):
    (problem,) = validate.problems_of(resource)
    assert (problem.place, problem.code, problem.facts["expected"]) == (place, "fhir.format", expected)


def test_a_full_width_blank_is_text():
    assert told(patient(language="zh　cn", name=[{"text": "　"}])) == []


@pytest.mark.parametrize("day", DAYS.split())
def test_days_of_the_calendar_pass(day):
    assert told(patient(birthDate=day)) == []
    if len(day) == 10:
        assert told(patient(birthDate=day, deceasedDateTime=f"{day}T23:59:60.123+14:00")) == []


@pytest.mark.parametrize("day", NO_DAYS.split())
def test_days_that_the_calendar_has_not_are_refused(day):
    assert told(patient(birthDate=day)) == [("Patient.birthDate", "fhir.no_such_day")]
    assert told(patient(deceasedDateTime=f"{day}T10:00:00Z")) == [("Patient.deceasedDateTime", "fhir.no_such_day")]


def test_integers_have_limits():
    assert told(patient(multipleBirthInteger=2**31 - 1)) == []
    assert told(patient(multipleBirthInteger=2**31)) == [("Patient.multipleBirthInteger", "fhir.out_of_range")]
    rank = {"telecom": [{"rank": 0}]}
    assert told(patient(**rank)) == [("Patient.telecom[0].rank", "fhir.out_of_range")]


@pytest.mark.parametrize("value", ["1E+1001", "1E-1001", "0." + "1" * 1001, "9" * 1001])
def test_a_number_that_no_database_keeps_is_refused(value):
    number = Decimal(value)
    place = "Observation.valueQuantity.value"
    assert told(observation(valueQuantity={"value": number})) == [(place, "fhir.number_not_kept")]


@pytest.mark.parametrize("value", [int("9" * 1001), float("nan"), float("inf"), Decimal("NaN")])
def test_nor_one_that_no_json_writes(value):
    assert told(observation(valueQuantity={"value": value})) == [
        ("Observation.valueQuantity.value", "fhir.number_not_kept")
    ]


def test_only_one_type_of_a_choice_may_be_given():
    assert told(observation(valueString="x", valueBoolean=True)) == [("Observation.valueBoolean", "fhir.one_of_choice")]
    two = {"url": "urn:x", "valueString": "x", "_valueCode": {"id": "c"}}
    assert told(patient(extension=[two])) == [("Patient.extension[0]._valueCode", "fhir.one_of_choice")]
    both_halves = {"url": "urn:x", "_valueString": {"id": "c"}, "valueString": "x"}
    assert told(patient(extension=[both_halves])) == []


def test_resources_inside_are_judged_by_their_own_types():
    inside = {"resourceType": "Organization", "name": 7}
    assert told(patient(contained=[inside])) == [("Patient.contained[0].name", "fhir.wrong_type")]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}, {"resource": inside}]}
    assert told(bundle) == [("Bundle.entry[1].resource.name", "fhir.wrong_type")]
    parts = {"parameter": [{"name": "a", "part": [{"name": "b", "resource": {"resourceType": "Nobody"}}]}]}
    assert told({"resourceType": "Parameters", **parts}) == [
        ("Parameters.parameter[0].part[0].resource.resourceType", "fhir.no_such_type")
    ]


def nested(depth: int) -> dict[str, Any]:
    extension: dict[str, Any] = {"url": "urn:x", "valueString": "x"}
    for _ in range(depth - 2):
        extension = {"url": "urn:x", "extension": [extension]}
    return patient(extension=[extension])


def test_64_objects_may_stand_inside_one_another_and_no_more():
    assert told(nested(64)) == []
    ((place, code),) = told(nested(65))
    assert code == "fhir.too_deep"
    assert place is not None and place.startswith("Patient.extension[0].extension[0]")
    assert [code for _, code in told(nested(300))] == ["fhir.too_deep"]


@pytest.mark.parametrize("depth", [300, 900])
def test_what_r4_does_not_have_may_not_be_nested_without_end_either(depth: int) -> None:
    strange: Any = 1
    for _ in range(depth):
        strange = [strange]
    assert [code for _, code in told(patient(strange=strange))] == ["fhir.too_deep"]


def test_text_that_no_database_keeps_is_refused():
    assert told(patient(name=[{"family": "a\0b"}])) == [("Patient.name[0].family", "fhir.nul")]
    assert [code for _, code in told(patient(name=[{"family": "\ud800"}]))] == ["fhir.surrogate"]


def test_no_problem_repeats_what_the_resource_says():
    secret = "geheim-王小明"
    resource = {"resourceType": "Patient", "birthDate": secret, "gender": secret, "id": secret, "active": secret}
    problems = validate.problems_of(resource)
    assert len(problems) == 4
    assert secret not in "".join(map(str, problems))


def test_many_problems_are_told_at_once_and_not_endlessly():
    assert sorted(told({"resourceType": "Observation", "subject": "x"})) == [
        ("Observation.code", "fhir.required"),
        ("Observation.status", "fhir.required"),
        ("Observation.subject", "fhir.wrong_type"),
    ]
    assert len(told(patient(name=[{"family": 1}] * 500))) == MOST_FAULTS


def test_of_a_large_resource_the_schema_tells_the_first_problem_alone():
    assert told(patient(name=[{"family": 1}] * 100_000)) == [("Patient.name[0].family", "fhir.wrong_type")]
    unknown = {f"x{number}": 1 for number in range(100_000)}
    assert told(patient(**unknown)) == [("Patient.x0", "fhir.unknown_element")]
    entries = [{"resource": patient(name=[{"family": 1}] * 300)} for _ in range(300)]
    assert len(told({"resourceType": "Bundle", "type": "collection", "entry": entries})) == MOST_FAULTS


def test_check_raises_the_first_problem():
    validate.check(PATIENT)
    with pytest.raises(Invalid) as refused:
        validate.check(patient(active="x"))
    assert refused.value.place == "Patient.active"
