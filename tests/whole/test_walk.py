"""Five people walk through the three modes of consultation in Chromium, by keyboard alone, and each page is looked at.

A township doctor asks, an expert lets the first call pass, a second one declines, a dispatcher finds somebody; what is
signed is corrected by two; a record is opened in need; the quality officer sees to all of it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.make import inside
from tests.make.pages import OPENS_PAGES
from tests.whole.cast import BORN, CARD, EVERY, NAME, NUMBER, OTHER, PATIENCE_MS, STUDY, Cast, Walker, gathered
from tests.whole.test_pages import drawn
from tests.whole.test_thread import until

pytestmark = OPENS_PAGES
QUESTION = "右侧肢体无力 50 分钟，是否溶栓？"
MARKS = "async (study) => (await (await fetch(`/api/reading/studies/${study}/marks`)).json()).items.length"
LONG_AGO = (
    "UPDATE security.session SET factor_at = factor_at - interval '1 hour' "
    "FROM security.person WHERE person.id = session.person AND person.name = $1"
)


# ---- what they do, again and again


def called(expert: Walker) -> Locator:
    """What rings at an expert's page."""
    return expert.page.get_by_role("alert", name="急会诊呼叫")


def ask(doctor: Walker, question: str) -> None:
    """From the list of patients until nothing but the urgency is left to choose."""
    doctor.go("患者")
    doctor.keyboard.press("link", re.compile(NAME))
    doctor.see("谁看过")
    doctor.keyboard.press("link", "申请会诊")
    doctor.keyboard.pick("主诉", "肢体无力、言语不清")  # which fills in the department
    doctor.keyboard.write("会诊目的", question)
    doctor.keyboard.write("回拨电话", "0912-7700")
    consent = doctor.page.locator(".consent fieldset")
    doctor.keyboard.choose(consent.nth(0), "患者本人")
    doctor.keyboard.choose(consent.nth(1), "口头")
    doctor.keyboard.write("谁听到的", "许静")


def mark_the_last(expert: Walker) -> None:
    """The last slice, once all of them are there, is made a key image."""
    stage = expert.page.locator(".stage").first
    expert.keyboard.reach(stage)
    expect(expert.page.get_by_role("button", name=re.compile("^关键图像"))).to_be_visible(timeout=PATIENCE_MS)

    def at_the_last() -> bool:
        expert.page.keyboard.press("End")
        return stage.get_attribute("data-shown") == "11"

    until(at_the_last, "the stack does not turn")
    expert.page.keyboard.press("k")
    until(lambda: "关键图像" in stage.locator("p.sr").inner_text(), "it is no key image")


def write_and_sign(expert: Walker, station: str, **parts: str) -> None:
    """The parts of an opinion, on the server before it is checked; two identifiers; the signature."""
    for label, words in parts.items():
        expert.keyboard.write(label, words)
    expert.see(re.compile("已存"))
    expert.look(f"{station}-written")
    expert.keyboard.press("button", "核对并签名")
    expect(expert.page.get_by_label("患者姓名")).to_be_focused()
    expert.page.keyboard.type(NAME)
    expert.page.keyboard.press("Tab")
    expert.page.keyboard.type(BORN)
    expert.look(f"{station}-identity")
    expert.keyboard.reach(expert.page.get_by_label("出生日期"))
    expert.page.keyboard.press("Enter")
    confirm(expert, expert.page.get_by_text("签名有效"))


def confirm(walker: Walker, done: Locator) -> None:
    """What was asked for is done, after a code where the last one is older than five minutes."""
    code = walker.page.get_by_role("dialog").locator("input")
    expect(code.or_(done).first).to_be_visible(timeout=PATIENCE_MS)
    if code.is_visible():
        expect(code).to_be_focused()
        walker.page.keyboard.type(walker.visitor.code())
    expect(done.first).to_be_visible(timeout=PATIENCE_MS)


def end(cast: Cast, expert: Walker) -> None:
    """Both sides say how it was, and it is closed."""
    for one in (expert, cast.doctor):
        one.keyboard.press("button", "评价")
        one.keyboard.choose(one.page.get_by_role("group", name="您觉得怎么样？"), "满意")
        one.keyboard.press("button", "评价")
        expect(one.page.get_by_role("button", name="评价")).to_have_count(0)
    cast.doctor.keyboard.press("button", "结束会诊")
    cast.doctor.see("已结束")


# ---- an emergency


