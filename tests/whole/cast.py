"""The people of a walk through the product: their windows, what each of them sees, and the centre that they work at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.make.cases import image
from tests.make.center import Center, Person, served
from tests.make.keyboard import Keyboard
from tests.make.pages import PHONE, PICTURES, TABLET, WIDE, Visitor, pages
from tests.whole.test_pages import drawn
from tests.whole.test_thread import until

NUMBER = "029-8651 2000"
NAME, BORN = "刘淑英", "1962-03-17"
STUDY = "2.25.771"
OTHER, CARD = "赵德福", "610100195204180018"
PATIENCE_MS = 60_000

Look = tuple[tuple[int, int], str]
EVERY: list[Look] = [(size, language) for language in ("zh", "en") for size in (WIDE, TABLET, PHONE)]


@dataclass
class Walker:
    """One of the five: a window of their own, a keyboard, and how closely their pages are looked at."""

    visitor: Visitor
    keyboard: Keyboard
    looks: list[Look]

    @property
    def page(self) -> Page:
        return self.visitor.page

    def see(self, words: str | re.Pattern[str]) -> None:
        """It stands on the page, or does so soon."""
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=PATIENCE_MS)

    def go(self, name: str) -> None:
        """To another page of the rail."""
        self.keyboard.press("link", name, within=self.page.locator("nav.rail"))

    def look(self, station: str) -> None:
        """The page as it stands fits its window and axe finds nothing: each size and language, and once in the dark."""
        for size, language in self.looks:
            self._turn(size, language)
            self._judge(f"{station}-{language}-{size[0]}", size[0])
        if self.looks:
            self._turn(WIDE, "zh")
            self._switch(".top-end > button:first-child")
            self._judge(f"{station}-dark", WIDE[0])
            self._switch(".top-end > button:first-child")

    def _turn(self, size: tuple[int, int], language: str) -> None:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        if not self.page.evaluate("document.documentElement.lang").startswith(language):
            self._switch("button[lang]")

    def _switch(self, button: str) -> None:
        """A switch of whoever looks, who takes no focus from whoever works."""
        self.page.evaluate("button => document.querySelector(button).click()", button)

    def _judge(self, name: str, width: int) -> None:
        expect(self.page.locator("[aria-busy=true]:not(button)")).to_have_count(0)
        if self.page.locator(".stage canvas").count():
            until(lambda: drawn(self.page), f"{name}: no picture")
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert self.visitor.axe() == [], name
        if PICTURES:
            self.page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


@dataclass
class Cast:
    """The five, the patient whose record is opened in need, and the centre that they work at."""

    center: Center
    doctor: Walker
    chen: Walker  # in the first circle
    lin: Walker  # in the second
    dispatcher: Walker
    quality: Walker
    patient: Walker

    def all(self) -> list[Walker]:
        return [self.doctor, self.chen, self.lin, self.dispatcher, self.quality, self.patient]


def peopled(center: Center) -> dict[str, Person]:
    """A township with a patient and her CT, another with a patient of its own, a department with two on duty."""
    city = center.told("institution", "add", "市中心医院东院", "--level", "branch")["id"]
    township = center.told("institution", "add", "柳河镇卫生院", "--level", "township")["id"]
    other = center.told("institution", "add", "白石镇卫生院", "--level", "township")["id"]
    department = center.told("department", "add", "神经内科", "--institution", city)["id"]
    center.told("department", "add", "心内科", "--institution", city)
    with center.machine("system/*.*", "--institution", township) as machine:
        for number in range(12):
            more = {"StudyInstanceUID": STUDY, "SeriesInstanceUID": f"{STUDY}.1",
                    "InstanceNumber": number + 1, "ImagePositionPatient": [-20, -20, number * 5.0],
                    "PatientBirthDate": BORN.replace("-", ""), "StudyDescription": "头颅 CT 平扫"}  # fmt: skip
            body = b"\r\n--b\r\nContent-Type: application/dicom\r\n\r\n" + image(f"{STUDY}.1.{number + 1}", **more)
            kind = 'multipart/related; type="application/dicom"; boundary=b'
            sent = machine.post("/dicom-web/studies", content=body + b"\r\n--b--\r\n", headers={"Content-Type": kind})
            assert sent.status_code == 200, sent.text
        until(lambda: machine.get("/fhir/R4/ImagingStudy").json().get("entry"), "the study is not described")
    with center.machine("system/*.*", "--institution", other) as machine:
        theirs = machine.post("/fhir/R4/Patient", json={
            "resourceType": "Patient", "name": [{"text": OTHER}], "gender": "male", "birthDate": "1952-04-18",
            "identifier": [{"system": "urn:yuanzhen:number:NNCHN", "value": CARD}],
            "managingOrganization": {"reference": f"Organization/{other}"},
        }).json()["id"]  # fmt: skip
    of_it = ("--department", department)
    people = {
        "doctor": center.user("xujing", "clinician", township, "--display", "许静"),
        "chen": center.user("chenyuan", "expert", city, *of_it, "--display", "陈予安"),
        "lin": center.user("linhai", "expert", city, *of_it, "--display", "林海峰"),
        "dispatcher": center.user("gaoyang", "dispatcher", city, "--display", "高扬"),
        "quality": center.user("zhaoqin", "quality", city, "--display", "赵勤"),
        "patient": center.user("zhaodefu", "patient", other, "--patient", theirs),
    }
    on_duty(center.user("sunjie", "manager", city), department, people["chen"], people["lin"])
    return people


def on_duty(manager: Person, department: str, *circles: Person) -> None:
    """Each in a circle of their own, and an hour of the first's the day after tomorrow."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for circle, one in enumerate(circles, 1):
        start, end = ((now + timedelta(hours=hours)).isoformat() for hours in (-1, 8))
        shift = {"person": one.id, "department": department, "circle": circle, "start": start, "end": end}
        assert manager.http.post("/api/calendar/shifts", json=shift).status_code == 201
    for minutes in (0, 20):
        start = now + timedelta(days=2, minutes=minutes)
        hour = {"expert": circles[0].id, "start": start.isoformat(), "end": (start + timedelta(minutes=20)).isoformat()}
        assert manager.http.post("/api/calendar/slots", json=hour).status_code == 201


