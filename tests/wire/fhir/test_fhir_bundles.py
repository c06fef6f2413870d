"""Bundles over HTTP: transactions, all or nothing, whose entries name each other; batches, each entry for itself."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import msgspec
import pytest

from tests.conftest import Home
from tests.make import whole_patients
from tests.make.fhir import PATCH_JSON, Answer, Client, Json, Server

A, B = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e1"


def entry(method: str, url: str, resource: Json | None = None, full_url: str = "", **more: str) -> Json:
    told: Json = {"request": {"method": method, "url": url, **more}}
    return told | ({"resource": resource} if resource else {}) | ({"fullUrl": full_url} if full_url else {})


async def performed(client: Client, kind: str, *entries: Json, **headers: str) -> Answer:
    return await client.call("POST", "", {"resourceType": "Bundle", "type": kind, "entry": list(entries)}, **headers)


def patient(number: str = "", **elements: Any) -> Json:
    named = {"identifier": [{"system": "urn:bundle", "value": number}]} if number else {}
    return {"resourceType": "Patient", **named, "name": [{"text": "甲"}], **elements}


def observation(subject: str, **elements: Any) -> Json:
    about = {"subject": {"reference": subject}} if subject else {}
    return {"resourceType": "Observation", "status": "final", "code": {"text": "K"}, **about, **elements}


def statuses(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.content
    return [one["response"]["status"] for one in answer.json["entry"]]


def addresses(answer: Answer) -> list[str]:
    return [one["response"]["location"].partition("/_history")[0] for one in answer.json["entry"]]


async def count(home: Home) -> int:
    rows = await home.rows("SELECT count(*) FROM records.version")
    return int(rows[0][0])


# ---- transactions


async def test_a_whole_patient_comes_at_once_and_each_write_is_in_the_trail(client: Client, home: Home) -> None:
    sent = whole_patients.bundle(1)
    answer = await client.call("POST", "", sent)
    assert statuses(answer) == ["201 Created"] * len(sent["entry"])
    at = addresses(answer)
    (who,) = [one for one in at if one.startswith("Patient/")]
    rows = await home.rows(
        "SELECT patient, content FROM records.resource WHERE type || '/' || id = ANY ($1)"
        " AND type NOT IN ('Organization', 'Practitioner')", at
    )  # fmt: skip
    assert len(rows) == len(at) - 2
    assert {row["patient"] for row in rows} == {who.removeprefix("Patient/")}
    assert not [row for row in rows if "urn:uuid:" in row["content"]]
    kept = await home.rows(
        "SELECT entity_type || '/' || entity AS entity FROM security.trail"
        " WHERE verb = 'records.write' AND action = 'C' AND entity_type || '/' || entity = ANY ($1)", at
    )  # fmt: skip
    assert sorted(row["entity"] for row in kept) == sorted(at)
    met = (await client.call("GET", f"/Encounter?patient={who}&date=2011-05-29")).json
    assert [one["resource"]["period"]["start"] for one in met["entry"]] == ["2011-05-29T05:28:53+00:00"]


async def test_entries_that_name_each_other_are_tied_by_their_addresses(client: Client) -> None:
    narrative = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{A}">x</a></div>'
    answer = await performed(
        client,
        "transaction",
        entry("POST", "Observation", observation(A, text={"status": "generated", "div": narrative},
                                                 hasMember=[{"reference": B}])),
        entry("POST", "Patient", patient(identifier=[{"system": "urn:ietf:rfc:3986", "value": A}]), A),
        entry("POST", "Observation", observation(A, extension=[{"url": "urn:x", "valueUri": B}]), B),
    )  # fmt: skip
    assert statuses(answer) == ["201 Created"] * 3
    assert answer.json["type"] == "transaction-response"
    first, who, second = addresses(answer)
    read = (await client.call("GET", f"/{first}")).json
    assert (read["subject"]["reference"], read["hasMember"][0]["reference"]) == (who, second)
    assert f'href="{who}"' in read["text"]["div"]
    assert (await client.call("GET", f"/{second}")).json["extension"] == [{"url": "urn:x", "valueUri": second}]
    assert (await client.call("GET", f"/{who}")).json["identifier"][0]["value"] == A  # a name, and no reference


async def test_relative_references_are_read_beside_their_own_address(client: Client) -> None:
    base = "https://elsewhere.example/fhir"
    answer = await performed(
        client,
        "transaction",
        entry("POST", "Patient", patient(id="p"), f"{base}/Patient/p"),
        entry("POST", "Observation", observation("Patient/p"), f"{base}/Observation/o"),
        entry("POST", "Observation", observation("Patient/p"), B),  # whose own address has no base
    )
    who, first, second = addresses(answer)
    assert (await client.call("GET", f"/{first}")).json["subject"]["reference"] == who
    assert (await client.call("GET", f"/{second}")).json["subject"]["reference"] == "Patient/p"


async def test_all_of_it_is_in_one_compartment_and_one_history(client: Client, home: Home) -> None:
    answer = await performed(
        client,
        "transaction",
        entry("POST", "Observation", observation(A)),
        entry("POST", "Patient", patient(managingOrganization={"reference": "Organization/baishi"}), A),
    )
    rows = await home.rows(
        "SELECT patient, institution FROM records.resource WHERE type || '/' || id = ANY ($1)", addresses(answer)
    )
    assert len({tuple(row) for row in rows}) == 1
    assert rows[0]["institution"] == "baishi"


async def test_what_is_searched_for_is_found_or_refuses_all(client: Client, home: Home) -> None:
    made = await client.make(patient("known"))
    about = observation("Patient?identifier=urn:bundle|known")
    answer = await performed(client, "transaction", entry("POST", "Observation", about))
    read = (await client.call("GET", f"/{addresses(answer)[0]}")).json
    assert read["subject"]["reference"] == f"Patient/{made['id']}"
    before = await count(home)
    for reference, code in (
        ("Patient?identifier=urn:bundle|nobody", "fhir.none_match"),
        (B, "fhir.unresolved_reference"),
    ):
        refused = await performed(
            client,
            "transaction",
            entry("POST", "Patient", patient()),
            entry("POST", "Observation", observation(reference)),
        )
        assert refused.code == code
        assert refused.places == [f"Bundle.entry[1]{'.reference' if code == 'fhir.none_match' else ''}"]
    await client.make(patient("known"))
    refused = await performed(client, "transaction", entry("POST", "Observation", about))
    assert (refused.status, refused.code) == (412, "fhir.several_match")
    assert await count(home) == before + 1


async def test_every_act_in_its_order(client: Client) -> None:
    for id in ("old", "changed", "patched"):
        await client.make(patient(id=id))
    operations = [{"op": "add", "path": "/gender", "value": "female"}]
    binary = {"resourceType": "Binary", "contentType": PATCH_JSON,
              "data": base64.b64encode(msgspec.json.encode(operations)).decode()}  # fmt: skip
    answer = await performed(
        client,
        "transaction",
        entry("GET", "Patient?identifier=urn:bundle|order"),
        entry("GET", "Patient/changed"),
        entry("PATCH", "Patient/patched", binary),
        entry("PUT", "Patient/changed", patient(id="changed", gender="male"), ifMatch='W/"1"'),
        entry("PUT", "Patient?identifier=urn:bundle|by-number", patient("by-number")),
        entry("POST", "Patient", patient("order")),
        entry("POST", "Patient", patient("order-2"), ifNoneExist="identifier=urn:bundle|order-2"),
        entry("DELETE", "Patient/old"),
        entry("DELETE", "Patient/never-was"),
    )
    assert statuses(answer) == ["200 OK"] * 4 + ["201 Created"] * 3 + ["204 No Content"] * 2
    found, read, *_ = answer.json["entry"]
    assert len(found["resource"]["entry"]) == 1  # it saw what was written
    assert read["resource"]["gender"] == "male"
    assert (await client.call("GET", "/Patient/patched")).json["gender"] == "female"
    assert (await client.call("GET", "/Patient/old")).status == 410
    again = await performed(
        client,
        "transaction",
        entry("POST", "Patient", patient("order-2"), A, ifNoneExist="identifier=urn:bundle|order-2"),
        entry("POST", "Observation", observation(A)),
        entry("DELETE", "Patient?identifier=urn:bundle|by-number"),
        entry("DELETE", "Patient?identifier=urn:bundle|nobody"),
    )
    assert statuses(again) == ["200 OK", "201 Created", "204 No Content", "204 No Content"]
    read = (await client.call("GET", f"/{addresses_of(again)[1]}")).json
    assert read["subject"]["reference"] == addresses_of(again)[0]


def addresses_of(answer: Answer) -> list[str]:
    told = [one["response"].get("location", "") for one in answer.json["entry"]]
    return [one.partition("/_history")[0] for one in told]


REFUSED: list[tuple[Json, str, str]] = [
    (entry("PUT", "Patient/kept", patient(id="kept"), ifMatch='W/"9"'), "fhir.version_conflict",
     "Bundle.entry[1].request.ifMatch"),
    (entry("PUT", "Patient/kept", patient(id="other")), "fhir.id_differs", "Bundle.entry[1].Patient.id"),
    (entry("POST", "Patient", observation("")), "fhir.type_differs", "Bundle.entry[1].resourceType"),
    (entry("POST", "Patient", patient(gender="man")), "fhir.not_a_code", "Bundle.entry[1].resource.gender"),
    (entry("POST", "Patient"), "fhir.required", "Bundle.entry[1].resource"),
    (entry("PUT", "Patient/fresh", patient(id="fresh")), "fhir.same_twice", "Bundle.entry[1]"),
    (entry("DELETE", "Patient/fresh"), "fhir.same_twice", "Bundle.entry[0]"),  # the second in R4's order
    (entry("DELETE", "Patient"), "fhir.no_criteria", "Bundle.entry[1].request.url"),
    (entry("GET", "Patient/nobody"), "fhir.not_found", "Bundle.entry[1]"),
    (entry("GET", "Nothing/1"), "fhir.type_not_served", "Bundle.entry[1].resourceType"),
    (entry("POST", "$process"), "fhir.required", "Bundle.entry[1].resource"),
    (entry("POST", "/", patient()), "path.unknown", "Bundle.entry[1]"),
    (entry("PATCH", "Patient/kept", patient(id="kept")), "fhir.patch_in_bundle", "Bundle.entry[1].resource"),
    (entry("PATCH", "Patient/nobody", {"resourceType": "Binary", "contentType": PATCH_JSON, "data": "W10="}),
     "fhir.not_found", "Bundle.entry[1]"),
    (entry("POST", "Patient", patient(meta={"source": "yuanzhen:x"})), "fhir.reserved_source",
     "Bundle.entry[1].Patient.meta.source"),
    (entry("PUT", "Organization/city", {"resourceType": "Organization", "id": "city", "name": "x"}), "fhir.published",
     "Bundle.entry[1]"),
    ({"fullUrl": A}, "fhir.required", "Bundle.entry[1].request"),
]  # fmt: skip


@pytest.mark.parametrize(("second", "code", "place"), REFUSED)
async def test_one_that_is_refused_refuses_all_and_is_named(
    client: Client, home: Home, second: Json, code: str, place: str
) -> None:
    await client.make(patient(id="kept"))
    before = await count(home)
    answer = await performed(client, "transaction", entry("PUT", "Patient/fresh", patient(id="fresh")), second)
    assert 400 <= answer.status < 500
    assert (answer.code, answer.places) == (code, [place])
    assert await count(home) == before


async def test_a_name_that_two_bear_refers_to_neither(client: Client, home: Home) -> None:
    before = await count(home)
    answer = await performed(client, "transaction", *(entry("POST", "Patient", patient(), A) for _ in range(2)))
    assert (answer.code, answer.places) == ("fhir.same_twice", ["Bundle.entry[1].fullUrl"])
    assert await count(home) == before


async def test_a_version_that_the_client_holds_is_not_sent_in_a_batch(client: Client) -> None:
    made = await client.make(patient())
    url, late = f"Patient/{made['id']}", "2099-01-01T00:00:00.123456789+08:00"
    answer = await performed(
        client,
        "batch",
        entry("GET", url, ifNoneMatch='W/"1"'),
        entry("GET", url, ifModifiedSince=late),
        entry("GET", url, ifModifiedSince="2016-12-31T23:59:60Z"),
        entry("GET", url, ifNoneMatch='W/"2"'),
    )
    assert [status[:3] for status in statuses(answer)] == ["304", "304", "422", "200"]


async def test_a_transaction_with_a_fault_tells_all_faults(client: Client) -> None:
    answer = await performed(
        client, "transaction", *(entry("POST", "Patient", patient(gender=one)) for one in ("man", "male", "woman"))
    )
    assert answer.places == ["Bundle.entry[0].resource.gender", "Bundle.entry[2].resource.gender"]


async def test_of_transactions_that_create_the_same_at_once_one_does(client: Client) -> None:
    def one(number: int) -> Any:
        condition = "identifier=urn:bundle|raced"
        about = observation(A, valueInteger=number)
        return performed(
            client,
            "transaction",
            entry("POST", "Patient", patient("raced"), A, ifNoneExist=condition),
            entry("POST", "Observation", about),
        )

    answers = await asyncio.gather(*(one(number) for number in range(20)))
    assert sorted(statuses(answer)[0] for answer in answers) == ["200 OK"] * 19 + ["201 Created"]
    assert len({addresses(answer)[0] for answer in answers}) == 1


async def test_the_client_says_whether_what_was_written_comes_back(client: Client) -> None:
    plain = await performed(client, "transaction", entry("POST", "Patient", patient()))
    assert "resource" not in plain.json["entry"][0]
    whole = await performed(client, "transaction", entry("POST", "Patient", patient()), Prefer="return=representation")
    told = whole.json["entry"][0]
    assert told["resource"]["resourceType"] == "Patient"
    assert told["fullUrl"].endswith(f"/Patient/{told['resource']['id']}")


# ---- batches


async def test_entries_of_a_batch_are_each_for_themselves(client: Client, home: Home) -> None:
    before = await count(home)
    answer = await performed(
        client,
        "batch",
        entry("POST", "Patient", patient("batch")),
        entry("POST", "Patient", patient(gender="man")),
        entry("GET", "Patient/nobody"),
        entry("PUT", "Patient/a", patient(id="b")),
        entry("GET", "metadata"),
        entry("POST", "Patient"),
        entry("GET", "Patient?identifier=urn:bundle|batch"),
        entry("DELETE", "Organization/city"),
    )
    assert answer.json["type"] == "batch-response"
    assert [status[:3] for status in statuses(answer)] == ["201", "422", "404", "422", "200", "422", "200", "403"]
    entries = answer.json["entry"]
    assert entries[1]["response"]["outcome"]["issue"][0]["expression"] == ["Patient.gender"]
    assert entries[4]["resource"]["resourceType"] == "CapabilityStatement"
    assert len(entries[6]["resource"]["entry"]) == 1
    assert await count(home) == before + 1


async def test_a_bundle_of_another_type_is_stored_and_not_performed(client: Client) -> None:
    answer = await performed(client, "collection", {"resource": patient()})
    assert (answer.status, answer.code, answer.places) == (422, "fhir.bundle_type", ["Bundle.type"])
    stored = await client.call("POST", "/Bundle", {"resourceType": "Bundle", "type": "batch",
                                                   "entry": [entry("GET", "Patient/nobody")]})  # fmt: skip
    assert stored.status == 201
    empty = await client.call("POST", "", {"resourceType": "Bundle", "type": "transaction"})
    assert empty.json == {
        "resourceType": "Bundle", "type": "transaction-response",
    }  # fmt: skip


async def test_each_entry_wants_its_scope(server: Server, client: Client, home: Home) -> None:
    await client.make(patient("scoped", id="scoped"))
    half = await server.client("half", "system/Patient.read system/Observation.write")
    allowed = [entry("GET", "Patient/scoped"), entry("POST", "Observation", observation("Patient/scoped"))]
    assert statuses(await performed(half, "transaction", *allowed)) == ["200 OK", "201 Created"]
    before = await count(home)
    for one in (
        entry("GET", "Observation"),
        entry("PUT", "Patient/scoped", patient(id="scoped")),
        entry("DELETE", "Patient/scoped"),
        entry("POST", "Observation", observation(""), ifNoneExist="status=final"),
        entry("GET", "_history"),
    ):
        refused = await performed(half, "transaction", *allowed, one)
        assert (refused.status, refused.code, refused.places[0][:15]) == (403, "fhir.scope", "Bundle.entry[2]"), one
        assert statuses(await performed(half, "batch", one)) == ["403 Forbidden"]
    assert await count(home) == before
    blind = await server.client("blind", "system/Observation.write")
    about = observation("Patient?identifier=urn:bundle|scoped")
    refused = await performed(blind, "transaction", entry("POST", "Observation", about))
    assert (refused.status, refused.code) == (403, "fhir.scope")
