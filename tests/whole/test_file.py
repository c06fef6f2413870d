"""A patient's file in Chromium over the demo's history: as her clinician and as she herself read it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.make.center import Center
from tests.make.pages import IN_EVERY_WINDOW, OPENS_PAGES, PHONE, Visitor, cookies, pages, who
from tests.whole.test_thread import until

pytestmark = OPENS_PAGES
# Of each curve of several points: how high and how low its line comes, and its dots.
ENDS = """[...document.querySelectorAll(".chart")].map((chart) => {
  const line = chart.querySelector("polyline").getBoundingClientRect();
  const middle = ({ y, height }) => y + height / 2;
  const dots = [...chart.querySelectorAll("i")].map((dot) => middle(dot.getBoundingClientRect()));
  return [[line.top, line.bottom], [Math.min(...dots), Math.max(...dots)], dots.length];
}).filter(([, , count]) => count > 1).map(([line, dots]) => [line, dots])"""


@pytest.fixture(scope="module")
def states(demo: Center, window: Browser) -> dict[str, StorageState]:
    return cookies(demo, window, ("xujing", "liushuying", "chenyuan"))


def opened(page: Page) -> None:
    """The patient's file from the list, all of it come."""
    page.get_by_text("刘淑英").first.click()
    arrived(page)


def arrived(page: Page) -> None:
    expect(page.locator(".results tbody tr").first).to_be_visible()
    expect(page.locator(".view[aria-busy=true]")).to_have_count(0)


def row(page: Page, name: str) -> str:
    return page.locator(".results tr, .measure").filter(has_text=name).first.inner_text()


