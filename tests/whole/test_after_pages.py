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
PATIENCE_MS = 30_000  # a page that opens on a busy machine
SIZES = [(WIDE, "zh-CN"), (TABLET, "en-GB"), (PHONE, "zh-CN"), (PHONE, "en-GB")]


@pytest.fixture(scope="module")
def patient(region: Region) -> str:
    told = {
        "resourceType": "Patient", "name": [{"text": NAME}], "gender": "male", "birthDate": BORN,
        "managingOrganization": {"reference": f"Organization/{region.township}"},
    }  # fmt: skip
    with region.center.machine() as machine:
        return str(machine.post("/fhir/R4/Patient", json=told).json()["id"])


def accepted(region: Region, patient: str) -> str:
    """A case in the expert's hands, that was asked for some time ago."""
    clinician, expert = region.clinician.http, region.expert.http
    text = clinician.get("/api/consent-texts/current").json()
    asked = clinician.post("/api/consultations", json={
        "patient": patient, "department": region.department, "urgency": "emergency", "question": "是否溶栓？",
        "consent": {"version": text["version"], "given_by": "patient", "how": "signed"}, "call_back": "0912-7700",
    })  # fmt: skip
    id = str(asked.json()["id"])
    earlier = "interval '154 s' WHERE"
    inside.rows(region.center.home, f"UPDATE consultation.case SET created = created - {earlier} id = $1", id)
    inside.rows(region.center.home, f"UPDATE consultation.step SET at = at - {earlier} consultation = $1", id)
    assert expert.post(f"/api/consultations/{id}/accept").status_code == 200
    return id


def signed(region: Region, patient: str) -> str:
    """A case with a signed opinion."""
    id, expert = accepted(region, patient), region.expert.http
    assert expert.put(f"/api/consultations/{id}/opinion", json=OPINION).status_code == 204
    body = {"patient": {"name": NAME, "birth_date": BORN}}
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


FINDING = "大面积脑梗死，脑疝风险，需立即转院"


def passes(region: Region, patient: str) -> None:
    """The quarter of an hour is over: the row that waits for it is due, and something else wakes the relay."""
    due = "UPDATE infrastructure.outbox SET due = now() WHERE kind = 'CriticalDue' AND done IS NULL"
    inside.rows(region.center.home, due)
    accepted(region, patient)


