"""The calendar in Chromium over the demo: hours entered by keyboard, booked, measured, moved, hit by an absence."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.make.center import Center
from tests.make.pages import IN_THREE_WINDOWS, OPENS_PAGES, PICTURES, WIDE, Visitor, cookies, pages, who
from tests.whole.test_file import posts

pytestmark = OPENS_PAGES
LOGINS = ("sunjie", "xujing", "chenyuan", "linhai")


@pytest.fixture(scope="module")
def states(demo: Center, window: Browser) -> dict[str, StorageState]:
    return cookies(demo, window, LOGINS)


def come(
    demo: Center, window: Browser, states: dict[str, StorageState], login: str, path: str = "", *,
    locale: str = "zh-CN", size: tuple[int, int] = WIDE, zone: str = "Asia/Shanghai",
) -> Visitor:  # fmt: skip
    return Visitor.come(
        window, pages(demo) + path, who(demo, login), locale=locale, size=size, state=states[login], zone=zone
    )


def pictured(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def request_path(page: Page, demo: Center) -> str:
    """Where a consultation is asked for the demo's patient."""
    found = page.request.get(f"{pages(demo)}fhir/R4/Patient?identifier=LS000417").json()
    return f"patients/{found['entry'][0]['resource']['id']}/request"


def neurology(page: Page) -> None:
    """The department is chosen among the many of the region."""
    page.get_by_role("combobox", name=re.compile("哪个科室|department", re.IGNORECASE)).fill("神经内科")
    page.locator(".ant-select-item-option", has_text="神经内科").first.click()


def booked(page: Page, demo: Center, nth: int = 0) -> tuple[str, dict[str, str]]:
    """A case at one of the hours that neurology has free: its id, and the slot."""
    (neuro,) = [
        one for one in page.request.get(f"{pages(demo)}api/departments").json()["items"] if one["name"] == "神经内科"
    ]
    slots = page.request.get(f"{pages(demo)}api/calendar/slots?department={neuro['id']}").json()["items"]
    slot = [one for one in slots if one["state"] == "free" and one["expert"]["name"] == "陈予安"][nth]
    version = page.request.get(f"{pages(demo)}api/consent-texts/current").json()["version"]
    case = posts(
        demo, page, "api/consultations", patient=request_path(page, demo).split("/")[1], department=neuro["id"],
        urgency="scheduled", mode="live", question="头痛 3 天，额叶低密度区，性质？", slot=slot["id"],
        consent={"version": version, "given_by": "patient", "how": "signed"},
    )  # fmt: skip
    return case["id"], slot


@IN_THREE_WINDOWS
def test_the_pages_fit_their_windows_and_axe_finds_nothing(
    demo: Center, window: Browser, states: dict[str, StorageState], size: tuple[int, int], locale: str
) -> None:
    asker = come(demo, window, states, "xujing", locale=locale, size=size)
    case, _ = booked(asker.page, demo)
    for login, path in (
        ("sunjie", "calendar"), ("chenyuan", "calendar"), ("chenyuan", f"cases/{case}"), ("xujing", f"cases/{case}"),
        ("xujing", request_path(asker.page, demo)),
    ):  # fmt: skip
        visitor = come(demo, window, states, login, path, locale=locale, size=size)
        page = visitor.page
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        if path.endswith("request"):
            neurology(page)
            page.get_by_role("button", name=re.compile("预约时间|At an hour")).click()
            expect(page.locator(".slots .chip").first).to_be_visible()
        elif path.startswith("cases"):
            expect(page.locator(".booking .hour")).to_be_visible()
        else:
            if login == "sunjie":  # the first department by name has no roster
                page.get_by_role("combobox", name=re.compile("看谁的日程|Whose calendar")).fill("神经内科")
                page.locator(".ant-select-item-option", has_text="神经内科").first.click()
            expect(page.locator(".week .daycell .track i.shift").first).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (login, path, size)
        pictured(page, f"{login}-{path.partition('/')[0]}-{size[0]}")
        assert visitor.axe() == [], (login, path, size)
        assert visitor.is_quiet(), visitor.faults
        page.context.close()
    posts(demo, asker.page, f"api/consultations/{case}/cancel", reason="因故")
    asker.page.context.close()


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Asia/Kathmandu"])
def test_an_hour_is_the_same_moment_wherever_it_is_read(
    demo: Center, window: Browser, states: dict[str, StorageState], zone: str
) -> None:
    """Kept in UTC, shown by the clock of whoever looks, whose zone stands on the page."""
    visitor = come(demo, window, states, "xujing", zone=zone)
    case, slot = booked(visitor.page, demo)
    visitor.page.goto(f"{pages(demo)}cases/{case}")
    start = datetime.fromisoformat(slot["start"])
    assert start.utcoffset() == timedelta(0)
    here = start.astimezone(ZoneInfo(zone))
    expect(visitor.page.locator(".booking .hour b")).to_contain_text(f"{here:%H:%M}", timeout=20_000)
    hours, minutes = divmod(abs(here.utcoffset() or timedelta()) // timedelta(minutes=1), 60)
    offset = f"UTC{'−' if zone.startswith('America') else '+'}{hours}" + (f":{minutes:02}" if minutes else "")
    expect(visitor.page.get_by_text(offset).first).to_be_attached()
    posts(demo, visitor.page, f"api/consultations/{case}/cancel", reason="因故")
    visitor.page.context.close()


def test_a_manager_enters_hours_by_keyboard_and_takes_one_back(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    visitor = come(demo, window, states, "sunjie", "calendar")
    page = visitor.page
    page.get_by_role("button", name="下一周").click()
    page.get_by_role("button", name="下一周").click()  # nothing is entered so far ahead
    cell = page.locator(".daycell[aria-pressed=true]")
    expect(cell).to_have_count(1)
    cell.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".daycell:focus")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="登记").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("共 6 个时段")).to_be_visible()  # 9 to 11, 20 minutes each
    page.get_by_role("button", name="登记", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".calendar .rows li")).to_have_count(6)
    expect(page.locator(".daycell[aria-pressed=true]")).to_contain_text("6 空")
    page.get_by_role("button", name=re.compile("撤掉 空时段")).first.click()
    expect(page.locator(".calendar .rows li")).to_have_count(5)

    page.get_by_role("button", name="登记").click()
    page.get_by_role("radio", name="值班").check(force=True)
    expect(page.get_by_text("第 1 圈先响")).to_be_visible()
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator(".daycell[aria-pressed=true]")).to_contain_text("值班 第 1 圈")
    page.get_by_role("button", name="登记").click()
    page.get_by_role("radio", name="值班").check(force=True)
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("这段时间已有安排")).to_be_visible()
    assert visitor.axe() == []
    assert visitor.is_quiet(), visitor.faults
    page.context.close()


