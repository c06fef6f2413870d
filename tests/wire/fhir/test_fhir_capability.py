"""The CapabilityStatement: one by R4, and what it names is there, type by type."""

from __future__ import annotations

import pytest

from tests.make.fhir import Client, Json
from yuanzhen.data.exchange.fhir import validate
from yuanzhen.data.records.model import types

SYSTEM = {"transaction", "batch", "history-system"}
EACH = {"read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"}


@pytest.fixture(scope="module")
async def told(client: Client) -> Json:
    answer = await client.call("GET", "/metadata")
    assert answer.status == 200
    return dict(answer.json)


async def test_it_is_one_by_r4(told: Json) -> None:
    assert validate.problems_of(told) == []
    assert (told["fhirVersion"], told["patchFormat"]) == ("4.0.1", ["application/json-patch+json"])
    assert told["implementation"]["url"] == "https://localhost:8443/fhir/R4"


async def test_it_names_every_type_and_what_may_be_done_with_it(told: Json) -> None:
    (rest,) = told["rest"]
    assert {one["code"] for one in rest["interaction"]} == SYSTEM
    of_type = {one["type"]: {each["code"] for each in one["interaction"]} for one in rest["resource"]}
    assert of_type.pop("AuditEvent") == {"read", "search-type"}
    assert of_type == dict.fromkeys(types(), EACH)


@pytest.mark.slow
async def test_every_parameter_that_it_names_is_understood(client: Client, told: Json) -> None:
    """With a value that no parameter of its kind refuses; special and composite ones are in the tests of searching."""
    values = {"string": "x", "token": "x", "uri": "urn:x", "reference": "Patient/x", "date": "2026", "number": "1",
              "quantity": "1"}  # fmt: skip
    for one in told["rest"][0]["resource"]:
        named = [f"{each['name']}={values[each['type']]}" for each in one["searchParam"] if each["type"] in values]
        if one["type"] == "AuditEvent":
            named = ["agent=x", "date=2026", "entity=Patient/x", "patient=x"]
        entries = [{"request": {"method": "GET", "url": f"{one['type']}?{query}"}} for query in named]
        answer = await client.call("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries})
        statuses = {each["response"]["status"] for each in answer.json["entry"]}
        assert statuses == {"200 OK"}, (one["type"], answer.content[:600])


async def test_what_it_includes_can_be_included(client: Client, told: Json) -> None:
    by_type = {one["type"]: one for one in told["rest"][0]["resource"]}
    for kind in ("Patient", "Observation", "Encounter"):
        for name, values in (("_include", by_type[kind]["searchInclude"]),
                             ("_revinclude", by_type[kind]["searchRevInclude"][:40])):  # fmt: skip
            for value in values:
                answer = await client.call("GET", f"/{kind}?_id=x&{name}={value}")
                assert answer.status == 200, answer.content


async def test_the_flags_are_true(client: Client, told: Json) -> None:
    basic = next(one for one in told["rest"][0]["resource"] if one["type"] == "Basic")
    flags = ("versioning", "readHistory", "updateCreate", "conditionalCreate", "conditionalRead", "conditionalUpdate",
             "conditionalDelete")  # fmt: skip
    assert [basic[name] for name in flags] == [
        "versioned-update", True, True, True, "full-support", True, "single",
    ]  # fmt: skip
