"""Security keys through the doors, with a key in software."""

from __future__ import annotations

import pytest
from litestar import Litestar

from tests.conftest import Home
from tests.make.authenticator import Authenticator
from tests.make.browser import Browser
from tests.make.people import PASSWORD, Person, Region

pytestmark = pytest.mark.slow


async def with_key(region: Region, browser: Browser, key: Authenticator) -> Person:
    """Somebody who is logged in by a code and has enrolled a key."""
    chen = await region.person("Chen")
    await browser.login(chen)
    assert (await enrol(browser, key)) == 200
    return chen


async def enrol(browser: Browser, key: Authenticator) -> int:
    options = await browser.post("/auth/enrol/webauthn/options")
    assert options.status_code == 200, options.text
    body = {"kind": "webauthn", "credential": key.create(options.json()), "label": "blue"}
    return (await browser.post("/auth/enrol", body)).status_code


async def ask(browser: Browser) -> dict[str, object]:
    """The password, and the options for the key."""
    await browser.post("/auth/login", {"name": "Chen", "password": PASSWORD})
    options = await browser.post("/auth/factor/webauthn/options")
    assert options.status_code == 200, options.text
    return dict(options.json())


async def test_a_key_is_enrolled_and_logs_its_owner_in(region: Region, app: Litestar) -> None:
    key = Authenticator()
    await with_key(region, Browser(app), key)
    browser = Browser(app)
    options = await ask(browser)
    answer = await browser.post("/auth/factor", {"kind": "webauthn", "credential": key.get(options)})
    assert answer.status_code == 200, answer.text
    assert (await browser.get("/api/me")).json()["csrf"] == answer.json()["csrf"]


async def test_somebody_without_a_factor_may_start_with_a_key(region: Region, browser: Browser) -> None:
    wei = await region.person("Wei", one_time=True)
    await browser.post("/auth/login", {"name": "Wei", "password": wei.password})
    key = Authenticator()
    assert await enrol(browser, key) == 200
    assert (await browser.post("/auth/password", {"old": wei.password, "new": PASSWORD})).json()["code"] == (
        "auth.factor_first"
    )
    options = (await browser.post("/auth/factor/webauthn/options")).json()
    answer = await browser.post("/auth/factor", {"kind": "webauthn", "credential": key.get(options)})
    browser.csrf = answer.json()["csrf"]
    assert (await browser.post("/auth/password", {"old": wei.password, "new": PASSWORD})).status_code == 200
    assert (await browser.get("/api/me")).json()["id"] == wei.id


async def test_a_challenge_is_good_once(region: Region, app: Litestar) -> None:
    key = Authenticator()
    await with_key(region, Browser(app), key)
    browser, other = Browser(app), Browser(app)
    options = await ask(browser)
    assert (await browser.post("/auth/factor", {"kind": "webauthn", "credential": key.get(options)})).status_code == 200
    for again in (browser, other):
        await again.post("/auth/login", {"name": "Chen", "password": PASSWORD})
        answer = await again.post("/auth/factor", {"kind": "webauthn", "credential": key.get(options)})
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.factor_wrong")


async def test_a_challenge_waits_no_longer_than_the_log_in(region: Region, app: Litestar) -> None:
    key = Authenticator()
    browser = Browser(app)
    chen = await with_key(region, browser, key)
    options = (await browser.post("/auth/factor/webauthn/options")).json()
    region.clock.pass_(minutes=5)
    answer = await browser.post("/auth/factor", {"kind": "webauthn", "credential": key.get(options)})
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.factor_wrong")
    await browser.show_code(chen)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (Authenticator(origin="https://localhost.evil.example"), "another origin"),
        (Authenticator(origin="http://localhost:8443"), "without TLS"),
        (Authenticator(seed=2), "another key"),
    ],
)
async def test_what_another_page_or_key_signed_is_refused(
    region: Region, app: Litestar, key: Authenticator, why: str
) -> None:
    await with_key(region, Browser(app), Authenticator())
    browser = Browser(app)
    options = await ask(browser)
    answer = await browser.post("/auth/factor", {"kind": "webauthn", "credential": key.get(options)})
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.factor_wrong"), why


