"""The FHIR door: `/fhir/R4`, R4 REST over the record, problems as OperationOutcome."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, delete, get, head, patch, post, put

from yuanzhen.data.exchange.fhir.outcome import outcome
from yuanzhen.data.records import answers, asked, batch, door, judging, model, reading
from yuanzhen.data.records import patch as patching
from yuanzhen.data.records.answers import Answer
from yuanzhen.data.records.asked import BASE, Call
from yuanzhen.doors import problems, titles
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Problem, Unsupported
from yuanzhen.infrastructure.log import log
from yuanzhen.security.identity.scopes import Scopes

FORM = "application/x-www-form-urlencoded"
Plain = Request[Any, Any, Any]


def refused(request: Plain, error: Exception) -> Response[bytes]:
    """Litestar's exception handler for this door: an OperationOutcome with the problem's status."""
    problem = problems.understood(error)
    if problem is None:
        log.error("fhir_failed", request=str(request.scope["state"].get("request", "")), error=type(error).__name__)
        problem = problems.Internal("internal")
    told = model.encode(outcome(problem, _language(request)))
    return Response(told, status_code=problem.status, headers=problems.headers(problem), media_type=asked.FHIR_JSON)


@get("/metadata")
async def metadata(request: Plain) -> Response[bytes]:
    """The CapabilityStatement, from what is really there."""
    call = _call(request)
    return _response(call, reading.metadata(call))


@get("/{kind:str}/{id:str}")
async def read(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """One resource, its current version."""
    return await _answered(request, actor, scopes, db)


@head("/{kind:str}/{id:str}")
async def read_head(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> None:
    """As `read`, without the resource."""
    return await _answered(request, actor, scopes, db)  # type: ignore[return-value]


@get("/{kind:str}/{id:str}/_history/{version:str}")
async def vread(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """One version of a resource that its reader may see now."""
    return await _answered(request, actor, scopes, db)


@get(["/{kind:str}/{id:str}/_history", "/{kind:str}/_history", "/_history"])
async def history(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """The versions of a resource, of a type or of all."""
    return await _answered(request, actor, scopes, db)


@get("/{kind:str}/{id:str}/{within:str}")
async def find_within(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """A search set of what lies in a compartment."""
    return await _answered(request, actor, scopes, db)


@get("/{kind:str}")
async def find(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """A search set, newest first, with a link to its next page."""
    return await _answered(request, actor, scopes, db)


@post("/{kind:str}/_search", status_code=200)
async def find_by_form(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """As `find`; what is asked stands in the body and so in no log of addresses."""
    if request.headers.get("content-type", FORM).partition(";")[0].strip().lower() != FORM:
        raise Unsupported("fhir.media_type", place="Content-Type", spoken=FORM)
    return await _answered(request, actor, scopes, db, (await request.body()).decode())


@post("/{kind:str}")
async def create(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """A new resource, under an id of ours; with If-None-Exist only where nothing of the kind is there."""
    return await _answered(request, actor, scopes, db)


@put(["/{kind:str}/{id:str}", "/{kind:str}"])
async def update(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """A new version, or the first under the client's id, of one that is named or the one that meets the criteria."""
    return await _answered(request, actor, scopes, db)


@patch(["/{kind:str}/{id:str}", "/{kind:str}"])
async def amend(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """A new version by JSON Patch."""
    return await _answered(request, actor, scopes, db)


@delete(["/{kind:str}/{id:str}", "/{kind:str}"], status_code=200)
async def end(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """Ends a resource that is named, or the one that meets the criteria; its history stays."""
    return await _answered(request, actor, scopes, db)


@post("/", status_code=200)
async def many(request: Plain, actor: Actor, scopes: Scopes, db: Database) -> Response[bytes]:
    """A Bundle: a batch, each entry for itself, or a transaction, all or nothing."""
    call = _call(request)
    asked.sends_json(request.headers.get("content-type", ""), patch=False)
    sent = await judging.read_bundle(await request.body())
    return _response(call, await batch.perform(db, actor, scopes, call.form, sent, _language(request)))


async def _answered(request: Plain, actor: Actor, scopes: Scopes, db: Database, more: str = "") -> Response[bytes]:
    """Any call but a Bundle; `more`: parameters that stand in the body."""
    call = _call(request, more)

    async def sent() -> Any:
        is_patch = call.method == "PATCH"
        asked.sends_json(request.headers.get("content-type", ""), patch=is_patch)
        body = await request.body()
        if is_patch:
            return patching.operations(body)
        resource = await judging.read(body, call.kind)
        door.agree(call, resource)
        return resource

    return _response(call, await door.perform(db, actor, scopes, call, sent))


def _call(request: Plain, more: str = "") -> Call:
    scope = request.scope
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = asked.pairs(scope["query_string"].decode("latin-1")) + asked.pairs(more)
    base = asked.base_of(scope["scheme"], headers.get("host", ""))
    path = tuple(part for part in scope["path"].removeprefix(BASE).split("/") if part)
    return Call(scope["method"], path, query, asked.conditions(headers), asked.form(headers, query, base))


def _response(call: Call, answer: Answer) -> Response[bytes]:
    body = b"" if call.method == "HEAD" else answers.body(answer, call.form)
    told = answers.headers(answer, call.form)
    return Response(body, status_code=answer.status, headers=told, media_type=told["Content-Type"])


def _language(request: Plain) -> Any:
    english = titles.prefers_english(request.headers.get("accept-language", ""))

    def said(problem: Problem) -> str:
        return titles.title(problem.code, problem.status, english=english)

    return said


router = Router(
    path=BASE,
    route_handlers=[
        metadata,
        read,
        read_head,
        vread,
        history,
        find,
        find_within,
        find_by_form,
        create,
        update,
        amend,
        end,
        many,
    ],
    exception_handlers={Exception: refused},
    include_in_schema=False,  # FHIR describes itself: /metadata
)
