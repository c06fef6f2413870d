"""A PS3.10 file read as it streams by: its elements but the pixels, and where the pixels lie. Knows no wire, no disk.

What is kept is bounded whatever lengths the file names; text is not decoded here (see `attributes`).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

import msgspec
from pydicom.datadict import dictionary_VR
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from yuanzhen.infrastructure.errors import Malformed, TooLarge

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD  # PS3.5 7.5
PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
SHORT = {
    vr.encode(): vr for vr in ("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FL", "FD", "IS", "LO", "LT", "PN", "SH", "SL",
                               "SS", "ST", "TM", "UI", "UL", "US")
}  # fmt: skip
LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})  # 7.1.2
IMPLICIT = frozenset({ImplicitVRLittleEndian, "1.2.840.113619.5.2"})  # the other is GE's, private
MAX_VALUE = 1 << 20  # bytes of one value that are kept
MAX_HEADER = 64 << 20  # bytes of all elements but the pixels
MAX_DEPTH = 64
MAX_FRAGMENTS = 1 << 20
MAX_INFLATED = 1 << 30
RUN = 1 << 14  # bytes in which short values are sought at once
HEAD = struct.Struct("<HH2sH")  # of an element whose length takes two bytes
DEFLATED = -(1 << 50)  # where a deflated data set begins: its elements are at no place of the file


class Element(msgspec.Struct, frozen=True, gc=False):
    """One element: its VR, its bytes (None where too many, or a sequence's), the items of a sequence, where it lies."""

    vr: str
    value: bytes | None
    items: list[Elements] | None
    at: int
    length: int


Elements = dict[int, Element]


@dataclass(slots=True)
class Pixels:
    """Where the pixels lie in the file: at one place, or in fragments (offset, length), the first of them the table."""

    tag: int
    at: int
    length: int
    fragments: list[tuple[int, int]] | None = None
    table: bytes = b""


@dataclass(slots=True)
class Scan:
    """What a file holds. `big_endian` and `transfer_syntax` are of its data set."""

    meta: Elements
    elements: Elements
    pixels: Pixels | None
    transfer_syntax: str
    big_endian: bool
    size: int


@dataclass(slots=True)
class _Level:
    """A data set, or a sequence of items, that has begun; `end` is None where a delimiter ends it."""

    elements: Elements | None
    items: list[Elements] = field(default_factory=list)
    end: int | None = None


def scanned(file: bytes) -> Scan:
    """A whole file at once; raises as `Scanner`."""
    scanner = Scanner()
    scanner.feed(file)
    return scanner.finish()


def meta_size(start: bytes) -> int:
    """Where the data set of a file begins; -1 when more of its start is needed. Raises Malformed `dicom.not_a_file`."""
    scanner = Scanner()
    scanner.feed(start)
    return scanner.began


class Scanner:
    """Takes a file in pieces. `feed` raises Malformed (`dicom.not_a_file`, `dicom.data_set`) and TooLarge at once."""

    def __init__(self) -> None:
        self.size = 0
        self.began = -1  # offset of the data set in the file
        self._buffer = bytearray()
        self._base = 0  # offset in the file (or the inflated data set) of the buffer's first byte
        self._skip = 0
        self._kept = 0
        self._meta: Elements = {}
        self._root: Elements = {}
        self._levels: list[_Level] = []
        self._pixels: Pixels | None = None
        self._passed: list[tuple[int, int]] = []  # fragments of what is being passed over
        self._stage = self._preamble
        self._syntax = ""
        self._order = "<"
        self._implicit = False
        self._inflating: zlib._Decompress | None = None

    @property
    def syntax(self) -> str:
        """The transfer syntax that the meta information names, once it was read."""
        return self._syntax

    def feed(self, piece: bytes | memoryview) -> None:
        """The next bytes of the file."""
        self.size += len(piece)
        if self._inflating is not None:
            self._inflate(self._inflating, bytes(piece))
        else:
            self._take(piece)

    def finish(self) -> Scan:
        """What the file holds. Raises Malformed `dicom.data_set` where it ends within an element."""
        if self._stage == self._preamble:
            raise Malformed("dicom.not_a_file", rule="PS3.10 7.1")
        if self._stage == self._meta_element and not self._buffer:
            self._begin()
        cut = self._inflating is not None and not self._inflating.eof
        if cut or self._buffer.strip(b"\0") or self._skip or len(self._levels) > 1 or self._stage == self._fragment:
            raise Malformed("dicom.data_set", place=self._place(), rule="PS3.5 7.1: an element is cut off")
        return Scan(self._meta, self._root, self._pixels, self._syntax, self._order == ">", self.size)

    def _place(self) -> str:
        if self._pixels is not None:
            return "PixelData"
        last = next(reversed(self._root), None)
        return "" if last is None else f"after ({last >> 16:04X},{last & 0xFFFF:04X})"

    def _take(self, piece: bytes | memoryview) -> None:
        if self._skip:
            passed = min(self._skip, len(piece))
            self._skip -= passed
            self._base += passed
            piece = piece[passed:]
            if not piece:
                return
        self._buffer += piece
        at = 0
        while not self._skip:
            moved = self._stage(at)
            if moved < 0:
                break
            at = moved
        if at > len(self._buffer):  # what is passed over begins in the buffer and ends later
            self._skip, at = at - len(self._buffer), len(self._buffer)
        del self._buffer[:at]
        self._base += at

    def _inflate(self, inflating: zlib._Decompress, rest: bytes) -> None:
        try:
            while rest and not inflating.eof:
                self._inflated(inflating.decompress(rest, MAX_VALUE))
                rest = inflating.unconsumed_tail
        except zlib.error:
            raise Malformed("dicom.data_set", rule="PS3.5 A.5: not deflated") from None

    def _inflated(self, data: bytes) -> None:
        self._take(data)
        if self._base - DEFLATED > MAX_INFLATED:
            raise TooLarge("dicom.too_large", limit_bytes=MAX_INFLATED)

    # Each stage looks at the buffer from `at` on and answers how far it came; -1 when it needs more bytes.

    def _preamble(self, at: int) -> int:
        if len(self._buffer) < 132:
            return -1
        if self._buffer[128:132] != b"DICM":
            raise Malformed("dicom.not_a_file", rule="PS3.10 7.1")
        self._stage = self._meta_element
        return 132

    def _meta_element(self, at: int) -> int:
        buffer = self._buffer
        if len(buffer) - at < 8:
            return -1
        group, number, vr, length = struct.unpack_from("<HH2sH", buffer, at)
        if group != 2:
            return self._begin(at)
        head, length = 8, int(length)
        if vr in LONG:
            if len(buffer) - at < 12:
                return -1
            (length,) = struct.unpack_from("<L", buffer, at + 8)
            head = 12
        if length > MAX_VALUE:
            raise Malformed("dicom.not_a_file", place=f"(0002,{number:04X})", rule="PS3.10 7.1")
        start, end = at + head, at + head + length
        if len(buffer) < end:
            return -1
        value = bytes(buffer[start:end])
        self._meta[group << 16 | number] = Element(vr.decode("latin-1"), value, None, self._base + start, length)
        return int(end)

    def _begin(self, at: int = 0) -> int:
        """The data set begins, in the transfer syntax that the meta information names."""
        self.began = self._base + at
        named = self._meta.get(0x00020010)
        self._syntax = (named.value or b"").decode("latin-1").rstrip("\0 ") if named else ""
        self._implicit = self._syntax in IMPLICIT
        self._order = ">" if self._syntax == ExplicitVRBigEndian else "<"
        self._levels = [_Level(self._root)]
        self._stage = self._element
        if self._syntax == DeflatedExplicitVRLittleEndian:
            self._inflating = zlib.decompressobj(-zlib.MAX_WBITS)
            rest = bytes(self._buffer[at:])
            del self._buffer[:]
            self._base = DEFLATED
            self._inflate(self._inflating, rest)
            return 0
        return at

    def _element(self, at: int) -> int:
        level = self._levels[-1]
        if level.end is not None and self._base + at >= level.end:
            return self._leave(at)
        if level.elements is None:
            return self._item(at, level)
        buffer = self._buffer
        if len(buffer) - at < 8:
            return -1
        if (moved := self._short_ones(level.elements, at, level.end)) > at:
            return moved
        group, number = struct.unpack_from(self._order + "HH", buffer, at)
        tag = group << 16 | number
        if tag == ITEM_END and len(self._levels) > 1:
            level.end = self._base + at + 8
            return at + 8
        vr, length, head = self._vr(tag, at)
        if head < 0:
            return -1
        if len(self._levels) == 1 and tag in PIXEL_TAGS:
            return self._pixel_data(tag, at + head, length)
        if length == UNDEFINED and vr.startswith("O"):  # an icon's pixels, encapsulated: not kept
            self._passed, self._stage = [], self._fragment
            return at + head
        if length == UNDEFINED or vr == "SQ":
            return self._sequence(level.elements, tag, at + head, None if length == UNDEFINED else length)
        return self._value(level.elements, tag, vr, at + head, length)

    def _short_ones(self, elements: Elements, at: int, level_end: int | None) -> int:
        """Elements with short values, in a row and whole: most of most headers, so that they pass through one loop."""
        if self._implicit or self._order == ">":
            return at
        limit = len(self._buffer) if level_end is None else min(len(self._buffer), level_end - self._base)
        run = bytes(self._buffer[at : min(limit, at + RUN)])  # of which parts are taken without another copy
        base, size, done = self._base + at, len(run), 0
        while size - done >= 8:
            group, number, vr, length = HEAD.unpack_from(run, done)
            start, name = done + 8, SHORT.get(vr)
            if name is None or start + length > size or group >= 0x7FE0:
                break
            done = start + length
            elements[group << 16 | number] = Element(name, run[start:done], None, base + start, length)
        self._keep(done)
        return at + done

    def _vr(self, tag: int, at: int) -> tuple[str, int, int]:
        """VR, length and size of an element's head; a size of -1 when more bytes are needed (PS3.5 7.1.2, 7.1.3)."""
        buffer, order = self._buffer, self._order
        vr = bytes(buffer[at + 4 : at + 6])
        # Some writers change to implicit VR within a sequence: no VR is but of two capitals
        if self._implicit or not vr.isalpha() or not vr.isupper():
            return _known_vr(tag), struct.unpack_from(order + "L", buffer, at + 4)[0], 8
        if vr in LONG:
            if len(buffer) - at < 12:
                return "", 0, -1
            name = vr.decode("ascii")
            length = struct.unpack_from(order + "L", buffer, at + 8)[0]
            return (_known_vr(tag) if name == "UN" and length != UNDEFINED else name), length, 12
        # Letters that are no VR: the dictionary's, so that nobody is told of one that cannot be written
        return SHORT.get(vr) or _known_vr(tag), struct.unpack_from(order + "H", buffer, at + 6)[0], 8

    def _value(self, elements: Elements, tag: int, vr: str, start: int, length: int) -> int:
        end = start + length
        level_end = self._levels[-1].end
        if level_end is not None and self._base + end > level_end:
            raise Malformed("dicom.data_set", place=_named(tag), rule="PS3.5 7.5: longer than its item")
        if length > MAX_VALUE:
            elements[tag] = Element(vr, None, None, self._base + start, length)
            return end
        if len(self._buffer) < end:
            return -1
        self._keep(length + 8)
        elements[tag] = Element(vr, bytes(self._buffer[start:end]), None, self._base + start, length)
        return end

    def _sequence(self, elements: Elements, tag: int, start: int, length: int | None) -> int:
        if len(self._levels) > MAX_DEPTH:
            raise Malformed("dicom.data_set", place=_named(tag), rule=f"at most {MAX_DEPTH} levels")
        level, items = self._levels[-1], list[Elements]()
        end = None if length is None else self._base + start + length
        if end is not None and level.end is not None and end > level.end:
            raise Malformed("dicom.data_set", place=_named(tag), rule="PS3.5 7.5: longer than its item")
        elements[tag] = Element("SQ", None, items, self._base + start, UNDEFINED if length is None else length)
        self._keep(16)
        self._levels.append(_Level(None, items, end))
        return start

    def _item(self, at: int, level: _Level) -> int:
        buffer = self._buffer
        if len(buffer) - at < 8:
            return -1
        group, number, length = struct.unpack_from(self._order + "HHL", buffer, at)
        tag = group << 16 | number
        if tag == SEQUENCE_END:
            level.end = self._base + at + 8
            return at + 8
        if tag != ITEM:
            raise Malformed("dicom.data_set", place=_named(tag), rule="PS3.5 7.5: no item")
        end = None if length == UNDEFINED else self._base + at + 8 + length
        if end is not None and level.end is not None and end > level.end:
            raise Malformed("dicom.data_set", place=_named(tag), rule="PS3.5 7.5: longer than its sequence")
        elements: Elements = {}
        level.items.append(elements)
        self._keep(16)
        self._levels.append(_Level(elements, end=end))
        return at + 8

    def _leave(self, at: int) -> int:
        if len(self._levels) == 1:
            return -1
        self._levels.pop()
        return at

    def _pixel_data(self, tag: int, start: int, length: int) -> int:
        self._pixels = Pixels(tag, self._base + start, length)
        if length == UNDEFINED:
            self._passed = self._pixels.fragments = []
            self._stage = self._fragment
            return start
        return start + length

    def _fragment(self, at: int) -> int:
        """PS3.5 A.4: items, the first of them the offset table, until a delimiter."""
        buffer, pixels, passed = self._buffer, self._pixels, self._passed
        if len(buffer) - at < 8:
            return -1
        group, number, length = struct.unpack_from("<HHL", buffer, at)
        tag, start = group << 16 | number, at + 8
        ours = pixels is not None and pixels.fragments is passed
        if tag == SEQUENCE_END:
            if pixels is not None and ours:
                pixels.length = self._base + at - pixels.at
            self._stage = self._element
            return start
        if tag != ITEM or length == UNDEFINED or len(passed) > MAX_FRAGMENTS:
            raise Malformed("dicom.data_set", place="PixelData", rule="PS3.5 A.4: no fragment")
        if pixels is not None and ours and not passed and 0 < length <= 8 * MAX_VALUE:
            if len(buffer) < start + length:
                return -1
            pixels.table = bytes(buffer[start : start + length])
        passed.append((self._base + start, length))
        return start + int(length)

    def _keep(self, size: int) -> None:
        self._kept += size
        if self._kept > MAX_HEADER:
            raise TooLarge("dicom.header_too_large", limit_bytes=MAX_HEADER)


def _known_vr(tag: int) -> str:
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UL" if not tag & 0xFFFF else "LO" if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF else "UN"


def _named(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
