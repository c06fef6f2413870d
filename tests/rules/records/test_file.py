"""What a result says, and on which side of usual it lies: units are never compared with other units."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from yuanzhen.data.records.file import lists, results
from yuanzhen.data.records.file.attached import file_of
from yuanzhen.data.records.file.senders import Senders
from yuanzhen.data.records.file.store import Part, Series
from yuanzhen.data.records.file.values import Usual, Value, flag_of, usual, value_of

CAME = datetime(2026, 3, 18, tzinfo=UTC)


def quantity(value: str, unit: str = "mmol/L", **more: Any) -> dict[str, Any]:
    return {"value": Decimal(value), "unit": unit, **more}


def observation(value: str, low: str = "3.5", high: str = "5.3", unit: str = "mmol/L", **more: Any) -> dict[str, Any]:
    range_ = {"low": quantity(low, unit), "high": quantity(high, unit), "text": f"{low}-{high}"}
    told = {"status": "final", "code": {"text": "血钾"}, "valueQuantity": quantity(value), "referenceRange": [range_]}
    return told | more


def flagged(one: dict[str, Any]) -> str:
    return flag_of(one, value_of(one), usual(one))


@pytest.mark.parametrize(
    ("says", "text", "unit"),
    [
        ({"valueQuantity": quantity("1.50")}, "1.50", "mmol/L"),
        ({"valueQuantity": quantity("0.05", comparator="<")}, "<0.05", "mmol/L"),
        ({"valueQuantity": {"value": Decimal(4), "code": "10*9/L"}}, "4", "10*9/L"),
        ({"valueQuantity": {"unit": "mmol/L"}}, "", "mmol/L"),
        ({"valueString": "阴性"}, "阴性", ""),
        ({"valueCodeableConcept": {"coding": [{"code": "NEG", "display": "阴性"}]}}, "阴性", ""),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "1:128", ""),
        ({"valueRange": {"low": quantity("2"), "high": quantity("4")}}, "2-4", "mmol/L"),
        ({"valueInteger": 0}, "0", ""),
        ({"valueBoolean": False}, "-", ""),
        ({}, "", ""),
        (
            {"component": [{"code": {"text": "收缩压"}, "valueQuantity": quantity("112", "mmHg")},
                           {"code": {"text": "舒张压"}, "valueQuantity": quantity("66", "mmHg")}]},
            "112/66", "mmHg",
        ),
        (
            {"component": [{"code": {"text": "pH"}, "valueQuantity": quantity("7.4", "")},
                           {"code": {"text": "葡萄糖"}, "valueString": "2+"}]},
            "pH 7.4; 葡萄糖 2+", "",
        ),
    ],
)  # fmt: skip
def test_a_value_is_printed_as_it_was_written(says: dict[str, Any], text: str, unit: str) -> None:
    value = value_of(says)
    assert (value.text, value.unit) == (text, unit)


def test_the_laboratorys_flag_goes_before_our_comparison() -> None:
    said = {"interpretation": [{"coding": [{"code": "N"}]}]}
    assert flagged(observation("6.1", **said)) == "N"
    assert (
        flagged(observation("4.0", interpretation=[{"coding": [{"code": "LL"}]}, {"coding": [{"code": "H"}]}])) == "LL"
    )


@pytest.mark.parametrize(
    ("value", "sign", "flag"),
    [
        ("6.1", "", "H"), ("3.4", "", "L"), ("3.5", "", "N"), ("5.3", "", "N"), ("5.3", ">", "H"), ("3.5", "<", "L"),
        ("3.0", "<", "L"), ("4.0", "<", ""), ("4.0", ">", ""), ("9.0", "<", ""), ("9.0", ">", "H"),
    ],
)  # fmt: skip
def test_a_number_lies_where_its_range_puts_it(value: str, sign: str, flag: str) -> None:
    one = observation(value)
    one["valueQuantity"] |= {"comparator": sign} if sign else {}
    assert flagged(one) == flag


def test_less_than_a_limit_is_usual_where_less_is_usual() -> None:
    assert flag_of({}, Value("<0.05", "ng/mL", 0.05, "<"), Usual("<0.5", None, 0.5)) == "N"
    assert flag_of({}, Value("<5", "ng/mL", 5, "<"), Usual("<0.5", None, 0.5)) == ""


def test_a_range_of_another_unit_tells_nothing() -> None:
    one = observation("180", low="3.9", high="6.1", unit="mmol/L", valueQuantity=quantity("180", "mg/dL"))
    assert flagged(one) == ""
    assert usual(one) == Usual("3.9-6.1", None, None)


def series(code: str, unit: str, at: str, value: str, **more: Any) -> Series:
    says = observation(value, unit=unit, effectiveDateTime=at, valueQuantity=quantity(value, unit), **more)
    part = Part("Observation", f"{code}-{unit}", "urn:yuanzhen:peer:his", CAME, says)
    return Series(code, unit, part, 1, [(at, value, "")])


def test_curves_of_one_code_stay_apart_by_unit_and_the_newest_one_leads() -> None:
    found = [series("glu", "mg/dL", "2025-05-01", "99"), series("glu", "mmol/L", "2026-01-01T08:00:00+08:00", "4.1")]
    (line,) = [results.line(one, Senders({"his": "柳河镇卫生院"})) for one in results.by_code(found)]
    assert (line.text, line.unit, line.count) == ("4.1", "mmol/L", 2)
    assert [(curve.unit, [point.number for point in curve.points]) for curve in line.curves] == [
        ("mmol/L", [4.1]), ("mg/dL", [99.0]),
    ]  # fmt: skip
    assert (line.source.kind, line.source.name) == ("system", "柳河镇卫生院")


def test_what_is_not_usual_comes_first_then_the_newest() -> None:
    told = [("old", "2024", "4.0"), ("new", "2026-01-02", "4.0"), ("high", "2025-01", "9.0"), ("undated", "", "4.0")]
    lines = [results.line([series(code, "mmol/L", at, value)], Senders({})) for code, at, value in told]
    assert [line.code for line in results.ordered(lines)] == ["high", "new", "old", "undated"]


def test_a_file_that_came_with_its_report_is_shown_once() -> None:
    def document(type: str, id: str, conclusion: str = "", *sizes: int) -> lists.Document:
        files = [lists.Attachment(nth, "application/pdf", "报告", size, True) for nth, size in enumerate(sizes)]
        source = lists.Source("client", "", CAME)
        return lists.Document(type, id, "报告", "final", "", "", None, conclusion, files, source)

    report = "DiagnosticReport"
    found = [document("DocumentReference", "d", "", 5), document(report, "twice", "", 5),
             document(report, "said", "未见异常", 5), document(report, "own", "", 5, 6)]  # fmt: skip
    kept = [(one.id, [file.number for file in one.attachments]) for one in lists.once(found)]
    assert kept == [("d", [0]), ("said", []), ("own", [1])]


@pytest.mark.parametrize(
    ("type", "content", "shown"),
    [
        ("application/pdf", b"%PDF-1.7", "application/pdf"),
        ("application/pdf", b"<html>", ""),
        ("image/png", b"\x89PNG\r\n\x1a\n..", "image/png"),
        ("text/plain; charset=gbk", b"<script>", "text/plain; charset=utf-8"),
        ("text/html", b"<script>alert(1)</script>", ""),
        ("image/svg+xml", b"<svg/>", ""),
        ("", b"%PDF-1.7", ""),
    ],
)
def test_only_what_runs_nothing_is_shown_and_all_else_is_saved(type: str, content: bytes, shown: str) -> None:
    attachment = {"contentType": type, "data": b64encode(content).decode()}
    told = file_of({"resourceType": "DocumentReference", "content": [{"attachment": attachment}]}, 0)
    assert told is not None and told.content == content
    assert told.type == (shown or "application/octet-stream")
    assert told.headers["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert ("sandbox" in told.headers["Content-Security-Policy"]) == (shown != "application/pdf")


def test_what_is_not_here_is_no_file() -> None:
    elsewhere = {"resourceType": "DiagnosticReport", "presentedForm": [{"url": "https://example.org/x"}, {"data": "?"}]}
    assert [file_of(elsewhere, number) for number in (-1, 0, 1, 2)] == [None] * 4
