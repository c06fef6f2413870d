"""The FHIR door: `/fhir/R4`, R4 REST over the record, problems as OperationOutcome.

A bare ASGI application, for its calls are many and small; it knows who calls by the same `identify` as all doors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from litestar.types import HTTPScope, Receive, Scope, Send

from yuanzhen.data.exchange.fhir.outcome import outcome
from yuanzhen.data.records import acts, answers, asked, batch, binaries, door, judging, model, reading
from yuanzhen.data.records import patch as patching
from yuanzhen.data.records.answers import Answer
from yuanzhen.data.records.asked import BASE, Call, Form
from yuanzhen.doors import caller, problems, titles
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Problem, Unsupported
from yuanzhen.infrastructure.log import log
from yuanzhen.security.identity.service import Identity

FORM = "application/x-www-form-urlencoded"
Headers = Mapping[str, str]
Told = tuple[int, dict[str, str], bytes]  # status, headers, body


class _WentAwayError(Exception):
    """The client closed the connection before it had sent all."""


class Fhir:
    """The record as FHIR clients reach it."""

    def __init__(self, db: Database, identity: Identity) -> None:
        self._db = db
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = cast("HTTPScope", scope)
        headers = caller.header_map(request)
        try:
            status, told, body = await self._answered(request, headers, receive)
        except _WentAwayError:
            return
        except Exception as error:  # noqa: BLE001 - every refusal and fault is told in FHIR's voice
            status, told, body = _refused(error, request, headers)
        if request["method"] == "HEAD":
            body = b""
        elif status not in (204, 304):
            told["Content-Length"] = str(len(body))
        lines = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _answered(self, scope: HTTPScope, headers: Headers, receive: Receive) -> Told:
        segments = tuple(part for part in scope["path"].removeprefix(BASE).split("/") if part)
        path = acts.path_of(segments)
        if path is not None:
            scope["path_template"] = "/".join((BASE, *path.segments))
            if scope["method"] == "OPTIONS":
                return 204, {"Allow": ", ".join(["OPTIONS", *path.acts])}, b""
        call = _call(scope, headers, segments)
        act = acts.act_of(call)
        if act == "metadata":
            return _told(call, reading.metadata(call))
        known = await caller.identify(self._identity, scope)
        if act == "bundle":
            asked.sends_json(headers.get("content-type", ""), patch=False)
            sent = await judging.read_bundle(await _body(receive), call.form.base)
            said = _language(headers)
            return _told(call, await batch.perform(self._db, known.actor, known.scopes, call.form, sent, said))
        if segments[-1] == "_search":
            call = _call(scope, headers, segments, await _form(headers, receive))

        async def give() -> Any:
            return await _sent(call, headers, receive)

        return _told(call, await door.perform(self._db, known.actor, known.scopes, call, give))


async def _sent(call: Call, headers: Headers, receive: Receive) -> Any:
    """What the client sent: a resource that is what its path says, or the operations of a patch."""
    is_patch, content_type = call.method == "PATCH", headers.get("content-type", "")
    if not is_patch and binaries.is_content(call.kind, content_type):
        made = binaries.resource(call, headers, await _body(receive))
        judging.judge(made)
        return made
    asked.sends_json(content_type, patch=is_patch)
    body = await _body(receive)
    if is_patch:
        return patching.operations(body)
    resource = await judging.read(body, call.kind, call.form.base)
    door.agree(call, resource)
    return resource


async def _form(headers: Headers, receive: Receive) -> str:
    """The parameters of a search that stand in the body, and so in no log of addresses."""
    if headers.get("content-type", FORM).partition(";")[0].strip().lower() != FORM:
        raise Unsupported("fhir.media_type", place="Content-Type", spoken=FORM)
    return (await _body(receive)).decode()


async def _body(receive: Receive) -> bytes:
    """The whole body; the ring around all doors counts it."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _WentAwayError
        pieces.append(message["body"])
        if not message["more_body"]:
            return b"".join(pieces)


def _call(scope: HTTPScope, headers: Headers, path: tuple[str, ...], more: str = "") -> Call:
    query = asked.pairs(scope["query_string"].decode("latin-1")) + asked.pairs(more)
    base = asked.base_of(scope["scheme"], headers.get("host", ""))
    method, conditions, accept = scope["method"], asked.conditions(headers), headers.get("accept", "")
    if binaries.wanted(method, path, accept) and not any(name == "_format" for name, _ in query):
        return Call(method, path, query, conditions, Form(base=base, content=accept))
    return Call(method, path, query, conditions, asked.form(headers, query, base)).at_home()


def _told(call: Call, answer: Answer) -> Told:
    return answer.status, answers.headers(answer, call.form), answers.body(answer, call.form)


def _refused(error: Exception, scope: HTTPScope, headers: Headers) -> Told:
    """An OperationOutcome with the problem's status; of a fault of ours no word but that it is one."""
    problem = problems.understood(error)
    if problem is None:
        log.error("fhir_failed", request=str(scope["state"].get("request", "")), error=type(error).__name__)
        problem = problems.Internal("internal")
    told = {"Content-Type": asked.FHIR_JSON, **problems.headers(problem)}
    return problem.status, told, model.encode(outcome(problem, _language(headers)))


def _language(headers: Headers) -> Callable[[Problem], str]:
    english = titles.prefers_english(headers.get("accept-language", ""))

    def said(problem: Problem) -> str:
        return titles.title(problem.code, problem.status, english=english)

    return said