def test_a_clinician_books_an_hour_and_the_link_is_measured_for_both_sides(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    asker = come(demo, window, states, "xujing")
    page = asker.page
    page.goto(pages(demo) + request_path(page, demo))
    neurology(page)
    page.locator("textarea").first.fill("头痛 3 天，额叶低密度区，性质？")
    page.get_by_role("radio", name="患者本人").check(force=True)
    page.get_by_role("radio", name="已签字").check(force=True)
    page.get_by_role("button", name=re.compile("预约时间")).click()
    book = page.get_by_role("button", name=re.compile("预约这个时段"))
    expect(page.get_by_text("请先选一个时段")).to_be_visible()  # why it cannot be pressed yet
    page.locator(".slots .chip", has_text="陈予安").last.click()
    book.click()
    expect(page.locator(".booking .hour")).to_contain_text("陈予安")
    expect(page.locator(".booking [role=timer]")).to_contain_text("还有")
    page.get_by_role("button", name="检查网络").click()
    expect(page.locator(".linkline")).to_contain_text("往返")

    expert = come(
        demo, window, states, "chenyuan", page.url.partition("8443/")[2] or "cases/" + page.url.split("/")[-1]
    )
    expect(expert.page.locator(".linkline")).to_contain_text("往返")
    expect(expert.page.locator(".linkline")).to_contain_text("申请方网络")
    expect(expert.page.locator("main")).to_contain_text("刘*英")  # not entrusted before it begins

    hour = page.locator(".booking .hour b").inner_text() + page.locator(".booking .card-head").inner_text()
    page.get_by_role("button", name="改期").click()
    page.locator(".slots .chip", has_text="林海峰").first.click()
    page.get_by_role("button", name="改到这个时段").click()
    expect(page.locator(".booking .hour")).to_contain_text("林海峰")
    assert page.locator(".booking .hour b").inner_text() + page.locator(".booking .card-head").inner_text() != hour
    expect(page.locator(".linkline")).to_contain_text("还没有检查")
    expect(expert.page.locator("main")).to_contain_text("林海峰")  # within a moment, by /live
    expect(expert.page.locator(".booking")).to_have_count(0)  # the hour is another's
    for one in (asker, expert):
        assert one.axe() == []
        assert one.is_quiet(), one.faults
        one.page.context.close()


def test_an_absence_over_a_booking_comes_up_on_all_three_pages(
    demo: Center, window: Browser, states: dict[str, StorageState]
) -> None:
    asker = come(demo, window, states, "xujing")
    case, slot = booked(asker.page, demo, 2)
    asker.page.goto(f"{pages(demo)}cases/{case}")
    manager = come(demo, window, states, "sunjie", "calendar")
    expect(manager.page.locator(".week")).to_be_visible()
    expert = come(demo, window, states, "chenyuan", "desk")
    expect(asker.page.locator(".booking .hour")).to_be_visible()
    me = expert.page.request.get(f"{pages(demo)}api/me").json()["id"]
    experts = expert.page.request.get(f"{pages(demo)}api/experts").json()["items"]
    of_neurology = [one for one in experts if "神经内科" in {own["name"] for own in one["departments"]}]
    cover = next(one for one in of_neurology if one["id"] != me)
    posts(
        demo, expert.page, "api/calendar/absences", person=me, start=slot["start"], end=slot["end"], kind="out",
        cover=cover["id"],
    )  # fmt: skip
    for one in (asker, expert):
        expect(one.page.locator(".reminders .must-move")).to_be_visible()
    expect(asker.page.locator(".booking")).to_contain_text(f"陈予安 那时不在，由 {cover['name']} 接替")
    expect(manager.page.locator(".mustmove")).to_contain_text("柳树镇卫生院")
    pictured(manager.page, "must-move")
    for one in (asker, expert, manager):
        assert one.axe() == []
        one.page.context.close()