def test_what_the_clinician_labels_is_gone_from_the_file_until_it_is_taken_back(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    visitor = Visitor.come(window, pages(demo), who(demo, "xujing"), state=states["xujing"])
    page = visitor.page
    opened(page)
    expect(page.locator(".in-diagnoses")).to_contain_text("高血压病")
    card = page.locator(".in-labels")
    card.get_by_role("button", name="标为敏感").click()
    card.get_by_label("为什么标记").fill("患者要求")
    card.get_by_role("button", name="标为敏感").click()
    expect(card).to_contain_text("请选一项")
    card.get_by_role("combobox").click()
    page.get_by_title("诊断 · 高血压病").click()
    expect(page.locator(".ant-select-dropdown")).to_be_hidden()
    assert visitor.axe() == []
    card.get_by_role("button", name="标为敏感").click()
    expect(page.locator(".in-diagnoses")).not_to_contain_text("高血压病")
    expect(page.locator(".in-held")).to_contain_text("诊断 2 项")
    expect(card).to_contain_text("患者要求")
    assert visitor.axe() == []
    card.get_by_role("button", name="撤回标记").click()
    card.get_by_label("为什么撤回").fill("患者又同意")
    card.get_by_role("button", name="撤回标记").click()
    expect(page.locator(".in-diagnoses")).to_contain_text("高血压病")
    expect(card).to_contain_text("没有人工标记")
    assert visitor.is_quiet(), visitor.faults
    page.context.close()


def test_images_can_be_labelled_too_and_their_pictures_are_gone(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    visitor = Visitor.come(window, pages(demo), who(demo, "xujing"), state=states["xujing"])
    page = visitor.page
    opened(page)
    pictures, card = page.locator(".in-docs .thumbs > li"), page.locator(".in-labels")
    before = pictures.count()
    assert before > 0
    card.get_by_role("button", name="标为敏感").click()
    card.get_by_label("为什么标记").fill("患者要求")
    card.get_by_role("combobox").fill("影像 · 头颅")
    page.locator(".ant-select-item-option", has_text="影像").first.click()
    card.get_by_role("button", name="标为敏感").click()
    expect(pictures).to_have_count(before - 1)
    expect(page.locator(".in-held")).to_contain_text("影像 1 项")
    assert visitor.axe() == []
    card.get_by_role("button", name="撤回标记").click()
    card.get_by_label("为什么撤回").fill("患者又同意")
    card.get_by_role("button", name="撤回标记").click()
    expect(pictures).to_have_count(before)
    assert visitor.is_quiet(), visitor.faults
    page.context.close()


def test_the_clinician_reads_what_came_by_itself(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    visitor = Visitor.come(window, pages(demo), who(demo, "xujing"), state=states["xujing"])
    page = visitor.page
    opened(page)
    head = page.locator(".filehead")
    expect(head).to_contain_text("磺胺类过敏")
    expect(head).to_contain_text("1 处受限")
    expect(page.locator(".sight")).to_contain_text("患者属于柳树镇卫生院")
    assert "142" in row(page, "维生素 B12") and "很低" in row(page, "维生素 B12")
    expect(page.locator(".in-medicines")).to_contain_text("苯磺酸氨氯地平片")
    expect(page.locator(".in-medicines")).not_to_contain_text("复方利血平")
    expect(page.locator(".in-diagnoses")).to_contain_text("高血压病")
    expect(page.locator(".in-held")).to_contain_text("诊断 1 项")
    expect(page.locator("body")).not_to_contain_text("焦虑状态")
    picture = page.locator(".thumbs img").first
    until(lambda: picture.evaluate("i => i.complete && i.naturalWidth > 0"), "no thumbnail was drawn")
    link = page.get_by_role("link", name="打开 PDF").first
    answer = page.request.get(pages(demo).rstrip("/") + str(link.get_attribute("href")))
    assert (answer.headers["content-type"], answer.body()[:5]) == ("application/pdf", b"%PDF-")
    assert visitor.axe() == []

    page.get_by_role("link", name="全部 13 项").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".measure")).to_have_count(13)
    potassium = row(page, "血钾")
    assert "4.3" in potassium and "已更正" in potassium and "溶血" in potassium
    assert "初步" in row(page, "尿培养")
    assert "<0.50" in row(page, "C 反应蛋白")
    assert row(page, "尿蛋白").count("阴性") > 3  # each of the year's, for words have no curve
    assert visitor.axe() == []
    assert visitor.is_quiet(), visitor.faults
    page.context.close()


def test_the_patient_sees_all_of_her_file_and_who_looked(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    visitor = Visitor.come(window, pages(demo), who(demo, "liushuying"), size=PHONE, state=states["liushuying"])
    page = visitor.page
    arrived(page)
    first = page.locator(".file > section").first
    expect(first).to_contain_text("谁看过")
    expect(first).to_contain_text("许静 · 柳树镇卫生院")
    expect(page.locator(".sight")).to_contain_text("这是您本人的病历")
    expect(page.locator(".in-held")).to_contain_text("没有因敏感而不显示的内容")
    expect(page.locator(".in-diagnoses")).to_contain_text("焦虑状态")  # labelled sensitive: hers to see
    page.get_by_role("link", name="全部记录").click()
    expect(page.locator(".looked li").first).to_be_visible()
    assert visitor.is_quiet(), visitor.faults
    page.context.close()


def posts(demo: Center, page: Page, path: str, **body: object) -> dict[str, Any]:
    """What a page's own POST would be answered."""
    csrf = page.request.get(f"{pages(demo)}api/me").json()["csrf"]
    headers = {"X-CSRF-Token": csrf, "Origin": pages(demo).rstrip("/")}
    answer = page.request.post(f"{pages(demo)}{path}", data=body, headers=headers)
    assert answer.ok, answer.text()
    told: dict[str, Any] = answer.json()
    return told


def test_an_expert_reads_it_from_the_case_and_no_longer_than_it_lasts(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    asker = Visitor.come(window, pages(demo), who(demo, "xujing"), state=states["xujing"])
    opened(asker.page)
    patient = asker.page.url.rpartition("/")[2]
    version = asker.page.request.get(f"{pages(demo)}api/consent-texts/current").json()["version"]
    department = next(
        one["id"]
        for one in asker.page.request.get(f"{pages(demo)}api/departments").json()["items"]
        if one["name"] == "神经内科"
    )
    consent = {"version": version, "given_by": "patient", "how": "signed", "reason": ""}
    case = posts(demo, asker.page, "api/consultations", patient=patient, department=department, urgency="emergency",
                 question="头晕、步态不稳，需否 MR？", consent=consent, mode="live")  # fmt: skip
    visitor = Visitor.come(window, pages(demo), who(demo, "chenyuan"), state=states["chenyuan"])
    page = visitor.page
    posts(demo, page, f"api/consultations/{case['id']}/accept")
    page.goto(f"{pages(demo)}cases/{case['id']}")
    page.get_by_role("link", name="看病历").click()
    arrived(page)
    why = page.locator(".sight")
    expect(why).to_contain_text("一次会诊在您手里")
    expect(why).to_contain_text("看到会诊结束为止")
    expect(why).to_contain_text("患者本人 · 已签字")
    why.get_by_role("button", name="看授权").click()
    why.locator("summary").first.click()
    expect(why.locator(".shown-text .title")).to_contain_text("知情同意")
    expect(page.locator(".in-held")).to_contain_text("这次授权不含")
    expect(page.locator(".filehead").get_by_role("link", name="回到会诊")).to_be_visible()
    assert visitor.axe() == []

    posts(demo, page, f"api/consultations/{case['id']}/did-not-take-place", reason="患者已转院")
    page.reload()
    expect(page.get_by_text("打不开这位患者")).to_be_visible()
    expect(page.get_by_text("本次访问已留痕")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("维生素 B12")
    assert visitor.is_quiet(), visitor.faults
    page.context.close()
    asker.page.context.close()


def test_one_list_that_fails_leaves_the_rest(demo: Center, window: Browser, states: dict[str, StorageState]) -> None:
    visitor = Visitor.come(window, pages(demo), who(demo, "xujing"), state=states["xujing"])
    page = visitor.page
    down = {"type": "about:blank", "title": "down", "status": 503, "code": "database.down"}
    page.route("**/medicines*", lambda route: route.fulfill(status=503, json=down))
    page.get_by_text("刘淑英").first.click()
    expect(page.locator(".in-medicines")).to_contain_text("没取到用药", timeout=20_000)
    arrived(page)
    page.unroute("**/medicines*")
    page.locator(".in-medicines").get_by_role("button", name="重试").click()
    expect(page.locator(".in-medicines")).to_contain_text("盐酸二甲双胍片")
    page.context.close()


def test_the_line_of_a_result_runs_through_its_dots(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    page = Visitor.come(window, pages(demo), who(demo, "xujing"), state=states["xujing"]).page
    opened(page)
    page.goto(page.url.partition("?")[0] + "/results")
    expect(page.locator(".chart polyline").first).to_be_attached()
    charts = page.evaluate(ENDS)
    assert len(charts) > 1
    for line, dots in charts:
        assert line == pytest.approx(dots, abs=1)
    page.context.close()


@IN_EVERY_WINDOW
def test_it_fits_every_window_and_axe_finds_nothing(
    demo: Center, window: Browser, states: dict[str, StorageState], size: tuple[int, int], locale: str
) -> None:
    for login in ("xujing", "liushuying"):
        visitor = Visitor.come(window, pages(demo), who(demo, login), locale=locale, size=size, state=states[login])
        page = visitor.page
        if login == "xujing":
            opened(page)
        else:
            arrived(page)
        for path in ("", "/results", "/documents", "/lookers"):
            if path:
                page.goto(page.url.partition("?")[0].removesuffix("/results").removesuffix("/documents") + path)
                expect(page.locator(".view[aria-busy=true]")).to_have_count(0)
                expect(page.locator(".filehead h1")).to_have_text("刘淑英")
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (login, path, size)
            assert visitor.axe() == [], (login, path, size)
        assert visitor.is_quiet(), (login, visitor.faults)
        page.context.close()
