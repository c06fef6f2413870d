"""Beside the faces: files that are looked at by the real engine, the record, the whiteboard, the minutes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.make.center import Center
from tests.make.pages import OPENS_PAGES, Visitor
from tests.make.scanner import EICAR, signatures
from tests.whole.conftest import Region, served_copy
from tests.whole.test_after_pages import accepted, patient
from tests.whole.test_pages import drawn
from tests.whole.test_reading_page import series, stored
from tests.whole.test_room_page import enters, looked
from tests.whole.test_thread import until
from yuanzhen.network.media.shell import janus
from yuanzhen.security.scanning import engine

__all__ = ["patient"]
pytestmark = [*OPENS_PAGES, pytest.mark.skipif(not janus.available(), reason="no media server is installed")]
PATIENCE_MS = 60_000
needs_clamav = pytest.mark.skipif(engine.program() is None, reason="clamav-daemon is not installed")


@pytest.fixture(scope="module")
def center(settled: Region, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    with TemporaryDirectory() as folder:  # pytest's own is closed to the engine's account
        own = signatures(Path(folder) / "signatures")
        with served_copy(settled, Path(tmp_path_factory.mktemp("center")), YUANZHEN_SIGNATURES=str(own)) as center:
            yield center


@pytest.fixture
def both(region: Region, window: Browser, patient: str) -> Iterator[tuple[Visitor, Visitor]]:
    """The asker and the expert, in the room of a case."""
    case = accepted(region, patient)
    two = enters(region, window, region.clinician, case), enters(region, window, region.expert, case)
    yield two
    for one in two:
        assert one.is_quiet(), one.faults
        one.page.context.close()


def panel(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


@needs_clamav
def test_a_file_is_looked_at_and_a_virus_opens_to_nobody(both: tuple[Visitor, Visitor]) -> None:
    asker, expert = both
    for one in both:
        panel(one.page, "文件")
    sent = [
        {"name": "../心电图.txt", "mimeType": "text/plain", "buffer": b"P-QRS-T " * 200_000},
        {"name": "工具.exe", "mimeType": "application/octet-stream", "buffer": EICAR},
    ]
    asker.page.get_by_label("发送文件").set_input_files(sent)  # type: ignore[arg-type]
    clean = expert.page.get_by_role("listitem").filter(has_text="心电图.txt")
    expect(clean.get_by_text("未发现病毒")).to_be_visible(timeout=PATIENCE_MS)
    infected = expert.page.get_by_role("listitem").filter(has_text="工具.exe")
    expect(infected.get_by_text("发现病毒 Own.Eicar.UNOFFICIAL")).to_be_visible(timeout=PATIENCE_MS)
    assert infected.get_by_role("link").count() == infected.get_by_role("button").count() == 0
    looked(expert, "files")
    with expert.page.expect_download() as loading, expert.page.expect_popup():
        clean.get_by_role("link").click()
    assert Path(loading.value.path()).read_bytes() == b"P-QRS-T " * 200_000
    assert loading.value.suggested_filename == "document.txt"


@pytest.mark.long
def test_a_file_goes_on_after_the_server_was_killed(region: Region, patient: str) -> None:
    files, http = f"/api/consultations/{accepted(region, patient)}/files", region.expert.http
    sent = bytes(range(256)) * 8192
    id = http.post(files, json={"name": "a.bin", "bytes": 2 * len(sent), "mark": "m"}).json()["id"]
    assert http.post(f"/api/pieces/{id}", params={"at": 0}, content=sent).json() == {"got": len(sent)}
    region.center.kill()
    region.center.start()

    def now() -> dict[str, object]:
        (file,) = http.get(files).json()["items"]
        return dict(file)

    assert (now()["got"], now()["state"]) == (len(sent), "coming")
    assert http.post(f"/api/pieces/{id}", params={"at": len(sent)}, content=sent).json() == {"got": 2 * len(sent)}
    until(lambda: now()["state"] == ("unscanned" if engine.program() is None else "clean"), "nobody looked", seconds=60)


def test_a_link_of_the_record_leaves_the_room_where_it_is(both: tuple[Visitor, Visitor]) -> None:
    _, expert = both
    panel(expert.page, "病历")
    expect(expert.page.get_by_text("病历里的链接在新窗口打开")).to_be_visible()
    looked(expert, "record")
    with expert.page.expect_popup() as opened:
        expert.page.get_by_role("tabpanel").get_by_role("link").first.press("Enter")
    assert "/room" not in opened.value.url
    expect(expert.page.get_by_role("button", name="离开")).to_be_visible()


@pytest.mark.long
def test_minutes_of_both_become_the_draft_and_nothing_more(both: tuple[Visitor, Visitor], region: Region) -> None:
    asker, expert = both
    words = [one.page.get_by_label("大家一起写") for one in both]
    for one in both:
        panel(one.page, "纪要")
    words[0].fill("血压 168/95，家属同意")
    expect(words[1]).to_have_value("血压 168/95，家属同意", timeout=PATIENCE_MS)
    words[1].press("End")
    words[1].press_sequentially("，建议溶栓")
    expect(words[0]).to_have_value("血压 168/95，家属同意，建议溶栓", timeout=PATIENCE_MS)
    expect(asker.page.get_by_text(re.compile("已保存 · 陈予安 .*、许静"))).to_be_visible(timeout=PATIENCE_MS)
    assert asker.page.get_by_role("button", name="写入意见").count() == 0
    looked(expert, "minutes")
    expert.page.get_by_role("button", name="写入意见的“建议”").click()
    expect(expert.page.get_by_text("已写入意见草稿")).to_be_visible(timeout=PATIENCE_MS)
    case = expert.page.url.split("/")[-2]
    opinion = region.expert.http.get(f"/api/consultations/{case}/opinion").json()
    assert opinion["draft"]["advice"] == "血压 168/95，家属同意，建议溶栓"
    assert opinion["draft"]["findings"] == opinion["draft"]["conclusion"] == ""
    assert opinion["items"] == []
    panel(expert.page, "意见")
    expect(expert.page.get_by_label("建议", exact=True)).to_have_value("血压 168/95，家属同意，建议溶栓")


@pytest.mark.long
def test_what_one_draws_the_other_has_and_it_is_saved_to_the_case(
    both: tuple[Visitor, Visitor], region: Region
) -> None:
    asker, expert = both
    for one in both:
        one.page.get_by_role("button", name="白板").click()
        expect(one.page.locator(".whiteboard canvas.interactive")).to_be_visible(timeout=PATIENCE_MS)
    place = expert.page.locator(".whiteboard canvas.interactive").bounding_box()
    assert place is not None
    expert.page.mouse.click(place["x"] + 20, place["y"] + place["height"] / 2)  # the keys are the board's then
    expert.page.keyboard.press("r")
    expert.page.mouse.move(place["x"] + 250, place["y"] + 150)
    expert.page.mouse.down()
    expert.page.mouse.move(place["x"] + 350, place["y"] + 250, steps=5)
    expert.page.mouse.up()
    expect(expert.page.get_by_text(re.compile("已保存 · 陈予安"))).to_be_visible(timeout=PATIENCE_MS)
    expect(asker.page.get_by_text(re.compile("已保存 · 陈予安"))).to_be_visible(timeout=PATIENCE_MS)
    asker.page.locator(".whiteboard canvas.interactive").click(position={"x": 5, "y": 300})
    asker.page.keyboard.press("Control+a")
    expect(asker.page.get_by_text("所选内容由 陈予安 绘制")).to_be_visible(timeout=PATIENCE_MS)
    expert.page.get_by_role("button", name="把画面放上白板").click()
    looked(expert, "board", but=".excalidraw")  # its own names of dialogs and landmarks are not ours to mend
    expert.page.get_by_role("button", name="存入病例").click()
    case = expert.page.url.split("/")[-2]

    def saved() -> bool:
        files = region.expert.http.get(f"/api/consultations/{case}/files").json()["items"]
        return sorted(one["name"].rpartition(".")[2] for one in files if one["got"] == one["bytes"]) == [
            "excalidraw",
            "png",
        ]

    until(saved, "the board is not among the files", seconds=60)


@pytest.mark.long
def test_images_fill_a_phone_and_a_slice_is_drawn_on_and_says_which_it_was(region: Region, window: Browser) -> None:
    case = accepted(region, stored(region, series(907, 6, 1.0)))
    expert = enters(region, window, region.expert, case)
    expert.page.get_by_role("button", name="影像", exact=True).click()
    until(lambda: drawn(expert.page), "no slice was drawn", seconds=60)
    looked(expert, "room-images")
    expert.page.get_by_role("button", name="铺满窗口").click()
    looked(expert, "room-images-whole")
    expert.page.set_viewport_size({"width": 390, "height": 844})
    expert.page.get_by_role("button", name="画面", exact=True).click()
    expect(expert.page.get_by_role("button", name="铺满窗口")).to_be_visible()
    expert.page.get_by_role("button", name="影像", exact=True).click()
    expect(expert.page.get_by_role("button", name="退出铺满")).to_be_visible()
    until(lambda: drawn(expert.page), "no slice was drawn", seconds=60)
    expert.page.get_by_role("button", name="在白板上标画").click()
    expect(expert.page.locator(".whiteboard canvas.interactive")).to_be_visible(timeout=PATIENCE_MS)
    expect(expert.page.get_by_text(re.compile("已保存 · 陈予安"))).to_be_visible(timeout=PATIENCE_MS)
    looked(expert, "board-slice", but=".excalidraw")
    expert.page.get_by_role("button", name="存入病例").click()
    [scene] = until(lambda: scenes(region, case), "the board is not among the files", seconds=60)
    image, words = sorted(scene["elements"], key=lambda one: str(one["type"]))
    assert (image["type"], words["type"]) == ("image", "text")
    assert scene["files"][image["fileId"]]["dataURL"].startswith("data:image/jpeg;base64,/9j/")
    assert words["text"] == "1997-04-30 11:29 · CT · 第 3 层，共 6 层"
    assert expert.is_quiet(), expert.faults
    expert.page.context.close()


def scenes(region: Region, case: str) -> list[dict[str, Any]]:
    """What was saved of the case's board, as Excalidraw reads it."""
    files = region.expert.http.get(f"/api/consultations/{case}/files").json()["items"]
    kept = [one["document"] for one in files if one["document"] and not one["name"].endswith(".png")]
    patient = region.expert.http.get(f"/api/consultations/{case}").json()["patient"]["id"]
    where = f"/api/patients/{patient}/documents/DocumentReference"
    return [region.expert.http.get(f"{where}/{one}/0").raise_for_status().json() for one in kept]


@pytest.mark.long
def test_what_is_written_in_the_room_is_counted_until_it_is_seen(both: tuple[Visitor, Visitor]) -> None:
    asker, expert = both
    panel(asker.page, "对话")
    asker.page.get_by_label("写给对方").fill("家属到了")
    asker.page.get_by_role("button", name="发送").click()
    unseen = expert.page.get_by_role("tab", name="对话").get_by_role("img", name="1 条未读")
    expect(unseen).to_be_visible(timeout=PATIENCE_MS)
    panel(expert.page, "对话")
    expect(unseen).to_be_hidden(timeout=PATIENCE_MS)
    expect(asker.page.get_by_text("已读：陈予安")).to_be_visible(timeout=PATIENCE_MS)
    looked(expert, "room-chat")
