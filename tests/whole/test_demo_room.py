"""The room that the demo's start names: who opens it is kept company by pages of a browser that the demo runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.make.center import Center
from tests.make.pages import OPENS_PAGES, Visitor, who
from tests.whole.test_room_page import PATIENCE_MS, looked, sees
from tests.whole.test_thread import until
from yuanzhen.infrastructure.db.embedded.places import Places
from yuanzhen.infrastructure.processes import runtime
from yuanzhen.infrastructure.processes.account import account_for
from yuanzhen.network.media.shell import janus
from yuanzhen.programs.demo import cast, chromium
from yuanzhen.programs.demo.room import ALONE_S

pytestmark = [
    *OPENS_PAGES, pytest.mark.long, pytest.mark.skipif(not janus.available(), reason="no media server is installed"),
]  # fmt: skip


def browsers(demo: Center) -> list[str]:
    """The processes of the browser that this demo runs."""
    folder = runtime.runtime_folder(demo.home, account_for(Places.of(demo.home).data)) / chromium.FOLDER
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = one.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder).encode() in words:
            found.append(one.parent.name)
    return found


def enters(demo: Center, window: Browser, login: str) -> Visitor:
    """Somebody logs in, opens the printed link and presses the one next step."""
    link = next(found[0] for line in demo.said if (found := re.search(r"https://\S+/room", line)))
    visitor = Visitor.come(window, link, who(demo, login)).login()
    visitor.page.goto(link)
    expect(visitor.page.get_by_text("摄像头正常")).to_be_visible(timeout=PATIENCE_MS)
    visitor.page.get_by_role("button", name="进入会诊室").click()
    return visitor


def test_whoever_opens_the_printed_link_sees_the_expert_and_the_township_move(demo: Center, window: Browser) -> None:
    assert browsers(demo) == [], "nothing runs before somebody comes"
    visitor = enters(demo, window, cast.ROOM_VISITOR)
    for one in cast.IN_ROOM:
        sees(visitor.page, one.name)
    expect(visitor.page.get_by_text("已端到端加密")).to_be_visible(timeout=PATIENCE_MS)
    looked(visitor, "demo-room")
    asker = enters(demo, window, "xujing")
    sees(asker.page, cast.ROOM_EXPERT.name)
    for came in (visitor, asker):
        assert came.is_quiet(), came.faults
        came.page.context.close()
    until(lambda: browsers(demo) == [], "the browser goes on without anybody", seconds=2 * ALONE_S)

    again = enters(demo, window, cast.ROOM_VISITOR)
    sees(again.page, cast.ROOM_TOWNSHIP.name)
    again.page.context.close()
    assert browsers(demo) != []
    demo.stop()
    until(lambda: browsers(demo) == [], "a process is left")
    demo.start("demo")
    assert any("/room" in line for line in demo.said)
