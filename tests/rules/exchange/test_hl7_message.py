"""Messages are split as HL7 2.5.1 chapter 2 says, and refused with the place where they break."""

import pytest

from yuanzhen.data.exchange.hl7v2.escapes import STANDARD, Delimiters, escaped, unescaped
from yuanzhen.data.exchange.hl7v2.message import parse, place
from yuanzhen.infrastructure.errors import Problem, TooLarge

HEAD = "MSH|^~\\&|HIS|TOWN|YUANZHEN|CITY|20260102030405+0800||ADT^A04^ADT_A01|1|P|2.5.1"


def message(*segments: str, head: str = HEAD) -> bytes:
    return "\r".join([head, *segments, ""]).encode()


def test_a_path_finds_segment_repetition_component_and_subcomponent():
    read = parse(message("PID|||1^^^A&1.2&ISO~2^^^B", "OBX|1||||first", "OBX|2||||second"))
    assert [read.get(path) for path in ("PID-3", "PID-3[2].4", "PID-3.4.2", "OBX[2]-5", "PID-30.2", "ZZZ-1")] == [
        "1",
        "B",
        "1.2",
        "second",
        "",
        "",
    ]


def test_the_header_counts_its_separator_as_field_one():
    read = parse(message())
    assert (read.get("MSH-1"), read.get("MSH-2"), read.get("MSH-4"), read.get("MSH-9.2")) == (
        "|",
        "^~\\&",
        "TOWN",
        "A04",
    )


def test_any_delimiters_that_the_header_declares_are_used():
    read = parse(b"MSH$%*?@$HIS$TOWN$$$$$ADT%A04$1$P$2.5.1\rPID$$$7%%%A@1.2*8$$Wang%Li?F?")
    assert read.marks == Delimiters("$", "%", "*", "?", "@")
    assert [read.get(path) for path in ("PID-3.4.2", "PID-3[2]", "PID-5.2")] == ["1.2", "8", "Li$"]


@pytest.mark.parametrize("marks", ["^~", "^~\\", "^~\\&", "^~\\&#"])
def test_shorter_and_longer_sets_of_delimiters_are_taken(marks):
    assert parse(f"MSH|{marks}|HIS|TOWN\rPID|||5^6".encode()).get("PID-3.2") == "6"


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_segments_may_end_in_any_line_end(end):
    assert [s.name for s in parse(message("PID|1", "PV1|1").replace(b"\r", end.encode())).segments] == [
        "MSH",
        "PID",
        "PV1",
    ]


def test_a_bare_line_feed_inside_a_text_breaks_no_segment():
    assert parse(message("OBX|1|TX|||first line\nsecond line", "OBX|2")).get("OBX-5") == "first line\nsecond line"


ESCAPES = [
    ("\\F\\\\S\\\\T\\\\R\\\\E\\", "|^&~\\"),
    ("one\\.br\\two", "one\ntwo"),
    ("a\\.sp2\\b", "a\n\nb"),
    ("\\H\\bold\\N\\", "bold"),
    ("\\XE4BDA0\\", "你"),
    ("\\X00\\", "\\X00\\"),  # no NUL comes in by the back door
    ("\\XFF\\", "\\XFF\\"),
    ("\\Zlocal\\", "\\Zlocal\\"),
    ("C:\\temp", "C:\\temp"),
]


@pytest.mark.parametrize(("written", "meant"), ESCAPES)
def test_an_escape_means_what_the_standard_says_and_else_stays(written, meant):
    assert unescaped(written, STANDARD, "utf-8") == meant


@pytest.mark.parametrize("text", ["|^~\\&", "a\nb", "双肺\t结节 \x7f", "\\F\\", "", "plain"])
def test_what_is_escaped_comes_back(text):
    assert unescaped(escaped(text), STANDARD, "utf-8") == text


def test_without_an_escape_mark_delimiters_become_blanks():
    assert escaped("a|b^c", Delimiters("|", "^", "~", "", "")) == "a b c"


NAMED = HEAD + "||||||"
# Second bytes of GB 18030 that look like delimiters: 0x7C |, 0x5E ^, 0x7E ~, 0x5C \
TRICKY = "".join(bytes([0x81, byte]).decode("gb18030") for byte in (0x7C, 0x5E, 0x7E, 0x5C))


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("UNICODE UTF-8", "utf-8", "王小明"),
        ("", "utf-8", "王小明"),
        ("GB18030-2000", "gb18030", "王" + TRICKY),
        ("GB 18030-2000", "gb18030", "王𠮷"),
        ("GB18030-2000~UNICODE UTF-8", "gb18030", "王"),
        ("~GB 18030-2000", "gb18030", "王" + TRICKY),
        ("ASCII~GB 18030-2000", "gb18030", "王" + TRICKY),
        ("ASCII~ISO IR87~UNICODE UTF-8", "utf-8", "王"),
        ("~ISO IR87", "ascii", "Wang"),
        ("8859/1", "latin-1", "Müller"),
        ("ASCII", "ascii", "Wang"),
    ],
)
def test_the_header_names_the_character_set(declared, codec, text):
    assert parse(message(f"PID|||1||{text}", head=NAMED + declared).decode().encode(codec)).get("PID-5") == text


