"""Acknowledgements say the code and the place, in the mode that was asked for, and no patient's word."""

from datetime import UTC, datetime

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from yuanzhen.data.exchange.hl7v2.ack import answer
from yuanzhen.data.exchange.hl7v2.oru import ack_of
from yuanzhen.infrastructure.errors import Conflict, InsufficientStorage, Invalid, NotFound, Problem, Unavailable

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MISSING = Invalid("hl7.missing", place="PID-3[2].4")


def header(accept: str = "", application: str = "", version: str = "2.5.1") -> bytes:
    text = f"MSH|^~\\&|HIS|TOWN|YUANZHEN|CITY|2026||ADT^A04^ADT_A01|C7|P|{version}|||{accept}|{application}\rPID|1"
    return text.encode()


def answered(data: bytes, problem: Problem | None = None) -> list[str]:
    return answer(data, problem, now=NOW, control_id="a1").decode().rstrip("\r").split("\r")


def test_an_acceptance_goes_back_to_who_sent():
    assert answered(header()) == [
        "MSH|^~\\&|YUANZHEN|CITY|HIS|TOWN|20260102030405+0000||ACK^A04^ACK|a1|P|2.5.1",
        "MSA|AA|C7",
    ]


@pytest.mark.parametrize(
    ("accept", "application", "problem", "code"),
    [
        ("", "", None, "AA"),
        ("", "", MISSING, "AE"),
        ("AL", "NE", None, "CA"),
        ("AL", "AL", MISSING, "CE"),
        ("ER", "NE", Unavailable("db.away"), "CR"),
        ("NE", "AL", None, "AA"),
        ("NE", "NE", None, "AA"),
        ("", "AL", MISSING, "AE"),
    ],
)
def test_the_header_chooses_the_mode(accept, application, problem, code):
    assert ack_of("\r".join(answered(header(accept, application), problem)).encode(), "C7").code == code


@pytest.mark.parametrize(
    ("problem", "code", "error"),
    [
        (MISSING, "AE", "101"),
        (Invalid("hl7.code", place="PID-8"), "AE", "103"),
        (NotFound("patient.unknown"), "AE", "204"),
        (Conflict("record.changed"), "AE", "206"),
        (InsufficientStorage("blobs.full"), "AR", "207"),
        (Problem("internal"), "AR", "207"),
    ],
)
def test_a_problem_has_one_code_of_table_0357(problem, code, error):
    outcome = ack_of("\r".join(answered(header(), problem)).encode())
    assert (outcome.code, outcome.error, outcome.accepted) == (code, error, False)


def test_the_error_names_the_place():
    assert answered(header(), MISSING)[1:] == [
        "MSA|AE|C7|hl7.missing",
        "ERR||PID^1^3^2^4^1|101^Required field missing^HL70357|E|hl7.missing||hl7.missing at PID-3[2].4",
    ]


def test_older_versions_get_the_error_in_its_only_field():
    assert answered(header(version="2.3.1"), MISSING)[2] == "ERR|PID^1^3^101&Required field missing&HL70357"


@pytest.mark.parametrize("problem", [None, MISSING, Problem("internal"), Invalid("hl7.no_segment", place="PID")])
def test_a_strict_reader_takes_the_answer(problem):
    text = answer(header(), problem, now=NOW, control_id="a1").decode()
    assert parse_message(text, validation_level=VALIDATION_LEVEL.STRICT).validate()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MSH",
        b"MSH|",
        b"MSH|^^^^|HIS",
        b"garbage\x00\xff",
        b"MSH|^~\\&|HIS|\xff\xfe\x0b||||ADT|C7",
        "MSH|^~\\&|HIS|王||||||||".encode("gb18030"),
        b"MSH#*~\\&#HIS#TOWN",
        b"MSH|^~|HIS",
    ],
)
def test_half_a_header_is_answered_too(data):
    outcome = ack_of(answer(data, Invalid("hl7.nul", place="PID"), now=NOW, control_id="a1"))
    assert outcome.code == "AE"


def test_the_answer_uses_the_delimiters_and_the_character_set_of_the_question():
    data = "MSH$%*?@$HIS$卫生院$$$2026$$ADT%A04$C7$P$2.5.1$$$$$$GB18030-2000\r".encode("gb18030")
    text = answer(data, MISSING, now=NOW, control_id="a1").decode("gb18030")
    assert text.startswith("MSH$%*?@$YUANZHEN$$HIS$卫生院$")
    assert "PID%1%3%2%4%1$101%Required field missing%HL70357" in text


def test_what_a_header_holds_is_not_repeated_at_any_length():
    long = "x" * 5_000
    names = [long, long, long, long, "2026", "", f"ADT^{long}", "C7" + long, long, "2.5.1", "", "", "AL", "", "", long]
    text = answer(("MSH|^~\\&|" + "|".join(names)).encode(), MISSING, now=NOW, control_id="a1").decode()
    assert len(text) < 600
    assert f"MSA|CE|{'C7' + 'x' * 197}|hl7.missing" in text


def test_names_as_long_as_the_standard_lets_them_be_are_repeated_whole():
    name = "x" * 227
    data = f"MSH|^~\\&|{name}|{name}|{name}|{name}|2026||ADT^A04|C7|P|2.5.1".encode()
    assert answered(data)[0].count(name) == 4
