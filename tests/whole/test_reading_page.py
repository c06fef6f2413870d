"""Pictures read in Chromium: measured by hand and by keys, kept, hidden from the primary site until they are signed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.make.cases import image
from tests.make.center import Center
from tests.make.pages import OPENS_PAGES, PHONE, TABLET, WIDE, Visitor, pages, who
from tests.whole.conftest import Region
from tests.whole.test_pages import drawn, fill_in
from tests.whole.test_thread import until

pytestmark = OPENS_PAGES
KEPT = "async (path) => (await (await fetch(path)).json()).items.length"
STATUS = "async (path) => (await fetch(path)).status"


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of the picture to another, in shares of its size, with the first button held."""
    box = page.locator(".stage").first.bounding_box()
    assert box is not None
    (ax, ay), (bx, by) = ((box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end))
    page.mouse.move(ax, ay)
    page.mouse.down()
    page.mouse.move((ax + bx) / 2, (ay + by) / 2, steps=4)
    page.mouse.move(bx, by, steps=4)
    page.mouse.up()


def said(page: Page) -> str:
    """What is said of the marks of the slice that is shown, to whoever cannot see them."""
    return page.locator(".stage p.sr").first.inner_text()


def measured_by_hand(page: Page, stage: Locator) -> None:
    page.get_by_role("button", name=re.compile("长度")).click()
    drag(page, (0.45, 0.40), (0.55, 0.40))
    until(lambda: re.search(r"长度 \d+(\.\d)? mm", said(page)), "no length was measured")
    stage.focus()
    page.keyboard.press("e")
    drag(page, (0.50, 0.50), (0.56, 0.58))
    until(lambda: re.search(r"椭圆 均值 -?\d+ HU", said(page)), "no ellipse was measured")


def measured_by_keys(page: Page) -> None:
    """An angle and a key image, without a click in between; what was done last is undone."""
    page.keyboard.press("a")
    for key in ("Enter", "Enter", *["ArrowRight"] * 8, "Enter", *["ArrowDown"] * 8, "Enter"):
        page.keyboard.press(key)
    until(lambda: re.search(r"角度 90(\.\d)?°", said(page)), "no angle was measured")
    page.keyboard.press("k")
    until(lambda: "关键图像" in said(page), "it is no key image")
    page.keyboard.press("Control+z")
    until(lambda: "关键图像" not in said(page), "it was not undone")
    page.keyboard.press("k")
    expect(page.get_by_role("button", name=re.compile(r"^第 \d+ 层$"))).to_be_visible()


def test_what_is_measured_is_kept_hidden_and_then_in_the_record(demo: Center, window: Browser, tmp_path: Path) -> None:
    expert = Visitor.come(window, pages(demo), who(demo, "chenyuan")).login()
    clinician = Visitor.come(window, pages(demo), who(demo, "xujing")).login()
    asking, page = clinician.page, expert.page
    fill_in(asking, "头痛 3 天，额叶低密度区，性质？")
    asking.get_by_role("button", name="急会诊").click()
    page.get_by_role("button", name="接诊").first.click()
    stage = page.locator(".stage").first
    until(lambda: drawn(page), "no slice was drawn")

    measured_by_hand(page, stage)
    measured_by_keys(page)
    case = page.url.rsplit("/", 1)[-1]
    until(lambda: page.evaluate(KEPT, f"/api/reading/{case}/marks") == 4, "the marks were not kept")
    assert asking.evaluate(STATUS, f"/api/reading/{case}/marks") == 404
    before = sorted(said(page).split(", "))
    page.reload()
    until(lambda: drawn(page), "no slice was drawn again")
    until(lambda: sorted(said(page).split(", ")) == before, f"{before} did not come back but {said(page)}")

    page.get_by_label("用模板").select_option(label="头颅 CT 平扫")
    expect(page.get_by_label("所见")).to_have_value(re.compile("双侧大脑半球"))
    page.get_by_label("结论").fill("考虑陈旧性软化灶")
    expect(page.get_by_text("已存")).to_be_visible()
    looked_at(expert, Path(os.environ.get("SHOTS", tmp_path)))

    page.get_by_role("button", name="核对并签名").click()
    page.get_by_label("患者姓名").fill("刘淑英")
    page.get_by_label("出生日期").fill("1962-03-17")
    page.get_by_role("button", name="身份一致，签名").click()
    expect(page.get_by_text("已签名").first).to_be_visible()
    assert asking.evaluate(STATUS, f"/api/reading/{case}/marks") == 200
    in_the_record(asking)
    assert expert.is_quiet() and clinician.is_quiet()


