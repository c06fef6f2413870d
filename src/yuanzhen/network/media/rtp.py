"""Frames from the packets of one track (RTP, RFC 3550): in their order, each whole, what lacks counted. Pure.

Our own, for a frame is sealed by its sender, and what FFmpeg makes of packets it takes for a picture.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import NamedTuple

from yuanzhen.network.media.payloads import CODECS, Payload

FIXED = Struct(">BBHI4x")  # 5.1: flags, marker and payload type, sequence number, timestamp, source
SHORTEST = FIXED.size
WAITING = 512  # packets, in which what was lost and sent again finds its place


class Packet(NamedTuple):
    """One packet; `last`: its marker, which ends a frame of a picture. `seq` and `time` count on past their bounds."""

    seq: int
    time: int
    last: bool
    payload: bytes


class Frame(NamedTuple):
    """One frame as its sender sealed it; `time` in units of its clock."""

    time: int
    data: bytes


@dataclass(slots=True)
class Lost:
    """What did not come: packets, and frames of which a part lacks."""

    packets: int = 0
    frames: int = 0


def frames(codec: str, packets: Iterable[bytes], lost: Lost) -> Iterator[Frame]:
    """The frames of a track. `codec`: one of `payloads.CODECS`; what is no packet counts as one that did not come."""
    whole = _ordered(packets, lost)
    return _sounds(whole) if codec == "opus" else _pictures(whole, CODECS[codec], lost)


def _sounds(packets: Iterable[Packet]) -> Iterator[Frame]:
    """RFC 7587: each packet is a frame; an empty one only tries the line."""
    return (Frame(one.time, one.payload) for one in packets if one.payload)


def _pictures(packets: Iterable[Packet], payload: Payload, lost: Lost) -> Iterator[Frame]:
    """From a packet that begins a frame to its last, without a gap."""
    parts: list[bytes] = []
    last: Packet | None = None
    broken: int | None = None
    for packet in packets:
        begun, data = _read_payload(payload, packet.payload)
        if begun is None:
            begun = last is None or packet.time != last.time
        if begun:
            lost.frames += bool(parts)
            parts = [data]
        elif parts and last is not None and packet.seq == last.seq + 1:
            parts.append(data)
        else:
            lost.frames += bool(parts) and last is not None and packet.time != last.time
            lost.frames += packet.time != broken
            parts, broken = [], packet.time
        if packet.last and parts:
            if frame := _joined(payload, parts):
                yield Frame(packet.time, frame)
            lost.frames += not frame
            parts = []
        last = packet
    lost.frames += bool(parts)


def _read_payload(payload: Payload, data: bytes) -> tuple[bool | None, bytes]:
    try:
        return payload.read(data)
    except IndexError:  # shorter than it says: a part of nothing
        return False, b""


def _joined(payload: Payload, parts: list[bytes]) -> bytes:
    try:
        return payload.joined(parts)
    except IndexError:
        return b""


@dataclass(slots=True)
class _Counter:
    """A number of so many bits that comes round, counted on."""

    bits: int
    last: int | None = field(default=None)

    def past(self, value: int) -> int:
        """The number that is meant: the one nearest to the last."""
        size = 1 << self.bits
        if self.last is None:
            self.last = value
            return value
        step = (value - self.last) % size
        found = self.last + (step if step < size // 2 else step - size)
        self.last = max(self.last, found)
        return found


def _ordered(packets: Iterable[bytes], lost: Lost) -> Iterator[Packet]:
    """In the order in which they were sent, each once."""
    numbers, times = _Counter(16), _Counter(32)
    waiting: list[Packet] = []
    before: int | None = None
    for packet in _then_none(packets):
        if packet is not None:
            if (one := _read(packet, numbers, times)) is None:
                lost.packets += 1
            elif before is None or one.seq > before:
                heapq.heappush(waiting, one)
            if len(waiting) <= WAITING:
                continue
        while waiting and (packet is None or len(waiting) > WAITING):
            one = heapq.heappop(waiting)
            if one.seq == before:
                continue  # it came twice
            lost.packets += 0 if before is None else one.seq - before - 1
            before = one.seq
            yield one


def _then_none(packets: Iterable[bytes]) -> Iterator[bytes | None]:
    yield from packets
    yield None


def _read(packet: bytes, numbers: _Counter, times: _Counter) -> Packet | None:
    """5.1 and 5.3.1; None for what is none, and for padding alone."""
    if len(packet) < SHORTEST or packet[0] >> 6 != 2:
        return None
    flags, kind, seq, time = FIXED.unpack_from(packet)
    at = SHORTEST + 4 * (flags & 0x0F)
    if flags & 0x10:
        at += 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
    end = len(packet) - (packet[-1] if flags & 0x20 else 0)
    if at > end:
        return None
    return Packet(numbers.past(seq), times.past(time), bool(kind & 0x80), packet[at:end])
