"""Asking in Chromium: what is filled in, files brought, a draft taken up on another device, what is supplied later."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, FilePayload, Page, StorageState, expect

from tests.make.center import Center
from tests.make.pages import OPENS_PAGES, PHONE, Visitor, cookies, pages, who
from tests.whole.test_thread import until

PDF = b"%PDF-1.4\n%%EOF\n"
pytestmark = OPENS_PAGES


@pytest.fixture(scope="module")
def states(demo: Center, window: Browser) -> dict[str, StorageState]:
    return cookies(demo, window, ("xujing", "chenyuan"))


def request_page(page: Page) -> None:
    page.get_by_text("刘淑英").first.click()
    page.get_by_role("link", name="申请会诊").first.click()
    expect(page.get_by_label("会诊目的")).to_be_visible()
    expect(page.locator(".holds")).to_contain_text("检验结果")
    expect(page.locator(".holds li[aria-busy]")).to_have_count(0)


def choose(page: Page, *files: tuple[str, str, bytes]) -> None:
    """Files as a hand chooses them: name, what the browser takes it for, content."""
    chosen: list[FilePayload] = [{"name": name, "mimeType": kind, "buffer": file} for name, kind, file in files]
    page.locator(".uploads input[type=file]").set_input_files(chosen)


def draw(page: Page) -> None:
    """A line in the box for a signature."""
    page.get_by_label("在这里签名").scroll_into_view_if_needed()
    box = page.get_by_label("在这里签名").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()


def picture_is_drawn(page: Page) -> None:
    picture = page.locator(".brought img").first
    until(lambda: bool(picture.evaluate("i => i.complete && i.naturalWidth > 0")), "the picture was not drawn")


def test_a_request_is_drafted_on_one_device_sent_from_another_and_added_to(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    visitor = Visitor.come(window, pages(demo), who(demo, "xujing"), state=states["xujing"])
    page = visitor.page
    request_page(page)
    page.get_by_label("主诉").click()
    page.get_by_title("肢体无力、言语不清").click()
    expect(page.get_by_label("会诊目的")).to_have_value("肢体无力、言语不清。发病 ＿＿ 分钟，是否溶栓或取栓？")
    page.get_by_label("会诊目的").fill("右侧无力 50 分钟，是否溶栓？")
    page.get_by_label("回拨电话").fill("0913-5550123")
    choose(page, ("心电图.png", "image/png", page.screenshot()), ("假的.jpg", "image/jpeg", b"<html>"))
    rows = page.locator(".uploads li")
    expect(rows.nth(0)).to_contain_text("已进病历")
    expect(rows.nth(1)).to_contain_text("只收照片、PDF 和视频")
    expect(rows.nth(1).get_by_role("button", name="重试")).to_have_count(0)
    page.get_by_role("button", name="不附 假的.jpg").click()
    expect(page.get_by_text("已存草稿")).to_be_visible()
    assert visitor.axe() == []
    page.context.close()

    phone = Visitor.come(window, pages(demo), who(demo, "xujing"), size=PHONE, state=states["xujing"])
    page = phone.page
    request_page(page)
    expect(page.get_by_label("会诊目的")).to_have_value("右侧无力 50 分钟，是否溶栓？")
    expect(page.get_by_label("回拨电话")).to_have_value("0913-5550123")
    expect(page.get_by_text("之前已上传 1 份")).to_be_visible()
    page.get_by_role("button", name="书面会诊").click()
    expect(page.get_by_text("还差：知情同意")).to_be_visible()
    page.get_by_text("已签字", exact=True).click()
    draw(page)
    assert phone.axe() == []
    page.get_by_role("button", name="书面会诊").dblclick()
    expect(page.get_by_role("heading", name="随申请附上的资料")).to_be_visible()
    picture_is_drawn(page)
    expect(page.get_by_role("img", name="签名")).to_be_visible()
    case = page.url.rpartition("/")[2]
    listed = page.request.get(f"{pages(demo)}api/consultations").json()["items"]
    assert [one["id"] for one in listed if one["question"] == "右侧无力 50 分钟，是否溶栓？"] == [case]

    expert = Visitor.come(window, pages(demo) + f"cases/{case}", who(demo, "chenyuan"), state=states["chenyuan"])
    desk = expert.page
    expect(desk.get_by_text("右侧无力 50 分钟").first).to_be_visible()
    expect(desk.locator(".brought")).to_have_count(0)  # nobody has taken it: the record is not open yet
    desk.get_by_role("button", name="认领").click()
    picture_is_drawn(desk)
    desk.get_by_role("button", name="需要补充").click()
    desk.locator("textarea").first.fill("外院小结")
    desk.get_by_role("button", name="需要补充").click()

    page.get_by_role("button", name="提交补充").click()
    page.get_by_role("textbox").first.fill("小结在这里")
    choose(page, ("小结.pdf", "application/pdf", PDF))
    expect(page.locator(".uploads li")).to_contain_text("已进病历")
    assert phone.axe() == []
    page.get_by_role("button", name="提交补充").click()
    expect(page.locator(".brought")).to_contain_text("小结.pdf")
    expect(desk.locator(".brought")).to_contain_text("小结.pdf")
    assert expert.axe() == []
    assert visitor.is_quiet() and phone.is_quiet(), (visitor.faults, phone.faults)
