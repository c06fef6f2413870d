"""The interface console in Chromium over a real centre: what an engineer sees, mends and switches, as it happens."""

from __future__ import annotations

import io
import json

import pydicom
import pytest
from playwright.sync_api import Browser, Page, StorageState, expect
from pynetdicom import AE
from pynetdicom.presentation import build_context

from tests.make.cases import image
from tests.make.center import Person
from tests.make.pages import OPENS_PAGES, PHONE, TABLET, WIDE, Visitor
from tests.make.yard import mllp
from tests.whole.conftest import Region
from tests.whole.test_thread import until

pytestmark = OPENS_PAGES
SOON_MS = 3000  # a change shows within a second on a quiet machine; without the push it would take a poll of 15 s

HEADER = "MSH|^~\\&|HIS|LIUHE|YUANZHEN|CITY|20260318091200+0800||{kind}|{control}|P|2.5.1|||||CHN|UNICODE UTF-8\r"
ADT = HEADER + "EVN|A04|20260318091200+0800\rPID|1||{number}^^^LIUHE^MR||刘^淑英||19590321|F\rPV1|1|O\r"
ORU = HEADER + (
    "PID|1||{number}^^^LIUHE^MR||刘^淑英||19590321|F\r"
    "OBR|1||F{control}|CBC^血常规^L|||20260301090000|||||||||||||||||HM|F\rOBX|1|NM|K^钾^L||5.4|mmol/L|||||F\r"
)


@pytest.fixture(scope="module")
def engineer(region: Region) -> Person:
    """The township's officer; its HIS is enrolled, and sends what the console has to show."""
    region.center.told(
        "peer", "add", "柳河 HIS", "--institution", region.township, "--hl7-facility", "LIUHE",
        "--hl7-to", "127.0.0.1:9", "--send", "ORU", "--ae", "LIUHE_CT",
    )  # fmt: skip
    sent(region, ADT.format(kind="ADT^A04", control="A1", number="00017"))
    sent(region, ADT.format(kind="ADT^A04", control="A2", number="00018").replace("|LIUHE|", "|KEMU|"))
    sent(region, ORU.format(kind="ORU^R01", control="R1", number="00404"))
    return region.center.user("engineer", "officer", region.township, "--display", "周正")


def sent(region: Region, message: str) -> bytes:
    return mllp(region.center.port("mllp"), message.encode())


@pytest.fixture(scope="module")
def state(region: Region, window: Browser, engineer: Person) -> StorageState:
    """The engineer's cookies: a code is good once."""
    visitor = come(region, window, engineer, None).login()
    expect(visitor.page.get_by_role("link", name="接口")).to_be_visible()
    kept = visitor.page.context.storage_state()
    visitor.page.context.close()
    return kept


def stored(region: Region, file: bytes) -> None:
    """The township's scanner stores an image."""
    image = pydicom.dcmread(io.BytesIO(file))
    entity = AE(ae_title="LIUHE_CT")
    contexts = [build_context(image.SOPClassUID, image.file_meta.TransferSyntaxUID)]
    association = entity.associate("127.0.0.1", region.center.port("dicom"), contexts=contexts, ae_title="YUANZHEN")
    assert association.is_established
    assert association.send_c_store(image).Status == 0
    association.release()


def come(
    region: Region, window: Browser, who: Person, state: StorageState | None, path: str = "", *,
    locale: str = "zh-CN", size: tuple[int, int] = WIDE,
) -> Visitor:  # fmt: skip
    url = f"https://localhost:{region.center.port('https')}/{path}"
    return Visitor.come(window, url, (who.name, who.password, who.totp_secret), locale=locale, size=size, state=state)


def count(page: Page, word: str) -> str:
    """The number above a word of the figures."""
    return page.locator(".figures .stat", has_text=word).locator("b").inner_text()


