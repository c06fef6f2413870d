"""The doors behind a real server and real TLS."""

from __future__ import annotations

from pathlib import Path

import httpx
from litestar import Litestar

from tests.make.authenticator import Authenticator
from tests.make.people import PASSWORD, Region
from tests.make.served import served


async def test_log_in_and_log_out_over_tls(region: Region, app: Litestar, tmp_path: Path) -> None:
    chen = await region.person("Chen")
    async with served(app, tmp_path) as (base, trust), httpx.AsyncClient(base_url=base, verify=trust) as http:
        headers = {"Origin": base, "Sec-Fetch-Site": "same-origin"}
        first = await http.post("/auth/login", json={"name": "Chen", "password": PASSWORD}, headers=headers)
        assert first.json() == {"next": "factor"}
        assert "__Host-yuanzhen" in http.cookies
        second = await http.post("/auth/factor", json={"kind": "totp", "code": chen.code()}, headers=headers)
        csrf = second.json()["csrf"]
        me = await http.get("/api/me")
        assert (me.json()["id"], me.json()["csrf"]) == (chen.id, csrf)
        assert me.headers["strict-transport-security"]
        assert "server" not in me.headers
        actor = (await http.get("/api/try/actor")).json()
        assert actor["origin"] in ("127.0.0.1", "::1")
        assert (await http.post("/auth/logout", headers=headers | {"X-CSRF-Token": csrf})).status_code == 204
        assert (await http.get("/api/me")).status_code == 401


async def test_a_security_key_over_tls(region: Region, app: Litestar, tmp_path: Path) -> None:
    wei = await region.person("Wei", one_time=True)
    async with served(app, tmp_path) as (base, trust), httpx.AsyncClient(base_url=base, verify=trust) as http:
        key = Authenticator(origin=base)
        await http.post("/auth/login", json={"name": "Wei", "password": wei.password})
        made = key.create((await http.post("/auth/enrol/webauthn/options")).json())
        assert (await http.post("/auth/enrol", json={"kind": "webauthn", "credential": made})).status_code == 200
        shown = key.get((await http.post("/auth/factor/webauthn/options")).json())
        assert (await http.post("/auth/factor", json={"kind": "webauthn", "credential": shown})).status_code == 200


async def test_a_body_over_the_limit_is_refused_before_it_is_sent(app: Litestar, tmp_path: Path) -> None:
    async with served(app, tmp_path) as (base, trust), httpx.AsyncClient(base_url=base, verify=trust) as http:
        answer = await http.post("/auth/login", content=b"x" * (11 * 2**20))
        assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


async def test_head_of_a_route_that_has_none_is_405(app: Litestar, tmp_path: Path) -> None:
    async with served(app, tmp_path) as (base, trust), httpx.AsyncClient(base_url=base, verify=trust) as http:
        assert (await http.head("/api/me")).status_code == 405
