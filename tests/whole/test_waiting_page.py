"""The waiting list in Chromium over a real centre: whose offer lapses is refused, and the next one has the hour."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.make import inside
from tests.make.center import Center
from tests.make.pages import OPENS_PAGES
from tests.whole.test_room_page import PATIENCE_MS, looked
from tests.whole.test_signing_pages import come
from tests.whole.test_ward_page import (
    CHEN,
    KEPT,
    Ward,
    acts,
    at,
    emptied,
    far,
    full,
    is_over,
    joins,
    near,
    referred,
    ward,
)
from yuanzhen.applications.consultation.consent_texts import CURRENT

__all__ = ["emptied", "far", "near", "ward"]
pytestmark = [*OPENS_PAGES, pytest.mark.long]


def lapsed(center: Center, slot: str) -> None:
    """The time for which a slot was kept is over."""
    early = "now() - interval '1 second'"
    inside.rows(center.home, f"UPDATE calendar.waiting SET until = {early} WHERE offered = $1", slot)
    inside.rows(center.home, f"UPDATE calendar.slot SET held_until = {early} WHERE id = $1", slot)
    fact = "kind = 'OfferDue' AND body ->> 'slot' = $1"
    inside.rows(center.home, f"UPDATE infrastructure.outbox SET due = {early} WHERE {fact}", slot)


def test_what_nobody_takes_in_time_is_the_next_ones_and_refused_to_the_first(
    ward: Ward, window: Browser, near: str, far: str
) -> None:
    region = ward.region
    slot, holder = full(ward, near)
    first = at(ward, window, region.stranger, referred(ward, region.stranger, far, "urgent"))
    second = at(ward, window, region.clinician, waits := referred(ward, region.clinician, near))
    looked(first, "waiting-join")
    joins(first.page)
    looked(first, "waiting")
    joins(second.page, target=CHEN)
    acts(region.clinician, holder, "withdraw", reason="患者选择保守治疗")
    card = first.page.locator(".card", has_text="候补")
    expect(card.get_by_text(KEPT)).to_be_visible()
    looked(first, "waiting-offer")
    first.page.route("**/api/calendar/waiting", lambda asked: asked.abort())  # a line that is bad just then
    lapsed(region.center, slot)
    expect(second.page.locator(".card", has_text="候补").get_by_text(KEPT)).to_be_visible()
    first.page.get_by_role("button", name="预约这个时间").click()
    expect(card.get_by_text("这个时段正为候补者保留")).to_be_visible(timeout=PATIENCE_MS)
    first.page.unroute("**/api/calendar/waiting")
    expect(card.get_by_text("起候补")).to_be_visible(timeout=PATIENCE_MS)
    second.page.get_by_role("button", name="让给下一位").click()
    expect(second.page.get_by_text("起候补")).to_be_visible()
    second.page.get_by_role("button", name="退出候补").click()
    expect(second.page.get_by_role("button", name="加入候补")).to_be_visible()
    acts(region.clinician, waits, "book", slots=[slot])  # who passed it on may have it as anybody may
    expect(second.page.locator(".where h2")).to_have_text("已预约")
    for who, one in ((region.clinician, second), (region.stranger, first)):
        acts(who, one.page.url.rpartition("/")[2], "withdraw", reason="患者选择保守治疗")
    is_over(first, second)


def test_a_booked_consultation_is_kept_an_earlier_hour_which_its_asker_takes(
    ward: Ward, window: Browser, near: str
) -> None:
    region = ward.region
    _, holder = full(ward, near)  # the third day of the week that comes
    late = ward.enter("slots", ward.chen, ward.at(4, 9), ward.at(4, 10))
    made = region.clinician.http.post("/api/consultations", json={
        "patient": near, "department": region.department, "urgency": "scheduled", "mode": "live",
        "question": "反复头晕，MR 如何看", "slot": late,
        "consent": {"version": CURRENT, "given_by": "patient", "how": "signed"},
    })  # fmt: skip
    assert made.status_code == 201, made.text
    asker = come(region, window, region.clinician, f"cases/{made.json()['id']}")
    page = asker.page
    page.get_by_role("button", name="候补更早的时间").click()
    looked(asker, "earlier-join")
    joins(page)
    later_still = ward.enter("slots", ward.chen, ward.at(5, 9), ward.at(5, 10))
    acts(region.clinician, holder, "withdraw", reason="患者选择保守治疗")
    card = page.locator(".card", has_text="候补更早的时间")
    expect(card.get_by_text(KEPT)).to_contain_text("09:00", timeout=PATIENCE_MS)
    looked(asker, "earlier-offer")
    card.get_by_role("button", name="预约这个时间").click()
    expect(card.get_by_role("button", name="候补更早的时间")).to_be_visible(timeout=PATIENCE_MS)
    booked = region.clinician.http.get(f"/api/consultations/{made.json()['id']}").json()
    assert booked["slot"] not in (late, later_still)
    expect(page.locator(".booking .hour")).to_contain_text(CHEN)
    cancelled = region.clinician.http.post(f"/api/consultations/{made.json()['id']}/cancel", json={"reason": "因故"})
    assert cancelled.status_code == 200, cancelled.text
    is_over(asker)