def ring(cast: Cast) -> None:
    """The first circle does not answer, the second declines, the dispatcher finds somebody."""
    doctor, chen, lin, dispatcher = cast.doctor, cast.chen, cast.lin, cast.dispatcher
    doctor.look("patients")
    dispatcher.look("rings-none")
    ask(doctor, QUESTION)
    doctor.look("request")
    doctor.keyboard.press("button", re.compile("急会诊"))
    expect(called(chen)).to_be_visible(timeout=PATIENCE_MS)
    doctor.see("正在呼叫")
    doctor.see("陈予安")
    chen.look("desk-rings")

    expect(called(lin)).to_be_visible(timeout=PATIENCE_MS)
    expect(called(chen)).to_be_hidden()
    doctor.see("未接")
    doctor.look("case-ringing")
    lin.keyboard.press("button", "转出")
    expect(lin.page.get_by_label("为什么接不了")).to_be_focused()
    lin.page.keyboard.type("正在手术")
    lin.keyboard.press("button", "转出", within=lin.page.locator("form"))
    expect(called(lin)).to_be_hidden()

    doctor.see(NUMBER)
    doctor.look("case-unanswered")
    expect(dispatcher.page.get_by_role("dialog")).to_be_visible(timeout=PATIENCE_MS)
    dispatcher.look("rings-alarm")
    dispatcher.keyboard.press("button", "我来处理")
    doctor.see("调度员 高扬 正在处理")
    dispatcher.keyboard.press("button", "呼叫某人")
    dispatcher.keyboard.press("button", "呼叫 陈予安")
    dispatcher.see("调度呼叫")
    dispatcher.look("rings-called")
    chen.keyboard.press("button", "接诊")
    chen.see(NAME)
    dispatcher.see("现在没有呼叫")
    doctor.see(re.compile("内有人接诊"))


def read_and_sign(cast: Cast) -> None:
    """Pictures are marked, both sides write to each other, the opinion is secret until it is signed."""
    doctor, chen = cast.doctor, cast.chen
    mark_the_last(chen)
    doctor.keyboard.write("写给对方", "血压 168/95")
    doctor.page.keyboard.press("Tab")
    doctor.page.keyboard.press("Enter")
    chen.see("血压 168/95")
    doctor.look("case-accepted")
    write_and_sign(chen, "reading", 所见="左侧低密度影", 结论="考虑急性脑梗死", 建议="静脉溶栓")
    chen.look("reading-signed")
    doctor.see("考虑急性脑梗死")
    doctor.see("签名有效")
    doctor.look("case-signed")
    until(lambda: doctor.page.evaluate(MARKS, STUDY) == 1, "the record does not hold the marks")


def correct(cast: Cast) -> None:
    """What was signed is changed once a second person has shown a fresh factor; both sides say how it was."""
    doctor, chen, quality = cast.doctor, cast.chen, cast.quality
    chen.keyboard.press("button", "更正")
    chen.keyboard.write("结论", "急性脑梗死，左侧大脑中动脉供血区")
    chen.keyboard.write("更正的原因", "方位写漏")
    chen.look("reading-correction")
    chen.keyboard.press("button", "签署并申请批准")
    chen.see("有一份更正在等第二人批准。")
    expect(doctor.page.get_by_text("大脑中动脉")).to_have_count(0)

    quality.go("双人批准")
    quality.see("急性脑梗死，左侧大脑中动脉供血区")
    quality.look("approvals")
    inside.rows(cast.center.home, LONG_AGO, quality.visitor.name)
    quality.keyboard.press("button", "批准并签名")
    expect(quality.page.get_by_role("dialog")).to_be_visible(timeout=PATIENCE_MS)
    quality.look("approvals-factor")
    confirm(quality, quality.page.get_by_text("已批准"))
    doctor.see("第 2 版 更正")
    doctor.see("赵勤 批准")
    doctor.look("case-corrected")
    end(cast, chen)
    doctor.look("case-closed")


# ---- in writing, and at an hour


def answer_in_writing(cast: Cast) -> None:
    """Claimed from the queue, sent back for more, supplied, signed."""
    doctor, lin = cast.doctor, cast.lin
    ask(doctor, "复查 CT 是否要随访？")
    doctor.keyboard.press("button", re.compile("书面会诊"))
    doctor.see("排队中")
    lin.go("工作台")
    lin.look("desk-queue")
    lin.keyboard.press("link", re.compile("复查 CT"))
    lin.keyboard.press("button", "认领")
    lin.see(NAME)
    lin.keyboard.press("button", "需要补充")
    lin.page.keyboard.type("请补充用药")
    lin.look("reading-more")
    lin.keyboard.press("button", "需要补充")
    doctor.see("请补充用药")
    doctor.keyboard.press("button", "提交补充")
    doctor.page.keyboard.type("阿司匹林 100 mg 每日")
    doctor.look("case-supply")
    doctor.keyboard.press("button", "提交补充")
    lin.see("阿司匹林 100 mg 每日")
    write_and_sign(lin, "written", 所见="软化灶，无变化", 结论="陈旧性脑梗死")
    doctor.see("陈旧性脑梗死")
    end(cast, lin)


