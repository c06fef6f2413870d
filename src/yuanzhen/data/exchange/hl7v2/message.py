"""An HL7 v2 message as segments, fields, repetitions, components and subcomponents; split only where it is read.

Knows no message type. Bytes are decoded before they are split: a second byte of GB 18030 may look like `|` or `^`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from yuanzhen.data.exchange.hl7v2.charset import decoded
from yuanzhen.data.exchange.hl7v2.escapes import Delimiters, unescaped
from yuanzhen.infrastructure.errors import Invalid, Malformed, TooLarge

MAX_MESSAGE = 16 * 1024 * 1024
MAX_SEGMENTS = 100_000
# What is read is read at once, while everybody else waits. A waveform's samples may be the repetitions of OBX-5.
MAX_REPETITIONS = 200
MAX_SAMPLES = 100_000
MAX_ESCAPES = 100_000  # in one segment
NULL = '""'  # HL7 2.5.1 2.5.3: told to be empty, which a fact shows as nothing told
HEADERS = {"MSH", "BHS", "FHS"}

_PATH = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d+)])?-(\d+)(?:\[(\d+)])?(?:\.(\d+))?(?:\.(\d+))?")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


@dataclass(frozen=True, slots=True)
class Place:
    """A path like `PID[1]-3[2].4.1`; numbers count from 1, what is left out is 1."""

    segment: str
    occurrence: int
    field: int
    repetition: int
    component: int
    subcomponent: int


def place(path: str) -> Place | None:
    """Reads a path; None if it is none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    name, *numbers = found.groups()
    occurrence, number, *rest = (int(text) if text else 1 for text in numbers)
    return Place(name, occurrence, number, *rest)


class Field:
    """One repetition of one field: `part(4, 2)` is its component 4, subcomponent 2, unescaped, or the empty string."""

    __slots__ = ("_codec", "_marks", "_parts")

    def __init__(self, raw: str, marks: Delimiters, codec: str) -> None:
        self._parts = raw.split(marks.component)
        self._marks = marks
        self._codec = codec

    def part(self, component: int, subcomponent: int = 1) -> str:
        """The text at a component and subcomponent, both counted from 1."""
        if component > len(self._parts):
            return ""
        raw = self._parts[component - 1]
        pieces = raw.split(self._marks.subcomponent) if self._marks.subcomponent else [raw]
        if subcomponent > len(pieces):
            return ""
        value = pieces[subcomponent - 1]
        return "" if value == NULL else unescaped(value, self._marks, self._codec)

    def text(self) -> str:
        """The whole repetition as one text: for a field of words, whose sender may have forgotten to escape."""
        raw = self._marks.component.join(self._parts)
        return "" if raw == NULL else unescaped(raw, self._marks, self._codec)