def test_what_comes_shows_within_a_second_and_is_mended_on_the_page(
    region: Region, window: Browser, engineer: Person, state: StorageState
) -> None:
    visitor = come(region, window, engineer, state, "interfaces")
    page = visitor.page
    row = page.locator(".rowlink.peer", has_text="柳河 HIS")
    expect(row).to_contain_text("有待处理")
    assert count(page, "条消息待处理") == "1"

    answer = sent(region, ORU.format(kind="ORU^R01", control="R2", number="00405"))
    assert b"MSA|AA|R2" in answer
    waiting = page.locator(".figures .stat", has_text="条消息待处理").locator("b")
    expect(waiting).to_have_text("2", timeout=SOON_MS)

    page.get_by_role("link", name="待处理", exact=True).click()
    page.get_by_label("按消息控制 ID 查找").fill("R2")
    expect(page.locator(".rowlink", has_text="R1")).to_have_count(0)
    page.locator(".rowlink", has_text="R2").click()
    expect(page.locator("#fault").or_(page.get_by_text("还没有这位患者，消息在等待")).first).to_be_visible()
    expect(page.get_by_text("血常规")).to_be_visible()
    page.get_by_role("button", name="改正").click()
    text = page.get_by_label("改正后的消息")
    text.fill(text.input_value().replace("00405", "00017"))
    page.get_by_role("button", name="改正后重放").click()
    expect(page.locator(".pagehead")).to_contain_text("已入库")
    expect(page.get_by_role("link", name="DiagnosticReport")).to_be_visible()

    page.goto(page.url.rpartition("/messages/")[0])
    expect(waiting).to_have_text("1")
    assert visitor.is_quiet(), visitor.faults
    page.context.close()


def test_all_that_waits_of_a_system_is_tried_again_at_once_when_its_character_set_is_right(
    region: Region, window: Browser, engineer: Person, state: StorageState
) -> None:
    told = ("peer", "add", "红旗 HIS", "--institution", region.township, "--hl7-facility", "HONGQI")
    hongqi = region.center.told(*told)["id"]
    for nth in range(3):
        came = ADT.format(kind="ADT^A04", control=f"H{nth}", number=f"9{nth}").replace("|LIUHE|", "|HONGQI|")
        data = came.replace("UNICODE UTF-8", "").encode("gb18030")
        assert b"MSA|AA" in mllp(region.center.port("mllp"), data)
    visitor = come(region, window, engineer, state, f"interfaces/peers/{hongqi}")
    page = visitor.page
    expect(page.locator(".rowlink", has_text="待处理")).to_have_count(3)
    page.get_by_role("button", name="修改").click()
    page.get_by_label("字符集").press("Enter")
    page.get_by_title("GB 18030-2000").click()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".facts-list", has_text="GB 18030-2000")).to_be_visible()
    page.get_by_role("button", name="全部再试（3）").click()
    expect(page.get_by_text("已入库 3 条，还有 0 条在等待")).to_be_visible()
    expect(page.locator(".rowlink", has_text="已入库")).to_have_count(3)
    assert visitor.axe() == []
    assert visitor.is_quiet(), visitor.faults


def test_a_stranger_at_the_door_is_shown_to_the_homes_own_officer_alone(
    region: Region, window: Browser, engineer: Person, state: StorageState
) -> None:
    visitor = come(region, window, engineer, state, "interfaces")
    expect(visitor.page.get_by_text("没有陌生的来访")).to_be_visible()
    visitor.page.context.close()


