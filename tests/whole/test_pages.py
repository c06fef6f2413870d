"""The demo's printed steps in Chromium, as two people; the simulated HIS is off meanwhile and gets the report later."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.make import inside
from tests.make.center import Center
from tests.make.pages import IN_EVERY_WINDOW, OPENS_PAGES, PHONE, TABLET, Visitor, pages, who
from tests.whole.test_thread import until

pytestmark = OPENS_PAGES


def drawn(page: Page) -> bool:
    """Whether the slice that is wanted stands on the screen, and is no black one."""
    return bool(
        page.evaluate("""() => {
          const stage = document.querySelector('.stage'), canvas = stage?.querySelector('canvas');
          if (!canvas?.width || !canvas.height || stage.dataset.shown !== stage.dataset.wanted) return false;
          const pen = document.createElement('canvas').getContext('2d');
          pen.drawImage(canvas, 0, 0, 64, 64);
          return pen.getImageData(0, 0, 64, 64).data.some((value, at) => at % 4 < 3 && value > 40);
        }""")
    )


def test_a_township_asks_and_a_signed_opinion_comes_back(demo: Center, window: Browser) -> None:
    expert = Visitor.come(window, pages(demo), who(demo, "chenyuan")).login()
    clinician = Visitor.come(window, pages(demo), who(demo, "xujing")).login()

    asking = clinician.page
    fill_in(asking, "头痛 3 天，额叶低密度区，性质？")
    assert clinician.axe() == []
    asking.get_by_role("button", name="急会诊").click()
    expect(asking.get_by_text("正在呼叫").first).to_be_visible()

    # The ring reaches the open page by itself.
    answering = expert.page
    expect(answering.get_by_text("刘*英").first).to_be_visible()
    assert expert.axe() == []
    answering.get_by_role("button", name="接诊").first.click()
    expect(answering.get_by_text("刘淑英").first).to_be_visible()
    until(lambda: drawn(answering), "no slice was drawn")
    first = answering.locator(".stage").get_attribute("data-shown")
    answering.locator("input[type=range]").press("ArrowRight")
    until(lambda: answering.locator(".stage").get_attribute("data-shown") != first, "the stack does not scroll")

    for field, words in zip(
        answering.locator("textarea").all(), ["额叶见低密度区", "考虑陈旧性软化灶", "建议 MR 复查"], strict=False
    ):
        field.fill(words)
    expect(answering.get_by_text("已存")).to_be_visible()
    assert expert.axe() == []
    expect(asking.get_by_text("考虑陈旧性软化灶")).to_have_count(0)
    answering.get_by_role("button", name="核对并签名").click()
    answering.get_by_label("患者姓名").fill("刘淑英")
    answering.get_by_label("出生日期").fill("1962-03-17")
    answering.get_by_role("button", name="身份一致，签名").click()

    expect(asking.get_by_text("考虑陈旧性软化灶")).to_be_visible()
    expect(answering.get_by_text("已签名").first).to_be_visible()
    assert clinician.axe() == []
    his = json.loads((demo.home / "demo.json").read_text(encoding="utf-8"))["page_port"]
    shown = f"http://127.0.0.1:{his}/"
    until(lambda: "考虑陈旧性软化灶" in httpx.get(shown).text, "the HIS shows no report")
    expect(asking.get_by_text("专家已不能再看病历")).to_be_visible()
    assert clinician.is_quiet() and expert.is_quiet()
    assert (clinician.complaints, expert.complaints) == ([], [])
    assert refusals(demo) == 0  # no picture was fetched ahead after the signature ended the expert's access

    changes_their_mind(demo, asking)
    assert clinician.is_quiet()
    assert clinician.complaints == []


def fill_in(asking: Page, question: str) -> None:
    """All of a request but the kind, from a list that shows the patient."""
    asking.get_by_text("刘淑英").first.click()
    asking.get_by_role("link", name="申请会诊").or_(asking.get_by_role("button", name="申请会诊")).first.click()
    asking.get_by_label("主诉").click()
    asking.get_by_title("肢体无力、言语不清").click()  # which fills in the department
    asking.locator("textarea").first.fill(question)
    asking.get_by_text("已签字", exact=True).click()


def changes_their_mind(demo: Center, asking: Page) -> None:
    """Another case of the same patient, whose word that they withdraw is taken by who asked."""
    asking.get_by_role("link", name="患者").first.click()
    fill_in(asking, "请看复查片")
    asking.get_by_role("button", name="书面会诊").click()
    expect(asking.get_by_text("可随时撤回")).to_be_visible()
    asking.get_by_role("button", name="撤回同意").click()
    asking.get_by_label("原因").fill("患者改变主意")
    asking.get_by_role("button", name="撤回同意").click()
    expect(asking.get_by_text("专家已不能再看病历")).to_be_visible()
    consents = inside.rows(
        demo.home, "SELECT content::json ->> 'status' FROM records.resource WHERE type = 'Consent' ORDER BY updated"
    )
    assert consents[-1][0] == "inactive"  # the demo's own cases have theirs before it


def refusals(demo: Center) -> int:
    """How often somebody was refused something while they were logged in."""
    counted: int = inside.value(demo.home, "SELECT count(*) FROM security.trail WHERE outcome = 4 AND kind = 'person'")
    return counted


@pytest.fixture(scope="module")
def logged_in(demo: Center, window: Browser) -> dict[str, StorageState]:
    """Three people's cookies: a code is good once, so that each logs in once."""
    states = {}
    for login in ("zhaolei", "linhai", "wangmin"):
        visitor = Visitor.come(window, pages(demo), who(demo, login)).login()
        states[login] = visitor.page.context.storage_state()
        visitor.page.context.close()
    return states


