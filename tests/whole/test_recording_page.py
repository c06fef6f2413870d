"""A room is recorded: real cameras, the real media server, the real key service; what it was opened to plays."""

from __future__ import annotations

import io
import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.make import inside
from tests.make.pages import OPENS_PAGES, PHONE, Visitor
from tests.whole.conftest import Region
from tests.whole.test_after_pages import accepted, patient
from tests.whole.test_guest_page import person_of
from tests.whole.test_pages import drawn
from tests.whole.test_reading_page import series, stored
from tests.whole.test_reading_together import pressed, stage
from tests.whole.test_room_page import PATIENCE_MS, enters, looked, sees, server_of
from tests.whole.test_signing_pages import come
from tests.whole.test_thread import until
from yuanzhen.network.media.shell import janus

__all__ = ["patient"]
pytestmark = [*OPENS_PAGES, pytest.mark.skipif(not janus.available(), reason="no media server is installed")]


@pytest.fixture
def case(region: Region, patient: str) -> str:
    return accepted(region, patient)


def begins(expert: Visitor) -> None:
    """The host says that the patient agrees, and has the room recorded."""
    expert.page.get_by_role("tab", name="录像").click()
    card = expert.page.get_by_role("region", name="录像")
    card.get_by_role("radio", name="本人").check()
    card.get_by_role("radio", name="口头").check()
    card.get_by_role("button", name="开始录像").click()


