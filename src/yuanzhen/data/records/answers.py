"""What is answered: a resource, a Bundle or nothing, as HTTP says it and as an entry of a Bundle does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import quote_plus

import msgspec

from yuanzhen.data.records import model
from yuanzhen.data.records.asked import FHIR_JSON, Form
from yuanzhen.data.records.model import Json, Stored

DONE = "fhir.done"
SHORT = 100  # letters of what is worth to be remembered
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Answer(msgspec.Struct, frozen=True):
    """What became of a call: about which version of which resource, or a body of its own."""

    status: int
    stored: Stored | None = None
    body: bytes = b""
    wrote: bool = False  # whether what is returned is the client's to choose
    made: bool = False
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


def of(resource: Json, status: int = 200) -> Answer:
    """An answer of our own making."""
    return Answer(status, body=model.encode(resource))


def body(answer: Answer, form: Form) -> bytes:
    """What the client gets to read."""
    if answer.status in (204, 304):
        return b""
    told = answer.body
    if answer.stored is not None and not answer.stored.deleted:
        told = told or answer.stored.text().encode()
        if answer.wrote and form.returns != "representation":
            told = b"" if form.returns == "minimal" else model.encode(_done())
    return msgspec.json.format(told, indent=2) if form.pretty and told else told


def headers(answer: Answer, form: Form) -> dict[str, str]:
    """ETag, Last-Modified and Location of what the answer is about, its media type, and its own headers."""
    told = dict(answer.headers)
    if answer.stored is not None:
        told |= {"ETag": etag(answer.stored), "Last-Modified": http_date(answer.stored.updated)}
        if answer.made:
            told["Location"] = f"{form.base}/{location(answer.stored)}"
    return {"Content-Type": FHIR_JSON, **told}


def etag(stored: Stored) -> str:
    return f'W/"{stored.version}"'


def location(stored: Stored) -> str:
    """The address of one version, relative to the base."""
    return f"{stored.type}/{stored.id}/_history/{stored.version}"


def http_date(moment: datetime) -> str:
    """A moment of UTC as HTTP writes it (RFC 9110 5.6.7)."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02d} {month} {moment.year:04d} {moment.time().isoformat('seconds')} GMT"


def instant(moment: datetime) -> str:
    """FHIR's instant, in UTC, to the millisecond as we store it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def status_line(status: int) -> str:
    """`201 Created`, as entries of Bundles tell it."""
    return f"{status} {HTTPStatus(status).phrase}"


def response_entry(answer: Answer, form: Form) -> bytes:
    """An entry of a batch-response or transaction-response (R4 3.1.0.11.3)."""
    told: Json = {"status": status_line(answer.status)}
    stored = answer.stored
    if stored is not None:
        told |= {"location": location(stored), "etag": etag(stored), "lastModified": instant(stored.updated)}
    parts = [b'"response":' + model.encode(told)]
    if resource := _returned(answer, form):
        parts.insert(0, b'"resource":' + resource)
        if stored is not None:
            parts.insert(0, full_url(stored, form))
    return b"{" + b",".join(parts) + b"}"


def refused_entry(status: int, outcome: Json) -> bytes:
    """An entry of a batch-response whose act was refused."""
    return b'{"response":' + model.encode({"status": status_line(status), "outcome": outcome}) + b"}"


def full_url(stored: Stored, form: Form) -> bytes:
    """The member of an entry that says where its resource is."""
    return b'"fullUrl":"%b/%b/%b"' % (form.base.encode(), stored.type.encode(), stored.id.encode())


def history_entry(stored: Stored, form: Form) -> bytes:
    """An entry of a history Bundle: what was done, and the version that it led to."""
    method = "DELETE" if stored.deleted else "POST" if stored.version == 1 else "PUT"
    url = stored.type if method == "POST" else f"{stored.type}/{stored.id}"
    request = {"method": method, "url": url}
    status = status_line({"DELETE": 204, "POST": 201}.get(method, 200))
    response = {"status": status, "etag": etag(stored), "lastModified": instant(stored.updated)}
    parts = [full_url(stored, form)]
    if not stored.deleted:
        parts.append(b'"resource":' + stored.text().encode())
    parts += [b'"request":' + model.encode(request), b'"response":' + model.encode(response)]
    return b"{" + b",".join(parts) + b"}"


def bundle(kind: str, entries: Sequence[bytes], links: Iterable[tuple[str, str]] = (), **more: object) -> bytes:
    """A Bundle; its entries go in as the texts they are. `links`: (relation, URL)."""
    told: Json = {"resourceType": "Bundle", "type": kind, **more}
    if named := [{"relation": relation, "url": url} for relation, url in links]:
        told["link"] = named
    head = model.encode(told)
    return head[:-1] + b',"entry":[' + b",".join(entries) + b"]}" if entries else head


def link(path: str, query: Sequence[tuple[str, str]], form: Form) -> str:
    """A URL of this server."""
    told = "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in query])
    return f"{form.base}/{path}?{told}" if query else f"{form.base}/{path}"


def _quoted(text: str) -> str:
    return _quoted_before(text) if len(text) <= SHORT else quote_plus(text)


_quoted_before = lru_cache(maxsize=4096)(quote_plus)  # names and codes are the same each time


def found_entry(stored: Stored, text: bytes, mode: bytes, form: Form) -> bytes:
    """An entry of a searchset: a resource as it is shown, and whether it was searched for or comes along."""
    return b'{%b,"resource":%b,"search":{"mode":"%b"}}' % (full_url(stored, form), text, mode)


def _returned(answer: Answer, form: Form) -> bytes:
    """In a Bundle what was written is returned only when the client says so."""
    if answer.wrote and not form.said:
        return b""
    return body(answer, Form(form.returns))


def _done() -> Json:
    issue = {
        "severity": "information",
        "code": "informational",
        "details": {"coding": [{"system": "urn:yuanzhen:problem", "code": DONE}], "text": "完成 / done"},
    }
    return {"resourceType": "OperationOutcome", "issue": [issue]}
