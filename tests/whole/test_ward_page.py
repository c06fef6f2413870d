"""A ward's times in Chromium over a real centre: rosters, swaps, absences, the feed, the waiting list and a scanner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar as ICalendar
from playwright.sync_api import Browser, Locator, Page, expect

from tests.make.center import Person
from tests.make.pages import OPENS_PAGES, Visitor
from tests.whole.conftest import Region
from tests.whole.test_room_page import looked
from tests.whole.test_signing_pages import come
from tests.whole.test_thread import until

pytestmark = OPENS_PAGES
CHINA = ZoneInfo("Asia/Shanghai")
CHEN, LIN = "陈予安", "林海峰"
KEPT = re.compile(f"为您保留：.*{CHEN}")


@dataclass
class Ward:
    """A department with two experts, and whoever manages its house."""

    region: Region
    manager: Person
    chen: Person
    lin: Person
    monday: date  # of the week that comes

    def at(self, day: int, hour: int) -> datetime:
        """An hour of the week that comes, 0 for Monday."""
        return datetime.combine(self.monday + timedelta(days=day), time(hour), CHINA)

    def enter(self, what: str, who: Person, start: datetime, end: datetime, **more: Any) -> str:
        """The manager enters something of somebody; its id."""
        told = {"start": start.isoformat(), "end": end.isoformat(), **more}
        made = self.manager.http.post(
            f"/api/calendar/{what}", json=told | {"expert" if what == "slots" else "person": who.id}
        )
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def shift(self, who: Person, day: int) -> str:
        start = self.at(day, 8)
        return self.enter("shifts", who, start, start + timedelta(hours=12), department=self.region.department)

    def open(self, window: Browser, who: Person) -> Visitor:
        """Somebody's calendar, at the week that comes."""
        visitor = come(self.region, window, who, "calendar")
        if who is self.manager:  # who is shown the first of the house's departments
            choose(visitor.page, "看谁的日程", "神经内科")
        visitor.page.get_by_role("button", name="下一周").click()
        return visitor


@pytest.fixture(scope="module")
def ward(region: Region) -> Ward:
    today = datetime.now(CHINA).date()
    of_it = ("--department", region.department, "--display", LIN)
    return Ward(
        region,
        manager=region.center.user("sunjie", "manager", region.city, "--display", "孙杰"),
        chen=region.expert,
        lin=region.center.user("linhai", "expert", region.city, *of_it),
        monday=today + timedelta(days=7 - today.weekday()),
    )


@pytest.fixture(autouse=True)
def emptied(ward: Ward) -> Iterator[None]:
    """The week that comes is empty again, so that no test finds what another has entered."""
    yield
    of = {"department": ward.region.department}
    within = {"from": ward.at(0, 0).isoformat(), "to": ward.at(14, 0).isoformat()}
    week = ward.manager.http.get("/api/calendar/week", params=of | within).json()
    for what in ("shifts", "absences", "slots"):
        for one in week[what]:
            until(partial(_gone, ward.manager, f"/api/calendar/{what}/{one['id']}"), f"{what} is still booked")


def _gone(manager: Person, path: str) -> bool:
    """An hour of what has just ended is free within a moment."""
    return manager.http.delete(path).status_code == 204


def week_of(page: Page, name: str) -> Locator:
    """What the seven days of somebody say."""
    return page.locator("tr", has=page.get_by_role("rowheader", name=re.compile(f"^{name}"))).locator(".daycell .said")


def choose(page: Page, field: str, word: str) -> None:
    """One of a list; where many are offered it is found by typing."""
    box = page.get_by_role("combobox", name=field)
    if box.is_editable():
        box.fill(word)
    else:
        box.click()
    page.locator(".ant-select-item-option:visible", has_text=word).first.click()


def on(*days: int) -> list[str]:
    """A week with duty on these days."""
    return ["值班 第 1 圈" if day in days else "—" for day in range(7)]


