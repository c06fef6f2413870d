"""How a file that is given to a case comes, and who opens it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yuanzhen.applications.consultation.files.model import ATTACHED, FROM, File, State
from yuanzhen.data.records.file import kinds
from yuanzhen.infrastructure.errors import Conflict, Invalid

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
FILE = File("f", "c", "chenyuan", NOW, "ct.zip", 10, "m")


def test_pieces_follow_each_other_to_the_last_byte() -> None:
    half = FILE.with_piece(4, NOW)
    assert (half.got, half.state) == (4, "coming")
    half.next_at(4)
    with pytest.raises(Conflict) as problem:
        half.next_at(3)
    assert problem.value.facts["offset"] == 4
    assert half.with_piece(6, NOW).state == "whole"


@pytest.mark.parametrize("size", [0, 11])
def test_an_empty_piece_and_one_too_long_are_refused(size: int) -> None:
    with pytest.raises(Invalid, match=r"file\.piece"):
        FILE.with_piece(size, NOW)


def test_what_was_found_clean_wants_nobodys_yes_and_what_is_infected_gets_none() -> None:
    whole = FILE.with_piece(10, NOW)
    opened = whole.judged("unscanned", "no-engine", "", "x").opened("xujing", NOW)
    assert (opened.state, opened.opened_by) == ("opened", "xujing")
    for state in ("clean", "infected"):
        with pytest.raises(Conflict, match=r"file\.not_now"):
            whole.judged(state, "", "", "x").opened("xujing", NOW)


def test_what_is_in_the_record_is_never_dropped() -> None:
    assert not FROM["drop"] & ATTACHED
    states: set[State] = set().union(*FROM.values())
    assert states | ATTACHED == {"coming", "whole", "clean", "unscanned", "infected", "opened"}


@pytest.mark.parametrize(
    ("told", "name", "ending"),
    [
        ("头颅 CT.tar.gz", "头颅 CT.tar.gz", "gz"),
        ("../../etc/passwd", "passwd", "bin"),
        ("..\\..\\win.ini", "win.ini", "ini"),
        ("报告\u202efdp.exe", "报告fdp.exe", "exe"),
        ("a\r\nSet-Cookie: b.PDF", "aSet-Cookie b.pdf", "pdf"),
        ("\x00\x1b[31m", "[31m", "bin"),
        ("..", "document", "bin"),
        (".bashrc", "bashrc", "bin"),
        ("x." + "y" * 300, "x", "bin"),
        ("白板 1.excalidraw", "白板 1.excalidraw", "excalidraw"),
        ("名" * 500 + ".dcm", "名" * 120 + ".dcm", "dcm"),
    ],
)
def test_a_name_is_the_last_part_of_a_path_without_what_is_no_letter(told: str, name: str, ending: str) -> None:
    assert (kinds.harmless(told), kinds.ending_of(kinds.harmless(told))) == (name, ending)
