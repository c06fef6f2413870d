"""H.264 in Annex B (ITU-T H.264, 7.3 and annex B), as far as what is sealed in it must be found again. Pure."""

from __future__ import annotations

import re

START = b"\x00\x00\x00\x01"
SHOWN = 3  # the slice's NAL header and two bytes of its own stay clear

# Table 7-1, by the last five bits after a start code: a slice of any picture, of an IDR picture, parameters.
_SLICE, _IDR, _PARAMETERS = (
    re.compile(b"\x00\x00\x01[" + bytes(kind | importance << 5 for kind in kinds for importance in range(4)) + b"]")
    for kinds in ((1, 5), (5,), (7,))
)


def slice_at(frame: bytes) -> int:
    """Where a frame's first slice begins, its NAL header first; -1 when it has none."""
    found = _SLICE.search(frame)
    return -1 if found is None else found.end() - 1


def begins_alone(frame: bytes) -> bool:
    """Whether a decoder can begin with it: it has its parameters and all of its picture."""
    return bool(_PARAMETERS.search(frame) and _IDR.search(frame))


def unescaped(data: bytes, before: bytes) -> bytes:
    """7.4.1: without the bytes that keep three others from looking like a start code; `before` stands before it."""
    kept = before[-2:]
    return (kept + data).replace(b"\x00\x00\x03", b"\x00\x00")[len(kept) :]
