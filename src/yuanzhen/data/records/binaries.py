"""A Binary by its own content instead of as a resource, read and written (R4 binary.html#rest). Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from yuanzhen.data.records.answers import Answer
from yuanzhen.data.records.asked import FHIR_JSON, JSON_NAMES, Call, media_ranges
from yuanzhen.data.records.file import attached
from yuanzhen.data.records.model import Json, Stored
from yuanzhen.infrastructure.errors import NotAcceptable

# What is sent as a form, or as a resource that is not spoken here, is no content of its own
NO_CONTENT = frozenset({"", "application/x-www-form-urlencoded", "application/fhir+xml", *JSON_NAMES})


def wanted(method: str, path: tuple[str, ...], accept: str) -> bool:
    """Whether a request asks for the content: it names media types, and no form of FHIR's among them.

    Who takes anything at all is told the resource, as everywhere else.
    """
    reads = method in ("GET", "HEAD") and path[:1] == ("Binary",) and len(path) in (2, 4) and path[-1] != "_history"
    named = media_ranges(accept)
    return reads and any("*" not in one for one in named) and not any(one in NO_CONTENT for one in named)


def content(found: Stored, accept: str) -> Answer:
    """The content in its own media type, handed over so that no browser runs it. Raises `NotAcceptable`."""
    resource = found.resource()
    kind = str(resource["contentType"])
    plain = kind.partition(";")[0].strip().lower()
    fitting = {plain, f"{plain.partition('/')[0]}/*", "*/*"}
    if "data" not in resource or not fitting.intersection(media_ranges(accept)):
        raise NotAcceptable("fhir.only_json", place="Accept", spoken=f"{FHIR_JSON}, {kind}")
    headers = {**attached.headers(plain, shown=False), "Content-Type": kind}
    return Answer(200, found, body=base64.b64decode(str(resource["data"])), headers=headers)


def is_content(kind: str, content_type: str) -> bool:
    """Whether what is sent to a type's address is a Binary's own content."""
    return kind == "Binary" and content_type.partition(";")[0].strip().lower() not in NO_CONTENT


def resource(call: Call, headers: Mapping[str, str], body: bytes) -> Json:
    """The Binary that sent content makes; `X-Security-Context` says whose it is."""
    told: Json = {"resourceType": "Binary", "contentType": headers["content-type"].strip()}
    if call.id:
        told["id"] = call.id
    if context := headers.get("x-security-context", "").strip():
        told["securityContext"] = {"reference": context.removeprefix(f"{call.form.base}/")}
    return told | ({"data": base64.b64encode(body).decode()} if body else {})