def test_a_system_is_switched_off_and_on_and_its_character_set_changed(
    region: Region, window: Browser, engineer: Person, state: StorageState
) -> None:
    visitor = come(region, window, engineer, state, "interfaces")
    page = visitor.page
    page.locator(".rowlink.peer", has_text="柳河 HIS").click()
    page.get_by_role("button", name="停用").click()
    page.get_by_label("为什么停用").fill("更换服务器")
    page.get_by_role("button", name="停用").click()
    expect(page.locator(".pagehead")).to_contain_text("已停用")
    assert b"MSA|AE|A3" in sent(region, ADT.format(kind="ADT^A04", control="A3", number="00017"))
    expect(page.get_by_text("这个接入方已停用", exact=False).first).to_be_visible()
    page.get_by_role("button", name="启用").click()
    expect(page.locator(".pagehead")).not_to_contain_text("已停用")
    assert b"MSA|AA|A4" in sent(region, ADT.format(kind="ADT^A04", control="A4", number="00017"))

    page.get_by_role("button", name="修改").click()
    page.get_by_label("HL7 发往").fill("nowhere")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("这一项不对")).to_be_visible()
    page.get_by_label("HL7 发往").fill("127.0.0.1:9")
    page.get_by_label("字符集").click()
    page.get_by_title("GB 18030-2000").click()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("button", name="修改")).to_be_visible()
    expect(page.get_by_text("GB 18030-2000")).to_be_visible()
    assert visitor.is_quiet(), visitor.faults
    page.context.close()


def test_an_image_that_is_nobodys_comes_to_the_houses_clinician_who_says_whose_it_is(
    region: Region, window: Browser, engineer: Person
) -> None:
    visitor = come(region, window, region.clinician, None).login()
    page = visitor.page
    page.get_by_role("link", name="暂存影像").click()
    expect(page.get_by_text("没有暂存的影像")).to_be_visible()
    stored(region, image("2.25.4711.50", number="00017", PatientSex="M"))
    row = page.locator(".rowlink", has_text="刘淑英")
    expect(row).to_be_visible(timeout=SOON_MS)
    assert visitor.axe() == []
    row.click()
    expect(page.get_by_text("不同", exact=True)).to_be_visible()
    picture = page.get_by_role("img", name="暂存的")
    expect(picture).to_be_visible()
    until(lambda: picture.evaluate("i => i.complete && i.naturalWidth > 0"), "no image was drawn")
    assert visitor.axe() == []
    page.get_by_role("button", name="是 刘淑英 的").click()
    expect(page.get_by_text("不一样：性别")).to_be_visible()
    page.get_by_role("button", name="核对无误，放行").click()
    page.get_by_role("link", name="打开这位患者").click()
    expect(page.locator("h1")).to_contain_text("刘淑英")
    assert visitor.is_quiet(), visitor.faults
    page.context.close()
    (study,) = json.loads(studies_found(region))
    assert study["0020000D"]["Value"] == [pydicom.dcmread(io.BytesIO(image())).StudyInstanceUID]


def studies_found(region: Region) -> str:
    """What QIDO-RS tells the same house's machine client of the patient's number."""
    machine = region.center.machine("system/*.*", "--institution", region.township)
    return machine.get("/dicom-web/studies", params={"PatientID": "00017"}).text


@pytest.mark.parametrize(("size", "locale"), [(WIDE, "zh-CN"), (TABLET, "en-GB"), (PHONE, "en-GB")])
def test_every_page_of_the_console_fits_its_window_and_axe_finds_nothing(
    region: Region, window: Browser, engineer: Person, state: StorageState, size: tuple[int, int], locale: str
) -> None:
    visitor = come(region, window, engineer, state, locale=locale, size=size)
    base = f"https://localhost:{region.center.port('https')}"
    asked = ("peers", "messages?state=waiting")
    peer, waits = (visitor.page.request.get(f"{base}/api/exchange/{one}").json()["items"][0]["id"] for one in asked)
    paths = ["interfaces", "interfaces/queue", "interfaces/codes", f"interfaces/peers/{peer}",
             f"interfaces/messages/{waits}", "interfaces/messages/nothing"]  # fmt: skip
    for path in paths:
        visitor.page.goto(f"{base}/{path}")
        expect(visitor.page.locator("h1")).to_have_count(1)
        expect(visitor.page.locator("[aria-busy=true]")).to_have_count(0)
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size[0], (path, size)
        assert visitor.axe() == [], (path, size)
    assert visitor.is_quiet(), visitor.faults
    visitor.page.context.close()
