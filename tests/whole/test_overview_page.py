"""A manager's first page in Chromium over a real centre: totals of real cases, in both languages, on three windows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.make import inside
from tests.make.center import Person
from tests.make.pages import IN_EVERY_WINDOW, OPENS_PAGES, PICTURES, WIDE, Visitor
from tests.whole.conftest import Region
from yuanzhen.infrastructure import clock

pytestmark = OPENS_PAGES


@pytest.fixture(scope="module")
def manager(region: Region) -> Person:
    """Who sees totals of six emergencies that were answered, one of them long ago, and five that were called off."""
    with region.center.machine() as machine:
        told = {"resourceType": "Patient", "name": [{"text": "刘淑英"}], "managingOrganization": {
            "reference": f"Organization/{region.township}"}}  # fmt: skip
        patient = machine.post("/fhir/R4/Patient", json=told).json()["id"]
    asker, expert = region.clinician.http, region.expert.http
    consent = {
        "version": asker.get("/api/consent-texts/current").json()["version"],
        "given_by": "patient",
        "how": "signed",
    }
    asked = {"patient": patient, "department": region.department, "urgency": "emergency", "question": "是否溶栓？",
             "consent": consent}  # fmt: skip
    for turn in range(11):
        case = asker.post("/api/consultations", json=asked).json()["id"]
        act = (expert, "accept", {}) if turn < 6 else (asker, "cancel", {"reason": "设备故障"})
        assert act[0].post(f"/api/consultations/{case}/{act[1]}", json=act[2]).status_code == 200
        back = timedelta(days=7 * turn)
        for table, column, key in (("case", "created", "id"), ("step", "at", "consultation")):
            inside.rows(
                region.center.home,
                f"UPDATE consultation.{table} SET {column} = {column} - $2::interval WHERE {key} = $1 RETURNING 1",
                case,
                back,
            )
    return region.center.user("sunjie", "manager", region.city, "--display", "孙洁")


def come(
    region: Region, window: Browser, who: Person, state: StorageState | None, path: str = "", *,
    locale: str = "zh-CN", size: tuple[int, int] = WIDE,
) -> Visitor:  # fmt: skip
    url = f"https://localhost:{region.center.port('https')}/{path}"
    return Visitor.come(window, url, (who.name, who.password, who.totp_secret), locale=locale, size=size, state=state)


@pytest.fixture(scope="module")
def state(region: Region, window: Browser, manager: Person) -> StorageState:
    visitor = come(region, window, manager, None).login()
    expect(visitor.page.get_by_role("heading", name="总览")).to_be_visible()
    kept = visitor.page.context.storage_state()
    visitor.page.context.close()
    return kept


@IN_EVERY_WINDOW
def test_the_page_fits_its_window_and_axe_finds_nothing(
    region: Region, window: Browser, manager: Person, state: StorageState, size: tuple[int, int], locale: str
) -> None:
    visitor = come(region, window, manager, state, "overview", locale=locale, size=size)
    page = visitor.page
    expect(page.locator(".tracks li")).to_have_count(2)
    page.locator("summary").click()
    expect(page.locator("table")).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], size
    assert visitor.axe() == [], size
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/overview-{locale}-{size[0]}.png", full_page=True)
    assert visitor.is_quiet(), visitor.faults
    page.context.close()


def test_the_page_tells_totals_and_no_case(
    region: Region, window: Browser, manager: Person, state: StorageState
) -> None:
    visitor = come(region, window, manager, state, "overview")
    page, today = visitor.page, clock.now().date()
    query = f"from={today - timedelta(days=90)}&to={today + timedelta(days=1)}"
    told = page.evaluate("path => fetch(path).then(answer => answer.json())", f"/api/management/consultations?{query}")
    assert (told["totals"]["cases"], told["totals"]["emergencies"]) == (11, 11)
    assert told["tracks"][0]["now"] < 180
    main = page.locator("main")
    expect(page.locator(".strokes b").first).to_have_text("11")
    expect(page.locator(".tracks li.met")).to_have_count(1)
    expect(page.locator(".tracks li.unknown")).to_contain_text("这段时间没有人进过会诊室")
    expect(main).to_contain_text("设备故障")
    for private in ("刘淑英", "刘*英", "是否溶栓", "许静", "陈予安"):
        expect(main).not_to_contain_text(private)
    assert page.goto(f"https://localhost:{region.center.port('https')}/overview") is not None
    page.get_by_role("combobox", name="科室").select_option(label="市中心医院东院 心内科")
    expect(main).to_contain_text("这段时间没有会诊")
    assert visitor.axe() == []
    page.context.close()


def test_nobody_else_is_told(region: Region) -> None:
    for person in (region.expert, region.clinician):
        answer = person.http.get("/api/management/consultations", params={"from": "2026-01-01", "to": "2026-01-02"})
        assert (answer.status_code, answer.json()["code"]) == (403, "management.role")