def is_over(*visitors: Visitor) -> None:
    for one in visitors:
        assert one.is_quiet(), one.faults
        one.page.context.close()


def patient(region: Region, name: str, house: str) -> str:
    with region.center.machine() as machine:
        told = {
            "resourceType": "Patient", "name": [{"text": name}], "gender": "male", "birthDate": "1960-05-04",
            "managingOrganization": {"reference": f"Organization/{house}"},
        }  # fmt: skip
        return str(machine.post("/fhir/R4/Patient", json=told).json()["id"])


@pytest.fixture(scope="module")
def near(region: Region) -> str:
    return patient(region, "郑国强", region.township)


@pytest.fixture(scope="module")
def far(region: Region) -> str:
    return patient(region, "冯玉兰", region.other)


def referred(ward: Ward, who: Person, patient: str, urgency: str = "routine") -> str:
    """A referral that the department has accepted; its id."""
    region = ward.region
    made = who.http.post("/api/referrals", json={
        "patient": patient, "institution": region.city, "department": region.department, "kind": "examination",
        "urgency": urgency, "reason": "反复头晕，需专家门诊并复查 MR", "agreed": "patient",
    })  # fmt: skip
    assert made.status_code == 201, made.text
    acts(ward.chen, made.json()["id"], "accept")
    return str(made.json()["id"])


def acts(who: Person, referral: str, act: str, **given: Any) -> None:
    done = who.http.post(f"/api/referrals/{referral}/{act}", json=given)
    assert done.status_code == 200, done.text


def full(ward: Ward, near: str) -> tuple[str, str]:
    """The one hour that the expert has, and a referral that has it."""
    slot = ward.enter("slots", ward.chen, ward.at(3, 9), ward.at(3, 10))
    holder = referred(ward, ward.region.clinician, near)
    acts(ward.region.clinician, holder, "book", slots=[slot])
    return slot, holder


def at(ward: Ward, window: Browser, who: Person, referral: str) -> Visitor:
    return come(ward.region, window, who, f"referrals/{referral}")


def joins(page: Page, *, target: str = "", km: int = 0) -> None:
    """A referral is put on the waiting list, for one expert or any of them."""
    if target:
        choose(page, "等谁的时间", target)
    page.get_by_label("患者路程（公里）").fill(str(km))
    page.get_by_role("button", name="加入候补").click()
    expect(page.get_by_text(re.compile(f"起候补 {target or '神经内科'}"))).to_be_visible()


# ---- rosters by pattern


def test_a_roster_by_pattern_is_made_changed_and_ended(ward: Ward, window: Browser) -> None:
    manager, expert = ward.open(window, ward.manager), ward.open(window, ward.chen)
    page = manager.page
    page.get_by_role("button", name="按规律排班").click()
    expect(page.get_by_text("请选择排班人员")).to_be_visible()
    for name in (CHEN, LIN):
        choose(page, "排班人员", name)
    page.keyboard.press("Escape")
    for field, value in (
        ("休几天", "1"), ("第一天", f"{ward.monday}"), ("最后一天", f"{ward.monday + timedelta(days=6)}"),
        ("每班小时数", "12"),
    ):  # fmt: skip
        page.get_by_label(field).fill(value)
    page.get_by_role("button", name="生成班次").click()
    expect(page.get_by_role("status").filter(has_text="生成 7 个班次，跳过 0 个")).to_be_visible()
    page.get_by_role("button", name="好", exact=True).click()
    expect(week_of(page, CHEN)).to_have_text(on(0, 2, 4, 6))
    expect(week_of(page, LIN)).to_have_text(on(1, 3, 5))
    expect(week_of(expert.page, CHEN)).to_have_text(on(0, 2, 4, 6))  # within a moment, by /live
    expect(page.locator(".roster")).to_contain_text(f"{CHEN}、{LIN} 上 1 休 1，08:00 起 12 小时，第 1 圈")

    page.get_by_role("button", name="修改").click()
    expect(page.get_by_label("每班小时数")).to_have_value("12")
    page.get_by_text("每周固定").click()
    page.get_by_text("周三", exact=True).click()
    page.get_by_role("button", name="按新规律排班").click()
    expect(page.get_by_text("生成 4 个班次，跳过 0 个")).to_be_visible()
    page.get_by_role("button", name="好", exact=True).click()
    for name in (CHEN, LIN):
        expect(week_of(page, name)).to_have_text(on(0, 2))
    expect(week_of(expert.page, CHEN)).to_have_text(on(0, 2))

    page.get_by_role("button", name="停止").click()
    expect(page.get_by_role("alert").filter(has_text="还没开始的班次会全部撤掉")).to_be_visible()
    page.get_by_role("button", name="停止排班").click()
    expect(page.get_by_text("撤掉 4 个班次")).to_be_visible()
    for one in (page, expert.page):
        expect(week_of(one, CHEN)).to_have_text(on())
    expect(page.locator(".roster")).to_have_count(0)
    is_over(manager, expert)


