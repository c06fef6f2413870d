"""Makes docs/pictures/*.png: `python -m tests.make.picture` starts a demo, walks through it and ends it."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.make.center import Center
from tests.make.pages import Visitor, browser, pages, who
from tests.whole.test_room_page import sees
from yuanzhen.programs.demo import cast

TARGET = Path(__file__).parents[2] / "docs" / "pictures"


def main() -> None:
    """An expert at a ringing case, then at the images; another time in the room."""
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, browser() as window:
        demo = Center.at(Path(folder) / "home").start("demo")
        try:
            _walk(demo, window)
            _meet(demo, window)
        finally:
            demo.stop()


def _walk(demo: Center, window: Browser) -> None:
    expert = Visitor.come(window, pages(demo), who(demo, "chenyuan")).login().page
    asking = Visitor.come(window, pages(demo), who(demo, "xujing")).login().page
    asking.get_by_text("刘淑英").first.click()
    asking.get_by_role("link", name="申请会诊").or_(asking.get_by_role("button", name="申请会诊")).first.click()
    asking.get_by_label("主诉").click()
    asking.get_by_title("肢体无力、言语不清").click()  # which fills in the department
    asking.locator("textarea").first.fill("头痛 3 天，额叶低密度区，性质？")
    asking.get_by_text("已签字", exact=True).click()
    asking.screenshot(path=TARGET / "request.png")
    asking.get_by_role("button", name="急会诊").click()
    expect(expert.get_by_text("刘*英").first).to_be_visible()
    expert.screenshot(path=TARGET / "desk.png")
    expert.get_by_role("button", name="接诊").first.click()
    expect(expert.locator("canvas").first).to_be_visible()
    for field, words in (("所见", "额叶见低密度区"), ("结论", "考虑陈旧性软化灶")):
        expert.get_by_label(field, exact=True).fill(words)
    expect(expert.get_by_text("已存")).to_be_visible()
    expert.screenshot(path=TARGET / "case.png")


def _meet(demo: Center, window: Browser) -> None:
    link = next(found[0] for line in demo.said if (found := re.search(r"https://\S+/room", line)))
    visitor = Visitor.come(window, link, who(demo, "xujing")).login().page
    visitor.get_by_role("button", name="进入会诊室").click()
    for one in cast.IN_ROOM:
        sees(visitor, one.name)
    expect(visitor.get_by_text("已端到端加密")).to_be_visible()
    visitor.screenshot(path=TARGET / "room.png")


if __name__ == "__main__":
    main()
