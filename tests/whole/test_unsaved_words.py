"""What an expert has typed and the server has not yet: kept through a lost network, a log-out, a session that ends."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.make.pages import OPENS_PAGES, Visitor, pages
from tests.whole.conftest import Region
from tests.whole.test_signing_pages import come, patient

pytestmark = OPENS_PAGES
__all__ = ["patient"]


@pytest.fixture
def case(region: Region, patient: dict[str, str]) -> str:
    """A case that its expert writes on."""
    clinician, expert = region.clinician.http, region.expert.http
    version = clinician.get("/api/consent-texts/current").json()["version"]
    asked = clinician.post("/api/consultations", json={
        "patient": patient["id"], "department": region.department, "urgency": "emergency", "question": "是否溶栓？",
        "consent": {"version": version, "given_by": "patient", "how": "signed"},
    })  # fmt: skip
    id = str(asked.json()["id"])
    assert expert.post(f"/api/consultations/{id}/accept").status_code == 200
    return id


def findings(region: Region, case: str) -> str:
    """As the server has them."""
    draft = region.expert.http.get(f"/api/consultations/{case}/opinion").json()["draft"]
    return str(draft["findings"]) if draft else ""


def write(page: Page, words: str) -> None:
    page.get_by_label("所见").fill(words)


def test_what_was_typed_without_a_network_is_saved_once_it_is_back(region: Region, window: Browser, case: str) -> None:
    expert = come(region, window, region.expert, f"cases/{case}")
    page = expert.page
    write(page, "左侧基底节低密度影")
    expect(page.get_by_text("草稿 1 秒前已存")).to_be_visible()
    page.context.set_offline(True)
    write(page, "左侧基底节低密度影，未见出血")
    expect(page.get_by_text("草稿没存上，请不要关闭本页")).to_be_visible()
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    expect(page.get_by_text("草稿没存上，请不要关闭本页")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("草稿没存上，请不要关闭本页")).to_have_count(0, timeout=20_000)
    assert findings(region, case) == "左侧基底节低密度影，未见出血"
    page.context.close()


def test_a_log_out_saves_what_is_typed_and_ends_every_window(region: Region, window: Browser, case: str) -> None:
    expert = come(region, window, region.expert, f"cases/{case}")
    other = expert.page.context.new_page()
    other.goto(f"{pages(region.center)}cases/{case}")
    expect(other.get_by_label("所见")).to_be_visible()
    write(expert.page, "写到一半就退出")
    expert.page.get_by_role("button", name="退出").click()
    for page in (expert.page, other):
        expect(page.get_by_label("密码", exact=True)).to_be_visible()
        expect(page.get_by_text("是否溶栓")).to_have_count(0)
    again = Visitor(other, expert.name, expert.password, expert.totp_secret).login()
    expect(again.page.get_by_label("所见")).to_have_value("写到一半就退出")
    other.context.close()
