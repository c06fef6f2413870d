"""What every answer carries, how large a request may be, the pages and the hooks."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar, Request, post

from tests.conftest import Template
from tests.make.browser import Browser
from tests.make.people import Region
from yuanzhen.doors.app import Site, build
from yuanzhen.infrastructure.errors import Unavailable

SEEN: list[tuple[str, str, int]] = []
SCRIPT = "console.log('远诊');" * 200


@post("/api/try/bytes", status_code=200)
async def post_bytes(request: Request[object, object, object]) -> dict[str, int]:  # type: ignore[type-var]
    return {"bytes": len(await request.body())}


@post("/api/try/images", status_code=200)
async def post_images(request: Request[object, object, object]) -> dict[str, int]:  # type: ignore[type-var]
    return {"bytes": len(await request.body())}


@pytest.fixture(scope="module")
async def region(database_template: Template) -> AsyncIterator[Region]:
    """One region for all tests here: none of them changes it."""
    async with database_template.clone() as home:
        db = await home.open()
        yield await Region.of(db)
        await db.close()


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<!doctype html><title>远诊</title>", encoding="utf-8")
    (tmp_path / "dist" / "assets" / "app-4f2a.js").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("no")
    return tmp_path / "dist"


@pytest.fixture
def whole(region: Region, dist: Path) -> Litestar:
    async def health() -> dict[str, str]:
        return {"status": "ok", "database": "ok"}

    site = Site(
        pages=dist,
        health=health,
        metrics=lambda: b"up 1\n",
        observe=lambda method, path, status, seconds: SEEN.append((method, path, status)),
        limits={"/api/try/images": 12 * 2**20, "/api/try/b": 1000},
    )
    return build(region.db, region.identity, [post_bytes, post_images], site=site)


@pytest.fixture
async def browser(whole: Litestar) -> Browser:
    return Browser(whole)


async def test_every_answer_carries_the_security_headers(browser: Browser) -> None:
    for path in ("/", "/api/me", "/api/nothing", "/assets/none.js", "/healthz"):
        headers = (await browser.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["permissions-policy"].startswith("camera=(self)")
        assert headers["strict-transport-security"].startswith("max-age=")
        assert len(headers["x-request-id"]) == 36


async def test_without_tls_no_browser_is_told_to_insist_on_it(whole: Litestar) -> None:
    answer = await Browser(whole, "http://localhost:8080").get("/")
    assert "strict-transport-security" not in answer.headers


async def test_what_belongs_to_a_person_is_kept_in_no_cache(browser: Browser) -> None:
    for path in ("/api/me", "/auth/nothing", "/fhir/R4/Patient", "/dicom-web/studies"):
        assert (await browser.get(path)).headers["cache-control"] == "no-store", path


async def test_each_request_has_an_id_of_its_own_whatever_the_caller_says(browser: Browser) -> None:
    first = await browser.get("/healthz", headers={"X-Request-ID": "mine"})
    second = await browser.get("/healthz")
    assert first.headers["x-request-id"] not in ("mine", second.headers["x-request-id"])


async def test_a_body_over_the_limit_of_its_path_is_413(browser: Browser) -> None:
    assert (await browser.http.post("/api/try/bytes", content=b"x" * 1000)).json() == {"bytes": 1000}
    answer = await browser.http.post("/api/try/bytes", content=b"x" * 1001)
    told = answer.json()
    assert (answer.status_code, told["code"], told["limit_bytes"]) == (413, "request.too_large", 1000)


async def test_a_body_that_does_not_say_its_length_is_counted(browser: Browser) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    answer = await browser.http.post("/api/try/bytes", content=chunks())
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


async def test_ten_mebibytes_are_the_rule_and_a_path_may_have_its_own(browser: Browser) -> None:
    eleven = b"x" * (11 * 2**20)
    assert (await browser.http.post("/auth/recovery", content=eleven)).status_code == 413
    assert (await browser.http.post("/api/try/images", content=eleven)).json() == {"bytes": len(eleven)}


async def test_a_length_that_is_no_number_is_400(browser: Browser) -> None:
    answer = await browser.http.post("/api/try/bytes", content=b"x", headers={"Content-Length": "-1"})
    assert (answer.status_code, answer.json()["place"]) == (400, "Content-Length")


async def test_hashed_assets_are_kept_for_ever_and_the_page_is_asked_anew(browser: Browser) -> None:
    asset = await browser.get("/assets/app-4f2a.js")
    assert asset.text == SCRIPT
    assert asset.headers["content-type"].startswith("application/javascript")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    page = await browser.get("/")
    assert page.headers["cache-control"] == "no-cache"
    again = await browser.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_assets_travel_packed_to_whoever_unpacks(browser: Browser) -> None:
    async with browser.http.stream("GET", "/assets/app-4f2a.js", headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join([chunk async for chunk in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw).decode() == SCRIPT
    plain = await browser.get("/assets/app-4f2a.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("path", ["/consultations/c1", "/wall", "/patients/p.7/trend", "/patients/p7/studies/2.25.901"])
async def test_a_path_inside_the_app_is_its_first_page(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/html")


@pytest.mark.parametrize(
    "path",
    ["/assets/gone.js", "/api/x", "/fhir/x", "/dicom-web/x", "/live", "/../secret.txt",
     "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"],
)  # fmt: skip
async def test_what_is_no_page_is_404_and_no_file_outside_is_served(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_health_and_metrics_answer_what_the_process_says(browser: Browser) -> None:
    assert (await browser.get("/healthz")).json() == {"status": "ok", "database": "ok"}
    metrics = await browser.get("/metrics")
    assert (metrics.text, metrics.headers["content-type"]) == ("up 1\n", "text/plain; version=0.0.4; charset=utf-8")


async def test_a_process_that_is_not_well_says_503(region: Region) -> None:
    async def ill() -> dict[str, str]:
        raise Unavailable("database.down", retry_after_s=2)

    answer = await Browser(build(region.db, region.identity, site=Site(health=ill))).get("/healthz")
    assert (answer.status_code, answer.json()["code"]) == (503, "database.down")


async def test_every_answer_is_observed_under_its_template_not_its_ids(browser: Browser) -> None:
    SEEN.clear()
    await browser.get("/api/me")
    await browser.get("/api/nothing/p-17")
    assert SEEN == [("GET", "/api/me", 401), ("GET", "/{path}", 404)]