def series(study: int, count: int, every_mm: float) -> list[bytes]:
    """A stack along the body that begins at 0 mm."""
    made = []
    for number in range(count):
        more = {
            "StudyInstanceUID": f"2.25.{study}", "SeriesInstanceUID": f"2.25.{study}.1", "InstanceNumber": number + 1,
            "ImagePositionPatient": [-20, -20, number * every_mm], "StudyDescription": f"CT {study}",
        }  # fmt: skip
        made.append(image(f"2.25.{study}.1.{number + 1}", **more))
    return made


def stored(region: Region, *studies: list[bytes]) -> str:
    """The patient whose studies the region's township has made."""
    return stored_by(region.center, region.township, *studies)


def stored_by(center: Center, institution: str, *studies: list[bytes]) -> str:
    """The patient whose studies these are, once each is described."""
    with center.machine("system/*.*", "--institution", institution) as machine:
        described = lambda: machine.get("/fhir/R4/ImagingStudy").json().get("entry", [])  # noqa: E731
        there = len(described())
        for file in (file for study in studies for file in study):
            body = b"\r\n--b\r\nContent-Type: application/dicom\r\n\r\n" + file + b"\r\n--b--\r\n"
            kind = 'multipart/related; type="application/dicom"; boundary=b'
            machine.post("/dicom-web/studies", content=body, headers={"Content-Type": kind}).raise_for_status()
        until(lambda: len(described()) == there + len(studies), "the studies are not described")
        return str(described()[0]["resource"]["subject"]["reference"]).removeprefix("Patient/")


@pytest.fixture(scope="module")
def clinician(region: Region, window: Browser) -> StorageState:
    """The cookies of one who looks at pictures."""
    known = region.clinician
    visitor = Visitor.come(window, region.center.url, (known.name, known.password, known.totp_secret)).login()
    state = visitor.page.context.storage_state()
    visitor.page.context.close()
    return state


def at_study(
    region: Region, window: Browser, clinician: StorageState, patient: str, study: int, **more: Any
) -> Visitor:  # fmt: skip
    """Somebody at a study's page, with its picture drawn."""
    url = f"{region.center.url}/patients/{patient}/studies/2.25.{study}"
    visitor = Visitor.come(window, url, ("", "", ""), state=clinician, **more)
    until(lambda: drawn(visitor.page), "no slice was drawn")
    return visitor


def test_a_prior_study_stands_beside_at_the_same_place(
    region: Region, window: Browser, clinician: StorageState
) -> None:
    patient = stored(region, series(901, 40, 1.0), series(902, 9, 5.0))
    visitor = at_study(region, window, clinician, patient, 901)
    page = visitor.page
    page.get_by_label("与旧片对比").select_option(value="2.25.902")
    now, before = page.locator(".stage").first, page.locator(".stage").nth(1)
    # At 19 mm the prior has 20 mm, its fifth slice
    until(lambda: before.get_attribute("data-shown") == "4", "the prior is not in step")
    now.focus()
    page.keyboard.press("End")
    until(lambda: before.get_attribute("data-shown") == "8", "the prior does not follow")
    before.focus()
    page.keyboard.press("Home")
    until(lambda: now.get_attribute("data-shown") == "0", "the study does not follow the prior")
    page.get_by_role("button", name="同步翻阅").click()
    before.focus()
    page.keyboard.press("PageDown")
    until(lambda: before.get_attribute("data-shown") == "8", "the prior does not turn by itself")
    assert now.get_attribute("data-shown") == "0"
    page.get_by_role("button", name="同步翻阅").click()
    now.focus()
    page.keyboard.press("PageDown")
    until(lambda: now.get_attribute("data-shown") == "10", "the study does not turn")
    assert before.get_attribute("data-shown") == "8"  # where it was put: 40 mm further, and there is no more
    assert visitor.axe() == []
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / "beside.png")
    assert visitor.is_quiet()