# ---- swaps


@pytest.mark.long
def test_a_shift_is_swapped_for_another_once_the_colleague_and_the_manager_agree(ward: Ward, window: Browser) -> None:
    ward.shift(ward.chen, 1)
    ward.shift(ward.lin, 3)
    asker, other = ward.open(window, ward.chen), ward.open(window, ward.lin)
    asks(asker.page, "换对方哪个班", "08:00")
    words = re.compile(f"{CHEN} .* 的班与 {LIN} .* 的班互换")
    expect(other.page.get_by_text(words)).to_contain_text("等待对方同意")
    other.page.get_by_role("button", name=re.compile("^不同意")).click()
    expect(other.page.get_by_text(words)).to_have_count(0)
    expect(asker.page.get_by_text(words)).to_contain_text("未获同意")
    asks(asker.page, "换对方哪个班", "08:00")
    other.page.get_by_role("button", name=re.compile("^同意")).click()
    expect(asker.page.get_by_text(words)).to_contain_text("双方同意，等待批准")
    expect(week_of(asker.page, CHEN)).to_have_text(on(1))  # not before it is approved

    manager = ward.open(window, ward.manager)
    manager.page.get_by_role("button", name=re.compile("^批准")).click()
    for page, name, day in (
        (manager.page, CHEN, 3), (manager.page, LIN, 1), (asker.page, CHEN, 3), (other.page, LIN, 1),
    ):  # fmt: skip
        expect(week_of(page, name)).to_have_text(on(day))
    expect(asker.page.get_by_text(words)).to_have_count(0)
    is_over(asker, other, manager)


def test_who_asks_a_shift_to_be_taken_may_take_it_back(ward: Ward, window: Browser) -> None:
    ward.shift(ward.chen, 1)
    asker = ward.open(window, ward.chen)
    asks(asker.page)
    words = f"{CHEN} 想请 {LIN} 接"
    expect(asker.page.get_by_text(words)).to_be_visible()
    expect(asker.page.get_by_role("button", name="申请换班")).to_have_count(0)  # the one shift is asked of somebody
    asker.page.get_by_role("button", name=re.compile("^收回")).click()
    expect(asker.page.get_by_text(words)).to_have_count(0)
    expect(asker.page.get_by_role("button", name="申请换班")).to_be_visible()
    is_over(asker)


def asks(page: Page, *other: str) -> None:
    """The one shift that is one's own is asked of the colleague, for one of theirs or for none."""
    card = page.locator(".card", has_text="请谁接班")
    expect(card.get_by_text("请选择同事")).to_be_visible()
    choose(page, "请谁接班", LIN)
    if other:
        choose(page, *other)
    card.get_by_role("button", name="申请换班").click()
    expect(page.get_by_text("等待对方同意")).to_be_visible()


# ---- absences


