"""Whatever a sender sends by HL7 is read or refused, and answered; frames come out however they are cut."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st

from tests.make.anything import changed, each, most_bytes, tried
from yuanzhen.data.exchange.hl7v2 import ack, dialects, mllp
from yuanzhen.data.exchange.hl7v2.escapes import STANDARD, escaped, unescaped
from yuanzhen.data.exchange.hl7v2.mapping import received
from yuanzhen.data.exchange.hl7v2.message import parse
from yuanzhen.data.exchange.hl7v2.mllp import FrameDecoder, framed
from yuanzhen.data.exchange.hl7v2.oru import ack_of
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.infrastructure.errors import Problem

SETTING = Setting("town", maps=dialects.of("zh-his"))
NOW = datetime(2026, 1, 2, tzinfo=UTC)
HEAD = "MSH|^~\\&|HIS|TOWN|YUANZHEN|CITY|20260102030405||{kind}|C1|P|2.5.1||||||UNICODE UTF-8\r"
PID = "PID|1||10086^^^TOWN^MR~P9^^^CITY^PI||王^小明^^^^^L||19800215|M|||青云街8号^^临江市||^PRN^PH^^86^431^5550101\r"
VISIT = "PV1|1|I|内科^302^05||||D7^李^主任|||10|||||||||V7^^^HIS|||||||||||||||||||||||||20260101080000|\r"
ORDER = "ORC|NW|P1^HIS|F1^LIS||||^^^20260102020000||||\rOBR|1|P1^HIS|F1^LIS|CBC^血常规^L|||20260102020000|||||||||||||||20260102030000||HM|F\r"  # noqa: E501
LINES = (
    "OBX|1|NM|WBC^白细胞^L||6.1|10*9/L|3.5-9.5|H|||F|||20260102021500\rOBX|2|TX|N^备注^L||a\\.br\\b\\X0D0A\\c~d||||||F\r"
    f"OBX|3|ED|P^报告^L||^application^pdf^Base64^{base64.b64encode(b'%PDF-1.4').decode()}||||||F\rNTE|1||溶血\r"
)
TIME = "SCH|A1^HIS|A2^HIS|||||^^^^^^|15|min|^^15^20260105090000^20260105091500\rAIS|1||CT^胸部CT^L|20260105090000\r"
DOCUMENT = "TXA|1|DS|TX|20260102030000||||||||D1^HIS|||||LA\r"
SAMPLES = [
    (HEAD.format(kind=kind) + body).encode()
    for kind, body in [
        ("ADT^A01^ADT_A01", "EVN|A01|20260102030405\r" + PID + VISIT),
        ("ADT^A40", "EVN|A40\r" + PID + "MRG|9^^^TOWN^MR\r"),
        ("ORU^R01^ORU_R01", PID + VISIT + ORDER + LINES), ("ORM^O01", PID + VISIT + ORDER),
        ("SIU^S12", TIME + PID), ("MDM^T02", "EVN|T02\r" + PID + VISIT + DOCUMENT + LINES),
    ]
]  # fmt: skip
LETTERS = b'|^~\\&\r\n\x0b\x1c\0 "XEFSTRHZ.0123456789'
ESCAPES = st.text("\\XCMZHNEFSTRbrsp.in0A1+-é王|^~&\r", max_size=40)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_samples_are_messages(sample: bytes) -> None:
    assert received(sample, SETTING).about


def taken_and_answered(data: bytes) -> None:
    """As the handler does, without a sink."""
    problem = None
    try:
        received(data, SETTING)
    except Problem as refused:
        problem = refused
    answer = ack.answer(data, problem, now=NOW, control_id="1")
    assert (ack_of(answer).code == "AA") == (problem is None)
    ack.header_of(data)


@tried
def test_a_message_in_which_anything_is_changed_is_taken_or_refused_and_answered(many: int) -> None:
    each(changed(SAMPLES, LETTERS), many, taken_and_answered)


@tried
def test_any_bytes_are_answered(many: int) -> None:
    beginning = st.sampled_from(
        [b"", b"MSH", b"MSH|^~\\&|", b"\xef\xbb\xbfMSH|^~\\&|a\r", HEAD.format(kind="").encode()]
    )
    each(st.builds(bytes.__add__, beginning, st.binary(max_size=200)), many, taken_and_answered)


@tried
def test_any_field_is_unescaped_and_any_text_comes_back(many: int) -> None:
    def read(text: str) -> None:
        for codec in ("utf-8", "gb18030"):
            unescaped(text, STANDARD, codec)
        told = text.replace("\r", "")
        assert unescaped(escaped(told, STANDARD), STANDARD, "utf-8") == told

    each(ESCAPES, many, read)


@tried
def test_frames_come_out_the_same_however_they_are_cut(many: int) -> None:
    message = st.binary(max_size=40).map(lambda one: one.replace(b"\x0b", b"").replace(b"\x1c", b""))
    cuts = st.lists(st.integers(1, 50), min_size=1, max_size=8)

    def read(given: tuple[list[bytes], list[int]]) -> None:
        messages, sizes = given
        stream, decoder, found, at, turn = b"".join(map(framed, messages)), FrameDecoder(), [], 0, 0
        while at < len(stream):
            size = sizes[turn % len(sizes)]
            found += decoder.feed(stream[at : at + size])
            at, turn = at + size, turn + 1
        assert (found, decoder.garbage, decoder.within) == (messages, 0, False)

    each(st.tuples(st.lists(message, max_size=4), cuts), many, read)


@tried
def test_any_stream_is_cut_into_frames_within_the_limit(many: int) -> None:
    pieces = st.lists(st.binary(max_size=60) | st.text("\x0b\x1c\rMSH", max_size=60).map(str.encode), max_size=8)

    def read(given: list[bytes]) -> None:
        decoder = FrameDecoder(limit=50)
        assert all(len(one) <= 51 for piece in given for one in decoder.feed(piece))

    each(pieces, many // 3, read)


@pytest.mark.parametrize("letter", ["|", "^", "~", "&", "\\", "\\X", "\r", "A|", "\n"])
def test_a_message_of_nothing_but_one_letter_costs_no_more_than_its_size(letter: str) -> None:
    data = SAMPLES[2] + b"OBX|9|TX|x||" + letter.encode() * (400_000 // len(letter))
    assert most_bytes(lambda: parse(data)) < 100 * len(data)
    assert most_bytes(lambda: taken_and_answered(data)) < 200 * len(data)


def test_a_frame_that_never_ends_is_not_kept_beyond_the_limit() -> None:
    decoder = FrameDecoder(limit=1000)
    decoder.feed(mllp.START)
    piece = bytes(100_000)
    assert most_bytes(lambda: [decoder.feed(piece) for _ in range(100)]) < 50_000
