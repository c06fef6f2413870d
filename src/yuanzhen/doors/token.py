"""POST /auth/token: OAuth 2.0 client credentials (RFC 6749 4.4); errors in that document's own shape (5.2)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from litestar import Request, Response, Router, post

from yuanzhen.doors import caller
from yuanzhen.infrastructure.errors import Forbidden, Invalid, Problem, Unauthenticated
from yuanzhen.security.identity import clients
from yuanzhen.security.identity.service import Identity

FORM = "application/x-www-form-urlencoded"
_PRAGMA = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 5.1

# RFC 6749 5.2
_NAMED: dict[type[Problem], tuple[int, str]] = {
    Unauthenticated: (401, "invalid_client"),
    Forbidden: (400, "invalid_scope"),
    Invalid: (400, "invalid_scope"),
}


class _Refused(Exception):
    """A request that is refused before any client is looked for."""

    def __init__(self, status: int, error: str, why: str) -> None:
        super().__init__(error)
        self.status, self.error, self.why = status, error, why


@post("/auth/token", status_code=200, tags=["login"])
async def post_token(request: Request[Any, Any, Any], identity: Identity) -> Response[dict[str, Any]]:
    """A bearer token of an hour; the client names itself by HTTP Basic or in the form."""
    headers = caller.header_map(request.scope)
    try:
        form = _form(headers, await request.body())
        client, secret = _client(headers, form)
        issued = await clients.issue(identity, caller.from_where(request.scope), client, secret, form.get("scope"))
    except _Refused as refused:
        return _error(refused.status, refused.error, refused.why)
    except (Unauthenticated, Forbidden, Invalid) as problem:
        status, error = _NAMED[type(problem)]
        return _error(status, error, problem.code)
    content = {
        "access_token": issued.token,
        "token_type": "bearer",
        "expires_in": issued.expires_in_s,
        "scope": str(issued.scopes),
    }
    return Response(content, headers=_PRAGMA)


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise _Refused(400, "invalid_request", "a form is expected")
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=20)
    except ValueError:
        raise _Refused(400, "invalid_request", "the form is malformed") from None
    if any(len(values) > 1 for values in fields.values()):
        raise _Refused(400, "invalid_request", "a parameter is repeated")
    form = {name: values[0] for name, values in fields.items()}
    if form.get("grant_type") != "client_credentials":
        raise _Refused(400, "unsupported_grant_type", "only client_credentials is spoken here")
    return form


def _client(headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[str, str]:
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            name, colon, secret = base64.b64decode(given.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise _Refused(401, "invalid_client", "the Authorization header is malformed") from None
        if not colon or "client_secret" in form:
            raise _Refused(400, "invalid_request", "the client names itself once")
        return unquote_plus(name), unquote_plus(secret)
    if "client_id" not in form or "client_secret" not in form:
        raise _Refused(401, "invalid_client", "no client named itself")
    return form["client_id"], form["client_secret"]


def _error(status: int, error: str, why: str) -> Response[dict[str, Any]]:
    headers = _PRAGMA | ({"WWW-Authenticate": 'Basic realm="yuanzhen"'} if status == 401 else {})
    return Response({"error": error, "error_description": why}, status_code=status, headers=headers)


routes = Router("/", route_handlers=[post_token])
