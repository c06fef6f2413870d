"""The FHIR door in this process over an empty region, and machine clients who call it by HTTP."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
from litestar import Litestar

from tests.make.browser import Browser
from tests.make.cases import Ward
from tests.make.people import MASTER
from yuanzhen.data.records import routes
from yuanzhen.doors.app import Site, build
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.identity import clients
from yuanzhen.security.identity.service import Identity

BASE = "/fhir/R4"
FHIR_JSON = "application/fhir+json"
PATCH_JSON = "application/json-patch+json"
Json = dict[str, Any]


@dataclass
class Server:
    """The door, and who may knock."""

    db: Database
    identity: Identity
    app: Litestar

    @classmethod
    async def of(cls, db: Database, folder: Path) -> Server:
        """The FHIR door alone, over the region of `Ward` in an empty database."""
        await Ward.of(db, folder)
        identity = Identity(db, MASTER, frozenset({"localhost"}))
        return cls(db, identity, build(db, identity, site=Site(bare={BASE: routes.Fhir})))

    async def client(self, name: str, scope: str = "system/*.*", institution: str = "liuhe") -> Client:
        """A machine client with a token."""
        async with self.db.verb(system("setup")) as tx:
            added = await clients.add_client(tx, self.identity, name, scope, institution)
        browser = Browser(self.app)
        basic = base64.b64encode(f"{added.client_id}:{added.client_secret}".encode()).decode()
        form, headers = {"grant_type": "client_credentials"}, {"Authorization": f"Basic {basic}"}
        token = (await browser.http.post("/auth/token", data=form, headers=headers)).json()["access_token"]
        browser.http.headers["Authorization"] = f"Bearer {token}"
        return Client(browser.http, added.client_id)


@dataclass
class Client:
    """One client of the FHIR door; paths are relative to its base."""

    http: httpx.AsyncClient
    id: str

    async def call(
        self, method: str, path: str, body: Json | list[Any] | bytes | None = None, **headers: str
    ) -> Answer:
        """One request; `If_Match="W/..."` becomes the header `If-Match`."""
        sent = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        told = {"Content-Type": FHIR_JSON} if body is not None else {}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.http.request(method, f"{BASE}{path}", content=sent, headers=told)
        return Answer(answer.status_code, answer.headers, answer.content)

    async def make(self, resource: Json) -> Json:
        """Writes a resource, under its id if it has one, and answers it as it is stored; fails unless it is."""
        kind, id = resource["resourceType"], resource.get("id")
        answer = await (self.call("PUT", f"/{kind}/{id}", resource) if id else self.call("POST", f"/{kind}", resource))
        assert answer.status in (200, 201), answer.content
        return answer.json


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.content)

    @property
    def code(self) -> str:
        """The stable code of a refusal's first issue."""
        return str(self.json["issue"][0]["details"]["coding"][0]["code"])

    @property
    def places(self) -> list[str]:
        """Where a refusal's issues are."""
        return [place for issue in self.json["issue"] for place in issue.get("expression", [])]
