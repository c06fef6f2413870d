"""What the printed page of an opinion says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from yuanzhen.applications.consultation.opinion import Signed, Texts
from yuanzhen.applications.consultation.opinions import page
from yuanzhen.applications.consultation.opinions.page import Around, Told
from yuanzhen.data.masking.identity import Shown
from yuanzhen.security.keys.model import ALGORITHM, Signature

AT = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
FIRST = Signed("c", 1, Texts("左侧低密度影", "急性脑梗死", ""), "chen", Signature("k", ALGORITHM, "c2ln", AT))
ADDED = replace(FIRST, version=2, kind="addendum", addendum="未见出血", signature=Signature("k", ALGORITHM, "Yg==", AT))
PATIENT = Shown("刘淑英", "female", "1959-03-21", "610100", False, "record")
AROUND = Around("神经内科", "市中心医院", "柳河镇卫生院", "徐静", PATIENT, {"chen": "陈远", "gao": "高明"})


def words(told: Told) -> str:
    return "\n".join(f"{name}: {text}" for name, text in (*told.facts, *told.parts))


def test_it_says_who_what_when_and_by_whom() -> None:
    told = page.told("是否溶栓？", FIRST, [], AROUND)
    for part in (
        "刘淑英",
        "女",
        "1959-03-21",
        "柳河镇卫生院 徐静",
        "是否溶栓？",
        "急性脑梗死",
        "2026-03-18 17:30:00+08:00",
    ):
        assert part in words(told)
    assert "建议" not in words(told), "what was left empty has no heading"
    assert told.signatures == ["签署 Signed by  陈远  2026-03-18 17:30:00+08:00"]
    assert (told.house, told.warning) == ("市中心医院 神经内科", "")


def test_what_was_added_stands_after_the_texts_and_further_signers_below() -> None:
    told = page.told("q", ADDED, [ADDED], replace(AROUND, cosigners=[("gao", AT)], approved_by="gao"))
    assert told.parts[-1] == ("补充 Addendum 2026-03-18 17:30:00+08:00", "未见出血")
    assert [line.split("  ")[1] for line in told.signatures] == ["陈远", "高明", "高明"]


def test_a_withdrawn_one_says_so_and_why_and_nothing_else() -> None:
    told = page.told("q", replace(FIRST, kind="withdrawal", reason="患者搞错"), [], AROUND)
    assert "已撤回" in told.warning
    assert "患者搞错" in told.warning
    assert "急性脑梗死" not in words(told)


def test_the_code_is_the_versions_own() -> None:
    assert page.code_of(FIRST) != page.code_of(ADDED)
    assert page.code_of(FIRST) == page.told("other", FIRST, [], AROUND).code


def test_however_long_it_is_it_is_the_same_bytes_each_time() -> None:
    long = replace(FIRST, texts=Texts("左侧低密度影。\n" * 200, "急性脑梗死", "随访"))
    told = page.told("q", long, [], AROUND)
    made = page.rendered(told)
    assert made == page.rendered(told)
    assert made.startswith(b"%PDF-")
    assert len(made) > len(page.rendered(page.told("q", FIRST, [], AROUND)))
