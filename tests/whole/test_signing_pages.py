"""A signed opinion in Chromium over a real centre: corrected by two, printed, checked; a record opened in need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.make.center import Person
from tests.make.pages import IN_THREE_WINDOWS, OPENS_PAGES, PHONE, PICTURES, WIDE, Visitor, pages
from tests.whole.conftest import Region

pytestmark = OPENS_PAGES
NAME, NUMBER = "赵德福", "610100195204180018"
OPINION = {"findings": "左侧低密度影", "conclusion": "考虑急性脑梗死", "advice": "静脉溶栓"}


@pytest.fixture(scope="module")
def quality(region: Region) -> Person:
    return region.center.user("zhaoqin", "quality", region.city, "--display", "赵勤")


@pytest.fixture(scope="module")
def patient(region: Region) -> dict[str, Any]:
    with region.center.machine() as machine:
        told = {
            "resourceType": "Patient", "name": [{"text": NAME}], "gender": "male", "birthDate": "1952-04-18",
            "managingOrganization": {"reference": f"Organization/{region.township}"},
            "identifier": [{"system": "urn:yuanzhen:number:NNCHN", "value": NUMBER}],
        }  # fmt: skip
        found: dict[str, Any] = machine.post("/fhir/R4/Patient", json=told).json()
    return found


@pytest.fixture(scope="module")
def case(region: Region, patient: dict[str, Any]) -> str:
    """A case with a signed opinion."""
    taken = accepted(region, patient)
    path, expert = f"/api/consultations/{taken}", region.expert.http
    assert expert.put(f"{path}/opinion", json=OPINION).status_code == 204
    signed = expert.post(f"{path}/opinion/sign", json={"patient": {"name": NAME, "birth_date": "1952-04-18"}})
    assert signed.status_code == 200, signed.text
    return taken


def accepted(region: Region, patient: dict[str, Any]) -> str:
    """A case in the expert's hands."""
    clinician = region.clinician.http
    text = clinician.get("/api/consent-texts/current").json()
    asked = clinician.post("/api/consultations", json={
        "patient": patient["id"], "department": region.department, "urgency": "emergency", "question": "是否溶栓？",
        "consent": {"version": text["version"], "given_by": "patient", "how": "signed"},
    })  # fmt: skip
    id = str(asked.json()["id"])
    assert region.expert.http.post(f"/api/consultations/{id}/accept").status_code == 200
    return id


def come(
    region: Region, window: Browser, who: Person | None, path: str, *,
    locale: str = "zh-CN", size: tuple[int, int] = WIDE,
) -> Visitor:  # fmt: skip
    """Somebody at a page, with the session that they have over HTTP already: a code is good once."""
    base = f"https://localhost:{region.center.port('https')}"
    known = (who.name, who.password, who.totp_secret) if who else ("", "", "")
    visitor = Visitor.come(window, f"{base}/check", known, locale=locale, size=size)
    if who is not None:
        cookies = [
            {"name": one.name, "value": one.value or "", "url": base, "httpOnly": True, "secure": True}
            for one in who.http.cookies.jar
        ]
        visitor.page.context.add_cookies(cookies)  # type: ignore[arg-type]
        visitor.page.evaluate("localStorage.setItem('yuanzhen.in', JSON.stringify(true))")
    visitor.page.goto(f"{base}/{path}")
    return visitor


def looked_at(visitor: Visitor, name: str, size: tuple[int, int]) -> None:
    """It fits its window, axe finds nothing, and nothing was raised."""
    page = visitor.page
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (name, size)
    assert visitor.axe() == [], (name, size)
    assert visitor.is_quiet(), visitor.faults
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}-{size[0]}.png", full_page=True)