@pytest.mark.parametrize(
    ("declared", "enrolled", "codec"),
    [
        ("", "GB18030-2000", "gb18030"),
        ("UNICODE UTF-8", "GB18030-2000", "gb18030"),  # the header says what is not so
        ("ASCII", "GB18030-2000", "gb18030"),
        ("KLINGON", "UNICODE UTF-8", "utf-8"),
        ("UNICODE UTF-8", "GB18030-2000", "utf-8"),  # the header is right, and the bytes show it
    ],
)
def test_an_enrolled_character_set_stands_over_the_header(declared, enrolled, codec):
    data = message("PID|||1||王小明" + TRICKY, head=NAMED + declared).decode().encode(codec)
    assert parse(data, charset=enrolled).get("PID-5") == "王小明" + TRICKY


def test_gb_bytes_that_pass_for_utf8_stay_chinese():
    name = b"\xce\xb1\xcd\xa8".decode("gb18030")  # two characters, and valid UTF-8 for two others
    data = message(f"PID|||1||{name}", head=NAMED + "UNICODE UTF-8").decode().encode("gb18030")
    assert parse(data, charset="GB18030-2000").get("PID-5") == name


BROKEN = [
    (b"", "hl7.no_msh", "MSH"),
    (b"PID|1", "hl7.no_msh", "MSH"),
    (b"BHS|^~\\&|\rMSH|^~\\&|", "hl7.no_msh", "MSH"),
    (b"MSH", "hl7.delimiters", "MSH-2"),
    (b"MSH|", "hl7.delimiters", "MSH-2"),
    (b"MSH|^", "hl7.delimiters", "MSH-2"),
    (b"MSH|^^\\&|", "hl7.delimiters", "MSH-2"),
    (b"MSH|abcd|", "hl7.delimiters", "MSH-2"),
    (b"MSH|^~\\&|\rPID|\x00", "hl7.nul", "byte 14"),
    (b"MSH|^~\\&|\rpid|1", "hl7.segment_name", "segment 2"),
    (b"MSH|^~\\&|\rPID|1\rrubbish", "hl7.segment_name", "segment 3"),
    (b"MSH|^~\\&|\rPID|1\rMSH|^~\\&|", "hl7.second_header", "MSH[2]"),
    (b"MSH|^~\\&|\rPID|||1||\xff\xfe", "hl7.not_in_charset", "PID"),
    (b"MSH|^~\\&||||||||||||||||KLINGON\rPID|1", "hl7.charset", "MSH-18"),
    (b"MSH|^~\\&|" + b"x" * 2000, "hl7.too_large", None),
]


@pytest.mark.parametrize(("data", "code", "where"), BROKEN)
def test_a_broken_message_is_refused_with_the_place(data, code, where):
    with pytest.raises(Problem) as refused:
        parse(data, limit=1000)
    assert (refused.value.code, refused.value.place) == (code, where)


def test_every_cut_and_every_flipped_byte_parses_or_is_refused():
    whole = message("PID|||1^^^A&1.2&ISO~2||王^明\\T\\", "OBX|1|TX|||\\X41\\", head=NAMED + "UNICODE UTF-8")
    for position in range(len(whole)):
        for data in (
            whole[:position],
            *(whole[:position] + bytes([byte]) + whole[position + 1 :] for byte in (0, 11, 13, 38, 92, 94, 124, 255)),
        ):
            try:
                read = parse(data)
            except Problem:
                continue
            assert [read.get(path) is not None for path in ("PID-5.2", "OBX-5", "MSH-18")] == [True] * 3


def test_a_place_is_a_path_or_none():
    assert place("PID[2]-3[4].5.6") is not None
    assert [place(text) for text in ("", "PID", "Patient.birthDate", "pid-3", "PID-")] == [None] * 5


@pytest.mark.parametrize(
    ("segment", "where"),
    [
        ("PID|1||" + "7~" * 200, "PID-3"),
        ("PID|1||7||" + "a^b~" * 100_000, "PID-5"),
        ("OBX|1|MA|||" + "1^2~" * 100_000, "OBX-5"),
        ("PID|1||7||" + "\\T\\" * 100_001, "PID"),
    ],
    ids=["numbers", "names", "samples", "escapes"],
)
def test_what_nobody_writes_is_refused_before_it_is_read(segment, where):
    with pytest.raises(TooLarge, match=r"hl7\.too_many") as refused:
        parse(message(segment))
    assert refused.value.place == where


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends_without_number_are_too_many_segments(end):
    with pytest.raises(TooLarge, match=r"hl7\.too_many_segments"):
        parse(message(end * 400_000))


def test_a_waveform_and_a_long_text_are_read():
    read = parse(message("OBX|1|MA|||" + "1^2~" * 9_999 + "3", "OBX|2|FT|||" + "a\\.br\\" * 50_000))
    assert len(read.all("OBX")[0].field(5)) == 10_000
    assert read.all("OBX")[1].get(5).count("\n") == 50_000
