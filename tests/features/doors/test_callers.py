"""Who calls: what handlers get as actor, session, scopes."""

from __future__ import annotations

import base64

import pytest
from litestar import Litestar

from tests.make.browser import Browser
from tests.make.people import Region
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.security.identity import clients
from yuanzhen.security.identity.clients import AddedClient


async def machine(region: Region, scope: str = "system/*.*") -> AddedClient:
    async with region.db.verb(system("setup")) as tx:
        return await clients.add_client(tx, region.identity, "HIS", scope, "qingshi")


async def bearer(browser: Browser, client: AddedClient, **more: str) -> dict[str, str]:
    form = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": client.client_secret}
    answer = await browser.http.post("/auth/token", data=form | more)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_a_person_acts_with_role_institution_address_and_request(region: Region, browser: Browser) -> None:
    chen = await region.person("Chen")
    await browser.login(chen)
    answer = await browser.get("/api/try/actor")
    assert answer.json() == {
        "kind": "person", "id": chen.id, "role": "expert", "institution": "city", "patient": "", "origin": "10.1.2.3",
        "request": answer.headers["x-request-id"], "scopes": "system/*.read system/*.write",
    }  # fmt: skip


async def test_a_patient_acts_for_their_own_record(region: Region, browser: Browser) -> None:
    await browser.login(await region.person("Wang", "patient", patient="pat-7"))
    answer = (await browser.get("/api/try/actor")).json()
    assert (answer["role"], answer["patient"]) == ("patient", "pat-7")


async def test_a_machine_acts_as_its_client_without_cookie_or_csrf(region: Region, browser: Browser) -> None:
    his = await machine(region, "system/Observation.*")
    answer = await browser.get("/api/try/actor", headers=await bearer(browser, his))
    told = answer.json()
    assert (told["kind"], told["id"], told["role"]) == ("machine", his.client_id, "machine-rw")
    assert (told["institution"], told["scopes"]) == ("qingshi", "system/Observation.read system/Observation.write")


async def test_a_machine_is_no_person(region: Region, browser: Browser) -> None:
    headers = await bearer(browser, await machine(region))
    answer = await browser.post("/api/try/questions", {"question": "?"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.person_needed")


async def test_an_unknown_bearer_is_401_even_with_a_good_cookie(region: Region, browser: Browser) -> None:
    await browser.login(await region.person("Chen"))
    answer = await browser.get("/api/try/actor", headers={"Authorization": "Bearer guess"})
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.token_unknown")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_session_works_on_both_ports(region: Region, app: Litestar) -> None:
    plain = Browser(app, "http://localhost:8080")
    await plain.login(await region.person("Chen"))
    tls = Browser(app)
    tls.http.cookies.update(dict(plain.http.cookies))
    assert (await tls.get("/api/me")).status_code == 200


async def test_of_two_cookies_the_one_bound_to_the_host_counts(region: Region, app: Litestar) -> None:
    chen, li = await region.person("Chen"), await region.person("Li")
    good, planted = await Browser(app).login(chen), await Browser(app, "http://localhost:8080").login(li)
    good.http.cookies.update(dict(planted.http.cookies))
    assert (await good.get("/api/me")).json()["id"] == chen.id


@pytest.mark.parametrize(
    "other", ["seen", "a b=c", 'prefs={"a": "b c"}', 'a="b', "/a=b", "a@b=1", "=", "名=刘", "x[]=1", "a=" + "b" * 4000]
)
async def test_what_other_programs_keep_with_the_browser_logs_nobody_out(
    region: Region, app: Litestar, other: str
) -> None:
    chen = await Browser(app).login(await region.person("Chen"))
    ours = chen.http.headers.get("cookie") or "; ".join(f"{name}={value}" for name, value in chen.http.cookies.items())
    chen.http.cookies.clear()
    for header in (f"{other}; {ours}", f"{ours}; {other}", f"{other};{ours};{other}"):
        answer = await chen.http.get("/api/me", headers=[(b"cookie", header.encode())])
        assert answer.status_code == 200, header


async def test_a_broken_cookie_is_nobodys(browser: Browser) -> None:
    for cookie in ("yuanzhen=", "yuanzhen", "=;=;\x7f", "__Host-yuanzhen=guess"):
        assert (await browser.get("/api/me", headers={"Cookie": cookie})).status_code == 401


# ---- POST /auth/token (RFC 6749)


async def test_a_client_may_name_itself_by_basic(region: Region, browser: Browser) -> None:
    his = await machine(region)
    basic = base64.b64encode(f"{his.client_id}:{his.client_secret}".encode()).decode()
    answer = await browser.http.post(
        "/auth/token",
        data={"grant_type": "client_credentials", "scope": "system/Observation.read"},
        headers={"Authorization": f"Basic {basic}"},
    )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("bearer", 3600, "system/Observation.read")


async def test_errors_have_the_shape_of_rfc_6749(region: Region, browser: Browser) -> None:
    his = await machine(region, "system/Observation.read")
    good = {"grant_type": "client_credentials", "client_id": his.client_id, "client_secret": his.client_secret}
    for form, status, error in (
        (good | {"client_secret": "wrong"}, 401, "invalid_client"),
        (good | {"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        (good | {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (good | {"scope": "system/*.*"}, 400, "invalid_scope"),
        (good | {"scope": "openid"}, 400, "invalid_scope"),
    ):
        answer = await browser.http.post("/auth/token", data=form)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert ("www-authenticate" in answer.headers) == (status == 401)
    for content in (b"grant_type=client_credentials&grant_type=x", b"%ff\xff", b"a;b"):
        form_type = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await browser.http.post("/auth/token", content=content, headers=form_type)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    answer = await browser.http.post("/auth/token", json=good)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    answer = await browser.http.post("/auth/token", data=good, headers={"Authorization": "Basic !!!"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
