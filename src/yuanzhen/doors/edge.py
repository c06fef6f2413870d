"""The outermost ring: request ids, sizes of bodies, security headers (ASVS 5.0 V3.4), times. Pure ASGI."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from yuanzhen.doors import problems
from yuanzhen.doors.caller import header_map
from yuanzhen.infrastructure.errors import Malformed, Problem, TooLarge
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.log import log

Observe = Callable[[str, str, int, float], None]  # method, path template, status, seconds

LARGEST_BODY = 10 * 2**20

# 'wasm-unsafe-eval': the image codecs are WebAssembly; it allows no script that is not ours.
_CSP = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self' wss:; frame-ancestors 'none'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
_PERMISSIONS = (
    "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self), geolocation=(), payment=(), usb=()"
)
_ALWAYS = [
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", _PERMISSIONS.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_NO_STORE = (b"cache-control", b"no-store")
_KEPT_NOWHERE = ("/api", "/auth", "/fhir", "/dicom-web", "/healthz")
# By whether the answer goes by TLS, and whether it may be kept.
_WANTED = {
    (tls, nowhere): [*_ALWAYS, *([_HSTS] if tls else []), *([_NO_STORE] if nowhere else [])]
    for tls in (False, True)
    for nowhere in (False, True)
}
_NAMES = frozenset(name for name, _ in _WANTED[True, True])


class Edge:
    """Wraps an ASGI application. `limits`: the largest body in bytes by path prefix, where it is not `LARGEST_BODY`."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int], observe: Observe | None) -> None:
        self._app = app
        self._limits = sorted(limits.items(), key=lambda entry: -len(entry[0]))  # the longest prefix first
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or WebSocket."""
        state: dict[str, Any] = scope["state"]
        state["request"] = new_id()
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started, answered = time.perf_counter(), _Answer(scope, send)
        try:
            await self._app(scope, self._limited(scope, receive), answered.send)
        except Problem as problem:  # raised by this ring, before a route was found
            await answered.problem(problem)
        except Exception as error:  # noqa: BLE001 - the server would log its words, which may be a patient's
            log.error("answer_cut_off", request=state["request"], error=type(error).__name__)
            raise ConnectionAbortedError("answer cut off") from None
        finally:
            if self._observe is not None:
                template = str(scope.get("path_template") or "")
                self._observe(str(scope.get("method", "")), template, answered.status, time.perf_counter() - started)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """`receive`, which raises `TooLarge` `request.too_large` once the body is over the path's limit."""
        limit = next((size for prefix, size in self._limits if scope["path"].startswith(prefix)), LARGEST_BODY)
        length = header_map(scope).get("content-length")
        if length is not None:
            if not length.isascii() or not length.isdigit():
                raise Malformed("request.malformed", place="Content-Length")
            if int(length) > limit:
                raise TooLarge("request.too_large", place="body", limit_bytes=limit)
        taken = 0

        async def counted() -> Any:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message["body"])
                if taken > limit:
                    raise TooLarge("request.too_large", place="body", limit_bytes=limit)
            return message

        return counted


class _Answer:
    """Sends one answer with the headers that every answer has."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._headers({name.lower() for name, _ in message["headers"]})]
        await self._send(message)

    def _headers(self, there: set[bytes]) -> list[tuple[bytes, bytes]]:
        kept_nowhere = self._scope["path"].startswith(_KEPT_NOWHERE)
        wanted = _WANTED[self._scope["scheme"] == "https", kept_nowhere]
        told = wanted if there.isdisjoint(_NAMES) else [one for one in wanted if one[0] not in there]
        return [*told, (b"x-request-id", self._scope["state"]["request"].encode())]

    async def problem(self, problem: Problem) -> None:
        said = problems.body(
            problem, header_map(self._scope).get("accept-language", ""), self._scope["state"]["request"]
        )
        told = {"Content-Type": problems.MEDIA_TYPE, "Content-Length": str(len(said))} | problems.headers(problem)
        headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]
        await self.send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": said, "more_body": False})