def recordings(region: Region, case: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = region.expert.http.get(f"/api/consultations/{case}/recordings").json()["items"]
    return found


def is_marked(page: Page, words: str = "录像中") -> None:
    """The stage says that it is recorded."""
    expect(page.locator(".scene-head").get_by_text(words, exact=True)).to_be_visible(timeout=PATIENCE_MS)


def did(region: Region, case: str) -> list[str]:
    """What the case's time line says of it."""
    steps = region.clinician.http.get(f"/api/consultations/{case}").json()["timeline"]
    return [one["what"] for one in steps if one["what"].startswith("recording-")]


def raw(region: Region, recording: str) -> list[Path]:
    """What the media server has written so far."""
    folder = janus.recordings(region.center.home) / recording
    return [path for path in folder.iterdir() if path.stat().st_size > 50_000] if folder.exists() else []


def opened(region: Region, case: str) -> dict[str, Any]:
    """The newest recording, once it plays."""
    until(lambda: recordings(region, case)[0]["state"] == "opened", "it is not opened", seconds=60)
    return recordings(region, case)[0]


def frames(content: bytes, kind: str) -> int:
    with av.open(io.BytesIO(content)) as container:
        return sum(1 for _ in container.decode(next(one for one in container.streams if one.type == kind)))


def film(region: Region, case: str, one: dict[str, Any], nth: int, part: str = "") -> Any:
    path = f"/api/consultations/{case}/recordings/{one['id']}/{nth}"
    return region.expert.http.get(path, headers={"Range": part} if part else {})


def wholes(content: bytes) -> int:
    """From how many pictures of a film one can go on."""
    with av.open(io.BytesIO(content)) as container:
        return sum(one.is_keyframe for one in container.demux(video=0) if one.size)


def plays_whole(region: Region, case: str, one: dict[str, Any], told: dict[str, Any]) -> None:
    """A film has as many frames as it says, and is read in parts."""
    content = film(region, case, one, told["nth"]).content
    assert len(content) == told["bytes"]
    assert frames(content, "video") == told["counts"]["pictures"] > 10
    assert frames(content, "audio") == told["counts"]["sounds"] > 50
    part = film(region, case, one, told["nth"], "bytes=100-199")
    assert (part.status_code, part.content) == (206, content[100:200])


@pytest.mark.long
def test_what_was_said_and_seen_is_recorded_with_consent_and_plays(
    region: Region, window: Browser, patient: str, case: str
) -> None:
    asker = enters(region, window, region.clinician, case)
    expert = enters(region, window, region.expert, case)
    sees(expert.page, "许静")
    sees(asker.page, "陈予安")
    begins(expert)
    for one in (asker, expert):
        is_marked(one.page)
    recording = recordings(region, case)[0]
    until(lambda: len(raw(region, recording["id"])) >= 2, "nothing is written", seconds=60)
    sealed = raw(region, recording["id"])[0].read_bytes()
    with pytest.raises(av.FFmpegError):
        av.open(io.BytesIO(sealed))
    expert.page.get_by_role("button", name="结束录像").click()
    for one in (asker, expert):
        expect(one.page.locator(".scene-head").get_by_text("录像中", exact=True)).to_have_count(0, timeout=PATIENCE_MS)
    sees(expert.page, "许静")
    told = opened(region, case)
    assert {one["person"]["name"] for one in told["films"]} == {"许静", "陈予安"}
    for one in told["films"]:
        plays_whole(region, case, told, one)
        assert one["counts"]["unopened"] <= 5, one["counts"]
    happened = json.loads(film(region, case, told, told["beside"]["events"]).content)
    assert [one["what"] for one in happened][:2] == ["recording-begun", "recording-on"]
    expert.page.goto(expert.page.url.replace("/room", "/recordings"))
    expect(expert.page.get_by_text("可以播放")).to_be_visible(timeout=PATIENCE_MS)
    expert.page.get_by_role("button", name="播放", exact=True).press("Enter")
    until(lambda: expert.page.evaluate(PLAYS), "the films do not play", seconds=60)
    looked(expert, "recordings")
    are_quiet(asker, expert)  # what plays here would say that it is withdrawn
    herself = come(region, window, person_of(region, patient), "file", size=PHONE)
    herself.page.get_by_role("link", name="录像").click()
    expect(herself.page.get_by_text("可以播放")).to_be_visible(timeout=PATIENCE_MS)
    herself.page.get_by_role("button", name="播放", exact=True).press("Enter")
    until(lambda: herself.page.evaluate(PLAYS), "the films do not play for the patient", seconds=60)
    looked(herself, "own-recordings")
    for _ in range(2):  # once to ask, once to mean it
        herself.page.get_by_role("button", name="撤回录像同意").click()
    expect(herself.page.get_by_text("同意已撤回，不再播放")).to_be_visible(timeout=PATIENCE_MS)
    assert film(region, case, told, told["films"][0]["nth"]).status_code == 409
    are_quiet(herself)


@pytest.mark.long
def test_the_images_that_were_led_and_the_board_stand_beside_the_faces_as_they_did(
    region: Region, window: Browser
) -> None:
    case = accepted(region, stored(region, series(908, 6, 1.0)))
    expert = enters(region, window, region.expert, case)
    page = expert.page
    begins(expert)
    is_marked(page)
    page.get_by_role("button", name="影像", exact=True).click()
    until(lambda: drawn(page), "no slice was drawn", seconds=60)
    page.get_by_role("button", name="主导翻阅").click()
    expect(page.get_by_text("您在主导翻阅")).to_be_visible()
    pressed(page, "Home")
    until(lambda: shown_last(region, case) == 1, "the first slice is not kept")
    pressed(page, "End")
    until(lambda: shown_last(region, case) == 6, "the last slice is not kept")
    page.get_by_role("button", name="白板", exact=True).click()
    draws_a_box(page)
    expect(page.get_by_text(re.compile("已保存 · 陈予安"))).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("tab", name="录像").click()
    page.get_by_role("button", name="结束录像").click()
    told = opened(region, case)
    views = [one["view"]["instance"].rpartition(".")[2] for one in beside(region, case, told, "images") if one["view"]]
    assert views[-1] == "6"
    assert "1" in views
    (alone,) = told["films"]
    assert wholes(film(region, case, told, alone["nth"]).content) > 1, "nobody is seen, so nobody but we asks for more"
    page.goto(page.url.replace("/room", "/recordings"))
    images, board = (page.get_by_role("region", name=name, exact=True) for name in ("带读的图像", "白板"))
    time = page.get_by_label("时间位置")
    time.press("Home")
    expect(images.get_by_text("此时没有人带读图像")).to_be_visible(timeout=PATIENCE_MS)
    expect(board.get_by_text("此时白板上没有内容")).to_be_visible()
    time.press("End")
    until(lambda: stage(page).get_attribute("data-shown") == "5", "the last slice does not stand there", seconds=60)
    expect(images.get_by_text("陈予安 主导翻阅")).to_be_visible()
    expect(board.locator("canvas").first).to_be_visible(timeout=PATIENCE_MS)

    until(lambda: board.evaluate(INKED), "the board is empty", seconds=60)
    looked(expert, "recordings-beside", but=".excalidraw")
    assert expert.is_quiet(), expert.faults
    page.context.close()


# Whether anything is drawn on a board
INKED = """(board) => [...board.querySelectorAll("canvas")].some((one) => {
  const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
  return data.some((value, at) => at % 4 === 0 && value < 80 && data[at + 3] > 200); })"""


def beside(region: Region, case: str, told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """What stands beside the films under a name."""
    lines: list[dict[str, Any]] = json.loads(film(region, case, told, told["beside"][name]).content)
    return lines


def shown_last(region: Region, case: str) -> int:
    """The number of the slice that was kept last of what is led."""
    asked = f"SELECT view FROM reading.lead WHERE reading = '{case}'"
    view = json.loads(inside.rows(region.center.home, asked)[0]["view"] or "null")
    return int(view["place"]["instance"].rpartition(".")[2]) if view else 0


def draws_a_box(page: Page) -> None:
    """A rectangle on the board, by key and mouse."""
    board = page.locator(".whiteboard canvas.interactive")
    expect(board).to_be_visible(timeout=PATIENCE_MS)
    place = board.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + 20, place["y"] + place["height"] / 2)
    page.keyboard.press("r")
    page.mouse.move(place["x"] + 250, place["y"] + 60)
    page.mouse.down()
    page.mouse.move(place["x"] + 350, place["y"] + 110, steps=5)
    page.mouse.up()


def are_quiet(*visitors: Visitor) -> None:
    """They saw no fault, and go."""
    for one in visitors:
        assert one.is_quiet(), one.faults
        one.page.context.close()


# Each film has gone on; a short one is over by then
PLAYS = """() => { const all = [...document.querySelectorAll('.film video')];
  return all.length > 0 && all.every((one) => one.currentTime > 0.5 && one.videoWidth > 0); }"""


@pytest.mark.long
def test_it_goes_on_with_the_next_server_as_a_second_part_and_ends_with_the_consent(
    region: Region, window: Browser, case: str
) -> None:
    expert = enters(region, window, region.expert, case)
    begins(expert)
    is_marked(expert.page)
    recording = recordings(region, case)[0]
    until(lambda: len(raw(region, recording["id"])) >= 1, "nothing is written", seconds=60)
    killed = server_of(region.center)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: did(region, case)[-2:] == ["recording-broke", "recording-on"], "it is not back", seconds=60)
    is_marked(expert.page)
    until(lambda: len(raw(region, recording["id"])) >= 2, "no second part is written", seconds=60)
    expert.page.get_by_role("button", name="撤回录像同意").click()
    expect(expert.page.locator(".scene-head").get_by_text("录像中", exact=True)).to_have_count(0, timeout=PATIENCE_MS)
    told = opened(region, case)
    assert (told["withdrawn"] is not None, told["films"]) == (True, [])
    assert film(region, case, told, 1).status_code == 409
    assert expert.is_quiet(), expert.faults
    expert.page.context.close()
