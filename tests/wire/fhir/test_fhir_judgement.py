"""What a client sends by HTTP is judged before it is written: each fault with its place, and nothing half."""

from __future__ import annotations

import pytest

from tests.conftest import Home
from tests.make.fhir import Client, Server

PATIENT = b'{"resourceType":"Patient",%b}'


@pytest.mark.parametrize(
    ("body", "status", "code", "places"),
    [
        (b"", 400, "fhir.not_json", []),
        (b"{", 400, "fhir.not_json", []),
        (b"[]", 400, "fhir.no_object", []),
        (b'{"resourceType":"Patient","gender":"male","gender":"female"}', 400, "fhir.name_twice", []),
        (PATIENT % b'"multipleBirthInteger":NaN', 400, "fhir.not_json", []),
        (PATIENT % rb'"gender":"\ud800"', 400, "fhir.not_json", []),
        (PATIENT % rb'"name":[{"text":"a\u0000"}]', 422, "fhir.nul", ["Patient.name[0].text"]),
        (b'{"resourceType":"Observation"}', 422, "fhir.type_differs", ["resourceType"]),
        (PATIENT % b'"birthdate":"1980"', 422, "fhir.unknown_element", ["Patient.birthdate"]),
        (PATIENT % b'"birthDate":"1980-02-31"', 422, "fhir.no_such_day", ["Patient.birthDate"]),
        (
            PATIENT % b'"gender":"man","contact":[{"telecom":[{"system":"x"}]}],"active":1',
            422,
            None,
            ["Patient.active", "Patient.contact[0].telecom[0].system", "Patient.gender"],
        ),
        (b'{"resourceType":"Patient","extension":[' * 65 + b"]}" * 65, 422, None, None),
        (b"[" * 100_000, 400, "fhir.not_json", []),
    ],
)  # fmt: skip
async def test_what_r4_does_not_allow_is_refused_with_all_its_places(
    client: Client, body: bytes, status: int, code: str | None, places: list[str] | None
) -> None:
    answer = await client.call("POST", "/Patient", body)
    assert answer.status == status, answer.content
    assert answer.json["resourceType"] == "OperationOutcome"
    assert code is None or answer.code == code
    assert places is None or sorted(answer.places) == places
    assert all(issue["details"]["text"] for issue in answer.json["issue"])


async def test_a_large_resource_is_judged_as_a_small_one(client: Client) -> None:
    names = b",".join(b'{"text":"%06d"}' % n for n in range(10_000))
    answer = await client.call("POST", "/Patient", PATIENT % (b'"name":[%b],"gender":"man"' % names))
    assert (answer.status, answer.places) == (422, ["Patient.gender"])
    answer = await client.call("POST", "/Patient", PATIENT % (b'"name":[%b]' % names))
    assert answer.status == 201
    assert len(answer.json["name"]) == 10_000


async def test_a_reference_by_our_own_address_is_to_what_is_here(client: Client, home: Home) -> None:
    """Else the resource would be nobody's, and open to more than its patient's record is."""
    ours = f"{client.http.base_url}/fhir/R4".replace("//fhir", "/fhir")
    await client.make({"resourceType": "Patient", "id": "here"})
    about = {"resourceType": "Basic", "code": {"text": "x"}, "subject": {"reference": f"{ours}/Patient/here"}}
    made = await client.make(about)
    entry = {"request": {"method": "POST", "url": "Basic"}, "resource": about}
    for kind in ("batch", "transaction"):
        answer = await client.call("POST", "", {"resourceType": "Bundle", "type": kind, "entry": [entry]})
        assert answer.json["entry"][0]["response"]["status"] == "201 Created"
    assert made["subject"] == {"reference": "Patient/here"}
    rows = await home.rows("SELECT patient FROM records.resource WHERE type = 'Basic'")
    assert [row["patient"] for row in rows] == ["here"] * 3
    foreign = "https://elsewhere.example/fhir/R4/Patient/here"
    other = await client.make(about | {"subject": {"reference": foreign}})
    assert other["subject"] == {"reference": foreign}


async def test_what_refers_to_our_own_address_is_found_by_it(client: Client) -> None:
    ours = f"{client.http.base_url}/fhir/R4".replace("//fhir", "/fhir")
    await client.make({"resourceType": "Patient", "id": "asked"})
    about = {"resourceType": "Basic", "id": "about", "code": {"text": "x"}, "subject": {"reference": "Patient/asked"}}
    await client.make(about)
    await client.make({"resourceType": "Provenance", "id": "proof", "target": [{"reference": "Basic/about"}],
                       "recorded": "2026-01-01T00:00:00Z", "agent": [{"who": {"display": "x"}}]})  # fmt: skip
    asked = f"{ours}/Patient/asked"
    for query, found in (
        (f"Basic?subject={asked}", "about"),
        (f"Basic?subject={ours}/Patient/nobody,{asked}/_history/1", "about"),
        (f"Basic?subject:Patient={asked}", "about"),
        (f"Provenance?target:Basic.subject={asked}", "proof"),
        (f"Patient?_has:Basic:patient:patient={asked}", "asked"),
    ):
        told = await client.call("GET", f"/{query}")
        assert [one["resource"]["id"] for one in told.json.get("entry", [])] == [found], query
    again = await client.call("POST", "/Basic", about, If_None_Exist=f"subject={asked}")
    assert (again.status, again.json["id"]) == (200, "about")
    entry = {"request": {"method": "POST", "url": "Basic", "ifNoneExist": f"subject={asked}"}, "resource": about}
    told = await client.call("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    assert told.json["entry"][0]["response"]["status"] == "200 OK"
    await client.make({"resourceType": "ValueSet", "id": "v", "status": "draft", "url": f"{ours}/ValueSet/v"})
    told = await client.call("GET", f"/ValueSet?url={ours}/ValueSet/v")  # an address is no reference
    assert told.json["entry"][0]["resource"]["id"] == "v"


async def test_digits_come_back_as_they_were_sent(client: Client) -> None:
    body = b'{"resourceType":"Observation","status":"final","code":{"text":"K"},"valueQuantity":{"value":5.40}}'
    made = await client.call("POST", "/Observation", body)
    assert b'"value":5.40' in made.content
    read = await client.call("GET", f"/Observation/{made.json['id']}")
    assert b'"value":5.40' in read.content


async def test_what_may_not_be_written_is_refused_before_it_is_looked_at(server: Server) -> None:
    reader = await server.client("reader", "system/Patient.read")
    for method, path in (("POST", "/Patient"), ("PUT", "/Patient/x")):
        answer = await reader.call(method, path, b"{")
        assert (answer.status, answer.code) == (403, "fhir.scope")
    answer = await reader.call("POST", "/Nothing", b"{")
    assert (answer.status, answer.code) == (404, "fhir.type_not_served")