LIT = """() => {
  const canvas = document.querySelector('.stage canvas');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let lit = 0, across = 0, down = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at] > 30) {
    lit += 1; across += (at / 4) % canvas.width; down += Math.floor(at / 4 / canvas.width);
  }
  return [lit, across / lit / canvas.width, down / lit / canvas.height];
}"""


def test_one_finger_turns_pages_and_sets_the_window_two_move_and_zoom(
    region: Region, window: Browser, clinician: StorageState
) -> None:
    patient = stored(region, series(903, 40, 1.0))
    visitor = at_study(region, window, clinician, patient, 903, size=TABLET, touch=True)
    page, stage = visitor.page, visitor.page.locator(".stage")
    expect(page.locator("output")).to_contain_text("40")
    box = stage.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    visitor.fingers(((x, y), (x, y + 100)))
    until(lambda: int(stage.get_attribute("data-shown") or 0) > 22, "one finger turned no pages")
    page.get_by_role("button", name=re.compile("^调窗")).click()
    before = page.locator(".bottom-left").inner_text()
    visitor.fingers(((x, y), (x + 60, y)))
    until(lambda: page.locator(".bottom-left").inner_text() != before, "one finger set no window")

    lit = page.evaluate(LIT)[0]
    visitor.fingers(((x - 40, y), (x - 20, y)), ((x + 40, y), (x + 20, y)))  # half as far apart
    until(lambda: 0.2 * lit < page.evaluate(LIT)[0] < 0.3 * lit, "two fingers did not zoom out to the half")
    _, across, down = page.evaluate(LIT)
    visitor.fingers(((x - 40, y), (x + 60, y + 50)), ((x + 40, y), (x + 140, y + 50)))  # as far apart as they were
    moved = [across + 100 / box["width"], down + 50 / box["height"]]
    until(lambda: page.evaluate(LIT)[1:] == pytest.approx(moved, abs=0.03), f"two fingers did not move it to {moved}")
    assert 0.2 * lit < page.evaluate(LIT)[0] < 0.3 * lit

    page.get_by_role("button", name=re.compile("长度")).click()
    visitor.fingers(((x - 40, y), (x - 60, y)), ((x + 40, y), (x + 60, y)))
    until(lambda: page.evaluate(LIT)[0] > 0.4 * lit, "two fingers did not zoom with a measure in hand")
    assert said(page) == ""  # and measured nothing
    visitor.fingers(((x, y), (x + 60, y)))
    until(lambda: re.search(r"长度 \d+(\.\d)? mm", said(page)), "one finger measured no length")
    assert visitor.axe() == []
    assert visitor.is_quiet()
    page.context.close()


def looked_at(expert: Visitor, folder: Path) -> None:
    """At three sizes, in both languages: axe has nothing to say."""
    folder.mkdir(exist_ok=True)
    for language in ("zh", "en"):
        for size in (WIDE, TABLET, PHONE):
            expert.page.set_viewport_size({"width": size[0], "height": size[1]})
            until(lambda: drawn(expert.page), "the picture is gone")
            assert expert.axe() == [], (language, size)
            expert.page.screenshot(path=folder / f"reading-{language}-{size[0]}.png", full_page=True)
        expert.page.get_by_role("button", name=re.compile("^(EN|中文)$")).first.click()
    expert.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def in_the_record(asking: Page) -> None:
    """The primary site opens the study: its key image and measures are those of the report."""
    study = asking.evaluate(
        "async () => (await (await fetch('/dicom-web/studies', {headers: {Accept: 'application/dicom+json'}})).json())"
        ".map((one) => one['0020000D'].Value[0])"
    )
    told = (
        "async (uid) => (await (await fetch(`/api/reading/studies/${uid}/marks`)).json()).items.map((one) => one.kind)"
    )
    until(
        lambda: any({"key", "length", "angle", "ellipse"} == set(asking.evaluate(told, uid)) for uid in study),
        "the record does not hold the marks",
    )
