"""What a refusal must not tell, and requests that a browser sends without its person meaning them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any

import httpx
import pytest

from tests.features.access import calls
from tests.features.access.calls import Route
from tests.features.access.house import SAFE, House
from tests.features.access.matrix import API, DICOM, FHIR, LOG_IN
from tests.features.access.rows import CALLERS, Row
from tests.make.browser import Browser
from tests.make.cases import person
from tests.make.people import PASSWORD

pytestmark = pytest.mark.slow

# Ids that nothing has, of the same form as those that something has.
INVENTED = {
    "case": "01990000-0000-7000-8000-000000000001",
    "patient": "01990000-0000-7000-8000-000000000002",
    "study": "01990000-0000-7000-8000-000000000003",
    "report": "01990000-0000-7000-8000-000000000004",
    "uid": "2.25.1",
    "series": "2.25.2",
    "sop": "2.25.3",
    "event": "999999999",
    "number": "610100190001010000",
    "referral": "01990000-0000-7000-8000-000000000004",
    "apart": "0123456789abcdef0123456789abcdef",
}
UNFOUND = [
    pytest.param(row, id=f"{row.method} {row.path}")
    for row in (*API, *FHIR, *DICOM)
    if 404 in row.answers
    and "accepted" in row.stages
    and ("{" in row.path or row.method == "POST")
    and row.method != "HEAD"  # which tells nothing but its status
]
# Whoever comes first has no session yet: their origin is looked at, and there is no csrf value to send.
BEFORE = {"/auth/login", "/auth/factor", "/auth/factor/webauthn/options", "/auth/recovery", "/auth/token",
          "/auth/answer", "/auth/answer/options", "/auth/guest"}  # fmt: skip

FOR_EVERYBODY = {"/api/check"}  # no session is looked at, and nothing is done: a file is compared


@pytest.mark.parametrize("row", UNFOUND)
async def test_what_is_not_yours_is_answered_as_what_is_not_there(house: House, row: Row) -> None:
    await house.at("accepted")
    for caller, expected in zip(CALLERS, row.answers, strict=True):
        if expected == 404:
            there, nowhere = [told(await house.call(row, caller, given=ids)) for ids in (house.given, INVENTED)]
            assert there == nowhere, caller


def told(answer: httpx.Response) -> tuple[int, dict[str, str], Any]:
    """All that a caller is told, but for what is of this one request."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    body = answer.json()
    body.pop("request", None)
    return answer.status_code, headers, body


@pytest.mark.parametrize("path", ["/api/consultations/{}", "/fhir/R4/Patient/{}", "/dicom-web/studies/{}/metadata"])
async def test_an_id_of_any_length_is_refused_and_the_refusal_kept(house: House, path: str) -> None:
    # Digests, which the database cannot press: an index takes no value of more than 2,700 bytes.
    long = "".join(hashlib.sha256(bytes([at])).hexdigest() for at in range(100))
    answer = await house.browsers["stranger"].get(path.format(long))
    assert answer.status_code == 404
    kept = await house.home.rows("SELECT entity FROM security.trail WHERE starts_with(entity, $1)", long[:64])
    assert kept and all(long.startswith(row["entity"]) for row in kept)


# ---- what was not meant


def unsafe(house: House) -> list[Route]:
    """Each operation of the OpenAPI that changes something, a path of its own filled in; and writing to the record."""
    described = [
        Route(method.upper(), path)
        for path, methods in calls.described(house.app)["paths"].items()
        for method in methods
        if method.upper() not in SAFE and path not in FOR_EVERYBODY
    ]
    return [*described, Route("POST", "/fhir/R4/Patient"), Route("PUT", "/fhir/R4/Patient/{patient}")]


async def sent(house: House, browser: Browser, route: Route, headers: dict[str, str]) -> httpx.Response:
    filled = {"consultation": house.given["case"], "act": "cancel", **house.given}
    path = route.path.format_map(defaultdict(lambda: "none", filled))
    asked = calls.query(calls.described(house.app), route)
    return await browser.http.request(
        *route._replace(path=path), params=asked, json=house.body(route.method, path, filled), headers=headers
    )


