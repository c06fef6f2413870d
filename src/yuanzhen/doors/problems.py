"""The HTTP voice of a `Problem`: application/problem+json (RFC 9457). Whatever goes wrong at this edge ends here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)

from yuanzhen.doors import titles
from yuanzhen.infrastructure.errors import Fact, Invalid, Malformed, MethodRefused, NotFound, Problem
from yuanzhen.infrastructure.log import log

MEDIA_TYPE = "application/problem+json"
_NEEDED = re.compile(r"^Object missing required field `(\w+)`")
_UNKNOWN = re.compile(r"^Object contains unknown field `(\w+)`")
_TYPES = re.compile(r"^Expected `[^`]+`(?: of length [<>=\d ]+| [<>=]+ [\d.]+|, got `[^`]+`)?")


class Internal(Problem):
    """A fault of ours; what it was stands in the log under the request's id."""

    status = 500


def body(problem: Problem, accept_language: str, request: str) -> bytes:
    """The problem as RFC 9457 JSON: type, title, status, code, place, detail, request, and its facts."""
    said: dict[str, Fact] = {
        "type": f"urn:yuanzhen:problem:{problem.code}",
        "title": titles.title(problem.code, problem.status, english=titles.prefers_english(accept_language)),
        "status": problem.status,
        "code": problem.code,
        "place": problem.place,
        "detail": str(problem),
        "request": request,
    }
    facts = {name: value for name, value in problem.facts.items() if name not in said}
    return msgspec.json.encode({name: value for name, value in (said | facts).items() if value is not None})


def headers(problem: Problem) -> dict[str, str]:
    """The headers that a status asks for: Retry-After (429, 503), WWW-Authenticate (401), Allow (405)."""
    told: dict[str, str] = {}
    if problem.status in (429, 503):
        told["Retry-After"] = str(problem.facts.get("retry_after_s", 1))
    if problem.status == 401:
        told["WWW-Authenticate"] = "Bearer"
    allow = problem.facts.get("allow")
    if problem.status == 405 and isinstance(allow, list):
        told["Allow"] = ", ".join(allow)
    return told


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    problem = understood(error)
    identifier = str(request.scope["state"].get("request", ""))
    if problem is None:
        # The exception itself may hold what a patient wrote: only its type and place are logged.
        log.error("request_failed", request=identifier, error=type(error).__name__, at=_raised_at(error))
        problem = Internal("internal")
    return Response(
        body(problem, request.headers.get("accept-language", ""), identifier),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=headers(problem),
    )


def understood(error: Exception) -> Problem | None:
    """The problem that an exception means to the caller; None for a fault of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationException):
        return _invalid(error)
    if isinstance(error, NotFoundException):
        return NotFound("path.unknown")
    if isinstance(error, MethodNotAllowedException):
        allowed = str((error.headers or {}).get("allow", ""))
        return MethodRefused("path.method", allow=[name for name in allowed.split(", ") if name])
    if isinstance(error, RecursionError):  # JSON within JSON within JSON
        return Malformed("request.malformed", place="body", rule="nested less deeply")
    if isinstance(error, ClientException | UnicodeDecodeError):
        return Malformed("request.malformed", place="body")
    if isinstance(error, HTTPException) and error.status_code < 500:
        return Malformed("request.malformed")
    return None


def _invalid(error: ValidationException) -> Problem:
    """The first fault that validation found: where it is, and the rule; never the value, which may be a patient's."""
    extra = error.extra if isinstance(error.extra, list) else []
    first: Mapping[str, Any] = extra[0] if extra and isinstance(extra[0], Mapping) else {}
    message, key = str(first.get("message", "")), str(first.get("key", ""))
    if not first:  # a required parameter is missing: Litestar tells it in words alone
        named = re.search(r"required (\w+) parameter '([^']+)'", error.detail)
        place, rule = (f"{named[1]}.{named[2]}", "required") if named else ("request", "not understood")
        return Invalid("request.invalid", place=place, rule=rule)
    told = first.get("source") or "query"  # a word, or a member of Litestar's ParamType
    source = str(getattr(told, "value", told))
    path = [source] if source == "body" and key == "data" else [source, key]
    for pattern, rule in ((_NEEDED, "required"), (_UNKNOWN, "not known here")):
        if (field := pattern.match(message)) is not None:
            return Invalid("request.invalid", place=".".join([*path, field[1]]), rule=rule)
    return Invalid("request.invalid", place=".".join(path), rule=_rule(message))


def _rule(message: str) -> str:
    """What of msgspec's words is a rule: the types, never an enum's or a pattern's value."""
    types = _TYPES.match(message)
    return types[0] if types else "not one of the values allowed"


def _raised_at(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}" if trace is not None else ""
