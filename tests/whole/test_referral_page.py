"""Referrals in Chromium over the demo: sent from the township, taken in the city, and the outcome back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.make.center import Center
from tests.make.pages import IN_THREE_WINDOWS, OPENS_PAGES, WIDE, Visitor, cookies, pages, who
from tests.whole.test_calendar_page import pictured, request_path
from tests.whole.test_file import posts

pytestmark = OPENS_PAGES
LOGINS = ("xujing", "chenyuan")
REASON = "右侧肢体无力，需住院溶栓评估"


@pytest.fixture(scope="module")
def states(demo: Center, window: Browser) -> dict[str, StorageState]:
    return cookies(demo, window, LOGINS)


def come(
    demo: Center, window: Browser, states: dict[str, StorageState], login: str, path: str, *,
    locale: str = "zh-CN", size: tuple[int, int] = WIDE,
) -> Visitor:  # fmt: skip
    return Visitor.come(window, pages(demo) + path, who(demo, login), locale=locale, size=size, state=states[login])


def neurology(demo: Center, page: Page) -> dict[str, str]:
    """The city's department, and its house."""
    found = page.request.get(f"{pages(demo)}api/departments").json()["items"]
    (one,) = [each for each in found if each["name"] == "神经内科"]
    return {"institution": one["institution"]["id"], "department": one["id"], "house": one["institution"]["name"]}


def sent(demo: Center, page: Page) -> str:
    """A referral of the demo's patient, by the door."""
    to = neurology(demo, page)
    made = posts(
        demo, page, "api/referrals", patient=request_path(page, demo).split("/")[1], institution=to["institution"],
        department=to["department"], kind="admission", urgency="urgent", reason=REASON, agreed="patient",
    )  # fmt: skip
    return str(made["id"])


def test_the_demo_has_a_referral_in_most_states(demo: Center, window: Browser, states: dict[str, StorageState]) -> None:
    found = {}
    for login in LOGINS:
        page = come(demo, window, states, login, "referrals").page
        found |= {one["id"]: one["state"] for one in page.request.get(f"{pages(demo)}api/referrals").json()["items"]}
        page.context.close()
    assert set(found.values()) >= {
        "draft", "sent", "received", "more-needed", "accepted", "booked", "arrived", "returned", "closed",
    }  # fmt: skip


def choose(page: Page, field: str, word: str) -> None:
    page.get_by_role("combobox", name=field).fill(word)
    page.locator(".ant-select-item-option:visible", has_text=word).first.click()


def test_a_patient_is_referred_taken_and_the_outcome_comes_back(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    sender = come(demo, window, states, "xujing", "patients")
    here = sender.page
    to = neurology(demo, here)
    here.goto(f"{pages(demo)}{request_path(here, demo).replace('request', 'refer')}")
    here.get_by_role("button", name="发出").click()
    expect(here.get_by_role("alert").filter(has_text="还缺")).to_contain_text("转往机构")
    choose(here, "转往机构", to["house"])
    choose(here, "科室", "神经内科")
    here.get_by_text("住院", exact=True).click()
    here.get_by_text("加急", exact=True).click()
    here.get_by_label("转诊原因").fill(REASON)
    here.locator(".attach input").first.check()
    here.get_by_text("患者本人同意").click()
    here.get_by_role("button", name="发出").click()
    expect(here.locator(".where h2")).to_have_text("待接收")
    referral = here.url.rpartition("/")[2]

    receiver = come(demo, window, states, "chenyuan", "referrals")
    there = receiver.page
    there.locator(f"a[href='/referrals/{referral}']").click()
    expect(there.locator(".who h1")).to_contain_text("*")  # masked until it is received
    there.get_by_role("button", name="接收并查看病历").focus()
    there.keyboard.press("Enter")
    expect(there.locator(".where h2")).to_have_text("已接收，待答复")
    expect(there.locator(".who h1")).not_to_contain_text("*")
    there.get_by_role("button", name="同意接诊").click()
    there.get_by_role("button", name="患者已到").click()
    there.get_by_role("button", name="回传结局").click()
    there.get_by_label("结局：诊断、治疗经过和转归").fill("静脉溶栓后肌力恢复至 4 级")
    there.get_by_role("button", name="回传结局").click()
    expect(there.locator(".where h2")).to_have_text("结局已回传")

    expect(here.locator(".where h2")).to_have_text("结局已回传", timeout=20_000)
    here.get_by_role("button", name="确认结局并结案").click()
    expect(here.locator(".where h2")).to_have_text("已结案")
    expect(here.locator(".timeline li")).to_have_count(7)
    for one in (sender, receiver):
        assert one.is_quiet(), one.faults
        one.page.context.close()


@IN_THREE_WINDOWS
def test_the_pages_fit_their_windows_and_axe_finds_nothing(
    demo: Center, window: Browser, states: dict[str, StorageState], size: tuple[int, int], locale: str
) -> None:
    asker = come(demo, window, states, "xujing", "referrals", locale=locale, size=size)
    referral = sent(demo, asker.page)
    refer = request_path(asker.page, demo).replace("request", "refer")
    for login, path in (
        ("xujing", "referrals"), ("xujing", f"referrals/{referral}"), ("xujing", refer),
        ("chenyuan", "referrals"), ("chenyuan", f"referrals/{referral}"),
    ):  # fmt: skip
        visitor = come(demo, window, states, login, path, locale=locale, size=size)
        page = visitor.page
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (login, path, size)
        pictured(page, f"{login}-{re.sub('[^a-z]+', '-', path)[:24]}-{size[0]}")
        assert visitor.axe() == [], (login, path, size)
        assert visitor.is_quiet(), visitor.faults
        page.context.close()
    posts(demo, asker.page, f"api/referrals/{referral}/withdraw", reason="因故")
    asker.page.context.close()