async def changed(house: House) -> tuple[object, ...]:
    rows = await house.home.rows(
        "SELECT (SELECT max(id) FROM consultation.step), (SELECT count(*) FROM records.version), "
        "(SELECT count(*) FROM security.session WHERE ends > now()), (SELECT string_agg(hash, '' ORDER BY person) "
        "FROM security.credential), (SELECT count(*) FROM security.factor)"
    )
    return tuple(rows[0])


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "csrf.missing"),
        ({"X-CSRF-Token": "guess"}, "csrf.missing"),
        ({"X-CSRF-Token": "{other}"}, "csrf.missing"),
        ({"X-CSRF-Token": "{own}", "Origin": "https://evil.example"}, "csrf.other_site"),
        ({"X-CSRF-Token": "{own}", "Origin": "null"}, "csrf.other_site"),
        ({"X-CSRF-Token": "{own}", "Origin": "https://localhost:8443.evil.example"}, "csrf.other_site"),
        ({"X-CSRF-Token": "{own}", "Sec-Fetch-Site": "cross-site"}, "csrf.other_site"),
        ({"X-CSRF-Token": "{own}", "Sec-Fetch-Site": "same-site"}, "csrf.other_site"),
    ],
    ids=["none", "guessed", "another-persons", "another-site", "no-site", "a-longer-name", "cross-site", "same-site"],
)
async def test_nothing_is_done_that_a_person_did_not_mean(house: House, headers: dict[str, str], code: str) -> None:
    await house.at("accepted")
    asker, before = house.browsers["asker"], await changed(house)
    told = {"own": asker.csrf, "other": house.browsers["colleague"].csrf}
    filled = {name: value.format(**told) for name, value in headers.items()}
    for route in unsafe(house):
        if route.path in BEFORE and (code == "csrf.missing" or route.path == "/auth/token"):
            continue
        answer = await sent(house, asker, route, filled)
        assert answer.status_code == 403, route
        assert code in answer.text, route
    assert await changed(house) == before


async def test_log_in_is_whole_in_this_table(house: House) -> None:
    assert {Route(*call.split()).path for call in LOG_IN} > BEFORE
    assert {route.path for route in unsafe(house)} >= {Route(*call.split()).path for call in LOG_IN}


# ---- cookies and tokens that are not what they are taken for


async def test_a_cookie_is_no_token_and_a_token_no_cookie(house: House) -> None:
    (cookie,) = house.browsers["asker"].http.cookies.jar
    token = house.browsers["robot"].http.headers["Authorization"].removeprefix("Bearer ")
    for headers in (
        {"Authorization": f"Bearer {cookie.value}"},
        {"Cookie": f"__Host-yuanzhen={token}"},
        {"Cookie": f"yuanzhen={token}"},
        {"Authorization": f"Basic {token}"},
        {"Cookie": f"__Host-yuanzhen={cookie.value}x"},
        {"Authorization": "Bearer "},
    ):
        for path in ("/api/consultations", "/fhir/R4/Patient", f"/dicom-web/studies/{house.given['uid']}/series"):
            answer = await Browser(house.app).get(path, headers=headers)
            assert answer.status_code == 401, (headers, path)


async def test_half_a_log_in_opens_nothing(house: House) -> None:
    """Name and password without the second factor, at everything that a person may read."""
    await house.at("accepted")
    half = Browser(house.app)
    answer = await half.post("/auth/login", {"name": "asker", "password": PASSWORD})
    assert answer.json() == {"next": "factor"}
    for row in (*API, *FHIR, *DICOM):
        if row.path not in {"/fhir/R4/metadata", *FOR_EVERYBODY}:
            answer = await half.http.request(row.method, row.path.format(**house.given))
            assert answer.status_code == 401, row
            assert row.method == "HEAD" or "auth.factor_missing" in answer.text, row


async def test_after_log_out_the_cookie_is_nobodys(house: House) -> None:
    left = await house.logged_in("leaver", person("leaver", "expert"))
    cookies = dict(left.http.cookies)
    assert (await left.get("/api/me")).status_code == 200
    assert (await left.post("/auth/logout")).status_code == 204
    again = Browser(house.app)
    again.http.cookies.update(cookies)
    assert (await again.get("/api/me")).status_code == 401