def meet_at_an_hour(cast: Cast) -> None:
    """Booked, its link measured, and begun once the hour has come."""
    doctor, chen = cast.doctor, cast.chen
    ask(doctor, "是否要做血管造影？")
    doctor.keyboard.press("button", re.compile("预约时间"))
    doctor.keyboard.choose(doctor.page.locator(".slots fieldset").last, re.compile(":20 陈予安"))
    doctor.look("request-hours")
    doctor.keyboard.press("button", "预约这个时段")
    doctor.see("已预约")
    doctor.keyboard.press("button", "检查网络")
    expect(doctor.page.locator(".linkline")).to_contain_text("往返", timeout=PATIENCE_MS)
    doctor.look("case-booked")
    chen.go("日程")
    chen.look("calendar")
    chen.go("会诊")
    chen.look("cases")
    chen.keyboard.press("link", re.compile("血管造影"))
    expect(chen.page.locator(".linkline")).to_contain_text("往返")
    chen.look("reading-booked")
    come_to_pass(cast.center.home)
    chen.page.reload()
    chen.keyboard.press("button", "接诊")
    until(lambda: drawn(chen.page), "no slice was drawn")
    write_and_sign(chen, "hour", 所见="未见夹层", 结论="不需要造影")
    doctor.see("不需要造影")
    end(cast, chen)


def come_to_pass(home: Path) -> None:
    """The booked hour is now."""
    inside.rows(home, "UPDATE consultation.case SET starts = now() WHERE state = 'booked'")
    inside.rows(home, "UPDATE calendar.slot SET starts = now(), ends = now() + interval '20 minutes' WHERE taken")


# ---- in need, and afterwards


def open_in_need(cast: Cast) -> None:
    """Without a relation: the patient is told at once, quality says what it was, the patient hears that too."""
    doctor, quality, patient = cast.doctor, cast.quality, cast.patient
    patient.see("谁看过")
    expect(patient.page.get_by_text("有人紧急打开过您的病历")).to_have_count(0)
    doctor.go("紧急打开")
    doctor.keyboard.write("完整的身份证号或病历号", CARD)
    doctor.keyboard.write("患者全名", OTHER)
    doctor.keyboard.write("为什么必须打开", "昏迷送到，需知过敏史")
    doctor.look("glass")
    doctor.keyboard.press("button", "打开病历，并接受复核")
    doctor.see("病历已打开")
    doctor.keyboard.press("link", "看病历")
    expect(doctor.page.locator("h1").first).to_contain_text(OTHER)
    doctor.see("您紧急打开，质控员会复核")
    doctor.look("file-in-need")
    patient.see("有人紧急打开过您的病历")
    patient.look("file-told")
    quality.go("事后复核")
    quality.see("昏迷送到，需知过敏史")
    quality.look("reviews")
    quality.keyboard.press("button", "属实，合理")
    quality.page.keyboard.type("确有必要")
    quality.keyboard.press("button", "属实，合理")
    quality.see("没有等待复核的事")
    patient.see("已复核")


def look_back(cast: Cast) -> None:
    """What quality sees of the three once they are closed."""
    quality = cast.quality
    quality.go("归档")
    expect(quality.page.locator(".archive .rows li")).to_have_count(3)
    quality.look("archive")


# ---- the walk


@pytest.mark.long
def test_an_emergency_by_keyboard_alone(tmp_path: Path, window: Browser) -> None:
    with gathered(tmp_path / "home", window, [], circle_s=10) as cast:
        ring(cast)
        read_and_sign(cast)
        correct(cast)


@pytest.mark.long
def test_the_three_modes_and_a_record_in_need_by_keyboard_alone_and_each_page_looked_at(
    tmp_path: Path, window: Browser
) -> None:
    with gathered(tmp_path / "home", window, EVERY, circle_s=60) as cast:
        for station in (ring, read_and_sign, correct, answer_in_writing, meet_at_an_hour, open_in_need, look_back):
            station(cast)
