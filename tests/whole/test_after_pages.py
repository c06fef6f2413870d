"""What stays of a case, in Chromium over a real centre: its figures, what it holds, and what quality finds lacking."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.make import inside
from tests.make.pages import OPENS_PAGES, PHONE, TABLET, WIDE
from tests.whole.conftest import Region
from tests.whole.test_signing_pages import OPINION, come, looked_at

pytestmark = OPENS_PAGES
NAME, BORN = "周德福", "1955-11-02"
SIZES = [(WIDE, "zh-CN"), (TABLET, "en-GB"), (PHONE, "zh-CN"), (PHONE, "en-GB")]


@pytest.fixture(scope="module")
def patient(region: Region) -> str:
    told = {
        "resourceType": "Patient", "name": [{"text": NAME}], "gender": "male", "birthDate": BORN,
        "managingOrganization": {"reference": f"Organization/{region.township}"},
    }  # fmt: skip
    with region.center.machine() as machine:
        return str(machine.post("/fhir/R4/Patient", json=told).json()["id"])


def signed(region: Region, patient: str, critical: str = "") -> str:
    """A case with a signed opinion, that was asked for some time ago."""
    clinician, expert = region.clinician.http, region.expert.http
    text = clinician.get("/api/consent-texts/current").json()
    asked = clinician.post("/api/consultations", json={
        "patient": patient, "department": region.department, "urgency": "emergency", "question": "是否溶栓？",
        "consent": {"version": text["version"], "given_by": "patient", "how": "signed"},
    })  # fmt: skip
    id = str(asked.json()["id"])
    earlier = "interval '154 s' WHERE"
    inside.rows(region.center.home, f"UPDATE consultation.case SET created = created - {earlier} id = $1", id)
    inside.rows(region.center.home, f"UPDATE consultation.step SET at = at - {earlier} consultation = $1", id)
    assert expert.post(f"/api/consultations/{id}/accept").status_code == 200
    assert expert.put(f"/api/consultations/{id}/opinion", json=OPINION).status_code == 204
    body = {"patient": {"name": NAME, "birth_date": BORN}, "critical": critical}
    assert expert.post(f"/api/consultations/{id}/opinion/sign", json=body).status_code == 200
    return id


def figure(page: Page, name: str) -> Locator:
    """A figure of the case by its name."""
    return page.locator(".went > div", has_text=name).locator("dd")


def clock(since: str, until: str) -> str:
    """Minutes and seconds from one line of the log to another."""
    seconds = int((datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds())
    return f"{seconds // 60}:{seconds % 60:02}"


def test_the_figures_on_the_page_are_those_of_the_log(region: Region, window: Browser, patient: str) -> None:
    id = signed(region, patient)
    told: dict[str, Any] = region.clinician.http.get(f"/api/consultations/{id}").json()
    at = {line["what"]: line["at"] for line in told["timeline"]}
    asker = come(region, window, region.clinician, f"cases/{id}")
    expect(figure(asker.page, "申请到接诊")).to_have_text(clock(at["asked"], at["accept"]))
    expect(figure(asker.page, "申请到签署")).to_have_text(clock(at["asked"], at["sign"]))
    assert clock(at["asked"], at["accept"]) >= "2:34"
    failed = [line for line in told["timeline"] if line["what"].startswith("ring-") and line["what"] != "ring-called"]
    calls = sum(line["what"] not in ("ring-alarm", "ring-taken") for line in failed)
    expect(figure(asker.page, "未接通的呼叫")).to_have_text(str(calls))
    expect(figure(asker.page, "中断")).to_have_text("0")
    expect(figure(asker.page, "转出次数")).to_have_text("0")
    rows = inside.rows(
        region.center.home, "SELECT what, at FROM consultation.step WHERE consultation = $1 ORDER BY id", id
    )
    kept = {row["what"]: row["at"].isoformat() for row in rows}
    assert clock(kept["asked"], kept["sign"]) == clock(at["asked"], at["sign"])
    asker.page.context.close()


def test_what_a_case_lacks_is_seen_by_its_people_and_by_quality_until_it_is_there(
    region: Region, window: Browser, patient: str
) -> None:
    id = signed(region, patient)
    assert region.clinician.http.post(f"/api/consultations/{id}/close").status_code == 200
    other = signed(region, patient)
    assert region.clinician.http.post(f"/api/consultations/{other}/close").status_code == 200
    quality = region.center.user("liubei", "quality", region.city, "--display", "刘备")
    reviewer = come(region, window, quality, "archive")
    line = reviewer.page.locator("li", has_text=id)
    expect(line.get_by_text("双方已评价")).to_be_visible()
    for where in (region.clinician, region.expert):
        assert where.http.post(f"/api/consultations/{id}/rate", json={"score": 5}).status_code == 200
    asker = come(region, window, region.clinician, f"cases/{id}")
    expect(asker.page.get_by_role("heading", name="归档内容")).to_be_visible()
    expect(asker.page.get_by_text("缺 1 项")).to_be_visible()  # they have just opened it
    with asker.page.expect_download():
        asker.page.get_by_role("link", name="下载 PDF").click()
    asker.page.reload()
    expect(asker.page.get_by_role("region", name="归档内容").get_by_text("齐全")).to_be_visible()
    reviewer.page.reload()
    expect(line.get_by_text("齐全")).to_be_visible()
    reviewer.page.context.close()
    for size, locale in SIZES:
        for who, path in ((quality, "archive"), (region.clinician, f"cases/{id}"), (region.expert, f"cases/{id}")):
            seen = come(region, window, who, path, size=size, locale=locale)
            expect(seen.page.locator("h1").first).to_be_attached()
            looked_at(seen, f"after-{path.split('/')[0]}-{who.name}-{locale}", size)
            seen.page.context.close()
    asker.page.context.close()
