"""What a file is, told by how it begins, what it may be called, and which part of it is asked for."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.data.records.file.attached import part_of
from yuanzhen.data.records.file.kinds import BEGINS, ENDINGS, kind_of, plain_name


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x18ftyp3gp5", "video/3gpp"),
        (b"\x1aE\xdf\xa3\x01\x00", "video/webm"),
        (b"<html><script>", None),
        (b"PK\x03\x04", None),
        (b"MZ\x90", None),
        (b"", None),
    ],
)
def test_a_file_is_told_by_how_it_begins(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("心电图.jpg", "心电图.jpg"),
        ("心电图.exe", "心电图.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\temp\\照片 1.JPG", "照片 1.jpg"),
        ("a\x00b\r\n.jpg", "ab.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("", "document.jpg"),
        ("...", "document.jpg"),
        ("x" * 500, "x" * 120 + ".jpg"),
        ('a"b<c>.jpg', "abc.jpg"),
    ],
)
def test_a_name_is_the_last_part_of_a_path_with_the_ending_of_its_kind(told: str, name: str) -> None:
    assert plain_name(told, "image/jpeg") == name


@given(st.text(max_size=300), st.sampled_from(sorted(BEGINS)))
def test_no_name_leads_out_of_a_folder_or_holds_a_control_character(told: str, kind: str) -> None:
    name = plain_name(told, kind)
    assert name.endswith(f".{ENDINGS[kind]}")
    assert not set(name) & set('/\\<>:"|?*')
    assert not name.startswith(".")
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") for one in name)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", (0, 100)), ("bytes=10-19", (10, 10)), ("bytes=90-500", (90, 10)), ("bytes=-30", (70, 30)),
        ("bytes=-500", (0, 100)), ("bytes=100-", None), ("bytes=20-10", None), ("bytes=-", None),
        ("bytes=0-1,5-6", None), ("items=0-1", None), ("", None), ("bytes=-0", None),
    ],
)  # fmt: skip
def test_one_range_that_is_there_is_a_part_and_all_else_the_whole(asked: str, part: tuple[int, int] | None) -> None:
    assert part_of(asked, 100) == part
