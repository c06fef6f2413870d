"""What a file is, told by how it begins, and what it may be called. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

LONGEST_NAME = 120
_ENDING = re.compile(r"[a-z0-9]{1,10}")
HEAD_BYTES = 32  # enough of a file to tell its kind by

# Media type -> where in a file what stands. Of the ISO base media family (ISO/IEC 14496-12 4.3) the brand tells.
BEGINS: Mapping[str, tuple[tuple[int, tuple[bytes, ...]], ...]] = {
    "image/jpeg": ((0, (b"\xff\xd8\xff",)),),
    "image/png": ((0, (b"\x89PNG\r\n\x1a\n",)),),
    "image/webp": ((0, (b"RIFF",)), (8, (b"WEBP",))),
    "image/heic": ((4, (b"ftyp",)), (8, (b"heic", b"heix", b"mif1", b"msf1", b"hevc"))),
    "application/pdf": ((0, (b"%PDF-",)),),
    "video/quicktime": ((4, (b"ftyp",)), (8, (b"qt  ",))),
    "video/mp4": ((4, (b"ftyp",)), (8, (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ",
                                        b"dash"))),
    "video/3gpp": ((4, (b"ftyp",)), (8, (b"3gp",))),
    "video/webm": ((0, (b"\x1aE\xdf\xa3",)),),
}  # fmt: skip
ENDINGS: Mapping[str, str] = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic", "application/pdf": "pdf",
    "video/quicktime": "mov", "video/mp4": "mp4", "video/3gpp": "3gp", "video/webm": "webm", "text/plain": "txt",
}  # fmt: skip


def kind_of(head: bytes) -> str | None:
    """The media type of a file that begins so; None for what is none of those that are taken."""
    for kind, marks in BEGINS.items():
        if all(head.startswith(ways, at) for at, ways in marks):
            return kind
    return None


def plain_name(told: str, kind: str) -> str:
    """What a file is called: as `harmless`, with the ending of its kind."""
    return f"{_stem(told)}.{ENDINGS[kind]}"


def harmless(told: str) -> str:
    """The last part of a path, without what is no letter of a name, with the ending that it has."""
    ending = _letters(told).rpartition(".")[2].lower() if "." in _letters(told) else ""
    return f"{_stem(told)}.{ending}" if _ENDING.fullmatch(ending) else _stem(told)


def ending_of(name: str) -> str:
    """The ending of a harmless name, that of bytes of no kind where it has none."""
    return name.rpartition(".")[2] if _ENDING.fullmatch(name.rpartition(".")[2]) and "." in name else "bin"


def _stem(told: str) -> str:
    letters = _letters(told)
    return (letters.rpartition(".")[0].strip(" .") or letters or "document")[:LONGEST_NAME]


def _letters(told: str) -> str:
    last = told.replace("\\", "/").rpartition("/")[2]
    kept = "".join(one for one in unicodedata.normalize("NFC", last) if one.isprintable() and one not in '<>:"|?*')
    return kept.strip(" .")
