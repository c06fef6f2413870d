"""Pictures looked at together in Chromium: one leads; the other follows, breaks free, comes later."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.make.center import Person
from tests.make.pages import OPENS_PAGES, PHONE, PICTURES, TABLET, WIDE, Visitor
from tests.whole.conftest import Region
from tests.whole.test_after_pages import accepted
from tests.whole.test_pages import drawn
from tests.whole.test_reading_page import series, stored
from tests.whole.test_signing_pages import come
from tests.whole.test_thread import until

pytestmark = OPENS_PAGES
SLICES = 12


@pytest.fixture(scope="module")
def second(region: Region) -> Person:
    return another(region)


def another(region: Region) -> Person:
    """Another expert of the department."""
    return region.center.user("gaoming", "expert", region.city, "--department", region.department, "--display", "高明")


@pytest.fixture
def case(region: Region, second: Person) -> str:
    return asked_in(region, second)


def asked_in(region: Region, second: Person) -> str:
    """A case with a study, in the hands of an expert who has asked another in."""
    case = accepted(region, stored(region, series(903, SLICES, 1.0)))
    act = f"/api/consultations/{case}/invite"
    region.expert.http.post(act, json={"person": second.id}).raise_for_status()
    return case


def reads(region: Region, window: Browser, who: Person, case: str) -> Visitor:
    visitor = come(region, window, who, f"cases/{case}")
    until(lambda: drawn(visitor.page), "no slice was drawn", seconds=60)
    return visitor


def stage(page: Page) -> Locator:
    return page.locator(".stage").first


def shown(page: Page) -> str | None:
    return stage(page).get_attribute("data-shown")


def agree(one: Page, other: Page, *, seconds: float = 30) -> None:
    """Both show the slice that the first wants."""
    until(lambda: shown(one) == stage(one).get_attribute("data-wanted") == shown(other), "they differ", seconds=seconds)


def pressed(page: Page, *keys: str) -> None:
    stage(page).focus()
    for key in keys:
        page.keyboard.press(key)


def lines(page: Page) -> int:
    """How many measures are drawn on the picture."""
    return page.locator(".stage .picture svg line").count()


def test_one_leads_and_the_other_follows_and_breaks_free(
    region: Region, window: Browser, second: Person, case: str
) -> None:
    leader, follower = (reads(region, window, who, case) for who in (region.expert, second))
    chen, gao = leader.page, follower.page
    chen.get_by_role("button", name="主导翻阅").click()
    expect(gao.get_by_text("跟随 陈予安 主导翻阅")).to_be_visible()
    pressed(chen, "Home", "ArrowDown", "ArrowDown")
    agree(chen, gao)
    pressed(chen, "3")
    expect(gao.get_by_role("button", name="软组织窗")).to_have_attribute("aria-pressed", "true")
    box = stage(chen).bounding_box()
    assert box is not None
    chen.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(gao.locator(".pointer").get_by_text("陈予安")).to_be_visible()

    drawn_while_held(chen, gao)
    expect(gao.get_by_role("button", name="撤销", exact=True)).to_have_attribute("aria-disabled", "true")

    pressed(gao, "End")
    expect(gao.get_by_text("陈予安 主导翻阅", exact=True)).to_be_visible()
    pressed(chen, "Home")
    assert shown(gao) == str(SLICES - 1)
    gao.get_by_role("button", name="跟随", exact=True).click()
    agree(chen, gao)

    gao.reload()
    until(lambda: drawn(gao), "no slice was drawn again", seconds=60)
    agree(chen, gao)
    chen.get_by_label("交给…").select_option(label="高明")
    expect(gao.get_by_text("您在主导翻阅")).to_be_visible()
    pressed(gao, "End")
    agree(gao, chen)
    until(lambda: led(region, case) == 2, "it is not told that both led")
    gao.get_by_role("button", name="停止主导").click()
    expect(chen.get_by_role("button", name="主导翻阅")).to_be_visible()
    for one in (leader, follower):
        assert one.is_quiet(), one.faults
        one.page.context.close()


def led(region: Region, case: str) -> int:
    """How often the time line says that somebody led; what is looked at is kept once a second."""
    timeline = region.expert.http.get(f"/api/consultations/{case}").json()["timeline"]
    return [line["what"] for line in timeline].count("images-led")


def drawn_while_held(chen: Page, gao: Page) -> None:
    """A length is at the other while the hand still draws it, is kept, and is the drawer's alone to undo."""
    before = lines(gao)
    chen.get_by_role("button", name=re.compile("长度")).click()
    box = stage(chen).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4
    chen.mouse.move(x, y)
    chen.mouse.down()
    chen.mouse.move(x + 60, y + 20, steps=6)
    until(lambda: lines(gao) > before, "the stroke is not there while it is drawn")
    chen.mouse.up()
    expect(gao.get_by_text(re.compile("标注 1 处"))).to_be_visible(timeout=30_000)


@pytest.mark.long
def test_the_pages_fit_and_a_killed_centre_is_back_with_pages_that_agree(
    region: Region, window: Browser, second: Person, case: str
) -> None:
    leader, follower = (reads(region, window, who, case) for who in (region.expert, second))
    chen, gao = leader.page, follower.page
    chen.get_by_role("button", name="主导翻阅").click()
    pressed(chen, "End")
    agree(chen, gao)
    looked(leader, "leading")
    looked(follower, "following")
    region.center.kill()
    pressed(chen, "Home", "ArrowDown")
    region.center.start()
    agree(chen, gao, seconds=90)
    for one in (leader, follower):
        one.page.context.close()


def looked(visitor: Visitor, name: str) -> None:
    """The page fits its window, and axe finds nothing, at each size in both languages."""
    for size in (WIDE, TABLET, PHONE):
        visitor.page.set_viewport_size({"width": size[0], "height": size[1]})
        for _ in range(2):
            language = visitor.page.evaluate("document.documentElement.lang")[:2]
            assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size[0]
            assert visitor.axe() == []
            if PICTURES:
                visitor.page.screenshot(path=f"{PICTURES}/{name}-{language}-{size[0]}.png", full_page=True)
            visitor.page.evaluate("document.querySelector('button[lang]').click()")
    visitor.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
