"""A report goes out as ORU^R01 that a strict reader of 2.5.1 takes."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from yuanzhen.data.exchange.facts import Identifier, Name, Report
from yuanzhen.data.exchange.hl7v2.message import parse
from yuanzhen.data.exchange.hl7v2.oru import ack_of, oru
from yuanzhen.data.exchange.hl7v2.written import Envelope, Receiver
from yuanzhen.infrastructure.errors import Invalid, Malformed, Problem

CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=CHINA)
REPORT = Report(
    id="0198a000-0000-7000-8000-00000000000a",
    version=2,
    consultation="0198a000-0000-7000-8000-00000000000b",
    status="final",
    identifiers=(Identifier("10086", "TOWNHIS", "MR"), Identifier("P9", "COUNTY", "")),
    name=Name("王", "小明", "王小明"),
    sex="male",
    birth_date="1980-02",
    observed_at=AT,
    issued_at=AT + timedelta(minutes=9),
    findings="右肺上叶结节 | 8 mm\n边缘^毛刺 ~ A&B \\",
    conclusion="考虑早期肺癌",
    advice="三个月后复查 CT",
    signer="李主任",
    signer_id="d-7",
    department="RESP",
    institution="CITY",
)


def written(report: Report = REPORT) -> bytes:
    return oru(report, Envelope(report.institution, Receiver("HIS", "TOWN"), AT, "c1"))


@pytest.mark.parametrize("status", ["final", "corrected", "withdrawn"])
def test_a_strict_reader_takes_it(status):
    read = parse_message(written(replace(REPORT, status=status)).decode(), validation_level=VALIDATION_LEVEL.STRICT)
    assert read.validate()


def test_what_was_said_can_be_read_back():
    read = parse(written())
    said = {path: read.get(path) for path in ("MSH-5", "MSH-6", "MSH-9.3", "MSH-18", "PID-3", "PID-3.4", "PID-3[2]")}
    assert list(said.values()) == ["HIS", "TOWN", "ORU_R01", "UNICODE UTF-8", "10086", "TOWNHIS", "P9"]
    assert [read.get(path) for path in ("PID-5.1", "PID-5.2", "PID-7", "PID-8")] == ["王", "小明", "198002", "M"]
    assert [read.get(f"OBX[{n}]-5") for n in (1, 2, 3)] == [REPORT.findings, REPORT.conclusion, REPORT.advice]
    assert [read.get(path) for path in ("OBR-3", "OBR-20", "OBR-7", "OBR-22")] == [
        REPORT.id,
        "2",
        "20260102030405+0800",
        "20260102031305+0800",
    ]
    assert [read.get(path) for path in ("OBR-32.1.1", "OBR-32.1.2", "OBR-32.4", "OBR-32.7")] == [
        "d-7",
        "李主任",
        "RESP",
        "CITY",
    ]


@pytest.mark.parametrize(
    ("status", "order", "line"), [("final", "F", "F"), ("corrected", "C", "C"), ("withdrawn", "X", "D")]
)
def test_statuses_follow_tables_0123_and_0085(status, order, line):
    read = parse(written(replace(REPORT, status=status)))
    assert (read.get("OBR-25"), read.get("OBX-11")) == (order, line)


def test_a_withdrawn_report_carries_no_texts():
    data = written(replace(REPORT, status="withdrawn"))
    assert [line.split(b"|")[5] for line in data.split(b"\r") if line.startswith(b"OBX")] == [b"", b"", b""]


def test_an_empty_section_is_left_out():
    assert len(parse(written(replace(REPORT, advice=""))).all("OBX")) == 2


@pytest.mark.parametrize(
    ("msa", "err", "accepted", "again"),
    [
        ("AA|c1", "", True, False),
        ("CA|c1", "", True, False),
        ("AE|c1", "ERR||PID^1^3|101|E", False, False),
        ("AR|c1", "ERR||MSH^1^9|200|E", False, False),
        ("AR|c1", "ERR|||207|E", False, True),
        ("CR", "", False, True),
    ],
)
def test_an_answer_is_read(msa, err, accepted, again):
    outcome = ack_of(f"MSH|^~\\&|||||||ACK|9|P|2.5.1\rMSA|{msa}\r{err}".encode(), "c1")
    assert (outcome.accepted, outcome.again) == (accepted, again)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"hello", Malformed),
        (b"MSH|^~\\&|||||||ACK|9\r", Invalid),
        (b"MSH|^~\\&|||||||ACK|9\rMSA|YES|c1", Malformed),
        (b"MSH|^~\\&|||||||ACK|9\rMSA|AA|other", Invalid),
    ],
)
def test_what_is_no_answer_is_refused(data, kind):
    with pytest.raises(Problem) as refused:
        ack_of(data, "c1")
    assert type(refused.value) is kind
