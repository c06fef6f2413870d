"""A Binary by its own content over HTTP: read in its media type, and made of what is sent in one."""

from __future__ import annotations

import base64

from tests.conftest import Home
from tests.make.fhir import Client

PDF = b"%PDF-1.4\n\x00\xff"


async def test_a_binary_is_its_content_to_who_names_other_media_types(client: Client) -> None:
    sent = {"resourceType": "Binary", "contentType": "application/pdf", "data": base64.b64encode(PDF).decode()}
    path = f"/Binary/{(await client.make(sent))['id']}"
    for accept in ("application/pdf", "image/png, application/*;q=0.2", "text/html,application/xml;q=0.9,*/*;q=0.8"):
        for version in ("", "/_history/1"):
            raw = await client.call("GET", path + version, Accept=accept)
            assert (raw.status, raw.content, raw.headers["content-type"]) == (200, PDF, "application/pdf"), accept
            assert raw.headers["content-disposition"].startswith("attachment")
            assert "sandbox" in raw.headers["content-security-policy"] or "pdf" in raw.headers["content-type"]
            assert raw.headers["etag"] == 'W/"1"'
    for accept in ("*/*", "application/fhir+json", "application/json, application/pdf"):
        assert (await client.call("GET", path, Accept=accept)).json["data"] == sent["data"], accept
    assert (await client.call("GET", f"{path}?_format=json", Accept="application/pdf")).json["data"] == sent["data"]
    for accept in ("image/png", "application/fhir+xml", "application/pdf;q=0, image/png"):
        assert (await client.call("GET", path, Accept=accept)).status == 406, accept
    assert (await client.call("GET", "/Patient", Accept="application/pdf")).status == 406
    page = await client.make({"resourceType": "Binary", "contentType": "text/html", "data": "PHA+"})
    shown = await client.call("GET", f"/Binary/{page['id']}", Accept="text/html")
    assert (shown.content, "sandbox" in shown.headers["content-security-policy"]) == (b"<p>", True)
    empty = await client.make({"resourceType": "Binary", "contentType": "text/html"})
    assert (await client.call("GET", f"/Binary/{empty['id']}", Accept="text/html")).status == 406


async def test_content_that_is_sent_becomes_a_binary_of_whom_its_context_names(client: Client, home: Home) -> None:
    await client.make({"resourceType": "Patient", "id": "imaged"})
    told = {"Content_Type": "application/pdf", "X_Security_Context": "Patient/imaged"}
    made = await client.call("POST", "/Binary", PDF, **told)
    assert (made.status, made.json["contentType"]) == (201, "application/pdf")
    assert base64.b64decode(made.json["data"]) == PDF
    assert made.json["securityContext"] == {"reference": "Patient/imaged"}
    rows = await home.rows("SELECT patient FROM records.resource WHERE id = $1", made.json["id"])
    assert [row["patient"] for row in rows] == ["imaged"]
    put = await client.call("PUT", "/Binary/put", b"a", Content_Type="text/plain; charset=utf-8")
    assert (put.status, put.json["id"], put.json["data"]) == (201, "put", "YQ==")
    for kind, path in (("application/fhir+xml", "/Binary"), ("application/pdf", "/Patient")):
        assert (await client.call("POST", path, PDF, Content_Type=kind)).code == "fhir.media_type"
