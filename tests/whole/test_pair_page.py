"""Where no media server is installed two people of a case still see each other, sealed, and a third is told why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.make.center import Center
from tests.make.pages import OPENS_PAGES
from tests.whole.conftest import Region, served_copy
from tests.whole.test_after_pages import patient
from tests.whole.test_room_page import PATIENCE_MS, case, enters, sees, window

__all__ = ["case", "patient", "window"]
pytestmark = [*OPENS_PAGES, pytest.mark.long]


@pytest.fixture(scope="module")
def center(settled: Region, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    """A centre that finds no other program on its machine."""
    folder = Path(tmp_path_factory.mktemp("center"))
    (folder / "bare").mkdir()
    with served_copy(settled, folder, PATH=str(folder / "bare")) as center:
        yield center


def test_two_see_each_other_sealed_whoever_comes_again_and_a_third_is_told(
    region: Region, window: Browser, case: str
) -> None:
    asker = enters(region, window, region.clinician, case)
    expect(asker.page.get_by_text("本院没有媒体服务器")).to_be_visible(timeout=PATIENCE_MS)
    expert = enters(region, window, region.expert, case)
    sees(expert.page, "许静")
    sees(asker.page, "陈予安")
    for one in (asker, expert):
        expect(one.page.get_by_text("已端到端加密")).to_be_visible(timeout=PATIENCE_MS)
    expert.page.get_by_role("button", name="离开").click()
    expect(expert.page.get_by_text("您已离开会诊室")).to_be_visible()
    expert.page.context.close()
    again = enters(region, window, region.expert, case)
    sees(again.page, "许静")
    sees(asker.page, "陈予安")
    songqin = region.center.user("songqin", "clinician", region.township, "--display", "宋琴")
    colleague = enters(region, window, songqin, case)
    again.page.get_by_role("button", name="允许进入").click()
    expect(colleague.page.get_by_text("这里已有两个人在通话")).to_be_visible(timeout=PATIENCE_MS)
    sees(asker.page, "陈予安")
