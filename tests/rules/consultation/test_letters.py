"""What the printed page's fonts draw, and what stands there for what they do not."""

from __future__ import annotations

import re
import struct
import zlib

import pytest

from yuanzhen.applications.consultation.opinions.letters import drawn, ranges
from yuanzhen.applications.consultation.opinions.page import Told, rendered

FONT = re.compile(rb"/BaseFont\s*/\w+\+([A-Za-z]+)-")
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def fonts(text: str) -> set[bytes]:
    """The fonts that a page of this text embeds."""
    file = rendered(Told("h", "t", "s", "", [], [("结论", text)], [], "", "c", "v"))
    told = [file]
    for stream in STREAM.findall(file):
        opened = zlib.decompressobj()
        try:
            told.append(opened.decompress(stream))
        except zlib.error:  # not compressed: a font as it is
            continue
    return set(FONT.findall(b"".join(told)))


@pytest.mark.parametrize(
    "text", ["急性脑梗死，NIHSS 6 分；体温 ≥38.5 ℃ ± ½ ①", "⚠️ 😀 👨‍👩‍👧 👍🏽 ❤️ 🇨🇳 1️⃣", "ئۇيغۇر", "一\n二\t三 四\u200b"]
)
def test_what_a_font_has_stays_as_it_is(text: str) -> None:
    assert drawn(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [("欧阳𠮷喆", "欧阳[U+20BB7]喆"), ("ༀ", "[U+0F00]"), ("\ue000", "[U+E000]"), ("a𠮷𠮶", "a[U+20BB7][U+20BB6]")],
)
def test_what_none_has_is_told_by_its_number(text: str, told: str) -> None:
    assert drawn(text) == told


def test_each_script_comes_from_the_font_that_has_it() -> None:
    assert fonts("脑梗死") == {b"NotoSansSC"}
    assert fonts("脑梗死 😀") == {b"NotoSansSC", b"NotoEmoji"}
    assert fonts("ئۇيغۇر") == {b"NotoSansSC", b"NotoSansArabic"}


def test_the_characters_of_a_font_are_read_from_both_kinds_of_table() -> None:
    short = struct.pack(">HHHHHHH2HH2H", 4, 32, 0, 4, 4, 1, 0, 0x7A, 0xFFFF, 0, 0x61, 0xFFFF)
    long = struct.pack(">HHIIIIII", 12, 0, 28, 0, 1, 0x1F600, 0x1F64F, 7)
    heads = struct.pack(">HH", 0, 2) + struct.pack(">HHIHHI", 0, 3, 20, 3, 10, 20 + len(short))
    font = b"OTTO" + struct.pack(">HHHH", 1, 0, 0, 0) + struct.pack(">4sIII", b"cmap", 0, 28, 0) + heads + short + long
    assert sorted(ranges(font), key=lambda codes: codes.start) == [range(0x61, 0x7B), range(0x1F600, 0x1F650)]