@pytest.mark.long
def test_the_calendar_shows_who_stands_in_for_whom(ward: Ward, window: Browser) -> None:
    ward.shift(ward.chen, 2)
    expert, cover = ward.open(window, ward.chen), ward.open(window, ward.lin)
    page = expert.page
    week_of(page, CHEN).nth(2).click()
    page.get_by_role("button", name="登记").click()
    page.get_by_text("不在", exact=True).last.click()
    choose(page, "原因", "外出会诊")
    choose(page, "谁接替", LIN)
    page.get_by_role("button", name="登记", exact=True).click()
    expect(week_of(page, CHEN).nth(2)).to_have_text(f"外出会诊，{LIN} 接替 值班 第 1 圈")
    expect(week_of(cover.page, LIN).nth(2)).to_have_text(f"接替 {CHEN}")
    is_over(expert, cover)


# ---- the feed


def test_ones_times_are_read_by_another_calendar_until_the_address_is_taken_back(ward: Ward, window: Browser) -> None:
    ward.shift(ward.chen, 1)
    ward.enter("slots", ward.chen, ward.at(2, 9), ward.at(2, 10))
    expert = ward.open(window, ward.chen)
    page = expert.page
    page.get_by_role("button", name="生成地址").click()
    address = page.locator("code.feed").inner_text()
    with httpx.Client(verify=False) as program:
        told = program.get(address)
        assert told.headers["content-type"].startswith("text/calendar")
        events = {str(each["SUMMARY"]): each.decoded("DTSTART") for each in ICalendar.from_ical(told.content).events}
        assert events == {"值班 On duty · 神经内科": ward.at(1, 8), "可预约 Can be booked": ward.at(2, 9)}
        page.get_by_role("button", name="换一个地址").click()
        expect(page.locator("code.feed")).not_to_have_text(address)
        anew = page.locator("code.feed").inner_text()
        assert (program.get(address).status_code, program.get(anew).status_code) == (404, 200)
        page.get_by_role("button", name="停用").click()
        expect(page.get_by_role("button", name="生成地址")).to_be_visible()
        assert program.get(anew).status_code == 404
    is_over(expert)


# ---- the waiting list


def test_a_cancelled_hour_is_kept_for_the_most_urgent_who_waits_and_taken(
    ward: Ward, window: Browser, near: str, far: str
) -> None:
    region = ward.region
    _, holder = full(ward, near)
    routine = at(ward, window, region.clinician, referred(ward, region.clinician, near))
    urgent = at(ward, window, region.stranger, pressing := referred(ward, region.stranger, far, "urgent"))
    routine.page.get_by_role("button", name="预约时间").click()
    expect(routine.page.get_by_text("这两周没有可约的时段")).to_be_visible()
    joins(routine.page, target=CHEN, km=250)
    joins(urgent.page)
    acts(region.clinician, holder, "withdraw", reason="患者选择保守治疗")
    expect(urgent.page.locator(".card", has_text="候补").get_by_text(KEPT)).to_be_visible()
    expect(routine.page.get_by_text("起候补")).to_contain_text("30 分")  # it travels far, and waits on
    urgent.page.goto(urgent.page.url.replace(f"/{pressing}", ""))
    urgent.page.locator(".reminders li", has_text=KEPT).get_by_role("link", name="打开").click()
    urgent.page.get_by_role("button", name="预约这个时间").click()
    expect(urgent.page.locator(".where h2")).to_have_text("已预约")
    expect(urgent.page.get_by_text(re.compile(f"09:00 · {CHEN}"))).to_be_visible()
    expect(routine.page.get_by_text("起候补")).to_be_visible()
    acts(region.stranger, pressing, "withdraw", reason="患者选择保守治疗")
    expect(routine.page.locator(".card", has_text="候补").get_by_text(KEPT)).to_be_visible()
    acts(region.clinician, routine.page.url.rpartition("/")[2], "withdraw", reason="患者选择保守治疗")
    is_over(routine, urgent)


