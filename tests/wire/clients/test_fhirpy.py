"""fhirpy from PyPI, unchanged: what it calls by R4's words works, and its own words are refused, never misread."""

from __future__ import annotations

import uuid

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound

from tests.wire.clients.conftest import Door

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(door: Door) -> SyncFHIRClient:
    return SyncFHIRClient(door.fhir, authorization=door.authorization)


def with_headers(door: Door, **headers: str) -> SyncFHIRClient:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SyncFHIRClient(door.fhir, authorization=door.authorization, extra_headers=named)


def number() -> str:
    return f"fhirpy-{uuid.uuid4()}"


def patient(client: SyncFHIRClient, value: str, **elements: object) -> object:
    identifier = [{"system": "urn:fhirpy", "value": value}]
    return client.resource("Patient", identifier=identifier, name=[{"text": "刘淑英"}], **elements)


def test_what_it_creates_it_reads_by_id_and_by_version(client: SyncFHIRClient) -> None:
    made = patient(client, number()).save()
    assert made.meta.versionId == "1"
    assert client.reference("Patient", made.id).to_resource().serialize() == made.serialize()
    made["gender"] = "female"
    assert made.save().meta.versionId == "2"
    first = client.execute(f"Patient/{made.id}/_history/1", "get")
    assert ("gender" in first, first["name"][0]["text"]) == (False, "刘淑英")
    assert made.refresh().meta.versionId == "2"  # by If-None-Match: 304 has no body


def test_a_stale_if_match_is_refused(client: SyncFHIRClient, door: Door) -> None:
    made = patient(client, number()).save()
    careful = with_headers(door, If_Match='W/"1"')
    second = careful.execute(f"Patient/{made.id}", "put", data={**made.serialize(), "gender": "female"})
    assert second["meta"]["versionId"] == "2"
    with pytest.raises(MultipleResourcesFound, match="OperationOutcome"):  # its word for 412
        careful.execute(f"Patient/{made.id}", "put", data=made.serialize())


def test_a_conditional_create_makes_one(client: SyncFHIRClient, door: Door) -> None:
    value = number()
    once = with_headers(door, If_None_Exist=f"identifier=urn:fhirpy|{value}")
    made = [once.execute("Patient", "post", data=patient(client, value).serialize()) for _ in range(2)]
    assert made[0]["id"] == made[1]["id"]
    assert len(client.resources("Patient").search(identifier=value).fetch_all()) == 1


def test_a_conditional_update_makes_and_then_changes_one(client: SyncFHIRClient) -> None:
    value = number()
    wanted = client.resources("Patient").search(identifier=f"urn:fhirpy|{value}")
    made, new = wanted.update(patient(client, value))
    changed, again = wanted.update(patient(client, value, gender="female"))
    assert (new, again, made.id == changed.id, changed.gender) == (True, False, True, "female")


def test_its_condition_in_the_address_of_a_create_is_never_overlooked(client: SyncFHIRClient) -> None:
    """R4 says it in a header; what it means must not become a second Patient."""
    value = number()
    patient(client, value).save()
    with pytest.raises(OperationOutcome, match="If-None-Exist"):
        client.resources("Patient").search(identifier=value).get_or_create(patient(client, value))
    assert len(client.resources("Patient").search(identifier=value).fetch_all()) == 1


def test_a_json_patch_is_applied_and_a_patch_of_its_own_kind_is_refused(client: SyncFHIRClient, door: Door) -> None:
    made = patient(client, number()).save()
    patching = with_headers(door, Content_Type="application/json-patch+json")
    step = [{"op": "add", "path": "/gender", "value": "female"}]
    assert patching.execute(f"Patient/{made.id}", "patch", data=step)["gender"] == "female"
    with pytest.raises(OperationOutcome) as refused:
        made.patch(gender="male")
    assert "json-patch" in str(refused.value)


def test_it_turns_all_pages_and_gets_along_what_is_included(client: SyncFHIRClient) -> None:
    subject = patient(client, number()).save()
    for value in range(7):
        client.resource(
            "Observation", status="final", code={"text": "K"}, subject=subject.to_reference(),
            valueQuantity={"value": value},
        ).save()  # fmt: skip
    about = client.resources("Observation").search(subject=f"Patient/{subject.id}")
    assert [one.valueQuantity["value"] for one in about.limit(3).sort("value-quantity").fetch_all()] == [*range(7)]
    along = about.include("Observation", "subject").limit(2).fetch_raw()
    assert [one.search.mode for one in along.entry] == ["match", "match", "include"]
    back = client.resources("Patient").search(_id=subject.id).revinclude("Observation", "subject").fetch_raw()
    assert len(back.entry) == 8


def test_it_counts_when_its_own_parameter_may_be_left_out(client: SyncFHIRClient, door: Door) -> None:
    value = number()
    patient(client, value).save()
    lenient = with_headers(door, Prefer="handling=lenient")
    assert lenient.resources("Patient").search(identifier=value).count() == 1
    with pytest.raises(OperationOutcome, match="_totalMethod"):
        client.resources("Patient").search(identifier=value).count()


def test_a_transaction_joins_what_it_makes(client: SyncFHIRClient) -> None:
    name = f"urn:uuid:{uuid.uuid4()}"
    seen = {"status": "final", "code": {"text": "K"}, "subject": {"reference": name}}
    subject = patient(client, number()).serialize()
    entries = [
        {"fullUrl": name, "resource": subject, "request": {"method": "POST", "url": "Patient"}},
        {"resource": {"resourceType": "Observation", **seen}, "request": {"method": "POST", "url": "Observation"}},
    ]
    done = client.execute("", "post", data={"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert [one.response.status[:3] for one in done.entry] == ["201", "201"]
    made = done.entry[1].response.location.partition("/_history/")[0].rpartition("/")[2]
    assert client.reference("Observation", made).to_resource()["subject"]["reference"].startswith("Patient/")


def test_history_and_the_end_of_a_resource(client: SyncFHIRClient) -> None:
    made = patient(client, number()).save()
    made["gender"] = "female"
    made.save()
    made.delete()
    story = client.execute(f"Patient/{made.id}/_history", "get")
    assert [one.request.method for one in story.entry] == ["DELETE", "PUT", "POST"]
    with pytest.raises(ResourceNotFound, match="OperationOutcome"):
        client.reference("Patient", made.id).to_resource()


def test_a_refusal_is_an_operation_outcome_that_names_the_place(client: SyncFHIRClient) -> None:
    with pytest.raises(OperationOutcome) as refused:
        client.resource("Patient", gender="unheard of").save()
    issue = refused.value.resource["issue"][0]
    assert (issue["severity"], issue["expression"]) == ("error", ["Patient.gender"])