class Segment:
    """A segment: `name`, and fields by their HL7 number."""

    __slots__ = ("_codec", "_fields", "_marks", "name")

    def __init__(self, line: str, marks: Delimiters, codec: str) -> None:
        fields = line.split(marks.field)
        self.name = fields[0]
        if self.name in HEADERS:  # HL7 2.5.1 2.15.9.1: the separator itself is field 1
            fields.insert(1, marks.field)
        self._fields = fields
        self._marks = marks
        self._codec = codec

    def raw(self, number: int) -> str:
        """The field as it was written; the empty string if it is not there."""
        return self._fields[number] if number < len(self._fields) else ""

    def count(self) -> int:
        """One more than the number of its last field."""
        return len(self._fields)

    def is_deleted(self, number: int) -> bool:
        """Whether the sender says that the field is empty (2.5.1 2.5.3)."""
        return self.raw(number) == NULL

    def field(self, number: int) -> tuple[Field, ...]:
        """The repetitions of a field that say something."""
        raw = self.raw(number)
        if not raw or raw == NULL:
            return ()
        if self.name in HEADERS and number <= 2:
            return (Field(raw, Delimiters("", "\0", "", "", ""), self._codec),)
        return tuple(Field(text, self._marks, self._codec) for text in raw.split(self._marks.repetition) if text)

    def get(self, number: int, component: int = 1, subcomponent: int = 1, *, repetition: int = 1) -> str:
        """One text, unescaped, or the empty string."""
        raw = self.raw(number)
        if not raw:
            return ""
        if self.name in HEADERS and number <= 2:
            return raw
        repetitions = raw.split(self._marks.repetition)
        if repetition > len(repetitions):
            return ""
        return Field(repetitions[repetition - 1], self._marks, self._codec).part(component, subcomponent)


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed message: its segments in order, its delimiters, and the codec of its bytes."""

    segments: tuple[Segment, ...]
    marks: Delimiters
    codec: str

    def all(self, name: str) -> tuple[Segment, ...]:
        """Every segment of a name, in order."""
        return tuple(segment for segment in self.segments if segment.name == name)

    def first(self, name: str) -> Segment:
        """The first segment of a name. Raises Invalid `hl7.no_segment`."""
        for segment in self.segments:
            if segment.name == name:
                return segment
        raise Invalid("hl7.no_segment", place=name)

    def get(self, path: str) -> str:
        """The text at a path such as `PID-5.1` or `OBX[2]-5`, unescaped; the empty string if it is not there."""
        at = place(path)
        if at is None:
            raise ValueError(f"not a path: {path}")
        same = self.all(at.segment)
        if at.occurrence > len(same):
            return ""
        return same[at.occurrence - 1].get(at.field, at.component, at.subcomponent, repetition=at.repetition)

    def need(self, path: str) -> str:
        """As `get`, but it must be there. Raises Invalid `hl7.missing` with the path as its place."""
        value = self.get(path).strip()
        if not value:
            raise Invalid("hl7.missing", place=path)
        return value


def parse(data: bytes, *, charset: str | None = None, limit: int = MAX_MESSAGE) -> Message:
    """Splits a message; `charset` is what the sender's enrolment says (a name of table 0211), `limit` is in bytes.

    Segments end with CR (2.5.1 2.5.2); CR LF is taken too, and LF where a segment's name follows.
    Raises TooLarge, Malformed, Unsupported, each with the place.
    """
    if len(data) > limit:
        raise TooLarge("hl7.too_large", limit_bytes=limit)
    if data.count(b"\r") + data.count(b"\n") > 3 * MAX_SEGMENTS:
        raise TooLarge("hl7.too_many_segments", limit=MAX_SEGMENTS)
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    marks = delimiters(data)
    if b"\0" in data:
        raise Malformed("hl7.nul", place=f"byte {data.index(0)}")
    text, codec = decoded(data, re.split(rb"[\r\n]", data, maxsplit=1)[0], charset)
    lines = _lines(text, marks)
    if len(lines) > MAX_SEGMENTS:
        raise TooLarge("hl7.too_many_segments", limit=MAX_SEGMENTS)
    segments = tuple(_segment(number, line, marks, codec) for number, line in enumerate(lines, 1))
    # A second header in one frame would be a message that nobody acknowledges.
    if sum(segment.name == "MSH" for segment in segments) > 1:
        raise Malformed("hl7.second_header", place="MSH[2]")
    return Message(segments, marks, codec)


def delimiters(data: bytes) -> Delimiters:
    """MSH-1 and MSH-2. Raises Malformed `hl7.no_msh`, `hl7.delimiters`."""
    if not data.startswith(b"MSH"):
        raise Malformed("hl7.no_msh", place="MSH")
    separator = data[3:4]
    marks = re.split(re.escape(separator) + rb"|[\r\n]", data[4:16], maxsplit=1)[0] if separator else b""
    every = separator + marks
    # 2.7 adds a fifth mark, for truncation; the escape and subcomponent marks may be left out (2.5.1 2.15.9.2).
    wrong = any(mark <= 32 or mark >= 127 or chr(mark).isalnum() for mark in every)
    if not 2 <= len(marks) <= 5 or len(set(every)) != len(every) or wrong:
        raise Malformed("hl7.delimiters", place="MSH-2")
    return Delimiters(*(every[place : place + 1].decode("ascii") for place in range(5)))


def _lines(text: str, marks: Delimiters) -> list[str]:
    separator = re.escape(marks.field)
    ends = re.split(rf"\r\n?|\n(?=[A-Z][A-Z0-9]{{2}}(?:{separator}|[\r\n]|\Z))", text)
    return [line for line in (end.strip("\n") for end in ends) if line.strip()]


def _segment(number: int, line: str, marks: Delimiters, codec: str) -> Segment:
    segment = Segment(line, marks, codec)
    if not _NAME.fullmatch(segment.name):
        raise Malformed("hl7.segment_name", place=f"segment {number}")
    if marks.escape and line.count(marks.escape) > 2 * MAX_ESCAPES:
        raise TooLarge("hl7.too_many_escapes", place=segment.name, limit=MAX_ESCAPES)
    most = MAX_SAMPLES if segment.name == "OBX" else MAX_REPETITIONS
    if segment.name not in HEADERS and line.count(marks.repetition) >= most:
        for place, raw in enumerate(line.split(marks.field)):
            if raw.count(marks.repetition) >= most:
                raise TooLarge("hl7.too_many_repetitions", place=f"{segment.name}-{place}", limit=most)
    return segment
