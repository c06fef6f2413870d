"""Pairs of patients in Chromium over a real centre: found as they are written, decided by keyboard, undone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.make import inside
from tests.make.center import Person
from tests.make.pages import IN_THREE_WINDOWS, OPENS_PAGES, PICTURES, WIDE, Visitor
from tests.whole.conftest import Region
from tests.whole.test_thread import until

pytestmark = OPENS_PAGES
CARD = "11010519491231002X"
STATES = "SELECT state FROM matching.pair ORDER BY state"


def patient(name: str, born: str, house: str, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "resourceType": "Patient", "name": [{"text": name}], "gender": "male", "birthDate": born,
        "managingOrganization": {"reference": f"Organization/{house}"},
    }  # fmt: skip
    return told | more


def phone(number: str) -> dict[str, Any]:
    return {"telecom": [{"system": "phone", "value": number}]}


@pytest.fixture(scope="module")
def quality(region: Region) -> Person:
    """Who reviews; four pairs wait, one of two houses, and one that is certain has been linked."""
    card = {"identifier": [{"system": "urn:yuanzhen:number:NNCHN", "value": CARD}]}
    with region.center.machine() as machine:
        for one in (
            patient("欧阳建国", "1949-12-31", region.township, **phone("13912345678"), **card),
            patient("欧阳建军", "1949-12-31", region.township, **phone("13912345678")),
            patient("赵德福", "1952-04-18", region.township, **phone("13722233344")),
            patient("赵德福", "1952-04-18", region.other),
            patient("孙玉海", "1970-08-09", region.township),
            patient("SUN YUHAI", "1970-08-09", region.other),
            patient("周志强", "1980-01-02", region.other, **phone("13655566677")),
            patient("周志强", "1980-01-02", region.other, **phone("13655566677")),
            patient("何春林", "1961-11-12", region.township, **phone("13511122299")),
            patient("何春林", "1961-11-12", region.other, **phone("13511122299")),
        ):
            answer: httpx.Response = machine.post("/fhir/R4/Patient", json=one)
            assert answer.status_code == 201, answer.text
    until(lambda: states(region) == ["linked", "open", "open", "open", "open"], "the pairs are not found")
    return region.center.user("zhaoqin", "quality", region.city, "--display", "赵勤")


def states(region: Region) -> list[str]:
    return [row[0] for row in inside.rows(region.center.home, STATES)]


@pytest.fixture(scope="module")
def state(region: Region, window: Browser, quality: Person) -> StorageState:
    visitor = come(region, window, quality, None).login()
    expect(visitor.page.get_by_role("heading", name="患者核对")).to_be_visible()
    kept = visitor.page.context.storage_state()
    visitor.page.context.close()
    return kept


def come(
    region: Region, window: Browser, who: Person, state: StorageState | None, path: str = "", *,
    locale: str = "zh-CN", size: tuple[int, int] = WIDE,
) -> Visitor:  # fmt: skip
    url = f"https://localhost:{region.center.port('https')}/{path}"
    return Visitor.come(window, url, (who.name, who.password, who.totp_secret), locale=locale, size=size, state=state)


@IN_THREE_WINDOWS
def test_the_page_fits_its_window_and_axe_finds_nothing(
    region: Region, window: Browser, quality: Person, state: StorageState, size: tuple[int, int], locale: str
) -> None:
    visitor = come(region, window, quality, state, locale=locale, size=size)
    page = visitor.page
    for path in ("matching", "matching?shelf=one", "matching?shelf=apart"):
        page.goto(f"https://localhost:{region.center.port('https')}/{path}")
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (path, size)
        assert visitor.axe() == [], (path, size)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{path.partition('=')[2] or 'open'}-{size[0]}.png", full_page=True)
    assert visitor.is_quiet(), visitor.faults
    page.context.close()


def test_pairs_are_decided_by_keyboard_and_a_merge_is_undone(
    region: Region, window: Browser, quality: Person, state: StorageState
) -> None:
    visitor = come(region, window, quality, state, "matching")
    page = visitor.page
    rows = page.locator(".queue li")
    expect(rows).to_have_count(4)
    expect(page.locator("main")).not_to_contain_text(CARD)
    expect(page.locator("main")).to_contain_text("周*强")

    page.get_by_role("button", name="显示完整身份").click()
    page.get_by_label("为什么要看完整身份").fill("电话核实")
    page.get_by_role("button", name="显示", exact=True).click()
    expect(page.locator(".twins")).to_contain_text("13655566677")

    page.locator("h1").click()
    page.keyboard.press("1")
    page.get_by_label("凭什么认定是同一人").fill("电话核实过")
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/asked.png", full_page=True)
    assert visitor.axe() == []
    page.get_by_role("button", name="合并", exact=True).click()
    confirm(visitor)
    expect(rows).to_have_count(3)
    page.keyboard.press("3")
    expect(rows).to_have_count(2)
    page.keyboard.press("2")
    expect(rows).to_have_count(1)
    assert states(region) == ["apart", "later", "linked", "merged", "open"]

    page.get_by_role("button", name="同一人").first.click()
    expect(rows).to_have_count(2)
    page.locator(".queue button", has_text="周*强").click()
    page.get_by_role("button", name="撤回").click()
    page.get_by_label("为什么撤回").fill("认错了")
    page.get_by_role("button", name="撤回", exact=True).click()
    expect(rows).to_have_count(1)
    assert states(region) == ["apart", "apart", "later", "linked", "open"]
    assert visitor.is_quiet(), visitor.faults
    page.context.close()


def confirm(visitor: Visitor) -> None:
    """The second factor, where the last was shown more than five minutes ago."""
    dialog = visitor.page.get_by_role("dialog")
    if dialog.count():
        dialog.locator("input[autocomplete='one-time-code']").fill(visitor.code())
        visitor.page.keyboard.press("Enter")