async def test_a_forged_signature_is_refused(region: Region, app: Litestar) -> None:
    key, forger = Authenticator(), Authenticator(seed=2)
    await with_key(region, Browser(app), key)
    browser = Browser(app)
    options = await ask(browser)
    forged = forger.get(options) | {"id": key.get(options)["id"], "rawId": key.get(options)["rawId"]}
    answer = await browser.post("/auth/factor", {"kind": "webauthn", "credential": forged})
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.factor_wrong")


async def test_a_counter_that_goes_back_betrays_a_copy(region: Region, app: Litestar, home: Home) -> None:
    key = Authenticator()
    await with_key(region, Browser(app), key)
    browser = Browser(app)
    options = await ask(browser)
    assert (await browser.post("/auth/factor", {"kind": "webauthn", "credential": key.get(options)})).status_code == 200
    copy = Authenticator(count=0)
    options = await ask(browser)
    answer = await browser.post("/auth/factor", {"kind": "webauthn", "credential": copy.get(options)})
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.factor_wrong")
    assert [
        tuple(row) for row in await home.rows("SELECT sign_count FROM security.factor WHERE kind = 'webauthn'")
    ] == [(1,)]


@pytest.mark.parametrize("broken", [{}, {"id": 1}, {"id": "x", "response": []}, {"response": {"clientDataJSON": "é"}}])
async def test_what_is_no_credential_is_refused_by_name(
    region: Region, app: Litestar, broken: dict[str, object]
) -> None:
    key, browser = Authenticator(), Browser(app)
    await with_key(region, browser, key)
    await browser.post("/auth/enrol/webauthn/options")
    answer = await browser.post("/auth/enrol", {"kind": "webauthn", "credential": broken})
    assert (answer.status_code, answer.json()["code"]) == (422, "webauthn.refused")
    await browser.post("/auth/factor/webauthn/options")
    answer = await browser.post("/auth/factor", {"kind": "webauthn", "credential": broken | {"id": key.get({
        "rpId": "localhost", "challenge": "x"})["id"]}})  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.factor_wrong")


async def test_the_same_key_is_enrolled_once(region: Region, browser: Browser) -> None:
    key = Authenticator()
    await with_key(region, browser, key)
    options = (await browser.post("/auth/enrol/webauthn/options")).json()
    assert [entry["id"] for entry in options["excludeCredentials"]] == [key.create(options)["id"]]
    answer = await browser.post("/auth/enrol", {"kind": "webauthn", "credential": key.create(options)})
    assert (answer.status_code, answer.json()["code"]) == (409, "webauthn.known")


async def test_enrolling_a_key_needs_a_fresh_factor_and_an_own_challenge(region: Region, browser: Browser) -> None:
    chen = await region.person("Chen")
    await browser.login(chen)
    options = (await browser.post("/auth/enrol/webauthn/options")).json()
    region.clock.pass_(minutes=6)
    answer = await browser.post("/auth/enrol/webauthn/options")
    assert (answer.status_code, answer.json()["code"]) == (403, "factor.stale")
    await browser.show_code(chen)
    answer = await browser.post("/auth/enrol", {"kind": "webauthn", "credential": Authenticator().create(options)})
    assert (answer.status_code, answer.json()["code"]) == (422, "webauthn.refused")


async def test_a_name_that_is_not_ours_is_no_relying_party(region: Region, app: Litestar) -> None:
    elsewhere = Browser(app, "https://192.0.2.7:8443")
    await elsewhere.login(await region.person("Chen"))
    answer = await elsewhere.post("/auth/enrol/webauthn/options")
    assert (answer.status_code, answer.json()["code"], answer.json()["allowed"]) == (
        422,
        "webauthn.host",
        ["localhost"],
    )


async def test_somebody_without_a_key_is_told_so(region: Region, browser: Browser) -> None:
    await browser.login(await region.person("Chen"))
    answer = await browser.post("/auth/factor/webauthn/options")
    assert (answer.status_code, answer.json()["code"]) == (422, "webauthn.none")
