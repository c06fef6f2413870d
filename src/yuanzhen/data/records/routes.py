"""The FHIR door: `/fhir/R4`, R4 REST over the record, problems as OperationOutcome."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Request, Response, Router, get, post, put

from yuanzhen.data.exchange.fhir.outcome import outcome
from yuanzhen.data.records import access, audit_events, capability, judging, model, search, service, store
from yuanzhen.data.records.model import Json, Stored
from yuanzhen.doors import problems, titles
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Invalid, NotFound, Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.security.audit import log as audit_log
from yuanzhen.security.identity.scopes import Scopes

BASE = "/fhir/R4"
FHIR_JSON = "application/fhir+json"
Plain = Request[Any, Any, Any]


def refused(request: Plain, error: Exception) -> Response[bytes]:
    """Litestar's exception handler for this door: an OperationOutcome with the problem's status."""
    problem = problems.understood(error)
    if problem is None:
        log.error("fhir_failed", request=str(request.scope["state"].get("request", "")), error=type(error).__name__)
        problem = problems.Internal("internal")
    english = titles.prefers_english(request.headers.get("accept-language", ""))

    def said(one: Problem) -> str:
        return titles.title(one.code, one.status, english=english)

    return _answer(model.encode(outcome(problem, said)), problem.status, problems.headers(problem))


@get("/metadata")
async def metadata() -> Response[bytes]:
    """The CapabilityStatement, from what is really there."""
    return _answer(model.encode(capability.statement(clock.now())))


@get("/{kind:str}/{id:str}")
async def read(actor: Actor, scopes: Scopes, db: Database, kind: str, id: str) -> Response[bytes]:
    """One resource, its current version."""
    async with db.look(actor) as look:
        access.served(look, scopes, kind, "read", id)
        if kind == model.LOGGED_ONLY:
            return _answer(model.encode(await _logged(look, id)))
        found = await access.seen(look, kind, id)
    return _resource(found)


@get("/{kind:str}/{id:str}/_history/{version:int}")
async def vread(actor: Actor, scopes: Scopes, db: Database, kind: str, id: str, version: int) -> Response[bytes]:
    """One version of a resource that its reader may see now."""
    async with db.look(actor) as look:
        access.served(look, scopes, kind, "read", id)
        await access.seen(look, kind, id)
        found = await store.version(look, kind, id, version)
    if found is None:
        raise NotFound("fhir.version_not_found", place="_history")
    return _resource(found)


@get("/{kind:str}")
async def find(request: Plain, actor: Actor, scopes: Scopes, db: Database, kind: str) -> Response[bytes]:
    """A search set, newest first, with a link to its next page."""
    asked = parse_qsl(request.scope["query_string"].decode(), keep_blank_values=True)
    async with db.look(actor) as look:
        access.served(look, scopes, kind, "read")
        if kind == model.LOGGED_ONLY:
            access.log_readable(look)
            wanted = audit_events.asked(asked)
            rows = await audit_log.find(look, wanted)
            entries = [_entry(model.encode(audit_events.rendered(row)), f"AuditEvent/{row['id']}") for row in rows]
            last = str(rows[-1]["id"]) if len(rows) == wanted.count else ""
        else:
            found, more = await search.run(look, search.query(kind, asked))
            access.note_found(look, kind, found, " ".join(sorted({name for name, _ in asked})))
            entries = [_entry(one.text().encode(), f"{one.type}/{one.id}") for one in found]
            last = found[-1].id if more else ""
    return _answer(_bundle(kind, asked, entries, last))


@post("/{kind:str}")
async def create(request: Plain, actor: Actor, scopes: Scopes, db: Database, kind: str) -> Response[bytes]:
    """A new resource, under an id of ours."""
    await _may_write(db, actor, scopes, kind)
    resource = await _body(request, kind)
    async with db.verb(actor) as tx:
        stored = await service.create(tx, scopes, resource)
    return _resource(stored, status=201, location=True)


@put("/{kind:str}/{id:str}")
async def update(request: Plain, actor: Actor, scopes: Scopes, db: Database, kind: str, id: str) -> Response[bytes]:
    """A new version, or the first under the client's id; If-Match guards against another's change."""
    await _may_write(db, actor, scopes, kind, id)
    resource = await _body(request, kind)
    if resource.get("id") != id:
        raise Invalid("fhir.id_differs", place=f"{kind}.id", rule="the id of the path")
    async with db.verb(actor) as tx:
        stored, first = await service.update(tx, scopes, resource, expected=_expected(request))
    return _resource(stored, status=201 if first else 200, location=first)


async def _logged(look: Any, id: str) -> Json:
    access.log_readable(look)
    rows = await audit_log.find(look, audit_events.asked([("_id", id)]))
    if not rows:
        raise access.no_event(look, id)
    return audit_events.rendered(rows[0])


async def _may_write(db: Database, actor: Actor, scopes: Scopes, kind: str, id: str = "") -> None:
    """Who may not write is told so, and it is kept, before what they sent is looked at."""
    async with db.look(actor) as look:
        access.served(look, scopes, kind, "write", id)


async def _body(request: Plain, kind: str) -> Json:
    return await judging.read(await request.body(), kind)


def _expected(request: Plain) -> int | None:
    tag = request.headers.get("if-match", "")
    digits = tag.removeprefix("W/").strip('"')
    if tag and not digits.isdigit():
        raise Invalid("fhir.bad_etag", place="If-Match", rule='W/"version"')
    return int(digits) if tag else None


def _resource(stored: Stored, *, status: int = 200, location: bool = False) -> Response[bytes]:
    headers = {
        "ETag": f'W/"{stored.version}"',
        "Last-Modified": stored.updated.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    if location:
        headers["Location"] = f"{BASE}/{stored.type}/{stored.id}/_history/{stored.version}"
    return _answer(stored.text().encode(), status, headers)


def _answer(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(body, status_code=status, media_type=FHIR_JSON, headers=headers or {})


def _entry(resource: bytes, path: str) -> bytes:
    return b'{"fullUrl":"%b/%b","resource":%b,"search":{"mode":"match"}}' % (BASE.encode(), path.encode(), resource)


def _bundle(kind: str, asked: list[tuple[str, str]], entries: list[bytes], last: str) -> bytes:
    """A searchset; resources go in as the texts they are stored as."""
    again = [(name, value) for name, value in asked if name != "_after"]
    links = [{"relation": "self", "url": f"{BASE}/{kind}?{urlencode(asked)}"}]
    if last:
        links.append({"relation": "next", "url": f"{BASE}/{kind}?{urlencode([*again, ('_after', last)])}"})
    head = model.encode({"resourceType": "Bundle", "type": "searchset", "link": links})
    return head[:-1] + b',"entry":[' + b",".join(entries) + b"]}" if entries else head


router = Router(
    path=BASE,
    route_handlers=[metadata, read, vread, find, create, update],
    exception_handlers={Exception: refused},
    include_in_schema=False,  # FHIR describes itself: /metadata
)
