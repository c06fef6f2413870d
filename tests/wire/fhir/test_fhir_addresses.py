"""Parameters in the address of an act that reads none: refused, for a condition that is overlooked seems to hold."""

from __future__ import annotations

import pytest

from tests.make.fhir import PATCH_JSON, Client

ALONE = {
    "resourceType": "Patient",
    "identifier": [{"system": "urn:address", "value": "alone"}],
    "name": [{"text": "甲"}],
}


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("POST", "fhir.misplaced_condition"),
        ("PUT", "fhir.unknown_parameter"),
        ("PATCH", "fhir.unknown_parameter"),
        ("DELETE", "fhir.unknown_parameter"),
    ],
)
async def test_a_condition_where_none_is_read_is_refused(client: Client, method: str, code: str) -> None:
    made = await client.make(ALONE)
    path = "/Patient" if method == "POST" else f"/Patient/{made['id']}"
    operations = [{"op": "add", "path": "/gender", "value": "male"}]
    changed = made | {"gender": "male"}
    sent = {"POST": ALONE, "PUT": changed, "PATCH": operations, "DELETE": None}[method]
    headers = {"Content_Type": PATCH_JSON} if method == "PATCH" else {}
    answer = await client.call(method, f"{path}?identifier=urn:address|alone", sent, **headers)
    assert (answer.status, answer.code) == (422, code)
    assert (await client.call("GET", f"/Patient/{made['id']}")).json == made
    formed = await client.call(method, f"{path}?_format=json&_pretty=true", sent, **headers)
    assert formed.status in (200, 201, 204)