def printed(page: Page, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 PDF").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


# ---- an opinion is corrected by two, and its page is known again


def test_an_opinion_is_read_corrected_by_two_printed_and_checked(
    region: Region, window: Browser, quality: Person, case: str, tmp_path: Path
) -> None:
    expert = come(region, window, region.expert, f"cases/{case}")
    expect(expert.page.get_by_text("已送达，申请方还没有打开")).to_be_visible()
    asker = come(region, window, region.clinician, f"cases/{case}")
    expect(asker.page.get_by_text("签名有效")).to_be_visible()
    expect(expert.page.get_by_text("许静 已阅")).to_be_visible()
    first = printed(asker.page, tmp_path)

    expert.page.get_by_role("button", name="更正").click()
    expert.page.get_by_label("结论").fill("急性脑梗死，左侧大脑中动脉供血区")
    expert.page.get_by_label("更正的原因").fill("方位写漏")
    looked_at(expert, "amend", WIDE)
    expert.page.get_by_role("button", name="签署并申请批准").click()
    expect(expert.page.get_by_text("有一份更正在等第二人批准。")).to_be_visible()
    expect(asker.page.get_by_text("申请更正意见")).to_be_visible()  # what it will say is not theirs yet

    second = come(region, window, quality, "approvals")
    expect(second.page.get_by_text("急性脑梗死，左侧大脑中动脉供血区")).to_be_visible()
    looked_at(second, "approvals", WIDE)
    second.page.get_by_role("button", name="批准并签名").click()
    expect(second.page.get_by_text("已批准")).to_be_visible()
    expect(asker.page.get_by_text("第 2 版 更正")).to_be_visible()
    expect(asker.page.get_by_text("赵勤 批准")).to_be_visible()
    looked_at(asker, "corrected", WIDE)

    checks = come(region, window, None, "check")
    form = {"file": {"name": "opinion.pdf", "mimeType": "application/pdf", "buffer": first.read_bytes()}}
    told = checks.page.request.post(f"{pages(region.center)}api/check", multipart=form).json()
    assert (told["valid"], told["version"], told["standing"]) == (True, 1, "superseded")
    checks.page.locator("input[type=file]").set_input_files(first)
    expect(checks.page.get_by_text("真实，但已有更新的版本")).to_be_visible()
    checks.page.locator("input[type=file]").set_input_files(printed(asker.page, tmp_path))
    expect(checks.page.get_by_text("真实，且是最新的一版")).to_be_visible()
    forged = tmp_path / "forged.pdf"
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    forged.write_bytes(data)
    checks.page.locator("input[type=file]").set_input_files(forged)
    expect(checks.page.get_by_text("这不是本系统出具的文件，或者被改动过")).to_be_visible()
    looked_at(checks, "check", WIDE)
    for visitor in (expert, asker, second, checks):
        visitor.page.context.close()


# ---- two departments write one opinion, and both sign it


def press(page: Page, name: str) -> None:
    """A button, by keyboard."""
    page.get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")


def written(page: Page, part: str, words: str) -> None:
    """A part of the opinion, by keyboard; on the server when this returns."""
    page.get_by_label(part, exact=True).focus()
    page.keyboard.type(words)
    expect(page.get_by_text("已存")).to_be_visible()


def test_two_departments_write_one_opinion_and_both_sign_it_by_keyboard(
    region: Region, window: Browser, patient: dict[str, Any]
) -> None:
    id = accepted(region, patient)
    asker = come(region, window, region.clinician, f"cases/{id}")
    first = come(region, window, region.expert, f"cases/{id}")
    press(first.page, "邀请专家")
    expect(first.page.get_by_label("邀请哪位专家？")).to_be_focused()
    first.page.keyboard.type(region.outsider.name)
    expect(first.page.locator(".ant-select-item-option")).to_have_count(1)
    expect(first.page.locator(".ant-select-item-option-active")).to_have_count(1)  # what Enter takes
    first.page.keyboard.press("Enter")
    press(first.page, "邀请专家")
    expect(first.page.get_by_label("邀请哪位专家？")).to_have_count(0)

    second = come(region, window, region.outsider, f"cases/{id}")
    written(second.page, "所见", "房颤，心室率 110 次/分")
    expect(first.page.get_by_label("所见", exact=True)).to_have_value("房颤，心室率 110 次/分")
    written(first.page, "结论", "心源性脑栓塞")
    expect(second.page.get_by_label("结论", exact=True)).to_have_value("心源性脑栓塞")
    looked_at(second, "two-departments", WIDE)
    expect(asker.page.get_by_text("心源性脑栓塞")).to_have_count(0)

    press(first.page, "核对并签名")
    first.page.keyboard.type(NAME)  # which has the focus
    first.page.keyboard.press("Tab")
    first.page.keyboard.type("1952-04-18")
    first.page.keyboard.press("Enter")
    expect(asker.page.get_by_text("心源性脑栓塞")).to_be_visible()
    press(second.page, "联合签署")
    expect(asker.page.get_by_text(f"{region.outsider.name} 联合签署")).to_be_visible()
    looked_at(asker, "two-signers", WIDE)
    for visitor in (asker, first, second):
        visitor.page.context.close()


# ---- a record is opened in need


def test_a_record_is_opened_in_need_by_keyboard_its_patient_is_told_and_quality_looks_at_it(
    region: Region, window: Browser, quality: Person, patient: dict[str, Any], case: str
) -> None:
    own = region.center.user("zhaodefu", "patient", region.township, "--patient", patient["id"])
    mine = come(region, window, own, "file", size=PHONE)
    expect(mine.page.get_by_role("heading", name="谁看过")).to_be_visible()
    expect(mine.page.get_by_text("有人紧急打开过您的病历")).to_have_count(0)

    doctor = come(region, window, region.stranger, "glass")
    doctor.page.get_by_label("完整的身份证号或病历号").fill(NUMBER)
    doctor.page.keyboard.press("Tab")
    doctor.page.keyboard.type("赵德")
    doctor.page.keyboard.press("Tab")
    doctor.page.keyboard.type("昏迷，需知过敏史")
    doctor.page.keyboard.press("Tab")
    doctor.page.keyboard.press("Enter")
    expect(doctor.page.get_by_text("没有找到这位患者")).to_be_visible()
    looked_at(doctor, "glass", WIDE)
    doctor.page.get_by_label("患者全名").fill(NAME)
    doctor.page.get_by_role("button", name="打开病历，并接受复核").click()
    doctor.page.get_by_role("status").get_by_role("link", name="看病历").click()
    expect(doctor.page.locator("h1").first).to_contain_text(NAME)

    expect(mine.page.get_by_text("有人紧急打开过您的病历")).to_be_visible()
    expect(mine.page.get_by_text("昏迷，需知过敏史")).to_be_visible()
    looked_at(mine, "notice", PHONE)

    reviewer = come(region, window, quality, "reviews")
    expect(reviewer.page.get_by_text("昏迷，需知过敏史")).to_be_visible()
    looked_at(reviewer, "reviews", WIDE)
    reviewer.page.get_by_role("button", name="不合理，立即关闭").click()
    reviewer.page.get_by_label("复核意见").fill("与患者无诊疗关系")
    reviewer.page.get_by_role("button", name="不合理，立即关闭").click()
    expect(reviewer.page.get_by_text("没有等待复核的事")).to_be_visible()
    expect(mine.page.get_by_text("已复核")).to_be_visible()
    assert region.stranger.http.get(f"/fhir/R4/Patient/{patient['id']}").status_code == 404
    for visitor in (mine, doctor, reviewer):
        visitor.page.context.close()


@IN_THREE_WINDOWS
def test_the_pages_fit_their_windows_and_axe_finds_nothing(
    region: Region, window: Browser, quality: Person, case: str, size: tuple[int, int], locale: str
) -> None:
    pages = [(quality, "approvals"), (quality, "reviews?shelf=decided"), (region.expert, f"cases/{case}"),
             (region.expert, "approvals"), (region.stranger, "glass"), (None, "check")]  # fmt: skip
    for who, path in pages:
        visitor = come(region, window, who, path, size=size, locale=locale)
        expect(visitor.page.locator("h1").first).to_be_attached()
        looked_at(visitor, f"{path.split('/')[0].split('?')[0]}-{who.name if who else 'anybody'}", size)
        visitor.page.context.close()
