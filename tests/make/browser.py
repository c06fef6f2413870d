"""A browser for tests: keeps the cookie and the csrf value, and sends both as a page would."""

from __future__ import annotations

from typing import Any

import httpx
from litestar import Litestar

from tests.make.people import Person


class Browser:
    """One browser in front of an application, which runs in this process."""

    def __init__(self, app: Litestar, base: str = "https://localhost:8443", address: str = "10.1.2.3") -> None:
        transport = httpx.ASGITransport(app=app, client=(address, 50000), raise_app_exceptions=False)  # type: ignore[arg-type]
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
