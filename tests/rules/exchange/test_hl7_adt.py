"""ADT becomes PatientSeen."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from yuanzhen.data.exchange.facts import Identifier, Name
from yuanzhen.data.exchange.hl7v2.adt import patient_seen
from yuanzhen.data.exchange.hl7v2.message import parse
from yuanzhen.infrastructure.errors import Invalid

CHINA = timezone(timedelta(hours=8))


def seen(pid: str, *, sent: str = "20260102030405", kind: str = "ADT^A08", extra: str = ""):
    text = f"MSH|^~\\&|HIS|TOWN|||{sent}||{kind}|C7|P|2.5.1||||||UNICODE UTF-8\r{extra}PID|{pid}\rPV1|1|O"
    return patient_seen(parse(text.encode()), "digest", CHINA)


def test_a_chinese_patient_is_read_whole():
    fact = seen(
        "1||10086^^^TOWNHIS&1.2.3&ISO^MR~P9^^^COUNTY^PI||WANG^XIAOMING^^^^^L^A~王^小明^^^^^L^I||19800215|M|||"
        "青云街8号^^临江市^远山省^130000||^PRN^PH^^86^431^5550101~13900000000|||||ACC77|110101198002150016"
    )
    assert fact.identifiers[:2] == (Identifier("10086", "TOWNHIS", "MR"), Identifier("P9", "COUNTY", "PI"))
    assert (fact.name, fact.sex, fact.birth_date) == (Name("王", "小明", "王小明"), "male", "1980-02-15")
    assert (fact.phone, fact.address) == ("+86-431-5550101", "远山省临江市青云街8号")
    assert (fact.event, fact.message, fact.digest) == ("A08", "C7", "digest")
    assert fact.sent_at == datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)


NAMES = [
    ("DOE^JANE^Q^^^^L", Name("DOE", "JANE Q", "JANE Q DOE")),
    ("王小明", Name("王小明", "", "王小明")),
    ("^王小明", Name("", "王小明", "王小明")),
    ("Wang^Xiaoming^^^^^L^P~王^小明^^^^^A^I", Name("Wang", "Xiaoming", "Xiaoming Wang")),  # legal before alias
    ("Nick^^^^^^N~王^小明", Name("王", "小明", "王小明")),
    ("~^^^^^^S", Name()),
    ('""', Name()),
    ("阿依^古丽·买买提", Name("阿依", "古丽·买买提", "阿依古丽·买买提")),
]


@pytest.mark.parametrize(("written", "name"), NAMES)
def test_the_legal_name_in_characters_is_chosen(written, name):
    assert seen(f"1||5||{written}").name == name


@pytest.mark.parametrize(
    ("code", "sex"),
    [("F", "female"), ("m", "male"), ("U", "unknown"), ("", ""), ("A", "other"), ("2", "female"), ("男", "male")],
)
def test_sexes_follow_table_0001(code, sex):
    assert seen(f"1||5||||x|{code}".replace("|x|", "||")).sex == sex


@pytest.mark.parametrize(
    ("stamp", "told"),
    [
        ("1980", "1980"),
        ("198002", "1980-02"),
        ("20000229", "2000-02-29"),
        ("19641028000000-0600", "1964-10-28"),
        ("", ""),
        ('""', ""),
    ],
)
def test_a_birth_date_is_as_precise_as_it_was_told(stamp, told):
    assert seen(f"1||5||||{stamp}").birth_date == told


IDENTIFIERS = [
    ("1||5", (Identifier("5", "", ""),)),
    ("1||5^^^&1.2.3&ISO^MR", (Identifier("5", "1.2.3", "MR"),)),
    ("1||5^^^A~5^^^A~^^^B", (Identifier("5", "A", ""),)),
    ("1|3|||N", (Identifier("3", "", ""),)),
    ("1||5" + "|" * 16 + "123-45-6789", (Identifier("5", "", ""), Identifier("123-45-6789", "", "SS"))),
    (
        "1||5" + "|" * 16 + "11010119900307803X",
        (Identifier("5", "", ""), Identifier("11010119900307803X", "", "NNCHN")),
    ),
    ("1||5" + "|" * 15 + "ACC9", (Identifier("5", "", ""),)),
]


@pytest.mark.parametrize(("pid", "identifiers"), IDENTIFIERS)
def test_identifiers_keep_issuer_and_type(pid, identifiers):
    assert seen(pid).identifiers == identifiers


@pytest.mark.parametrize(
    ("pid", "code", "place"),
    [
        ("1", "hl7.missing", "PID-3"),
        ("1||^^^A^MR", "hl7.missing", "PID-3"),
        ("1||5||||19800231", "hl7.date", "PID-7"),
        ("1||5||||196203520", "hl7.date", "PID-7"),
        ("1||5||||yesterday", "hl7.date", "PID-7"),
        ("1||5||||１９６２0352", "hl7.date", "PID-7"),
        ("1||5|||||X", "hl7.code", "PID-8"),
        ("1||" + "5" * 200, "hl7.too_long", "PID-3"),
    ],
)
def test_what_is_against_a_rule_is_refused_with_its_place(pid, code, place):
    with pytest.raises(Invalid) as refused:
        seen(pid)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_a_header_without_event_takes_it_from_evn():
    assert seen("1||5", kind="ADT", extra="EVN|A01|2026\r").event == "A01"


def test_a_message_without_a_patient_names_the_missing_segment():
    with pytest.raises(Invalid, match=r"hl7\.no_segment at PID"):
        patient_seen(parse(b"MSH|^~\\&|||||||ADT^A01|1|P|2.5"), "d", CHINA)


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        ("20260102030405.25+0000", datetime(2026, 1, 2, 3, 4, 5, 250000, UTC)),
        ("202601020304-0330", datetime(2026, 1, 2, 6, 34, tzinfo=UTC)),
        ("", None),
    ],
)
def test_a_moment_keeps_its_zone(sent, moment):
    assert seen("1||5", sent=sent).sent_at == moment
