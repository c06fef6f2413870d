"""R4's REST over HTTP as a machine client speaks it: versions, conditions, patches, and what is refused."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from tests.conftest import Home
from tests.make.fhir import PATCH_JSON, Client, Json, Server


def patient(number: str = "", **elements: Any) -> Json:
    """A Patient; `number`: what it is found by."""
    named = {"identifier": [{"system": "urn:rest", "value": number}]} if number else {}
    return {"resourceType": "Patient", "name": [{"text": "甲"}], **named, **elements}


# ---- read and versions


async def test_what_is_made_has_an_address_and_comes_back_as_it_was(client: Client) -> None:
    sent = patient(birthDate="1980-02-29")
    made = await client.call("POST", "/Patient", sent | {"id": "mine"})
    assert made.status == 201
    id = made.json["id"]
    assert id != "mine"
    assert made.headers["location"].endswith(f"/fhir/R4/Patient/{id}/_history/1")
    assert made.headers["etag"] == 'W/"1"'
    read = await client.call("GET", f"/Patient/{id}")
    assert (read.status, read.headers["content-type"]) == (200, "application/fhir+json")
    assert {name: value for name, value in read.json.items() if name not in ("id", "meta")} == sent
    assert read.json["meta"]["versionId"] == "1"
    again = await client.http.get(made.headers["location"])
    assert again.json() == read.json


async def test_who_holds_a_version_is_sent_it_once(client: Client) -> None:
    made = await client.make(patient())
    path = f"/Patient/{made['id']}"
    read = await client.call("GET", path)
    for headers in ({"If_None_Match": 'W/"1"'}, {"If_None_Match": 'W/"7", W/"1"'}, {"If_None_Match": "*"},
                    {"If_Modified_Since": read.headers["last-modified"]}):  # fmt: skip
        same = await client.call("GET", path, **headers)
        assert (same.status, same.content, same.headers["etag"]) == (304, b"", 'W/"1"'), headers
    before = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    for headers in ({"If_None_Match": 'W/"2"'}, {"If_Modified_Since": before}, {"If_Modified_Since": "yesterday"},
                    {"If_None_Match": 'W/"2"', "If_Modified_Since": read.headers["last-modified"]}):  # fmt: skip
        assert (await client.call("GET", path, **headers)).status == 200, headers


async def test_head_tells_all_but_the_resource(client: Client) -> None:
    made = await client.make(patient())
    head = await client.call("HEAD", f"/Patient/{made['id']}")
    assert (head.status, head.content, head.headers["etag"]) == (200, b"", 'W/"1"')
    assert (await client.call("HEAD", "/Patient/nobody")).status == 404


async def test_a_version_is_changed_only_from_the_one_that_was_seen(client: Client) -> None:
    made = await client.make(patient(id="versions"))
    changed = await client.call("PUT", "/Patient/versions", {**made, "gender": "male"}, If_Match='W/"1"')
    assert (changed.status, changed.headers["etag"]) == (200, 'W/"2"')
    for tag in ('W/"1"', '"1"', "3"):
        stale = await client.call("PUT", "/Patient/versions", {**made, "gender": "female"}, If_Match=tag)
        assert (stale.status, stale.code, stale.places) == (412, "fhir.version_conflict", ["If-Match"])
    wrong = await client.call("PUT", "/Patient/versions", made, If_Match="W/x")
    assert (wrong.status, wrong.code) == (422, "fhir.bad_etag")
    assert (await client.call("PUT", "/Patient/never", patient(id="never"), If_Match='W/"1"')).status == 412
    first, second, third = [await client.call("GET", f"/Patient/versions/_history/{n}") for n in (1, 2, 3)]
    assert ("gender" in first.json, second.json["gender"], third.code) == (False, "male", "fhir.version_not_found")
    assert (await client.call("GET", "/Patient/versions/_history/x")).status == 404


async def test_what_shall_be_new_is_written_over_nothing(client: Client) -> None:
    told = patient(id="only-new")
    first = await client.call("PUT", "/Patient/only-new", told, If_None_Match="*")
    assert (first.status, first.headers["etag"]) == (201, 'W/"1"')
    there = await client.call("PUT", "/Patient/only-new", {**told, "gender": "male"}, If_None_Match="*")
    assert (there.status, there.code, there.places) == (412, "fhir.version_conflict", ["If-None-Match"])
    assert "gender" not in (await client.call("GET", "/Patient/only-new")).json
    assert (await client.call("DELETE", "/Patient/only-new")).status == 204
    assert (await client.call("PUT", "/Patient/only-new", told, If_None_Match="*")).status == 201
    racing = [client.call("PUT", "/Patient/one-of-ten", patient(id="one-of-ten"), If_None_Match="*") for _ in range(10)]
    assert sorted(one.status for one in await asyncio.gather(*racing)) == [201, *[412] * 9]


@pytest.mark.parametrize(
    ("path", "resource", "code"),
    [
        ("/Patient/a", patient(id="b"), "fhir.id_differs"),
        ("/Patient/a", patient(), "fhir.id_differs"),
        ("/Patient/a", {"resourceType": "Basic", "id": "a", "code": {"text": "x"}}, "fhir.type_differs"),
        ("/Patient/" + "a" * 65, patient(id="a" * 65), None),
        ("/Parameters/a", {"resourceType": "Parameters", "id": "a"}, "fhir.type_not_served"),
        ("/Patient/posing", patient(id="posing", meta={"source": "yuanzhen:x"}), "fhir.reserved_source"),
    ],
)
async def test_what_does_not_fit_its_path_is_refused(client: Client, path: str, resource: Json, code: str) -> None:
    answer = await client.call("PUT", path, resource)
    assert answer.status in (404, 422)
    assert code is None or answer.code == code


# ---- the end


async def test_what_is_deleted_is_gone_and_its_history_stays(client: Client) -> None:
    made = await client.make(patient("gone", id="gone"))
    await client.make({"resourceType": "Observation", "id": "of-gone", "status": "final", "code": {"text": "x"},
                       "subject": {"reference": "Patient/gone"}})  # fmt: skip
    stale = await client.call("DELETE", "/Patient/gone", If_Match='W/"9"')
    assert (stale.status, stale.code) == (412, "fhir.version_conflict")
    ended = await client.call("DELETE", "/Patient/gone", If_Match='W/"1"')
    assert (ended.status, ended.content, ended.headers["etag"]) == (204, b"", 'W/"2"')
    read = await client.call("GET", "/Patient/gone")
    assert (read.status, read.code) == (410, "fhir.deleted")
    assert (await client.call("GET", "/Patient/gone/_history/2")).status == 410
    assert (await client.call("GET", "/Patient/gone/_history/1")).json["name"] == made["name"]
    assert (await client.call("GET", "/Patient?identifier=gone")).json.get("entry", []) == []
    assert (await client.call("GET", "/Observation/of-gone")).json["subject"] == {"reference": "Patient/gone"}
    for _ in range(2):
        assert (await client.call("DELETE", "/Patient/gone")).status == 204
    assert (await client.call("DELETE", "/Patient/never-was")).status == 204
    back = await client.call("PUT", "/Patient/gone", patient(id="gone"))
    assert (back.status, back.headers["etag"]) == (201, 'W/"3"')
    history = (await client.call("GET", "/Patient/gone/_history")).json
    assert [one["request"]["method"] for one in history["entry"]] == ["PUT", "DELETE", "POST"]
    assert [("resource" in one) for one in history["entry"]] == [True, False, True]


async def test_a_deletion_is_in_the_trail(client: Client, home: Home) -> None:
    made = await client.make(patient())
    await client.call("DELETE", f"/Patient/{made['id']}")
    rows = await home.rows("SELECT verb, action, patient FROM security.trail WHERE entity = $1 ORDER BY id", made["id"])
    assert [tuple(row) for row in rows] == [
        ("records.write", "C", made["id"]), ("records.delete", "D", made["id"])
    ]  # fmt: skip


# ---- conditions


async def test_of_a_hundred_who_create_the_same_at_once_one_does(client: Client, home: Home) -> None:
    criteria = "identifier=urn:rest|race"
    answers = await asyncio.gather(
        *(client.call("POST", "/Patient", patient("race"), If_None_Exist=criteria) for _ in range(100))
    )
    assert sorted(answer.status for answer in answers) == [200] * 99 + [201]
    assert len({answer.json["id"] for answer in answers}) == 1
    found = (await client.call("GET", "/Patient?identifier=race")).json["entry"]
    assert len(found) == 1


async def test_a_condition_that_several_meet_is_refused(client: Client) -> None:
    for _ in range(2):
        await client.make(patient("twins"))
    asked = "identifier=urn:rest|twins"
    for call in (
        client.call("POST", "/Patient", patient("twins"), If_None_Exist=asked),
        client.call("PUT", f"/Patient?{asked}", patient("twins")),
        client.call("DELETE", f"/Patient?{asked}"),
        client.call("PATCH", f"/Patient?{asked}", [], Content_Type=PATCH_JSON),
    ):
        answer = await call
        assert (answer.status, answer.code) == (412, "fhir.several_match")
    assert len((await client.call("GET", f"/Patient?{asked}")).json["entry"]) == 2


async def test_an_update_finds_what_it_means_or_makes_it(client: Client) -> None:
    path = "/Patient?identifier=urn:rest|found"
    made = await client.call("PUT", path, patient("found"))
    assert made.status == 201
    again = await client.call("PUT", path, patient("found", gender="male"))
    assert (again.status, again.json["id"], again.headers["etag"]) == (200, made.json["id"], 'W/"2"')
    named = await client.call("PUT", path, patient("found", id=made.json["id"]))
    assert (named.status, named.headers["etag"]) == (200, 'W/"3"')
    other = await client.call("PUT", path, patient("found", id="another"))
    assert (other.status, other.code) == (422, "fhir.id_differs")
    own = await client.call("PUT", "/Patient?identifier=urn:rest|own", patient("own", id="own-id"))
    assert (own.status, own.json["id"]) == (201, "own-id")
    taken = await client.call("PUT", "/Patient?identifier=urn:rest|free", patient("free", id="own-id"))
    assert (taken.status, taken.code) == (412, "fhir.version_conflict")


async def test_a_deletion_finds_what_it_means(client: Client) -> None:
    made = await client.make(patient("last"))
    assert (await client.call("DELETE", "/Patient?identifier=urn:rest|last")).status == 204
    assert (await client.call("GET", f"/Patient/{made['id']}")).status == 410
    assert (await client.call("DELETE", "/Patient?identifier=urn:rest|last")).status == 204


@pytest.mark.parametrize(
    ("method", "path", "headers", "code"),
    [
        ("DELETE", "/Patient", {}, "fhir.no_criteria"),
        ("DELETE", "/Patient?_count=1", {}, "fhir.no_criterion"),
        ("DELETE", "/Patient?nothing=1", {}, "fhir.unknown_parameter"),
        ("PUT", "/Patient", {}, "fhir.no_criteria"),
        ("POST", "/Patient", {"If_None_Exist": ""}, "fhir.no_criteria"),
        ("POST", "/Patient", {"If_None_Exist": "_sort=name"}, "fhir.no_criterion"),
    ],
)
async def test_a_condition_that_chooses_nothing_chooses_not_everything(
    client: Client, method: str, path: str, headers: dict[str, str], code: str
) -> None:
    answer = await client.call(method, path, None if method == "DELETE" else patient(), **headers)
    assert (answer.status, answer.code) == (422, code)


# ---- JSON Patch


async def patched(client: Client, path: str, *operations: Json, **headers: str) -> Any:
    return await client.call("PATCH", path, list(operations), Content_Type=PATCH_JSON, **headers)


async def test_a_patch_changes_what_it_says_and_no_digit_else(client: Client) -> None:
    body = (b'{"resourceType":"Observation","id":"patched","status":"preliminary","code":{"text":"K"},'
            b'"valueQuantity":{"value":5.40}}')  # fmt: skip
    await client.call("PUT", "/Observation/patched", body)
    final = {"op": "replace", "path": "/status", "value": "final"}
    answer = await patched(client, "/Observation/patched", {"op": "test", "path": "/id", "value": "patched"}, final)
    assert (answer.status, answer.headers["etag"], answer.json["status"]) == (200, 'W/"2"', "final")
    assert b'"value":5.40' in answer.content
    stale = await patched(client, "/Observation/patched", final, If_Match='W/"1"')
    assert (stale.status, stale.code) == (412, "fhir.version_conflict")
    assert (await patched(client, "/Observation/patched", final, If_Match='W/"2"')).headers["etag"] == 'W/"3"'
    found = await patched(client, "/Observation?_id=patched", {"op": "remove", "path": "/valueQuantity"})
    assert (found.status, "valueQuantity" in found.json) == (200, False)


@pytest.mark.parametrize(
    ("operation", "status", "code"),
    [
        ({"op": "test", "path": "/gender", "value": "female"}, 409, "fhir.patch_test"),
        ({"op": "replace", "path": "/birthDate", "value": "1980"}, 422, "fhir.patch_place"),
        ({"op": "remove", "path": "/name/7"}, 422, "fhir.patch_place"),
        ({"op": "add", "path": "/name/x", "value": {}}, 422, "fhir.patch_place"),
        ({"op": "merge", "path": "/name"}, 422, "fhir.patch_operation"),
        ({"op": "add", "path": "/gender"}, 422, "fhir.patch_operation"),
        ({"path": "/gender"}, 422, "fhir.patch_operation"),
        ({"op": "replace", "path": "/id", "value": "other"}, 422, "fhir.patch_identity"),
        ({"op": "replace", "path": "/resourceType", "value": "Basic"}, 422, "fhir.patch_identity"),
        ({"op": "replace", "path": "", "value": []}, 422, "fhir.patch_identity"),
        ({"op": "add", "path": "/gender", "value": "man"}, 422, "fhir.not_a_code"),
        ({"op": "add", "path": "/meta", "value": {"source": "yuanzhen:x"}}, 422, "fhir.reserved_source"),
    ],
)
async def test_a_patch_that_cannot_be_is_refused_whole(client: Client, operation: Json, status: int, code: str) -> None:
    made = await client.make(patient(gender="male"))
    path = f"/Patient/{made['id']}"
    answer = await patched(client, path, {"op": "add", "path": "/active", "value": True}, operation)
    assert (answer.status, answer.code) == (status, code), answer.content
    assert (await client.call("GET", path)).json == made


async def test_a_patch_comes_as_one_and_does_not_grow_without_end(client: Client) -> None:
    made = await client.make(patient())
    path = f"/Patient/{made['id']}"
    assert (await client.call("PATCH", path, [])).status == 415
    for body in (b"{", b"{}", b"[1]"):
        assert (await client.call("PATCH", path, body, Content_Type=PATCH_JSON)).code == "fhir.not_a_patch"
    doubling = [{"op": "copy", "from": "/name", "path": "/name/0/extension"}] * 40
    answer = await patched(client, path, *doubling)
    assert answer.status in (413, 422)
    assert (await patched(client, path, *doubling, *doubling)).code == "fhir.patch_too_long"
    assert (await patched(client, "/Patient/nobody", *doubling)).status == 404


async def test_of_patches_at_once_none_is_lost(client: Client) -> None:
    made = await client.make(patient())
    path = f"/Patient/{made['id']}"
    changes = [{"op": "add", "path": "/name/-", "value": {"text": str(n)}} for n in range(4)]
    answers = await asyncio.gather(*(patched(client, path, one) for one in changes))
    assert [answer.status for answer in answers] == [200] * 4
    names = {name["text"] for name in (await client.call("GET", path)).json["name"]}
    assert names == {"甲", "0", "1", "2", "3"}


# ---- the form of answers


async def test_the_client_says_what_a_write_returns(client: Client) -> None:
    for prefer, type_ in (("return=representation", "Patient"), ("return=OperationOutcome", "OperationOutcome")):
        answer = await client.call("POST", "/Patient", patient(), Prefer=prefer)
        assert (answer.status, answer.json["resourceType"]) == (201, type_)
    answer = await client.call("POST", "/Patient", patient(), Prefer="handling=strict; return=minimal")
    assert (answer.status, answer.content) == (201, b"")
    assert answer.headers["etag"] == 'W/"1"'
    assert (await client.call("POST", "/Patient", patient(), Prefer="return=all")).code == "fhir.bad_preference"


@pytest.mark.parametrize(
    ("query", "accept", "status"),
    [
        ("", "application/fhir+json", 200),
        ("", "application/json", 200),
        ("", "application/fhir+xml, application/json;q=0.5", 200),
        ("", "*/*", 200),
        ("", "application/fhir+xml", 406),
        ("", "application/json;q=0", 406),
        ("?_format=json", "application/fhir+xml", 200),
        ("?_format=application/fhir%2Bjson", "text/html", 200),
        ("?_format=application/fhir+json", "text/html", 200),
        ("?_format=xml", "*/*", 406),
    ],
)
async def test_only_json_is_spoken(client: Client, query: str, accept: str, status: int) -> None:
    made = await client.make(patient(id="spoken"))
    answer = await client.call("GET", f"/Patient/spoken{query}", Accept=accept)
    assert answer.status == status
    assert (answer.json if status == 200 else answer.code) == (
        made | {"meta": answer.json["meta"]} if status == 200 else "fhir.only_json"
    )


async def test_a_person_can_have_it_in_lines(client: Client) -> None:
    await client.make(patient(id="lines"))
    answer = await client.call("GET", "/Patient/lines?_pretty=true")
    assert b'\n  "name"' in answer.content
    assert (await client.call("GET", "/Patient/lines?_pretty=1")).code == "fhir.bad_pretty"
    assert (await client.call("GET", "/Patient/lines?gender=male")).code == "fhir.unknown_parameter"


async def test_a_part_of_a_resource_can_be_asked_for(client: Client) -> None:
    await client.make(patient("cut", id="cut", gender="male", birthDate="1980"))
    cut = (await client.call("GET", "/Patient/cut?_elements=gender")).json
    assert (cut["gender"], "birthDate" in cut, cut["meta"]["tag"][0]["code"]) == ("male", False, "SUBSETTED")
    assert "name" in (await client.call("GET", "/Patient/cut?_summary=true")).json
    assert (await client.call("GET", "/Patient/cut?_summary=all")).code == "fhir.bad_value"


async def test_a_compartment_holds_what_is_the_patients(client: Client) -> None:
    about = {"resourceType": "Basic", "code": {"text": "x"}}
    for id in ("inside", "outside"):
        await client.make(patient(id=f"of-{id}"))
        await client.make(about | {"id": id, "subject": {"reference": f"Patient/of-{id}"}})
    found = (await client.call("GET", "/Patient/of-inside/Basic")).json["entry"]
    assert [one["resource"]["id"] for one in found] == ["inside"]
    assert (await client.call("GET", "/Patient/of-inside/Basic?code:text=y")).json.get("entry") is None
    assert (await client.call("GET", "/Patient/of-inside/Organization")).code == "fhir.not_in_compartment"


async def test_a_condition_reaches_through_nothing_that_may_not_be_read(server: Server, client: Client) -> None:
    """Whether something is created would tell what stands in another resource."""
    await client.make(patient(id="secret", gender="male"))
    about = {"resourceType": "Basic", "code": {"text": "x"}, "subject": {"reference": "Patient/secret"}}
    await client.make(about)
    half = await server.client("half", "system/Basic.*")
    for criteria in ("patient:Patient.gender=male", "_has:Provenance:target:agent=x"):
        answer = await half.call("POST", "/Basic", about, If_None_Exist=criteria)
        assert (answer.status, answer.code) == (403, "fhir.scope"), answer.content


async def test_what_is_sent_is_json(client: Client) -> None:
    answer = await client.call("POST", "/Patient", b"<Patient/>", Content_Type="application/fhir+xml")
    assert (answer.status, answer.code) == (415, "fhir.media_type")
    for kind in ("application/json", "application/fhir+json; charset=utf-8"):
        assert (await client.call("POST", "/Patient", patient(), Content_Type=kind)).status == 201


async def test_a_search_by_form_is_a_search(client: Client) -> None:
    made = await client.make(patient("form"))
    form = "application/x-www-form-urlencoded"
    answer = await client.call("POST", "/Patient/_search", b"identifier=urn%3Arest%7Cform", Content_Type=form)
    assert [one["resource"]["id"] for one in answer.json["entry"]] == [made["id"]]
    assert (await client.call("POST", "/Patient/_search", patient())).status == 415


# ---- who may


async def test_each_act_wants_its_scope(server: Server, client: Client, home: Home) -> None:
    await client.make(patient("scoped", id="scoped"))
    reader = await server.client("reader", "system/Patient.read")
    writer = await server.client("writer", "system/Patient.write")
    other = await server.client("other", "system/Observation.*")
    asked = "identifier=urn:rest|scoped"
    change: list[tuple[str, str, Any, dict[str, str]]] = [
        ("POST", "/Patient", patient(), {}),
        ("PUT", "/Patient/scoped", patient(id="scoped"), {}),
        ("PATCH", "/Patient/scoped", [], {"Content_Type": PATCH_JSON}),
        ("DELETE", "/Patient/scoped", None, {}),
        ("PUT", f"/Patient?{asked}", patient(), {}),
        ("DELETE", f"/Patient?{asked}", None, {}),
    ]
    one = ["/Patient/scoped", "/Patient/scoped/_history", "/Patient/scoped/_history/1"]
    read = [*one, "/Patient/_history", "/_history", f"/Patient?{asked}"]
    refused = [
        await who.call(method, path, body, **more) for who in (reader, other) for method, path, body, more in change
    ]
    refused += [await who.call("GET", path) for who in (writer, other) for path in read]
    # What depends on a search tells whether something is there: that is for who may read.
    refused.append(await writer.call("POST", "/Patient", patient(), If_None_Exist=asked))
    refused += [await writer.call(method, path, body) for method, path, body, _ in change if "?" in path]
    refused.append(await reader.call("GET", "/_history"))
    assert [(answer.status, answer.code) for answer in refused] == [(403, "fhir.scope")] * len(refused)
    kept = await home.rows("SELECT count(*) FROM security.trail WHERE code = 'fhir.scope' AND outcome = 4")
    assert kept[0][0] >= len(refused)
    assert [(await reader.call("GET", path)).status for path in read if path != "/_history"] == [200] * 5
    assert (await client.call("GET", "/Patient/scoped")).json["meta"]["versionId"] == "1"


@pytest.mark.parametrize("path", ["/Nothing/1", "/$export", "/Patient/_x", "/Nothing/_history"])
async def test_what_is_not_here_is_not_found(client: Client, path: str) -> None:
    answer = await client.call("GET", path)
    assert (answer.status, answer.json["resourceType"]) == (404, "OperationOutcome")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "", "POST"),
        ("DELETE", "/metadata", "GET"),
        ("POST", "/Patient/1", "GET, HEAD, PUT, PATCH, DELETE"),
        ("DELETE", "/Patient/1/_history/1", "GET, HEAD"),
        ("TRACE", "/Patient", "GET, POST, PUT, PATCH, DELETE"),
    ],
)
async def test_what_is_not_done_on_a_path_is_said_with_what_is(
    client: Client, method: str, path: str, allowed: str
) -> None:
    answer = await client.call(method, path)
    assert (answer.status, answer.code, answer.headers["allow"]) == (405, "path.method", allowed)
    asked = await client.call("OPTIONS", path)
    assert (asked.status, asked.headers["allow"], asked.content) == (204, f"OPTIONS, {allowed}", b"")


@pytest.mark.parametrize("path", ["/Patient/1/x/y", "/Patient/1/$everything", "/$export", "/Patient/_history/1/x/y"])
async def test_a_path_of_no_form_is_refused_in_fhirs_voice(client: Client, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = await client.call(method, path)
        assert (answer.status, answer.code) == (404, "path.unknown")


async def test_nobody_is_told_anything_but_what_the_server_can(server: Server, client: Client) -> None:
    nobody = Client(httpx.AsyncClient(transport=client.http._transport, base_url=client.http.base_url), "")
    for method, path in (("GET", "/Patient/1"), ("POST", ""), ("GET", "/_history"), ("DELETE", "/Patient/1")):
        answer = await nobody.call(method, path)
        assert (answer.status, answer.code, answer.headers["www-authenticate"]) == (401, "auth.unknown", "Bearer")
        assert answer.headers["cache-control"] == "no-store"
    assert (await nobody.call("GET", "/metadata")).status == 200
