"""What Janus writes of one track that it records (its `record.c`): a header in JSON, then packet after packet. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import BinaryIO

import msgspec

from yuanzhen.infrastructure.errors import Malformed

BEGINS, EACH = b"MJR00002", b"MEET"
LENGTH, PLACE = Struct(">H"), Struct(">4sIH")  # of the header; of a packet: its mark, milliseconds, length


class _Header(msgspec.Struct):
    c: str  # codec
    s: int  # when it was opened, and
    u: int  # when its first packet was written: microseconds of 1970
    d: str = ""  # what its sender calls it


@dataclass(frozen=True, slots=True)
class Track:
    """What a file holds: the codec, what the sender calls the track, when its first packet came (µs since 1970)."""

    codec: str
    label: str
    begins_us: int


def head(file: BinaryIO) -> Track:
    """Reads the header; Malformed `media.no_recording` for what has none."""
    if file.read(len(BEGINS)) != BEGINS or len(length := file.read(LENGTH.size)) != LENGTH.size:
        raise Malformed("media.no_recording")
    try:
        told = msgspec.json.decode(file.read(LENGTH.unpack(length)[0]), type=_Header)
    except msgspec.DecodeError:
        raise Malformed("media.no_recording") from None
    return Track(told.c, told.d, told.u)


def packets(file: BinaryIO) -> Iterator[bytes]:
    """The packets after the header; what a server that was killed wrote of its last is left out."""
    while len(place := file.read(PLACE.size)) == PLACE.size:
        mark, _, size = PLACE.unpack(place)
        if mark != EACH or len(packet := file.read(size)) != size:
            return
        yield packet
