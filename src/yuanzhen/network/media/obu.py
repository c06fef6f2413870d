"""AV1's open bitstream units (AV1 bitstream specification, 5.3), as far as packets and sealed frames need. Pure."""

from __future__ import annotations

from typing import NamedTuple

SEQUENCE, DELIMITER, FRAME = 1, 2, 6  # 6.2.2
FORBIDDEN, EXTENDED, SIZED = 0x80, 0x04, 0x02
LONGEST = 4  # bytes of a length: 28 bits are more than a frame has


class Unit(NamedTuple):
    """One unit: its type, and what stands behind its header."""

    type: int
    payload: bytes


def units(frame: bytes) -> list[Unit]:
    """The units of a frame in their order; none of what is no frame."""
    found: list[Unit] = []
    at = 0
    try:
        while at < len(frame):
            header = frame[at]
            start = at + (2 if header & EXTENDED else 1)
            at = len(frame)
            if header & SIZED:
                size, start = length(frame, start)
                at = start + size
            if header & FORBIDDEN or max(start, at) > len(frame):
                return []
            found.append(Unit(header >> 3 & 0x0F, frame[start:at]))
    except IndexError:
        return []
    return found


def unit(type: int, payload: bytes) -> bytes:
    """One unit, with its size."""
    return bytes([type << 3 | SIZED]) + _length_of(payload) + payload


def with_size(element: bytes) -> bytes:
    """A unit as it stands in a packet, where its size is left out. Raises `IndexError` for less than its header."""
    header, at = element[0], 2 if element[0] & EXTENDED else 1
    body = element[at:]
    if header & SIZED:
        size, start = length(element, at)
        body = element[start : start + size]
    return bytes([header | SIZED]) + element[1:at] + _length_of(body) + body


def length(data: bytes, at: int) -> tuple[int, int]:
    """4.10.5, leb128: the number that begins there, and where it ends. Raises `IndexError` where it does not."""
    value = 0
    for nth in range(LONGEST):
        byte = data[at + nth]
        value |= (byte & 0x7F) << 7 * nth
        if byte < 0x80:
            return value, at + nth + 1
    raise IndexError(at)


def _length_of(payload: bytes) -> bytes:
    told, rest = bytearray(), len(payload)
    while rest > 0x7F:
        told.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*told, rest])
