"""The escape sequences of HL7 2.5.1 section 2.7, in both directions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The characters that MSH-1 and MSH-2 declare; `escape` and `subcomponent` may be missing (empty)."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


STANDARD = Delimiters()

# HL7 2.5.1 2.7.6, formatting commands of FT; the others move nothing that a plain text can show
LINE_COMMANDS = {".br", ".sp", ".ce"}
QUIET_COMMANDS = {"H", "N", ".fi", ".nf"}


def every_mark(marks: Delimiters) -> str:
    """The delimiters in use, one after the other."""
    return marks.field + marks.component + marks.repetition + marks.escape + marks.subcomponent


@lru_cache(maxsize=64)
def _meanings(marks: Delimiters) -> dict[str, str]:
    """HL7 2.5.1 2.7.1: the letters that stand for the delimiters."""
    return {
        "F": marks.field,
        "S": marks.component,
        "T": marks.subcomponent,
        "R": marks.repetition,
        "E": marks.escape,
    }


@lru_cache(maxsize=64)
def _sequence(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(f"{mark}([^{mark}\r\n]{{1,4096}}){mark}")


def unescaped(text: str, marks: Delimiters, codec: str) -> str:
    """The text that a subcomponent stands for. What is no sequence we know stays as it was written."""
    if not marks.escape or marks.escape not in text:
        return text
    return _sequence(marks.escape).sub(lambda found: _meaning(found, marks, codec), text)


def _meaning(found: re.Match[str], marks: Delimiters, codec: str) -> str:
    body = found[1]
    plain = _meanings(marks).get(body)
    if plain is not None:
        return plain
    if body[0] == "X":
        return _hexadecimal(body[1:], codec) or found[0]
    command = re.match(r"\.?[A-Za-z]{1,2}", body)
    if command and command[0] in LINE_COMMANDS:
        return "\n" * _count(body[len(command[0]) :])
    if body in QUIET_COMMANDS:
        return ""
    return found[0]


def _count(number: str) -> int:
    """How many lines `.sp3` skips; a bare command means one, and a page is enough."""
    return min(int(number), 60) if re.fullmatch(r"\+?[0-9]{1,4}", number) else 1


def _hexadecimal(digits: str, codec: str) -> str | None:
    """The characters of an X sequence; None if it is none, or holds a NUL, which no text may."""
    try:
        text = bytes.fromhex(digits).decode(codec)
    except ValueError:
        return None
    return None if "\0" in text else text


def escaped(text: str, marks: Delimiters = STANDARD) -> str:
    """Text as it may stand in a subcomponent: delimiters as letters, line ends as `.br`, controls in hexadecimal."""
    if not marks.escape:  # nothing can be escaped: a blank harms less than a field too many
        return "".join(" " if character in every_mark(marks) or character < " " else character for character in text)
    letters = {mark: letter for letter, mark in _meanings(marks).items() if mark}
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_written(character, letters, marks.escape) for character in lines)


def _written(character: str, letters: dict[str, str], mark: str) -> str:
    letter = letters.get(character)
    if letter is not None:
        return f"{mark}{letter}{mark}"
    if character == "\n":
        return f"{mark}.br{mark}"
    if character < " " or character == "\x7f":
        return f"{mark}X{ord(character):02X}{mark}"
    return character
