"""Those without a desk in the room: a guest at a phone, by a link, and the patient at theirs, by one press."""

from __future__ import annotations

from itertools import count

import pytest
from playwright.sync_api import Browser, expect

from tests.make.center import Person
from tests.make.pages import OPENS_PAGES, PHONE, Visitor
from tests.whole.conftest import Region
from tests.whole.test_after_pages import NAME, accepted, patient
from tests.whole.test_room_page import PATIENCE_MS, enters, looked, sees
from tests.whole.test_signing_pages import come
from yuanzhen.network.media.shell import janus

__all__ = ["patient"]
pytestmark = [*OPENS_PAGES, pytest.mark.skipif(not janus.available(), reason="no media server is installed")]
NAMES = count(1)


def test_a_guest_comes_by_a_link_waits_is_let_in_and_sees_no_record(
    region: Region, window: Browser, patient: str
) -> None:
    case = accepted(region, patient)
    expert = enters(region, window, region.expert, case)
    ask = expert.page.get_by_role("form", name="用链接邀请")
    ask.get_by_label("姓名").fill("王工")
    ask.get_by_role("button", name="生成链接").click()
    link = ask.get_by_label("邀请链接").input_value()
    looked(expert, "room-asks")
    guest = opened(region, window, link)
    guest.page.get_by_role("button", name="打开邀请").click()
    guest.page.get_by_text("王工（来宾），由 陈予安 邀请").wait_for()
    assert "#" not in guest.page.url, "what is in the address may be read over a shoulder"
    expect(guest.page.get_by_text("摄像头正常")).to_be_visible(timeout=PATIENCE_MS)
    looked(guest, "guest-check")
    guest.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    guest.page.get_by_role("button", name="进入会诊室").click()
    expect(guest.page.get_by_text("已告知室内医生，请稍候")).to_be_visible(timeout=PATIENCE_MS)
    door = expert.page.get_by_role("region", name="门外等候")
    door.get_by_role("button", name="允许进入").click()
    sees(guest.page, "陈予安")
    sees(expert.page, "王工")
    expect(guest.page.get_by_text("已端到端加密")).to_be_visible(timeout=PATIENCE_MS)
    assert NAME not in guest.page.content()
    expect(guest.page.get_by_text("邀请他人")).to_have_count(0)
    looked(guest, "guest-inside")
    guest.page.get_by_role("tab", name="室内文字").click()
    guest.page.get_by_label("写给室内所有人").fill("我这边听不清")
    guest.page.get_by_role("button", name="发送").click()
    expert.page.get_by_role("tab", name="室内文字 1").click()
    expect(expert.page.get_by_role("list", name="室内文字").get_by_text("我这边听不清")).to_be_visible()
    expert.page.get_by_label("写给室内所有人").fill("请看这里的文字")
    expert.page.get_by_label("写给室内所有人").press("Tab")
    expert.page.keyboard.press("Enter")
    expect(guest.page.get_by_role("list", name="室内文字").get_by_text("请看这里的文字")).to_be_visible()
    looked(guest, "guest-words")
    expert.page.get_by_role("tab", name="人员").click()
    second = opened(region, window, link)
    second.page.get_by_role("button", name="打开邀请").click()
    expect(second.page.get_by_text("已在别的设备打开").first).to_be_visible(timeout=PATIENCE_MS)
    expert.page.get_by_role("listitem").filter(has_text="王工").get_by_role("button", name="请出").click()
    expect(guest.page.get_by_text("会诊已结束，或邀请已撤回")).to_be_visible(timeout=PATIENCE_MS)
    looked(guest, "guest-over")
    guest.page.reload()
    expect(guest.page.get_by_text("本设备上没有有效的邀请")).to_be_visible(timeout=PATIENCE_MS)
    assert expert.is_quiet(), expert.faults
    for one in (expert, guest, second):
        one.page.context.close()


def opened(region: Region, window: Browser, link: str) -> Visitor:
    """Somebody without a log-in opens a link on their phone."""
    return Visitor.come(window, link, ("", "", ""), size=PHONE)


@pytest.mark.long
def test_the_patient_comes_to_their_consultation_by_one_press(region: Region, window: Browser, patient: str) -> None:
    who = person_of(region, patient)
    page = come(region, window, who, "file", size=PHONE)
    expect(page.page.get_by_text("谁看过").first).to_be_visible(timeout=PATIENCE_MS)
    case = accepted(region, patient)
    link = page.page.get_by_role("link", name="进入您的会诊").and_(page.page.locator(f"[href='/room/{case}']"))
    expect(link).to_have_count(0)
    expert = enters(region, window, region.expert, case)
    page.page.reload()
    looked(page, "own-consultation")
    page.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    link.click()
    expect(page.page.get_by_text("摄像头正常")).to_be_visible(timeout=PATIENCE_MS)
    page.page.get_by_role("button", name="进入会诊室").click()
    expect(page.page.get_by_text("已告知室内医生，请稍候")).to_be_visible(timeout=PATIENCE_MS)
    expert.page.get_by_role("region", name="门外等候").get_by_role("button", name="允许进入").click()
    sees(page.page, "陈予安")
    sees(expert.page, "患者")
    page.page.get_by_role("button", name="离开").click()
    page.page.get_by_role("link", name="返回").click()
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    for one in (expert, page):
        assert one.is_quiet(), one.faults
        one.page.context.close()


def person_of(region: Region, patient: str) -> Person:
    """The patient's own log-in."""
    return region.center.user(f"herself{next(NAMES)}", "patient", region.township, "--patient", patient)
