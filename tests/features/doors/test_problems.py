"""How refusals and faults are told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from tests.conftest import Template
from tests.features.doors.conftest import ROUTES
from tests.make.browser import Browser
from tests.make.people import Region
from yuanzhen.doors.app import build


@pytest.fixture(scope="module")
async def region(database_template: Template) -> AsyncIterator[Region]:
    """One region for all tests here: none of them changes it."""
    async with database_template.clone() as home:
        db = await home.open()
        yield await Region.of(db)
        await db.close()


@pytest.fixture(scope="module")
def app(region: Region) -> Litestar:
    return build(region.db, region.identity, ROUTES)


@pytest.fixture
def browser(app: Litestar) -> Browser:
    return Browser(app)


@pytest.fixture(scope="module")
async def chen(region: Region, app: Litestar) -> Browser:
    browser = Browser(app)
    return await browser.login(await region.person("Chen"))


async def test_a_problem_has_the_shape_of_rfc_9457_with_code_and_facts(browser: Browser) -> None:
    answer = await browser.get("/api/try/problem/conflict")
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told.pop("request") == answer.headers["x-request-id"]
    assert told == {
        "type": "urn:yuanzhen:problem:consultation.not_now", "title": told["title"], "status": 409,
        "code": "consultation.not_now", "act": "accept", "state": "signed",
        "detail": "consultation.not_now, act accept, state signed",
    }  # fmt: skip


async def test_the_title_is_in_the_readers_language(browser: Browser) -> None:
    for language, title in (
        ("", "请先登录"),
        ("en", "Log in first"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "请先登录"),
        ("en-GB;q=0.9, zh;q=0.1", "Log in first"),
        ("fr, *;q=0.1", "请先登录"),
        ("en;q=x", "请先登录"),
    ):
        answer = await browser.get("/api/me", headers={"Accept-Language": language})
        assert answer.json()["title"] == title, language


async def test_when_to_come_again_is_told(browser: Browser) -> None:
    answer = await browser.get("/api/try/problem/down")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_a_fault_of_ours_tells_nothing_of_itself_and_logs_no_words(
    browser: Browser, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = await browser.get("/api/try/problem/fault")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    logged = "".join(capfd.readouterr())
    for words in (answer.text, logged):
        assert "张三" not in words
        assert "13800000000" not in words
    assert answer.headers["x-request-id"] in logged
    assert "RuntimeError" in logged


@pytest.mark.parametrize(
    ("body", "place", "rule"),
    [
        ({}, "body.question", "required"),
        ({"question": 7}, "body.question", "Expected `str`, got `int`"),
        ({"question": "?", "colour": "red"}, "body.colour", "not known here"),
        ({"question": "?", "urgency": "张三"}, "body.urgency", "not one of the values allowed"),
        ({"question": "?", "beds": -1}, "body.beds", "Expected `int` >= 0"),
        ([], "body", "Expected `object`, got `array`"),
    ],
)
async def test_a_body_against_the_rules_is_422_and_names_the_place_and_the_rule(
    chen: Browser, body: object, place: str, rule: str
) -> None:
    answer = await chen.post("/api/try/questions", body)
    told = answer.json()
    assert (answer.status_code, told["code"], told["place"], told["rule"]) == (422, "request.invalid", place, rule)
    assert "张三" not in answer.text


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b'{"question": }',
        b"\xff\xfe",
        b'{"question": "\xff"}',
        b"nonsense",
        b"[" * 100_000,
        b'{"question": ' * 100_000,
    ],
)
async def test_bytes_that_do_not_parse_are_400(chen: Browser, content: bytes) -> None:
    answer = await chen.http.post("/api/try/questions", content=content, headers={"X-CSRF-Token": chen.csrf})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")


async def test_a_missing_body_is_422(chen: Browser) -> None:
    answer = await chen.http.post("/api/try/questions", headers={"X-CSRF-Token": chen.csrf})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


async def test_an_unknown_path_and_a_wrong_method_have_the_same_shape(browser: Browser) -> None:
    answer = await browser.get("/api/nothing/here")
    assert (answer.status_code, answer.json()["code"]) == (404, "path.unknown")
    answer = await browser.post("/api/me")
    assert (answer.status_code, answer.json()["code"]) == (405, "path.method")
    assert "GET" in answer.headers["allow"]


async def test_an_unknown_query_parameter_is_refused_and_the_known_ones_are_told(chen: Browser) -> None:
    assert (await chen.get("/api/try/list?limit=3&department=x")).json()["limit"] == 3
    answer = await chen.get("/api/try/list?departement=x")
    told = answer.json()
    assert (answer.status_code, told["code"], told["known"]) == (
        422,
        "request.unknown_parameter",
        ["department", "limit", "since"],
    )


async def test_a_query_parameter_of_the_wrong_type_is_named(chen: Browser) -> None:
    told = (await chen.get("/api/try/list?limit=many")).json()
    assert (told["code"], told["place"]) == ("request.invalid", "query.limit")


@pytest.mark.parametrize("since", ["6", "1.5", "", "2026-11-30", "tomorrow"])
async def test_a_number_or_a_word_is_no_moment(chen: Browser, since: str) -> None:
    assert (await chen.get("/api/try/list?since=2026-11-30T08:00:00%2B08:00")).status_code == 200
    told = (await chen.get(f"/api/try/list?since={since}")).json()
    assert (told["code"], told["place"]) == ("request.invalid", "query.since")


async def test_the_openapi_document_tells_what_is_there(app: Litestar, browser: Browser) -> None:
    answer = await browser.get("/schema/openapi.json")
    paths = json.loads(answer.text)["paths"]
    assert {"/auth/login", "/auth/factor", "/auth/enrol", "/auth/password", "/auth/logout", "/auth/recovery",
            "/auth/token", "/api/me", "/api/try/list"} <= set(paths)  # fmt: skip
    assert not {"/healthz", "/metrics", "/"} & set(paths)


async def test_the_openapi_document_tells_how_every_operation_refuses(browser: Browser) -> None:
    """In the shape in which it really does: a refusal holds what the document requires, and nothing untold."""
    document = json.loads((await browser.get("/schema/openapi.json")).text)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            refusals = {status for status in operation["responses"] if status >= "400"}
            assert refusals == {"default"}, (method, path)
    told = document["components"]["schemas"]["Problem"]
    answer = await browser.post("/auth/login", {"name": "nobody"})
    assert set(told["required"]) <= set(answer.json())
    assert document["paths"]["/auth/login"]["post"]["responses"]["default"]["content"].keys() == {
        answer.headers["content-type"]
    }


async def test_the_openapi_document_says_that_bodies_are_closed_and_tells_of_the_form(browser: Browser) -> None:
    document = json.loads((await browser.get("/schema/openapi.json")).text)
    schemas = document["components"]["schemas"]

    def taken(path: str, kind: str) -> dict[str, object]:
        content = document["paths"][path]["post"]["requestBody"]["content"][kind]
        found: dict[str, object] = schemas[content["schema"]["$ref"].rpartition("/")[2]]
        return found

    assert taken("/auth/login", "application/json")["additionalProperties"] is False
    told = (await browser.post("/auth/login", {"name": "nobody", "password": "x", "colour": "red"})).json()
    assert (told["code"], told["place"]) == ("request.invalid", "body.colour")
    form = taken("/auth/token", "application/x-www-form-urlencoded")
    assert form["required"] == ["grant_type"]
    assert document["paths"]["/auth/token"]["post"]["responses"]["default"]["content"].keys() == {"application/json"}
