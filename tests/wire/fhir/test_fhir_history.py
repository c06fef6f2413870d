"""Histories over HTTP: of a resource, of a type and of all, in pages that writes do not move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.make.fhir import Client, Json


def patient(**elements: str) -> Json:
    return {"resourceType": "Patient", "name": [{"text": "甲"}], **elements}


async def test_pages_of_a_history_repeat_and_lose_nothing_while_others_write(client: Client) -> None:
    for n in range(7):
        await client.make(patient(id="paged", birthDate=f"198{n}"))
    seen: list[str] = []
    path = "/Patient/paged/_history?_count=3"
    while path:
        page = (await client.call("GET", path)).json
        seen += [one["resource"]["meta"]["versionId"] for one in page["entry"]]
        await client.make(patient(id="paged"))
        links = {link["relation"]: link["url"] for link in page["link"]}
        path = links["next"].partition("/fhir/R4")[2] if "next" in links else ""
    assert seen == ["7", "6", "5", "4", "3", "2", "1"]


async def test_the_history_of_a_type_and_of_all(client: Client) -> None:
    since = datetime.now(UTC).isoformat()
    await client.make({"resourceType": "Basic", "id": "b", "code": {"text": "x"}})
    await client.make(patient(id="h"))
    await client.call("DELETE", "/Basic/b")
    every = (await client.call("GET", "/_history", None)).json
    assert every["type"] == "history"
    assert [one["fullUrl"].rpartition("R4/")[2] for one in every["entry"]][:3] == ["Basic/b", "Patient/h", "Basic/b"]
    basics = (await client.call("GET", f"/Basic/_history?_since={since.replace('+', '%2B')}")).json["entry"]
    assert [one["request"]["method"] for one in basics] == ["DELETE", "POST"]
    first = basics[1]["resource"]["meta"]["lastUpdated"]
    then = (await client.call("GET", f"/Basic/_history?_at={first}")).json["entry"]
    assert [one["response"]["etag"] for one in then if one["fullUrl"].endswith("/b")] == ['W/"1"']
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (await client.call("GET", f"/Basic/b/_history?_since={now[:4]}-01-01")).json["entry"]


async def test_a_version_of_the_very_millisecond_that_is_asked_since_is_told(client: Client) -> None:
    made = await client.make({"resourceType": "Basic", "id": "m", "code": {"text": "x"}})
    at = datetime.fromisoformat(made["meta"]["lastUpdated"])
    since = at.replace(microsecond=at.microsecond + 999).isoformat().replace("+", "%2B")
    told = (await client.call("GET", f"/Basic/m/_history?_since={since}")).json["entry"]
    assert [one["response"]["etag"] for one in told] == ['W/"1"']
    later = (at + timedelta(milliseconds=1)).isoformat().replace("+", "%2B")
    assert "entry" not in (await client.call("GET", f"/Basic/m/_history?_since={later}")).json


@pytest.mark.parametrize(
    ("query", "code"),
    [("_count=0", "fhir.bad_count"), ("_count=x", "fhir.bad_count"), ("_since=then", "fhir.not_a_date"),
     ("_sort=x", "fhir.unknown_parameter"), ("_after=x", "fhir.bad_page")],
)  # fmt: skip
async def test_a_history_that_is_asked_wrongly_is_refused(client: Client, query: str, code: str) -> None:
    for path in ("/_history", "/Patient/_history"):
        answer = await client.call("GET", f"{path}?{query}")
        assert (answer.status, answer.code) == (422, code)
