"""How each codec lies in packets (its RTP payload format): which one begins a frame, the frame of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from yuanzhen.network.media import nal, obu

VP8_EXTENDED, VP8_BEGINS = 0x80, 0x10  # RFC 7741, 4.2
VP8_PICTURE, VP8_LEVEL, VP8_LAYER = 0x80, 0x40, 0x30
VP9_PICTURE, VP9_PREDICTED, VP9_LAYERS, VP9_FLEXIBLE, VP9_BEGINS, VP9_SCALABILITY = 0x80, 0x40, 0x20, 0x10, 0x08, 0x02
H264_KIND, H264_MANY, H264_PART, H264_FIRST = 0x1F, 24, 28, 0x80  # RFC 6184, 5.2, 5.7.1, 5.8
AV1_GOES_ON = 0x80  # RTP payload format for AV1, 4.4


class Payload(NamedTuple):
    """`read`: whether a packet begins a frame (None: if it is the first of its time), and what of it is the frame's.

    `joined`: the frame of what its packets hold. Both raise `IndexError` for what is shorter than it says.
    """

    read: Callable[[bytes], tuple[bool | None, bytes]]
    joined: Callable[[Sequence[bytes]], bytes] = b"".join


def _vp8(payload: bytes) -> tuple[bool | None, bytes]:
    """RFC 7741, 4.2: the descriptor before the payload; a frame begins with its partition 0."""
    first, at = payload[0], 1
    if first & VP8_EXTENDED:
        more, at = payload[1], 2
        if more & VP8_PICTURE:
            at += 2 if payload[at] & 0x80 else 1
        at += bool(more & VP8_LEVEL) + bool(more & VP8_LAYER)
    return bool(first & VP8_BEGINS) and not first & 0x07, payload[at:]


def _vp9(payload: bytes) -> tuple[bool | None, bytes]:
    """RFC 9628, 4.2."""
    first, at = payload[0], 1
    if first & VP9_PICTURE:
        at += 2 if payload[at] & 0x80 else 1
    if first & VP9_LAYERS:
        at += 1 if first & VP9_FLEXIBLE else 2
    if first & VP9_FLEXIBLE and first & VP9_PREDICTED:
        while payload[at] & 1:
            at += 1
        at += 1
    if first & VP9_SCALABILITY:
        at = _after_structure(payload, at)
    return bool(first & VP9_BEGINS), payload[at:]


def _after_structure(payload: bytes, at: int) -> int:
    """4.2.1: the sizes of the layers, and how the pictures of a group follow from one another."""
    told = payload[at]
    at += 1 + (4 * ((told >> 5) + 1) if told & 0x10 else 0)
    if told & 0x08:
        pictures = payload[at]
        at += 1
        for _ in range(pictures):
            at += 1 + ((payload[at] >> 2) & 3)
    return at


def _h264(payload: bytes) -> tuple[bool | None, bytes]:
    """RFC 6184, 5.8: no packet says that it begins a frame, but one that goes on with a unit does not."""
    goes_on = payload[0] & H264_KIND == H264_PART and not payload[1] & H264_FIRST
    return False if goes_on else None, payload


def _annex_b(payloads: Sequence[bytes]) -> bytes:
    """RFC 6184, 5.6 to 5.8: units one to a packet, several in one, or one in several; each behind a start code."""
    frame = bytearray()
    for one in filter(None, payloads):
        kind = one[0] & H264_KIND
        if kind == H264_MANY:
            at = 1
            while at < len(one):
                size = one[at] << 8 | one[at + 1]
                frame += nal.START + one[at + 2 : at + 2 + size]
                at += 2 + size
        elif kind == H264_PART:
            if one[1] & H264_FIRST:
                frame += nal.START + bytes([one[0] & ~H264_KIND | one[1] & H264_KIND])
            frame += one[2:]
        else:
            frame += nal.START + one
    return bytes(frame)


def _av1(payload: bytes) -> tuple[bool | None, bytes]:
    """4.4: the first bit says that it goes on with a unit."""
    return False if payload[0] & AV1_GOES_ON else None, payload


def _of_units(payloads: Sequence[bytes]) -> bytes:
    """4.4: elements, each a unit or a part of one; all have their length but the last where their count is told."""
    elements: list[bytes] = []
    for one in filter(None, payloads):
        goes_on, count, at, nth = bool(one[0] & AV1_GOES_ON), one[0] >> 4 & 3, 1, 0
        while at < len(one):
            nth += 1
            size, at = (len(one) - at, at) if nth == count else obu.length(one, at)
            element = one[at : at + size]
            at += size
            if goes_on and elements:
                elements[-1] += element
            else:
                elements.append(element)
            goes_on = False
    return b"".join(map(obu.with_size, elements))


CODECS: Mapping[str, Payload] = {
    "vp8": Payload(_vp8), "vp9": Payload(_vp9), "h264": Payload(_h264, _annex_b), "av1": Payload(_av1, _of_units),
    "opus": Payload(lambda payload: (True, payload)),  # RFC 7587: each packet is a frame
}  # fmt: skip
CLOCKS: Mapping[str, int] = {"vp8": 90_000, "vp9": 90_000, "h264": 90_000, "av1": 90_000, "opus": 48_000}  # a second
