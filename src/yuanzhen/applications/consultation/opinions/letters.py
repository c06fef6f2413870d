"""Which characters the page's fonts have: what none of them draws is told by its number, never as an empty box."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import manimgx_fonts
import pylopdf_fonts_zh_cn
import typst

FONTS = [Path(str(package.__file__)).parent for package in (pylopdf_fonts_zh_cn, manimgx_fonts)]
# Joiners, selectors, marks, controls and blanks draw nothing of their own, or are drawn with what stands before them.
SILENT = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    """The fonts of what is printed, and no others."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=FONTS)


def drawn(text: str) -> str:
    """The text with `[U+20BB7]` for each character that no font has: two rare ones in names stay two."""
    known = _known()
    kept = {one for one in set(text) if ord(one) in known or unicodedata.category(one) in SILENT}
    return "".join(one if one in kept else f"[U+{ord(one):04X}]" for one in text)


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    files = (file for folder in FONTS for file in folder.iterdir() if file.suffix in (".otf", ".ttf"))
    return frozenset(code for file in files for codes in ranges(file.read_bytes()) for code in codes)


def ranges(font: bytes) -> Iterator[range]:
    """The characters of a font (ISO/IEC 14496-22, 5.2.1 `cmap`): its subtables of format 4 and 12."""
    at = _tables(font)[b"cmap"]
    (count,) = struct.unpack_from(">H", font, at + 2)
    subtables = {at + struct.unpack_from(">HHI", font, at + 4 + 8 * number)[2] for number in range(count)}
    for start in subtables:
        (kind,) = struct.unpack_from(">H", font, start)
        if kind == 12:
            yield from _groups(font, start)
        elif kind == 4:
            yield from _segments(font, start)


def _tables(font: bytes) -> dict[bytes, int]:
    (count,) = struct.unpack_from(">H", font, 4)
    rows: Iterable[tuple[bytes, int, int, int]] = struct.iter_unpack(">4sIII", font[12 : 12 + 16 * count])
    return {name: offset for name, _, offset, _ in rows}


def _groups(font: bytes, start: int) -> Iterator[range]:
    (count,) = struct.unpack_from(">I", font, start + 12)
    for first, last, _ in struct.iter_unpack(">III", font[start + 16 : start + 16 + 12 * count]):
        yield range(first, last + 1)


def _segments(font: bytes, start: int) -> Iterator[range]:
    (doubled,) = struct.unpack_from(">H", font, start + 6)
    lasts = struct.unpack_from(f">{doubled // 2}H", font, start + 14)
    firsts = struct.unpack_from(f">{doubled // 2}H", font, start + 16 + doubled)
    for first, last in zip(firsts, lasts, strict=True):
        if first != 0xFFFF:  # the segment that ends the table
            yield range(first, last + 1)