@IN_EVERY_WINDOW
def test_every_first_page_fits_its_window_and_axe_finds_nothing(
    demo: Center, window: Browser, logged_in: dict[str, StorageState], size: tuple[int, int], locale: str
) -> None:
    for login, state in logged_in.items():
        visitor = Visitor.come(window, pages(demo), who(demo, login), locale=locale, size=size, state=state)
        expect(visitor.page.locator("h1")).to_have_count(1)
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size[0], (login, size)
        assert visitor.axe() == [], (login, size)
        assert visitor.is_quiet(), (login, visitor.faults)
        assert visitor.complaints == [], login
        visitor.page.context.close()


def test_the_dock_that_asks_for_a_factor_leaves_every_field_to_be_reached(
    demo: Center, window: Browser, logged_in: dict[str, StorageState]
) -> None:
    inside.rows(demo.home, "UPDATE security.session SET factor_at = factor_at - interval '1 hour' RETURNING id")
    for size in (PHONE, TABLET):
        visitor = Visitor.come(
            window, f"{pages(demo)}account", who(demo, "zhaolei"), size=size, state=logged_in["zhaolei"]
        )
        page = visitor.page
        page.get_by_role("button", name="登记安全钥匙").click()
        dock = page.get_by_role("dialog")
        expect(dock).to_be_visible()
        page.get_by_role("button", name="改密码").click()
        fields = page.locator("#page input")
        expect(fields).to_have_count(3)
        for field in fields.all():
            field.focus()
            covered = dock.bounding_box()
            box = field.bounding_box()
            assert covered is not None and box is not None
            beside = box["x"] + box["width"] <= covered["x"]
            assert beside or 0 <= box["y"] <= covered["y"] - box["height"], size
        assert visitor.axe() == []
        page.context.close()


def test_a_page_says_that_nobody_answers_and_for_how_long_until_somebody_does(
    demo: Center, window: Browser, logged_in: dict[str, StorageState]
) -> None:
    visitor = Visitor.come(window, pages(demo), who(demo, "linhai"), state=logged_in["linhai"])
    page = visitor.page
    expect(page.locator("h1")).to_have_count(1)
    banner = page.locator(".offline")
    expect(banner).to_have_count(0)
    demo.kill()
    try:
        expect(banner).to_contain_text(re.compile(r"服务器已 \d+ 秒 没有应答"), timeout=20_000)
        first = banner.inner_text()
        expect(banner).not_to_have_text(first)  # it counts
        expect(banner).to_contain_text(re.compile(r"已 \d+ 秒"))  # whole seconds
        assert visitor.axe() == []
    finally:
        demo.start("demo")
    expect(banner).to_have_count(0, timeout=20_000)
    expect(page.locator("h1")).to_have_count(1)
    page.context.close()
