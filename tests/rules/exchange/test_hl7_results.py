"""Results as R4 resources: numbers, comparators, ratios, codes, texts and documents, under ids that stay the same."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest

from yuanzhen.data.exchange.facts import PATIENT, Told
from yuanzhen.data.exchange.hl7v2 import dialects
from yuanzhen.data.exchange.hl7v2.mapping import Unmapped, received
from yuanzhen.data.exchange.hl7v2.setting import Setting, Target

HEAD = "MSH|^~\\&|LIS|TOWN|YUANZHEN|CITY|20260102030405||ORU^R01^ORU_R01|{control}|P|2.5.1||||||UNICODE UTF-8\r"
PID = "PID|1||10086^^^TOWN^MR||王^小明||19800215|M\r"
OBR = "ORC|RE|P1^HIS|F1^LIS\rOBR|1|P1^HIS|F1^LIS|CBC^血常规^L|||20260102020000|||||||||||||||20260102030000||HM|F\r"
SETTING = Setting("town", maps=dialects.of("zh-his"))


def told(lines: str, *, order: str = OBR, control: str = "C1", setting: Setting = SETTING) -> tuple[Told, ...]:
    """What a message with these OBX tells."""
    return received(f"{HEAD.format(control=control)}{PID}{order}{lines}".encode(), setting).about[0].told


def observation(line: str, **more: Any) -> dict[str, Any]:
    (found,) = [one for one in told(line, **more) if one.type == "Observation"]
    return found.elements


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NM|K^钾^L||5.40|mmol/L", {"valueQuantity": ("5.40", "", "mmol/L")}),
        ("NM|K^钾^L||+5.|mmol/L", {"valueQuantity": ("5", "", "mmol/L")}),
        ("NM|TNI^x^L||<0.05|ng/mL", {"valueQuantity": ("0.05", "<", "ng/mL")}),
        ("ST|TNI^x^L||<0.05|ng/mL", {"valueQuantity": ("0.05", "<", "ng/mL")}),
        ("ST|TNI^x^L||≥ 200|U/L", {"valueQuantity": ("200", ">=", "U/L")}),
        ("SN|TNI^x^L||>^100|mg/L", {"valueQuantity": ("100", ">", "mg/L")}),
        ("NM|WBC^x^L||6.1|10^9/L", {"valueQuantity": ("6.1", "", "10*9/L")}),
        ("NM|HR^x^L||78|次/分", {"valueQuantity": ("78", "", "/min")}),
    ],
)
def test_a_number_keeps_its_digits_its_comparator_and_its_unit(line, value):
    quantity = observation(f"OBX|1|{line}|||||F\r")["valueQuantity"]
    assert (str(quantity["value"]), quantity.get("comparator", ""), quantity["code"]) == value["valueQuantity"]
    assert quantity["system"] == "http://unitsofmeasure.org"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("SN|AB^x^L||^1^:^128|", {"valueRatio": (1, 128)}),
        ("ST|AB^x^L||1:128|", {"valueRatio": (1, 128)}),
    ],
)
def test_a_titre_is_a_ratio(line, expected):
    ratio = observation(f"OBX|1|{line}|||||F\r")["valueRatio"]
    assert (ratio["numerator"]["value"], ratio["denominator"]["value"]) == expected["valueRatio"]


@pytest.mark.parametrize(
    ("line", "element", "value"),
    [
        ("ST|A^x^L||阴性|", "valueString", "阴性"),
        ("ST|A^x^L||12:30|", "valueString", "12:30"),
        ("NM|A^x^L||溶血|", "valueString", "溶血"),
        ("FT|A^x^L||第一行\\.br\\第二行 5 \\T\\ 6|", "valueString", "第一行\n第二行 5 & 6"),
        ("TX|A^x^L||a^b&c|", "valueString", "a^b&c"),
        ("DT|A^x^L||20260102|", "valueDateTime", "2026-01-02"),
        ("TS|A^x^L||202601020304|", "valueDateTime", "2026-01-02T03:04:00+08:00"),
        ("TM|A^x^L||0304|", "valueTime", "03:04:00"),
        ("SN|A^x^L||^2^-^5|g/L", "valueRange", {"low": Decimal(2), "high": Decimal(5)}),
    ],
)
def test_texts_times_and_ranges(line, element, value):
    found = observation(f"OBX|1|{line}|||||F\r")[element]
    assert value == (found if element != "valueRange" else {side: found[side]["value"] for side in ("low", "high")})


def test_a_coded_value_keeps_its_code_and_its_words():
    found = observation("OBX|1|CWE|ORG^x^L||112283007^Escherichia coli^SCT^^^^^^大肠埃希菌||||||F\r")
    assert found["valueCodeableConcept"] == {
        "coding": [{"system": "http://snomed.info/sct", "code": "112283007", "display": "Escherichia coli"}],
        "text": "大肠埃希菌",
    }


def test_several_findings_of_one_line_are_no_synonyms():
    found = observation("OBX|1|CWE|ORG^x^L||1^甲^L~2^乙^L||||||F\r")
    assert found["valueString"] == "甲; 乙"


def test_range_flag_status_time_and_note_are_told():
    line = "OBX|1|NM|K^血清钾^L||6.1|mmol/L|3.5-5.5|HH|||C|||20260102021500||张^三\rNTE|1||复查确认\r"
    found = observation(line)
    assert found["status"] == "corrected"
    assert found["effectiveDateTime"] == "2026-01-02T02:15:00+08:00"
    assert found["interpretation"][0]["coding"][0]["code"] == "HH"
    (between,) = found["referenceRange"]
    assert (between["low"]["value"], between["high"]["value"], between["text"]) == (
        Decimal("3.5"),
        Decimal("5.5"),
        "3.5-5.5",
    )
    assert between["low"]["code"] == "mmol/L"
    assert found["note"] == [{"text": "复查确认"}]
    assert found["subject"] == {"reference": PATIENT}


@pytest.mark.parametrize(("flag", "code"), [("↑", "H"), ("偏低", "L"), ("h", "H"), ("阳性", "POS")])
def test_a_dialects_flags_become_those_of_v3(flag, code):
    found = observation(f"OBX|1|NM|K^x^L||6.1|mmol/L||{flag}|||F\r")
    assert found["interpretation"][0]["coding"][0]["code"] == code


def test_a_flag_that_nobody_knows_stays_in_its_words():
    assert observation("OBX|1|NM|K^x^L||6.1|||!?|||F\r")["interpretation"] == [{"text": "!?"}]


def test_a_local_code_gets_the_loinc_that_a_row_gives_it():
    coding = observation("OBX|1|NM|2041^血清钾^L||6.1|||||F\r")["code"]["coding"]
    assert [(one["system"], one["code"]) for one in coding] == [
        ("urn:yuanzhen:code:town", "2041"),
        ("http://loinc.org", "2823-3"),
    ]


def test_an_institutions_own_row_stands_over_the_dialect():
    own = {**dialects.of("zh-his"), ("code", "2041"): Target("http://loinc.org", "6298-4", "Potassium in Blood")}
    found = observation("OBX|1|NM|2041^血清钾^L||6.1|||||F\r", setting=Setting("town", maps=own))
    assert found["code"]["coding"][1]["code"] == "6298-4"


@pytest.mark.parametrize("unit", ["xyz", "10^12 foo"])
def test_a_unit_that_nobody_knows_is_shown_and_not_coded(unit):
    quantity = observation(f"OBX|1|NM|K^x^L||6.1|{unit}||||F\r")["valueQuantity"]
    assert quantity["unit"] == unit
    assert "code" not in quantity


@pytest.mark.parametrize(
    ("status", "code"),
    [("F", "final"), ("P", "preliminary"), ("X", "cancelled"), ("D", "entered-in-error"), ("", "final")],
)
def test_statuses_follow_table_0085_and_else_the_report(status, code):
    found = observation(f"OBX|1|NM|K^x^L||6.1||||||{status}\r")
    assert found["status"] == code
    assert ("valueQuantity" in found) == (code in ("final", "preliminary"))


def test_the_report_refers_to_its_results_its_order_and_its_visit():
    order = "PV1|1|I|WARD^^3||||||||||||||||V7^^^HIS\r" + OBR
    report, potassium, sodium = told("OBX|1|NM|K^x^L||6.1||||||F\rOBX|2|NM|NA^x^L||140||||||F\r", order=order)
    assert report.type == "DiagnosticReport"
    assert report.elements["status"] == "final"
    assert report.elements["code"]["text"] == "血常规"
    assert report.elements["result"] == [{"reference": f"Observation/{one.id}"} for one in (potassium, sodium)]
    assert report.elements["issued"] == "2026-01-02T03:00:00+08:00"
    assert {one["value"] for one in report.elements["identifier"]} == {"F1", "P1"}
    assert report.elements["basedOn"][0]["identifier"]["value"] == "P1"
    assert report.elements["encounter"] == potassium.elements["encounter"]


def test_the_same_result_has_the_same_id_in_every_message_and_another_one_in_another_house():
    line = "OBX|{n}|NM|K^x^L||{value}||||||F\r"
    first = told(line.format(n=1, value="6.1"))
    corrected = told("OBX|1|NM|NA^x^L||140||||||F\r" + line.format(n=2, value="5.1"), control="C2")
    elsewhere = told(line.format(n=1, value="6.1"), setting=Setting("other"))
    assert first[0].id == corrected[0].id
    assert first[1].id == corrected[2].id
    assert {one.id for one in first}.isdisjoint(one.id for one in elsewhere)


def test_two_lines_of_one_code_are_two_results():
    found = told("OBX|1|NM|K^x^L||6.1||||||F\rOBX|2|NM|K^x^L||6.2||||||F\r")
    assert len({one.id for one in found}) == 3


def test_lines_of_one_text_are_one_result():
    lines = "OBX|1|TX|DX^诊断^L|1|右肺上叶结节||||||F\rOBX|2|TX|DX^诊断^L|1|建议复查||||||F\r"
    assert observation(lines)["valueString"] == "右肺上叶结节\n建议复查"


def test_a_pdf_is_part_of_the_report_and_a_document_of_its_own():
    data = base64.b64encode(b"%PDF-1.4 x").decode()
    report, document = told(f"OBX|1|ED|PDF^检验报告单^L||LIS^AP^^Base64^{data}||||||F\r")
    attachment = document.elements["content"][0]["attachment"]
    assert document.type == "DocumentReference"
    assert attachment == {"contentType": "application/pdf", "data": data, "size": 10, "title": "检验报告单"}
    assert report.elements["presentedForm"] == [attachment]


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        ("OBX|1|NM|||6.1||||||F\r", "hl7.missing", "OBX[1]-3"),
        ("OBX|1|ED|PDF^x^L||LIS^AP^PDF^Base64^!!||||||F\r", "hl7.encoded_data", "OBX[1]-5.5"),
        ("OBX|1|NM|K^x^L||6.1||||||F|||20261301\r", "hl7.date", "OBX[1]-14"),
        ("OBX|1|DT|K^x^L||20230229||||||F\r", "hl7.date", "OBX[1]-5"),
    ],
)
def test_a_body_that_cannot_be_taken_waits_with_its_place(lines, code, place):
    with pytest.raises(Unmapped) as why:
        told(lines)
    assert (why.value.code, why.value.place) == (code, place)


def test_a_message_of_two_patients_tells_of_each_their_own():
    text = f"{HEAD.format(control='C1')}{PID}{OBR}OBX|1|NM|K^x^L||6.1||||||F\r" + (
        "PID|2||10087^^^TOWN^MR||李^四||19700101|F\rOBR|1|P2|F2|CBC^x^L|||20260102020000|||||||||||||||||HM|F\r"
        "OBX|1|NM|K^x^L||4.1||||||F\r"
    )
    first, second = received(text.encode(), SETTING).about
    assert (first.patient.name.full, second.patient.name.full) == ("王小明", "李四")
    assert [str(one.told[1].elements["valueQuantity"]["value"]) for one in (first, second)] == ["6.1", "4.1"]


def test_a_monitor_without_numbers_is_found_again_by_patient_and_moment():
    order = "OBR|1|||182777000^monitoring of patient^SCT|||20261124101500+0800\r"
    line = "OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|84|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R\r"
    first, again = told(line, order=order), told(line, order=order, control="C2")
    later = told(line, order=order.replace("101500", "101600"))
    assert first[1].id == again[1].id != later[1].id
    assert first[1].elements["valueQuantity"]["code"] == "/min"
    assert first[1].elements["category"][0]["coding"][0]["code"] == "vital-signs"
