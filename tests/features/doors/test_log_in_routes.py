"""Logging in through the doors, as a page or a script does it."""

from __future__ import annotations

import base64

from litestar import Litestar

from tests.make.browser import Browser
from tests.make.people import PASSWORD, Region
from yuanzhen.security.identity import model

NEW = "forty loud umbrellas"


async def test_two_steps_lead_to_ones_own_name(region: Region, browser: Browser) -> None:
    chen = await region.person("陈予安", departments=["cardiology"])
    await browser.login(chen)
    answer = await browser.get("/api/me")
    assert answer.json() == {"id": chen.id, "name": "陈予安", "role": "expert", "institution": "city",
                             "departments": ["cardiology"], "houses": {"cardiology": "心内科",
                             "city": "市第一人民医院"},
                             "csrf": browser.csrf, "presence": "here"}  # fmt: skip


async def test_nobody_is_401(browser: Browser) -> None:
    answer = await browser.get("/api/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.unknown")


async def test_a_wrong_password_is_401_and_after_three_429_with_the_seconds_to_wait(
    region: Region, browser: Browser
) -> None:
    await region.person("Chen")
    for _ in range(3):
        answer = await browser.post("/auth/login", {"name": "Chen", "password": "not the right one"})
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.wrong")
    answer = await browser.post("/auth/login", {"name": "Chen", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (429, "auth.slow_down")
    assert (answer.headers["retry-after"], answer.json()["retry_after_s"]) == ("1", 1)
    region.clock.pass_(seconds=1)
    assert (await browser.post("/auth/login", {"name": "Chen", "password": PASSWORD})).status_code == 200


async def test_over_tls_the_cookie_is_bound_to_the_host(region: Region, browser: Browser) -> None:
    await region.person("Chen")
    answer = await browser.post("/auth/login", {"name": "Chen", "password": PASSWORD})
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "__Host-yuanzhen"
    assert {word.strip().lower() for word in rest.split(";")[1:]} == {"httponly", "secure", "samesite=strict", "path=/"}


async def test_on_plain_loopback_the_cookie_has_a_plain_name(region: Region, app: Litestar) -> None:
    await region.person("Chen")
    answer = await Browser(app, "http://localhost:8080").post("/auth/login", {"name": "Chen", "password": PASSWORD})
    assert answer.headers["set-cookie"].startswith("yuanzhen=")
    assert "secure" not in answer.headers["set-cookie"].lower()


async def test_an_unsafe_call_needs_the_sessions_csrf_value(region: Region, browser: Browser) -> None:
    await browser.login(await region.person("Chen"))
    assert (await browser.post("/api/try/questions", {"question": "?"})).status_code == 201
    for wrong in ("", "guess", browser.csrf + "x", "é"):
        answer = await browser.post("/api/try/questions", {"question": "?"}, headers={"X-CSRF-Token": wrong.encode()})
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf.missing")


async def test_the_csrf_value_of_one_device_does_not_fit_the_cookie_of_another(region: Region, app: Litestar) -> None:
    chen, li = await region.person("Chen"), await region.person("Li")
    desk = await Browser(app).login(chen)
    tablet = await Browser(app, address="10.9.9.9").login(chen)
    other = await Browser(app, address="10.9.9.9").login(li)
    for thief in (tablet, other):
        thief.http.cookies.clear()
        thief.http.cookies.update(dict(desk.http.cookies))
        answer = await thief.post("/api/try/questions", {"question": "?"})
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf.missing")
    used = (await other.get("/api/try/actor")).json()  # a copied cookie is its session: the trail has from where
    assert (used["id"], used["origin"]) == (chen.id, "10.9.9.9")


async def test_a_factor_that_was_shown_on_one_device_is_none_on_another(region: Region, app: Litestar) -> None:
    chen = await region.person("Chen")
    desk, tablet = await Browser(app).login(chen), await Browser(app).login(chen)
    region.clock.pass_(minutes=6)
    await tablet.show_code(chen)
    assert (await tablet.post("/api/try/risky")).status_code == 200
    assert (await desk.post("/api/try/risky")).json()["code"] == "factor.stale"
    assert (await tablet.post("/auth/logout")).status_code == 204
    assert (await desk.get("/api/me")).status_code == 200  # each device has a session of its own


async def test_another_site_may_neither_act_nor_log_in(region: Region, browser: Browser) -> None:
    await browser.login(await region.person("Chen"))
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        for path, body in (
            ("/api/try/questions", {"question": "?"}),
            ("/auth/login", {"name": "Chen", "password": PASSWORD}),
        ):
            answer = await browser.post(path, body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf.other_site"), (path, headers)


async def test_log_out_ends_the_session_and_removes_the_cookie(region: Region, browser: Browser) -> None:
    await browser.login(await region.person("Chen"))
    kept = dict(browser.http.cookies)
    answer = await browser.post("/auth/logout")
    assert answer.status_code == 204
    assert not browser.http.cookies
    browser.http.cookies.update(kept)
    assert (await browser.get("/api/me")).status_code == 401


async def test_log_out_needs_the_csrf_value_too(region: Region, browser: Browser) -> None:
    await browser.login(await region.person("Chen"))
    browser.csrf = "wrong"
    assert (await browser.post("/auth/logout")).status_code == 403
    assert (await browser.get("/api/me")).status_code == 200


async def test_a_risky_act_wants_a_factor_of_the_last_five_minutes(region: Region, browser: Browser) -> None:
    chen = await region.person("Chen")
    await browser.login(chen)
    assert (await browser.post("/api/try/risky")).json() == {"by": chen.id}
    region.clock.pass_(minutes=5, seconds=1)
    answer = await browser.post("/api/try/risky")
    assert (answer.status_code, answer.json()["code"], answer.json()["within_s"]) == (403, "factor.stale", 300)
    await browser.show_code(chen)
    assert (await browser.post("/api/try/risky")).status_code == 200


async def test_a_one_time_password_opens_enrolment_and_password_alone(region: Region, browser: Browser) -> None:
    wei = await region.person("Wei", one_time=True)
    first = await browser.post("/auth/login", {"name": "Wei", "password": wei.password})
    assert first.json() == {"next": "enrol"}
    assert (await browser.get("/api/me")).json()["code"] == "auth.factor_missing"

    assert (await browser.post("/auth/password", {"old": wei.password, "new": NEW})).status_code == 200
    secret = (await browser.post("/auth/enrol", {"kind": "totp"})).json()["secret"]
    wei.secret = base64.b32decode(secret)
    await browser.show_code(wei)
    assert (await browser.get("/api/me")).json()["id"] == wei.id


async def test_enrolling_before_changing_the_password_opens_nothing_yet(region: Region, browser: Browser) -> None:
    wei = await region.person("Wei", one_time=True)
    await browser.post("/auth/login", {"name": "Wei", "password": wei.password})
    wei.secret = base64.b32decode((await browser.post("/auth/enrol", {"kind": "totp"})).json()["secret"])
    await browser.show_code(wei)
    answer = await browser.get("/api/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.enrol_first")
    assert (await browser.post("/auth/password", {"old": wei.password, "new": NEW})).status_code == 200
    assert (await browser.get("/api/me")).status_code == 200


async def test_who_has_a_factor_can_neither_enrol_nor_change_the_password_without_it(
    region: Region, browser: Browser
) -> None:
    await region.person("Chen")
    await browser.post("/auth/login", {"name": "Chen", "password": PASSWORD})
    for path, body in (("/auth/enrol", {"kind": "totp"}), ("/auth/password", {"old": PASSWORD, "new": NEW})):
        answer = await browser.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.factor_first")


async def test_a_new_phone_takes_the_place_of_the_old_one(region: Region, browser: Browser) -> None:
    chen = await region.person("Chen")
    await browser.login(chen)
    old, new = chen.secret, base64.b32decode((await browser.post("/auth/enrol", {"kind": "totp"})).json()["secret"])
    chen.secret = new
    await browser.show_code(chen)
    assert old is not None
    region.clock.pass_(seconds=30)
    code = model.totp(old, model.step_at(region.clock()))
    assert (await browser.post("/auth/factor", {"kind": "totp", "code": code})).status_code == 401
    await browser.show_code(chen)


async def test_enrolling_needs_a_fresh_factor(region: Region, browser: Browser) -> None:
    await browser.login(await region.person("Chen"))
    region.clock.pass_(minutes=6)
    answer = await browser.post("/auth/enrol", {"kind": "totp"})
    assert (answer.status_code, answer.json()["code"]) == (403, "factor.stale")


async def test_a_changed_password_ends_all_other_sessions(region: Region, app: Litestar) -> None:
    chen = await region.person("Chen")
    here, there = await Browser(app).login(chen), await Browser(app).login(chen)
    before = dict(here.http.cookies)
    assert (await here.post("/auth/password", {"old": PASSWORD, "new": NEW})).json() == {"csrf": here.csrf}
    assert (await here.get("/api/me")).status_code == 200
    assert (await there.get("/api/me")).status_code == 401
    there.http.cookies.clear()
    there.http.cookies.update(before)
    assert (await there.get("/api/me")).status_code == 401
    assert (await there.post("/auth/login", {"name": "Chen", "password": PASSWORD})).status_code == 401
    assert (await there.post("/auth/login", {"name": "Chen", "password": NEW})).status_code == 200


async def test_a_new_password_is_refused_by_rule_and_the_old_one_must_be_right(
    region: Region, browser: Browser
) -> None:
    await browser.login(await region.person("Chen"))
    for old, new, status, code in (
        ("not the right one", NEW, 401, "auth.wrong"),
        (PASSWORD, "short", 422, "password.too_short"),
        (PASSWORD, "x" * 129, 422, "password.too_long"),
        (PASSWORD, "password1234", 422, "password.too_common"),
        (PASSWORD, PASSWORD, 422, "password.same"),
    ):
        answer = await browser.post("/auth/password", {"old": old, "new": new})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        region.clock.pass_(minutes=2)
