"""The chat of a case at its two pages: what is kept, who has seen it, and what waits until it can be sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from tests.make.pages import OPENS_PAGES, Visitor
from tests.whole.conftest import Region
from tests.whole.test_after_pages import accepted, patient
from tests.whole.test_room_page import come, looked

__all__ = ["patient"]
pytestmark = OPENS_PAGES
PATIENCE_MS = 60_000


@pytest.fixture
def case(region: Region, patient: str) -> str:
    return accepted(region, patient)


@pytest.fixture
def both(region: Region, window: Browser, case: str) -> Iterator[tuple[Visitor, Visitor]]:
    """The asker and the expert at the case."""
    two = come(region, window, region.clinician, f"cases/{case}"), come(region, window, region.expert, f"cases/{case}")
    yield two
    for one in two:
        assert one.is_quiet(), one.faults
        one.page.context.close()


def say(page: Page, words: str) -> None:
    page.get_by_label("写给对方").fill(words)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def said(page: Page, words: str) -> Locator:
    return page.get_by_role("list", name="会诊对话").get_by_role("listitem").filter(has_text=words)


def test_a_message_is_confirmed_seen_and_never_twice(both: tuple[Visitor, Visitor], region: Region, case: str) -> None:
    asker, expert = both
    asker.page.get_by_role("link", name="会诊", exact=True).click()
    say(expert.page, "血压多少？")
    expect(said(expert.page, "血压多少？").get_by_text("已送达中心")).to_be_visible(timeout=PATIENCE_MS)
    expect(asker.page.get_by_text("1 条未读")).to_be_visible(timeout=PATIENCE_MS)
    asker.page.get_by_role("link", name="是否溶栓").click()
    expect(said(asker.page, "血压多少？").get_by_text("以下是新消息")).to_be_visible(timeout=PATIENCE_MS)
    expect(said(expert.page, "血压多少？").get_by_text("已读：许静")).to_be_visible(timeout=PATIENCE_MS)

    # The centre keeps it, but its answer is lost: the page finds it among the messages
    chat = f"**/api/consultations/{case}/chat"
    answers: list[int] = []

    def loses(route: Route, request: Request) -> None:
        if request.method == "POST":
            answers.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    asker.page.route(chat, loses)
    say(asker.page, "168/95")
    expect(said(asker.page, "168/95").get_by_text("已读：陈予安")).to_be_visible(timeout=PATIENCE_MS)
    assert set(answers) == {201}
    asker.page.unroute(chat)


@pytest.mark.long
def test_what_could_not_be_sent_lasts_and_is_sent_again(
    both: tuple[Visitor, Visitor], region: Region, case: str
) -> None:
    asker, expert = both
    chat = f"**/api/consultations/{case}/chat"

    def refuses(route: Route, request: Request) -> None:
        if request.method == "POST":
            route.fulfill(status=500, json={"status": 500, "code": "internal"})
        else:
            route.continue_()

    asker.page.route(chat, refuses)
    say(asker.page, "168/95")
    expect(said(asker.page, "168/95").get_by_text("没有送达")).to_be_visible(timeout=PATIENCE_MS)
    asker.page.get_by_label("写给对方").fill("还没写完")
    asker.page.reload()
    expect(said(asker.page, "168/95").get_by_text("没有送达")).to_be_visible(timeout=PATIENCE_MS)
    expect(asker.page.get_by_label("写给对方")).to_have_value("还没写完")
    looked(asker, "chat-failed")
    asker.page.unroute(chat)
    again = said(asker.page, "168/95").get_by_role("button", name="再发一次")
    again.focus()
    asker.page.keyboard.press("Enter")
    expect(said(asker.page, "168/95").get_by_text("已读：陈予安")).to_be_visible(timeout=PATIENCE_MS)
    for one in both:
        expect(said(one.page, "168/95")).to_have_count(1)
    looked(expert, "chat")
    kept = region.expert.http.get(f"/api/consultations/{case}/chat").json()
    assert [one["text"] for one in kept["items"]] == ["168/95"]
