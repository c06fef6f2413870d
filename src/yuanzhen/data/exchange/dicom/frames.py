"""Where each frame lies in a file, from what was noted of its pixels when it came (PS3.5 8 and A.4). Pure."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from yuanzhen.infrastructure.errors import Malformed, NotFound

Run = tuple[int, int]  # offset in the file and length


def runs(pixels: Mapping[str, Any] | None, header: Mapping[str, Any], frame: int, frames: int) -> list[Run] | None:
    """The runs of bytes that make up one frame, counted from 1; None where only reading the pixels can tell.

    Of the header is asked how large a frame is, where the pixels' place, noted long ago, does not say it.
    Raises NotFound `dicom.no_pixels`, `dicom.no_frame`, Malformed `dicom.pixels` for pixels that are too few.
    """
    if pixels is None:
        return None
    if not 1 <= frame <= max(frames, 1):
        raise NotFound("dicom.no_frame", place="NumberOfFrames", frames=frames)
    if "fragments" in pixels:
        return _fragments(pixels, frame, max(frames, 1))
    size = int(pixels["bits"]) if "bits" in pixels else frame_bits(header)
    if size % 8:
        return None  # frames of single bits begin within bytes
    at = int(pixels["at"]) + (frame - 1) * (size // 8)
    if not size or at + size // 8 > int(pixels["at"]) + int(pixels["length"]):
        raise Malformed("dicom.pixels", place="PixelData", rule="PS3.5 8.1.1: fewer than its frames take")
    return [(at, size // 8)]


def frame_bits(header: Mapping[str, Any]) -> int:
    """The size of a frame that is not compressed, in bits."""
    rows, columns, samples, allocated = (
        _number(header, tag, default)
        for tag, default in (("00280010", 0), ("00280011", 0), ("00280002", 1), ("00280100", 8))
    )
    if str(_first(header, "00280004")) in ("YBR_FULL_422", "YBR_PARTIAL_422"):
        return rows * columns * 2 * allocated
    return rows * columns * samples * allocated


def _fragments(pixels: Mapping[str, Any], frame: int, frames: int) -> list[Run] | None:
    fragments = [(int(at), int(length)) for at, length in pixels["fragments"][1:]]
    if frames == 1:
        return fragments
    if len(fragments) == frames:
        return [fragments[frame - 1]]
    table = bytes.fromhex(pixels.get("table", ""))
    if len(table) != 4 * frames or not fragments:
        return None
    offsets = [*struct.unpack(f"<{frames}L", table), 1 << 62]
    base = fragments[0][0] - 8  # of the first fragment's item tag
    found = [one for one in fragments if offsets[frame - 1] <= one[0] - 8 - base < offsets[frame]]
    if not found:
        raise Malformed("dicom.pixels", place="PixelData", rule="PS3.5 A.4: no fragment at the table's offset")
    return found


def _first(header: Mapping[str, Any], tag: str) -> Any:
    values = header.get(tag, {}).get("Value") or [None]
    return values[0]


def _number(header: Mapping[str, Any], tag: str, default: int) -> int:
    value = _first(header, tag)
    return value if isinstance(value, int) else default