# ---- an expert's hour and a scanner's


def test_a_scanner_is_booked_with_the_expert_and_says_so_when_it_is_out_of_service(
    ward: Ward, window: Browser, near: str
) -> None:
    region = ward.region
    ward.enter("slots", ward.chen, ward.at(2, 9), ward.at(2, 9) + timedelta(minutes=30))
    manager = ward.open(window, ward.manager)
    page = manager.page
    page.get_by_role("button", name="添加检查设备").click()
    choose(page, "类型", "磁共振")
    page.get_by_label("名称").fill("MR 1 号机")
    page.get_by_role("button", name="添加检查设备").click()
    row = page.locator("tr", has=page.get_by_role("rowheader", name="MR 1 号机"))
    row.locator(".daycell").nth(2).click()
    page.get_by_role("button", name="登记").click()
    expect(page.locator(".chips", has_text="登记什么").locator(".chip")).to_have_text(["可约时段", "停用"])
    page.get_by_role("button", name="登记", exact=True).click()
    expect(row.locator(".daycell").nth(2)).to_contain_text("6 空")

    referral = referred(ward, region.clinician, near)
    expert = at(ward, window, ward.chen, referral)
    there = expert.page
    there.get_by_role("button", name="预约时间").first.click()
    there.locator(".slots .chip", has_text=CHEN).click()
    choose(there, "同时预约检查", "MR 1 号机")
    there.locator(".slots .chip", has_text="MR 1 号机").nth(3).click()
    there.get_by_role("button", name="预约时间").click()
    booked = there.locator(".card", has_text="MR 1 号机").locator(".attachments li")
    expect(booked).to_have_text([re.compile(f"09:00 · {CHEN}"), re.compile("10:00 · MR 1 号机")])
    expect(row.locator(".daycell").nth(2)).to_contain_text("1 约 5 空")

    page.get_by_role("button", name="登记").click()
    page.get_by_text("停用", exact=True).click()
    page.get_by_role("button", name="登记", exact=True).click()
    expect(row.locator(".daycell").nth(2)).to_contain_text("停用 1 要改期")
    expect(page.locator(".mustmove")).to_contain_text("MR 1 号机 不在")
    asker = at(ward, window, region.clinician, referral)
    for one in (expert, asker):
        expect(one.page.locator(".attachments li", has_text="MR 1 号机")).to_contain_text("要改期")
    expect(asker.page.locator(".reminders .must-move")).to_contain_text("MR 1 号机")
    acts(region.clinician, referral, "withdraw", reason="患者选择保守治疗")
    is_over(manager, expert, asker)


# ---- how they look


@pytest.mark.long
def test_the_pages_of_rosters_and_swaps_fit_their_windows_and_axe_finds_nothing(ward: Ward, window: Browser) -> None:
    ward.shift(ward.lin, 4)
    ward.shift(ward.chen, 5)
    manager, expert = ward.open(window, ward.manager), ward.open(window, ward.chen)
    asks(expert.page, "换对方哪个班", "08:00")
    ward.shift(ward.chen, 6)
    expert.page.get_by_role("button", name="生成地址").click()
    choose(expert.page, "请谁接班", LIN)
    looked(expert, "swap-expert")
    page = manager.page
    page.get_by_role("button", name="按规律排班").click()
    looked(manager, "roster-form")
    choose(page, "排班人员", CHEN)
    choose(page, "排班人员", LIN)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="生成班次").click()
    looked(manager, "roster-made")
    page.get_by_role("button", name="好", exact=True).click()
    page.get_by_role("button", name="停止").click()
    expect(page.get_by_text("还没开始的班次会全部撤掉")).to_be_visible()
    looked(manager, "roster-end")
    page.get_by_role("button", name="停止排班").click()
    expect(page.get_by_text(re.compile("撤掉 .* 个班次"))).to_be_visible()
    is_over(manager, expert)
