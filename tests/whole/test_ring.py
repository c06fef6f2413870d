"""An emergency at a running centre: whom it calls, what a dead process loses of it, and how its pages look."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.make.center import Center, Person, served
from tests.make.pages import CHROMIUM, PHONE, TABLET, WIDE, Visitor
from tests.whole.test_room_page import PATIENCE_MS
from tests.whole.test_thread import until
from yuanzhen.network.media.shell import janus

ROOT = Path(__file__).parents[2]
NUMBER = "029-8651 2000"
QUESTION = "右侧肢体无力 50 分钟，是否溶栓？"
LONG = f"{QUESTION}{'既往史和用药见病历。' * 300}"  # a question may have 4,000 characters
CIRCLE_S = 10.0  # as long as a busy machine takes to look at two pages
pytestmark = pytest.mark.slow
paged = pytest.mark.skipif(
    CHROMIUM is None or not (ROOT / "web/dist/index.html").is_file(), reason="no Chromium, or the pages are not built"
)


@dataclass
class Night:
    """A township that asks, a department with two circles on duty, and two dispatchers."""

    center: Center
    township: str
    department: str
    patient: str
    asker: Person
    first: Person
    second: Person
    dispatcher: Person
    other: Person

    def ask(self, question: str = QUESTION) -> str:
        """A live emergency; its id."""
        text = self.asker.http.get("/api/consent-texts/current").json()
        answer = self.asker.http.post("/api/consultations", json={
            "patient": self.patient, "department": self.department, "urgency": "emergency", "question": question,
            "consent": {"version": text["version"], "given_by": "patient", "how": "signed"}, "call_back": "0912-77",
        })  # fmt: skip
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def ring(self, case: str) -> dict[str, Any]:
        """How it goes, as the asker sees it."""
        found: dict[str, Any] = self.asker.http.get(f"/api/consultations/{case}").json()["ring"]
        return found

    def called(self, case: str) -> list[str]:
        return [one["person"]["id"] for one in self.ring(case)["called"]]

    def act(self, who: Person, case: str, act: str, **given: str) -> int:
        """One act; its status."""
        return who.http.post(f"/api/consultations/{case}/{act}", json=given).status_code

    def here(self, *people: Person) -> None:
        for one in people:
            assert one.http.put("/api/me/presence", json={"state": "here"}).status_code == 204


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    with standing(Path(tmp_path_factory.mktemp("night")) / "home", CIRCLE_S) as night:
        yield night


@contextmanager
def standing(home: Path, circle_s: float) -> Iterator[Night]:
    """The night, in which a circle is called for so long."""
    with served(home, YUANZHEN_RING_S=str(int(circle_s)), YUANZHEN_DUTY_PHONE=NUMBER) as center:
        city = center.told("institution", "add", "市中心医院东院", "--level", "branch")["id"]
        township = center.told("institution", "add", "柳河镇卫生院", "--level", "township")["id"]
        department = center.told("department", "add", "神经内科", "--institution", city)["id"]
        machine = center.machine("system/*.*", "--institution", township)
        patient = machine.post("/fhir/R4/Patient", json={
            "resourceType": "Patient", "name": [{"text": "刘淑英"}], "gender": "female", "birthDate": "1959-03-21",
        }).json()["id"]  # fmt: skip
        of_it = ("--department", department)
        night = Night(
            center, township, department, patient,
            asker=center.user("xujing", "clinician", township, "--display", "许静"),
            first=center.user("chenyuan", "expert", city, *of_it, "--display", "陈予安"),
            second=center.user("linhai", "expert", city, *of_it, "--display", "林海峰"),
            dispatcher=center.user("gaoyang", "dispatcher", city, "--display", "高扬"),
            other=center.user("malin", "dispatcher", city, "--display", "马琳"),
        )  # fmt: skip
        manager = center.user("sunjie", "manager", city)
        now = datetime.now(UTC)
        for circle, one in enumerate((night.first, night.second), 1):
            start, end = ((now + timedelta(hours=hours)).isoformat() for hours in (-1, 8))
            shift = {"person": one.id, "department": department, "circle": circle, "start": start, "end": end}
            assert manager.http.post("/api/calendar/shifts", json=shift).status_code == 201
        yield night


def test_it_goes_from_circle_to_circle_and_whoever_answers_is_there(night: Night) -> None:
    night.here(night.first, night.second)
    case = night.ask()
    until(lambda: night.called(case) == [night.first.id], "the first circle was not called")
    until(lambda: night.called(case) == [night.second.id], "the second circle was not called")
    [failed] = night.ring(case)["failed"]
    took = datetime.fromisoformat(failed["until"]) - datetime.fromisoformat(failed["since"])
    assert (failed["person"]["id"], failed["why"], took) == (
        night.first.id,
        "not-answered",
        timedelta(seconds=CIRCLE_S),
    )
    assert night.act(night.second, case, "accept") == 200
    assert night.act(night.first, case, "accept") == 409
    ring = night.ring(case)
    assert (ring["state"], ring["answered_by"]["id"], ring["called"]) == ("answered", night.second.id, [])
    assert CIRCLE_S < ring["there_s"] < ring["goal_s"]
    # In its hands, so the next one passes them by.
    other = night.ask()
    until(lambda: night.called(other) == [night.first.id], "the first circle was not called")
    until(lambda: [one["why"] for one in night.ring(other)["failed"]] == ["not-answered", "busy"], "not busy")
    for one in (case, other):
        assert night.act(night.asker, one, "cancel", reason="转院") == 200


def test_what_rang_when_the_process_died_goes_on_and_skips_nobody(night: Night) -> None:
    night.here(night.first, night.second)
    case = night.ask()
    night.center.kill()  # before anybody was called, or right after
    night.center.start()
    for one in (night.first, night.second):
        assert one.http.get("/api/me").status_code == 200  # their pages come again
    until(lambda: night.called(case) == [night.second.id], "the ring stood still", seconds=40)
    why = [(one["person"]["id"], one["why"]) for one in night.ring(case)["failed"]]
    assert (night.first.id, "not-answered") in why
    assert night.act(night.second, case, "accept") == 200
    night.center.kill()
    night.center.start()
    assert night.ring(case)["state"] == "answered"
    assert night.act(night.asker, case, "cancel", reason="转院") == 200


def test_when_all_pass_it_on_the_dispatchers_have_the_alarm_and_one_of_them_handles_it(night: Night) -> None:
    night.here(night.first, night.second)
    case = night.ask()
    for one in (night.first, night.second):
        until(lambda one=one: night.called(case) == [one.id], "not called")  # type: ignore[misc]
        assert night.act(one, case, "decline", reason="在手术") == 200
    until(lambda: night.ring(case)["alarmed"], "no alarm")
    assert night.ring(case)["number"] == NUMBER
    [line] = [one for one in night.dispatcher.http.get("/api/rings").json()["items"] if one["alarmed"]]
    assert (line["question"], line["urgency"], line["place"]["name"]) == (QUESTION, "emergency", "柳河镇卫生院")
    path = f"/api/rings/{line['id']}"
    taken = [one.http.post(f"{path}/take").status_code for one in (night.dispatcher, night.other)]
    assert taken == [200, 409]
    assert night.other.http.post(f"{path}/call", json={"person": night.second.id}).status_code == 409
    assert night.dispatcher.http.post(f"{path}/call", json={"person": night.second.id}).status_code == 200
    assert night.called(case) == [night.second.id]
    assert night.act(night.second, case, "accept") == 200
    said = {"text": "患者已开通静脉"}
    assert night.asker.http.post(f"/api/consultations/{case}/chat", json=said).status_code == 201
    read = night.second.http.get(f"/api/consultations/{case}/chat").json()["items"]
    assert [(one["who"]["name"], one["text"]) for one in read] == [("许静", "患者已开通静脉")]
    assert night.act(night.asker, case, "cancel", reason="转院") == 200


@paged
def test_the_pages_of_an_emergency(night: Night, window: Browser) -> None:
    """It rings on both of an expert's devices, is passed on, shouts at the dispatchers, and is silent once answered."""
    for one in (night.first, night.second, night.dispatcher, night.other, night.asker):
        assert one.http.get("/api/me").status_code == 200
    step = time.time() // 30
    until(lambda: time.time() // 30 > step, "a code is good once", seconds=31)
    desk = come(night, window, night.first)
    tablet = Visitor.come(window, pages(night), who(night.first), size=TABLET, state=desk.page.context.storage_state())
    board = come(night, window, night.dispatcher)
    phone = come(night, window, night.other, size=PHONE, locale="en-GB")
    second = come(night, window, night.second)
    asking = come(night, window, night.asker)
    case = night.ask(LONG)
    asking.page.goto(f"{pages(night)}cases/{case}")
    for device in (desk, tablet):
        expect(device.page.get_by_role("alert", name="急会诊呼叫")).to_be_visible(timeout=20_000)
        expect(device.page.get_by_role("button", name="接诊", exact=True)).to_be_in_viewport(ratio=1)
        assert device.axe() == []
    expect(asking.page.get_by_text("陈予安").first).to_be_visible()
    desk.page.get_by_role("button", name="转出").click()
    desk.page.get_by_label("为什么接不了").fill("在手术")
    assert desk.axe() == []
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")
    for device in (desk, tablet):
        expect(device.page.get_by_role("alert", name="急会诊呼叫")).to_be_hidden()
    expect(second.page.get_by_role("alert", name="急会诊呼叫")).to_be_visible()
    assert night.act(night.second, case, "decline", reason="在抢救") == 200

    for device in (board, phone):
        expect(device.page.get_by_role("dialog")).to_be_visible()
        expect(device.page.get_by_role("dialog").get_by_text(QUESTION)).to_be_visible()
        for part in ("timer", "button"):
            expect(device.page.get_by_role("dialog").get_by_role(part)).to_be_in_viewport(ratio=1)
        assert device.axe() == []
    expect(asking.page.get_by_role("link", name=NUMBER)).to_be_visible()
    assert asking.axe() == []
    board.page.keyboard.press("Enter")  # the one button has the focus
    for device in (board, phone):
        expect(device.page.get_by_role("dialog")).to_be_hidden()
    expect(phone.page.get_by_text("高扬 handles it")).to_be_visible()
    expect(asking.page.get_by_text("调度员 高扬 正在处理")).to_be_visible()
    board.page.get_by_role("button", name="呼叫某人").click()
    board.page.get_by_role("button", name="呼叫 林海峰").click()
    expect(board.page.get_by_text("调度呼叫").first).to_be_visible()
    assert board.axe() == []
    expect(second.page.get_by_role("alert", name="急会诊呼叫")).to_be_visible()
    second.page.get_by_role("button", name="接诊", exact=True).click()
    expect(second.page.get_by_text("刘淑英").first).to_be_visible()
    expect(board.page.get_by_text("现在没有呼叫")).to_be_visible()
    expect(asking.page.get_by_text("内有人接诊").first).to_be_visible()
    second.page.get_by_label("写给对方").fill("血压多少？")
    second.page.get_by_role("button", name="发送").click()
    expect(asking.page.get_by_text("血压多少？")).to_be_visible()
    assert asking.axe() == []
    assert all(one.is_quiet() for one in (desk, tablet, board, phone, second, asking))
    assert night.act(night.asker, case, "cancel", reason="转院") == 200


def who(person: Person) -> tuple[str, str, str]:
    return person.name, person.password, person.totp_secret


def pages(night: Night) -> str:
    return f"https://localhost:{night.center.port('https')}/"


def come(night: Night, window: Browser, person: Person, **more: Any) -> Visitor:
    return Visitor.come(window, pages(night), who(person), **({"size": WIDE} | more)).login()


# ---- seen from the case's room


@paged
@pytest.mark.skipif(not janus.available(), reason="no media server is installed")
def test_the_room_shows_who_is_called_since_when_and_why_another_did_not_come(night: Night, window: Browser) -> None:
    night.here(night.first, night.second)
    case = night.ask()
    until(lambda: night.called(case) == [night.first.id], "the first circle was not called")
    assert night.act(night.first, case, "decline", reason="在手术") == 200
    asker = at(night, window, night.asker, f"cases/{case}/room")
    goes_in(asker)
    asker.page.get_by_role("tab", name="呼叫").click()
    expect(called(asker)).to_have_text(re.compile(r"林海峰第 2 圈已响 \d+:\d\d"))
    expect(failed(asker)).to_have_text(re.compile(r"陈予安第 1 圈\d\d:\d\d:\d\d – \d\d:\d\d:\d\d不能接在手术"))
    assert night.act(night.second, case, "accept") == 200
    expect(asker.page.get_by_text("林海峰 已应答")).to_be_visible()
    expect(called(asker)).to_have_count(0)
    assert asker.is_quiet(), asker.faults
    asker.page.context.close()
    assert night.act(night.asker, case, "cancel", reason="转院") == 200


def called(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("list", name="正在呼叫").get_by_role("listitem")


def failed(visitor: Visitor) -> Locator:
    return visitor.page.locator(".ringlog .failed li")


def at(night: Night, window: Browser, who: Person, path: str) -> Visitor:
    """Somebody at a page, with the session that they have over HTTP already."""
    base = f"https://localhost:{night.center.port('https')}"
    visitor = Visitor.come(window, f"{base}/check", (who.name, who.password, who.totp_secret))
    visitor.page.context.add_cookies([
        {"name": one.name, "value": one.value or "", "url": base, "httpOnly": True, "secure": True}
        for one in who.http.cookies.jar
    ])  # fmt: skip
    visitor.page.evaluate("localStorage.setItem('yuanzhen.in', JSON.stringify(true))")
    visitor.page.goto(f"{base}/{path}")
    return visitor


def goes_in(visitor: Visitor) -> None:
    """Looks at themselves, and comes in."""
    expect(visitor.page.get_by_text("摄像头正常")).to_be_visible(timeout=PATIENCE_MS)
    visitor.page.get_by_role("button", name="进入会诊室").click()
