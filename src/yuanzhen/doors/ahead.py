"""Applications that answer below a prefix of their own, ahead of the router: pure ASGI, for what is called most."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.identity.service import Identity

Bare = Callable[[Database, Identity], ASGIApp]


class Ahead:
    """Wraps an application: what is below one of the prefixes goes to that prefix's own."""

    def __init__(self, app: ASGIApp, bare: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._bare = list(bare.items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or WebSocket."""
        if scope["type"] == ScopeType.HTTP:
            path = scope["path"]
            for prefix, app in self._bare:
                if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
                    await app(scope, receive, send)
                    return
        await self._app(scope, receive, send)