def come(center: Center, window: Browser, known: Person, looks: list[Look], size: tuple[int, int] = WIDE) -> Walker:
    """Somebody at the portal, logged in: name, password, code, nothing but typed."""
    visitor = Visitor.come(window, pages(center), (known.name, known.password, known.totp_secret), size=size)
    walker = Walker(visitor, Keyboard(visitor.page), looks)
    walker.keyboard.write("登录名", visitor.name)
    walker.keyboard.reach(visitor.page.locator("input[type=password]"))
    visitor.page.keyboard.type(visitor.password)
    visitor.page.keyboard.press("Enter")
    walker.keyboard.reach(visitor.page.locator("input[autocomplete='one-time-code']"))
    visitor.page.keyboard.type(visitor.code())  # the sixth digit sends it
    expect(visitor.page.locator("nav.rail")).to_be_visible(timeout=PATIENCE_MS)
    return walker


@contextmanager
def gathered(home: Path, window: Browser, looks: list[Look], circle_s: int) -> Iterator[Cast]:
    """All of them logged in, each in a browser of their own; no page may have raised when they leave."""
    with served(home, YUANZHEN_RING_S=str(circle_s), YUANZHEN_DUTY_PHONE=NUMBER) as center:
        cast = Cast(center, **{part: come(center, window, one, looks) for part, one in peopled(center).items()})
        yield cast
        for walker in cast.all():
            assert walker.visitor.is_quiet(), walker.visitor.faults
            walker.page.context.close()
