"""In the room of an emergency: who is being called of which circle since when, and who did not come and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.make.pages import OPENS_PAGES, Visitor
from tests.whole.test_ring import NUMBER, Night, at, called, failed, goes_in, standing
from tests.whole.test_room_beside import panel
from tests.whole.test_room_page import PATIENCE_MS, looked
from yuanzhen.network.media.shell import janus

pytestmark = [
    *OPENS_PAGES, pytest.mark.long, pytest.mark.skipif(not janus.available(), reason="no media server is installed"),
]  # fmt: skip
CIRCLE_S = 20.0  # as long as the panel is looked at while the first circle is called


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    with standing(Path(tmp_path_factory.mktemp("night")) / "home", CIRCLE_S) as night:
        yield night


def asks(night: Night, window: Browser) -> tuple[Visitor, str]:
    """A doctor who waits in the room for whoever comes, with the calls beside them; and the case."""
    case = night.ask()
    asker = at(night, window, night.asker, f"cases/{case}/room")
    goes_in(asker)
    panel(asker.page, "呼叫")
    return asker, case


def test_the_room_says_that_nobody_answers_and_whom_to_ring_and_who_is_called_in(night: Night, window: Browser) -> None:
    night.here(night.first)
    assert night.second.http.put("/api/me/presence", json={"state": "away"}).status_code == 204
    asker, case = asks(night, window)
    expect(called(asker)).to_have_text(re.compile("陈予安第 1 圈"), timeout=PATIENCE_MS)
    looked(asker, "calls-ringing")
    expect(failed(asker)).to_have_text(
        [re.compile("陈予安.*无人应答"), re.compile("林海峰第 2 圈.*离开")], timeout=PATIENCE_MS
    )
    expect(asker.page.get_by_role("tabpanel").get_by_role("link", name=NUMBER)).to_be_visible()
    looked(asker, "calls-unanswered")
    assert night.second.http.put("/api/me/presence", json={"state": "here"}).status_code == 204
    assert night.act(night.second, case, "accept") == 200
    expert = at(night, window, night.second, f"cases/{case}/room")
    goes_in(expert)
    panel(expert.page, "呼叫")
    expect(failed(expert)).to_have_count(2)
    expert.page.get_by_role("button", name="邀请专家").click()
    looked(expert, "calls-invite")
    for one in (asker, expert):
        assert one.is_quiet(), one.faults
        one.page.context.close()
    assert night.act(night.asker, case, "cancel", reason="转院") == 200
