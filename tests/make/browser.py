"""A browser for tests: keeps the cookie and the csrf value, and sends both as a page would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
from litestar import Litestar

from tests.make.faults import PATIENCE_S
from tests.make.people import Person


class Live:
    """One WebSocket to `/live`, without a network; `refused`: the status with which its handshake was, else 0."""

    def __init__(self) -> None:
        self.refused = 0
        self.opened = asyncio.Event()
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def take(self, message: Mapping[str, Any]) -> None:
        """What the application sends (ASGI)."""
        if message["type"] == "websocket.http.response.start":
            self.refused = message["status"]
        if message["type"] in ("websocket.accept", "websocket.http.response.body"):
            self.opened.set()
        if message["type"] == "websocket.send":
            self._heard.put_nowait(msgspec.json.decode(message["text"]))

    async def say(self, command: Mapping[str, Any]) -> None:
        """Sends one command."""
        await self.sent.put({"type": "websocket.receive", "text": msgspec.json.encode(command).decode()})

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._heard.get()


class Browser:
    """One browser in front of an application, which runs in this process."""

    def __init__(self, app: Litestar, base: str = "https://localhost:8443", address: str = "10.1.2.3") -> None:
        transport = httpx.ASGITransport(app=app, client=(address, 50000), raise_app_exceptions=False)  # type: ignore[arg-type]
        self._app = app
        self.http = httpx.AsyncClient(transport=transport, base_url=base, headers={"Origin": base})
        self.csrf = ""

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def post(self, path: str, body: object = None, **more: Any) -> httpx.Response:
        """Sends JSON with the session's csrf value."""
        headers = {"X-CSRF-Token": self.csrf} | more.pop("headers", {})
        return await self.http.post(path, json=body, headers=headers, **more)

    async def put(self, path: str, body: object = None, **more: Any) -> httpx.Response:
        """As `post`."""
        headers = {"X-CSRF-Token": self.csrf} | more.pop("headers", {})
        return await self.http.put(path, json=body, headers=headers, **more)

    @asynccontextmanager
    async def live(self, headers: Mapping[str, str] | None = None) -> AsyncIterator[Live]:
        """A socket with this browser's cookie or token; `headers` instead of its own, or beside them."""
        request = self.http.build_request("GET", "/live", headers=dict(headers or {}))
        scope: dict[str, Any] = {
            "type": "websocket", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
            "scheme": "wss", "server": ("localhost", 8443), "client": ("10.1.2.3", 50000), "root_path": "",
            "path": "/live", "raw_path": b"/live", "query_string": b"", "subprotocols": [], "state": {},
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "extensions": {"websocket.http.response": {}},
        }  # fmt: skip
        page = Live()
        page.sent.put_nowait({"type": "websocket.connect"})
        running = asyncio.create_task(self._app(scope, page.sent.get, page.take))  # type: ignore[arg-type]
        try:
            async with asyncio.timeout(PATIENCE_S):
                await page.opened.wait()
            yield page
        finally:
            page.sent.put_nowait({"type": "websocket.disconnect", "code": 1000})
            await running

    async def login(self, person: Person) -> Browser:
        """Both steps; fails unless both succeed."""
        first = await self.post("/auth/login", {"name": person.name, "password": person.password})
        assert (first.status_code, first.json()) == (200, {"next": "factor"}), first.text
        return await self.show_code(person)

    async def show_code(self, person: Person) -> Browser:
        """The second step alone, or again."""
        second = await self.post("/auth/factor", {"kind": "totp", "code": person.code()})
        assert second.status_code == 200, second.text
        self.csrf = second.json()["csrf"]
        return self
