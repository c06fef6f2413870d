"""Packets become frames again: in order, whole, and what lacks is counted."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanzhen.infrastructure.errors import Malformed
from yuanzhen.network.media import mjr, rtp
from yuanzhen.network.media.rtp import Frame, Lost

BEGIN, ON = b"\x10", b"\x00"  # descriptors of VP8
EXTENDED = b"\x90\x80\xed\xaa"  # with a picture's number of fifteen bits


def packet(seq: int, time: int, payload: bytes, *, last: bool = False) -> bytes:
    return struct.pack(">BBHII", 0x80, 0x60 | (0x80 if last else 0), seq % 2**16, time % 2**32, 7) + payload


def read(packets: Iterable[bytes], codec: str = "vp8") -> tuple[list[Frame], Lost]:
    lost = Lost()
    return list(rtp.frames(codec, packets, lost)), lost


THREE = [
    packet(1, 0, EXTENDED + b"a"), packet(2, 0, ON + b"b", last=True),
    packet(3, 3000, BEGIN + b"c", last=True),
    packet(4, 6000, BEGIN + b"d"), packet(5, 6000, ON + b"e"), packet(6, 6000, ON + b"f", last=True),
]  # fmt: skip
FRAMES = [Frame(0, b"ab"), Frame(3000, b"c"), Frame(6000, b"def")]


def test_packets_of_a_picture_are_put_together() -> None:
    assert read(THREE) == (FRAMES, Lost())


def test_what_came_late_or_twice_is_in_its_place_once() -> None:
    mixed = [THREE[0], THREE[2], THREE[1], THREE[2], THREE[5], THREE[4], THREE[3]]
    assert read(mixed) == (FRAMES, Lost())


@pytest.mark.parametrize(
    ("lacks", "frames", "lost"),
    [
        (0, FRAMES[1:], Lost(0, 1)),  # that it began before is not known
        (1, FRAMES[1:], Lost(1, 1)),
        (2, [FRAMES[0], FRAMES[2]], Lost(1, 0)),  # nothing is left to tell that it was a frame
        (4, FRAMES[:2], Lost(1, 1)),
        (5, FRAMES[:2], Lost(0, 1)),
    ],
)
def test_a_frame_that_lacks_a_part_is_left_out_and_counted(lacks: int, frames: list[Frame], lost: Lost) -> None:
    assert read(one for nth, one in enumerate(THREE) if nth != lacks) == (frames, lost)


def test_numbers_and_times_that_come_round_count_on() -> None:
    packets = [packet(2**16 - 1 + n, 2**32 - 3000 + n * 3000, BEGIN + bytes([n]), last=True) for n in range(3)]
    frames, lost = read(packets)
    assert [one.time - frames[0].time for one in frames] == [0, 3000, 6000]
    assert lost == Lost()


def test_a_packet_of_sound_is_a_frame_and_an_empty_one_is_none() -> None:
    packets = [packet(1, 0, b"x"), packet(2, 960, b""), packet(3, 1920, b"y")]
    assert read(packets, "opus") == ([Frame(0, b"x"), Frame(1920, b"y")], Lost())


# RFC 9628, 4.2: I, P, L, F, B, E, V, Z; with the number of the picture, then layers, then sizes of them
VP9 = [
    (b"\x8c\x85\x01", b"a"),  # begins and ends, a number of fifteen bits
    (b"\xac\x05\x11\x00", b"b"),  # with layers and the index of the first
    (b"\x8e\x05\x18\x02\x80\x01\xe0\x01\x00", b"c"),
]


@pytest.mark.parametrize(("descriptor", "data"), VP9)
def test_vp9_stands_behind_its_descriptor(descriptor: bytes, data: bytes) -> None:
    assert read([packet(1, 0, descriptor + data, last=True)], "vp9")[0] == [Frame(0, data)]


SPS, PPS, IDR = b"\x67\x42\x00\x1f", b"\x68\xce", b"\x65\x88\x84abcdef"
START = b"\x00\x00\x00\x01"
# RFC 6184: a STAP-A, then one unit in FU-A; a single unit
H264 = [
    packet(1, 0, b"\x78\x00\x04" + SPS + b"\x00\x02" + PPS), packet(2, 0, b"\x7c\x85" + IDR[1:4]),
    packet(3, 0, b"\x7c\x05" + IDR[4:6]), packet(4, 0, b"\x7c\x45" + IDR[6:], last=True),
    packet(5, 3000, b"\x41\x9ax", last=True),
]  # fmt: skip
OF_H264 = [Frame(0, START + SPS + START + PPS + START + IDR), Frame(3000, START + b"\x41\x9ax")]
# The payload format for AV1: two elements, the second of which goes on in the next packet; one that has its length
AV1 = [
    packet(1, 0, b"\x68\x03\x08ab" + b"\x30cd"), packet(2, 0, b"\x90ef", last=True),
    packet(3, 3000, b"\x00\x03\x32\x01g", last=True),
]  # fmt: skip
OF_AV1 = [Frame(0, b"\x0a\x02ab" + b"\x32\x04cdef"), Frame(3000, b"\x32\x01g")]


@pytest.mark.parametrize(("codec", "packets", "frames"), [("h264", H264, OF_H264), ("av1", AV1, OF_AV1)])
def test_units_are_put_together_from_one_packet_and_from_several(
    codec: str, packets: list[bytes], frames: list[Frame]
) -> None:
    assert read(packets, codec) == (frames, Lost())


@pytest.mark.parametrize(
    ("codec", "packets", "lacks", "count", "lost"),
    [
        ("h264", H264, 1, 1, Lost(1, 1)),  # the beginning of a unit
        ("h264", H264, 2, 1, Lost(1, 1)),
        ("h264", H264, 3, 1, Lost(1, 1)),  # its end
        ("av1", AV1, 0, 1, Lost(0, 1)),
        ("av1", AV1, 1, 1, Lost(1, 1)),
    ],
)
def test_a_frame_of_units_that_lacks_a_part_is_left_out_and_counted(
    codec: str, packets: list[bytes], lacks: int, count: int, lost: Lost
) -> None:
    frames, found = read((one for nth, one in enumerate(packets) if nth != lacks), codec)
    assert (len(frames), found) == (count, lost)


@pytest.mark.parametrize("codec", ["vp8", "vp9", "h264", "av1"])
@given(st.lists(st.binary(max_size=12), max_size=6))
def test_any_bytes_in_packets_are_frames_or_counted_never_a_fault(codec: str, payloads: list[bytes]) -> None:
    packets = [packet(nth, nth // 2 * 3000, one, last=bool(nth % 2)) for nth, one in enumerate(payloads)]
    frames, lost = read(packets, codec)
    assert len(frames) + lost.frames <= len(packets)


@pytest.mark.parametrize("odd", [b"", b"\x80", b"\x40" + bytes(20), packet(2, 9, b""), packet(2, 9, b"\x90\x80")])
def test_what_is_no_packet_harms_no_frame(odd: bytes) -> None:
    assert FRAMES[0] in read([*THREE[:2], odd])[0]


def recorded(*packets: bytes) -> bytes:
    head = b'{"t": "v", "c": "vp8", "d": "camera", "s": 1, "u": 5000000, "e": true}'
    return b"MJR00002" + struct.pack(">H", len(head)) + head + b"".join(
        b"MEET" + struct.pack(">IH", 0, len(one)) + one for one in packets
    )  # fmt: skip


def test_a_file_tells_its_track_and_gives_its_packets() -> None:
    file = io.BytesIO(recorded(*THREE))
    assert mjr.head(file) == mjr.Track("vp8", "camera", 5_000_000)
    assert list(mjr.packets(file)) == THREE


def test_a_file_that_was_cut_off_gives_what_is_whole() -> None:
    whole = recorded(*THREE)
    for size in range(len(recorded(*THREE[:5])), len(whole)):
        file = io.BytesIO(whole[:size])
        mjr.head(file)
        assert list(mjr.packets(file)) == THREE[:5]


@pytest.mark.parametrize(
    "content", [b"", b"MJR00002", b"MJR00001\x00\x02{}", b"MJR00002\x00\x02{}", b"MJR00002\x00\x02[["]
)
def test_what_is_no_recording_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        mjr.head(io.BytesIO(content))