def test_a_critical_finding_is_called_in_and_read_back_or_it_is_the_dispatchers(
    region: Region, window: Browser, patient: str
) -> None:
    duty = region.center.user("diaodu", "dispatcher", region.city, "--display", "马调度")
    id = accepted(region, patient)
    dispatcher = come(region, window, duty, "rings")
    asker = come(region, window, region.clinician, f"cases/{id}")
    expert = come(region, window, region.expert, f"cases/{id}")
    for label, words in (("所见", OPINION["findings"]), ("结论", OPINION["conclusion"]), ("危急值", FINDING)):
        expert.page.get_by_label(label, exact=label != "危急值").fill(words)
    expert.page.get_by_role("button", name="核对并签名").click()
    expert.page.get_by_label("患者姓名").fill(NAME)
    expert.page.get_by_label("出生日期").fill(BORN)
    expert.page.keyboard.press("Enter")
    expect(asker.page.get_by_role("heading", name="危急值：须立即电话告知，并请对方复述")).to_be_visible()
    expect(asker.page.get_by_text(FINDING).first).to_be_visible()
    looked_at(expert, "critical-expert", WIDE)
    expect(dispatcher.page.get_by_text("现在没有呼叫")).to_be_visible()

    expert.page.get_by_label("电话打给了谁").fill("柳河镇卫生院 值班")
    expert.page.get_by_role("button", name="没有接通").click()
    expect(asker.page.get_by_text("柳河镇卫生院 值班").first).to_be_visible()
    passes(region, patient)
    alarm = dispatcher.page.get_by_role("dialog")
    expect(alarm.get_by_text("危急值未确认")).to_be_visible(timeout=PATIENCE_MS)
    expect(alarm.get_by_text("请让 陈予安 与 许静 通上电话")).to_be_visible()
    expect(dispatcher.page.get_by_text(FINDING)).to_have_count(0)
    expect(dispatcher.page.get_by_text(NAME)).to_have_count(0)
    looked_at(dispatcher, "critical-alarm-zh-CN", WIDE)
    for size, locale in SIZES:
        seen = come(region, window, duty, "rings", size=size, locale=locale)
        expect(seen.page.get_by_role("dialog")).to_be_visible(timeout=PATIENCE_MS)
        looked_at(seen, f"critical-alarm-{locale}", size)
        seen.page.context.close()
    dispatcher.page.keyboard.press("Enter")  # the act has the focus
    expect(alarm).to_be_hidden()
    expect(dispatcher.page.get_by_text("0912-7700")).to_be_visible()
    expect(asker.page.get_by_text("调度 马调度 正在处理")).to_be_visible()
    for size, locale in SIZES:
        for who, path, mark in ((duty, "rings", "0912-7700"), (region.clinician, f"cases/{id}", FINDING)):
            seen = come(region, window, who, path, size=size, locale=locale)
            expect(seen.page.get_by_text(mark).first).to_be_visible(timeout=PATIENCE_MS)
            looked_at(seen, f"critical-{who.name}-{locale}", size)
            seen.page.context.close()

    asker.page.get_by_label("电话打给了谁").focus()
    asker.page.keyboard.type("许静 本人接听")
    asker.page.keyboard.press("Tab")
    asker.page.keyboard.press("Enter")
    expect(expert.page.get_by_role("heading", name="危急值已电话告知，对方已复述")).to_be_visible()
    expect(dispatcher.page.get_by_text("现在没有呼叫")).to_be_visible()
    for one in (dispatcher, asker, expert):
        one.page.context.close()


def test_nobody_answered_is_said_on_whichever_page_the_asker_is_with_the_number_of_the_house(
    region: Region, window: Browser, patient: str
) -> None:
    manager = region.center.user("sunjie", "manager", region.city, "--display", "孙洁")
    office = come(region, window, manager, "overview")
    office.page.get_by_role("button", name="修改 市中心医院东院 的值班电话").focus()
    office.page.keyboard.press("Enter")
    office.page.keyboard.type("029-8651 2000")
    office.page.keyboard.press("Enter")
    expect(office.page.get_by_text("029-8651 2000")).to_be_visible()
    asker = come(region, window, region.clinician, "patients")
    expect(asker.page.get_by_role("alert")).to_have_count(0)
    text = region.clinician.http.get("/api/consent-texts/current").json()
    asked = region.clinician.http.post("/api/consultations", json={
        "patient": patient, "department": region.department, "urgency": "emergency", "question": "是否溶栓？",
        "consent": {"version": text["version"], "given_by": "patient", "how": "signed"},
    }).json()["id"]  # fmt: skip
    assert region.expert.http.post(f"/api/consultations/{asked}/decline", json={"reason": "在抢救"}).status_code == 200
    notice = asker.page.get_by_role("alert")
    expect(notice.get_by_role("link", name="029-8651 2000")).to_be_visible(timeout=PATIENCE_MS)
    for size, locale in SIZES:
        for who, path in ((region.clinician, "patients"), (manager, "overview")):
            seen = come(region, window, who, path, size=size, locale=locale)
            expect(seen.page.get_by_text("029-8651 2000").first).to_be_visible(timeout=PATIENCE_MS)
            looked_at(seen, f"unanswered-{path}-{locale}", size)
            seen.page.context.close()
    notice.get_by_role("link", name="打开会诊").click()
    expect(asker.page.get_by_role("link", name="029-8651 2000")).to_have_count(1)  # the page itself says it
    cancelled = region.clinician.http.post(f"/api/consultations/{asked}/cancel", json={"reason": "转院"})
    assert cancelled.status_code == 200
    for one in (office, asker):
        one.page.context.close()
