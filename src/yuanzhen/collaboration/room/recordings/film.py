"""One connection's sound and picture, from what the media server wrote of them to a film that plays: WebM, or MP4.

`python -m yuanzhen.collaboration.room.recordings.film` is a process of its own, for it keeps a core busy: it reads a
`Job` and writes a `Film` in one line, then the film's bytes. Nothing of it is put on a disk in the clear, so it is
made twice: what a film begins with is known only at its end.
"""

from __future__ import annotations

import heapq
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import av
import msgspec
from av import VideoCodecContext, VideoFrame
from av.bitstream import BitStreamFilterContext
from av.container import OutputContainer
from av.stream import Stream

from yuanzhen.collaboration.room.recordings.sealed import opened
from yuanzhen.infrastructure.errors import Malformed
from yuanzhen.network.media import mjr, nal, obu, rtp
from yuanzhen.network.media.payloads import CLOCKS, CODECS

HEAD_BYTES = 1 << 16  # at most so much of a film is written anew at its end: its length, and where its index lies
KINDNESS = 10  # others are served first (nice(2))
MS = Fraction(1, 1000)
SOUND = "opus"
DECODERS = {"av1": "libdav1d"}  # FFmpeg's own wants a chip
NO_PICTURE = (av.FFmpegError, IndexError)  # what was sealed is none: its sender alone is not seen
TYPES = {"webm": "video/webm", "mp4": "video/mp4"}  # by container: WebM takes no H.264


class Job(msgspec.Struct):
    """What a film is made of: the files of one connection of `sender`, and their keys by epoch."""

    sender: str
    files: list[str]
    keys: dict[int, bytes]


class Film(msgspec.Struct):
    """What a film holds: when it begins (µs since 1970) and how long it is, how many frames of pictures and sound.

    `lost`: packets that never came; `broken`: frames that lack a part, or come before the first whole picture;
    `unopened`: frames without a key, or not as they were sealed.
    """

    begins_us: int = 0
    lasts_ms: int = 0
    bytes: int = 0
    pictures: int = 0
    sounds: int = 0
    lost: int = 0
    broken: int = 0
    unopened: int = 0
    type: str = TYPES["webm"]


class _Part(NamedTuple):
    at_ms: int
    codec: str
    data: bytes
    is_key: bool


class _Head:
    """A file that keeps its beginning, for that is changed at the end, and hands on the rest as it comes."""

    def __init__(self, rest: Callable[[bytes], object]) -> None:
        self.head = bytearray()
        self.size = 0
        self._at = 0
        self._rest = rest

    def write(self, data: bytes) -> int:
        """Writes where one stands; behind the head only at the end of all."""
        into = max(0, min(len(data), HEAD_BYTES - self._at))
        self.head[self._at : self._at + into] = data[:into]
        if into < len(data):
            if self._at + into != max(self.size, HEAD_BYTES):
                raise Malformed("recording.film_head", at=self._at)
            self._rest(bytes(data[into:]))
        self._at += len(data)
        self.size = max(self.size, self._at)
        return len(data)

    def seek(self, at: int, whence: int = os.SEEK_SET) -> int:
        """Goes to a place."""
        self._at = at + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        return self._at

    def tell(self) -> int:
        """The place where one stands."""
        return self._at


def made(job: Job, out: BinaryIO) -> None:
    """Writes what the film holds, and the film. One of which nothing can be opened has no bytes."""
    once = _Head(lambda _: None)
    film = _written(job, once)
    out.write(msgspec.json.encode(film) + b"\n")
    if film.bytes > HEAD_BYTES:
        out.write(once.head)
        _written(job, _Head(out.write))
    else:
        out.write(once.head[: film.bytes])
    out.flush()


def _written(job: Job, file: _Head) -> Film:
    film = Film()
    with ExitStack() as stack:
        opened_files = [stack.enter_context(Path(one).open("rb")) for one in job.files]
        known = [(track, one) for one in opened_files if (track := mjr.head(one)).codec in CODECS]
        if not known:
            return film
        form = "mp4" if any(track.codec == "h264" for track, _ in known) else "webm"
        film.type = TYPES[form]
        film.begins_us = min(track.begins_us for track, _ in known)
        lost = [rtp.Lost() for _ in known]
        parts = [_parts(job, *one, film, count) for one, count in zip(known, lost, strict=True)]
        _muxed(parts, file, form, film)
        film.lost = sum(one.packets for one in lost)
        film.broken += sum(one.frames for one in lost)
        film.bytes = file.size
        return film


def _parts(job: Job, track: mjr.Track, file: BinaryIO, film: Film, lost: rtp.Lost) -> Iterator[_Part]:
    """One track's frames, opened, each at its time in the film; none before its first whole picture."""
    begun, after_ms, first = track.codec == SOUND, (track.begins_us - film.begins_us) // 1000, None
    for frame in rtp.frames(track.codec, mjr.packets(file), lost):
        first = frame.time if first is None else first
        data = opened(frame.data, job.sender, track.label, job.keys)
        if isinstance(data, str):
            film.unopened += 1
            continue
        is_key = track.codec == SOUND or bool(data and IS_KEY[track.codec](data))
        begun = begun or is_key
        if not begun:
            film.broken += 1
            continue
        yield _Part(after_ms + (frame.time - first) * 1000 // CLOCKS[track.codec], track.codec, data, is_key)


# Whether one can begin with a frame: RFC 6386, 9.1; VP9's uncompressed header (6.2), of profiles 0 to 2.
IS_KEY: Mapping[str, Callable[[bytes], bool]] = {
    "vp8": lambda data: not data[0] & 0x01,
    "vp9": lambda data: not data[0] & 0x0C,
    "h264": nal.begins_alone,
    "av1": lambda data: any(one.type == obu.SEQUENCE for one in obu.units(data)),
}


def _muxed(parts: Sequence[Iterator[_Part]], file: _Head, form: str, film: Film) -> None:
    """Puts the tracks together in the order of their times."""
    firsts = [(first, rest) for rest in parts if (first := next(rest, None)) is not None]
    if not firsts:
        return
    with av.open(file, "w", format=form, options={"fflags": "+bitexact"}) as container:
        begun: list[tuple[Stream, av.Packet[Stream]]] = []
        tracks: list[Iterator[tuple[int, _Part]]] = []
        for first, rest in firsts:
            try:
                begun.append(_begun(container, first))
                tracks.append(_placed(len(tracks), first, rest))
            except NO_PICTURE:
                film.broken += 1 + sum(1 for _ in rest)
        last = [-1] * len(begun)
        for nth, part in heapq.merge(*tracks, key=lambda one: (one[1].at_ms, one[0])):
            stream, packet = begun[nth] if last[nth] < 0 else (begun[nth][0], av.Packet(part.data))
            last[nth] = max(part.at_ms, last[nth] + 1)
            packet.time_base, packet.stream, packet.is_keyframe = MS, stream, part.is_key
            packet.pts = packet.dts = last[nth]
            try:
                container.mux(packet)
            except av.FFmpegError:
                film.broken += 1
                continue
            if part.codec == SOUND:
                film.sounds += 1
            else:
                film.pictures += 1
        film.lasts_ms = max(last, default=-1) + 1


def _placed(nth: int, first: _Part, rest: Iterator[_Part]) -> Iterator[tuple[int, _Part]]:
    yield nth, first
    for part in rest:
        yield nth, part


def _begun(container: OutputContainer, first: _Part) -> tuple[Stream, av.Packet[Stream]]:
    """A stream for what begins so, and its first packet: the container needs to know the size, and more of some."""
    packet: av.Packet[Stream] = av.Packet(first.data)
    if first.codec == SOUND:  # its encoder, which encodes nothing here, writes the header of the sound
        return container.add_stream("libopus", rate=CLOCKS[SOUND], layout="stereo"), packet
    shown = _shown(first)
    if first.codec == "h264":  # its parameters stand in the first frame
        with av.open(BytesIO(first.data), format="h264") as alone:
            return container.add_stream_from_template(alone.streams.video[0], opaque=False), packet
    if first.codec == "av1":  # they go beside the first packet
        with av.open(BytesIO(obu.unit(obu.DELIMITER, b"") + first.data), format="obu") as alone:
            [packet] = BitStreamFilterContext("extract_extradata", alone.streams.video[0]).filter(packet)
    return container.add_mux_stream(first.codec, width=shown.width, height=shown.height, time_base=MS), packet


def _shown(first: _Part) -> VideoFrame:
    """Its picture; one of `NO_PICTURE` where a decoder finds none."""
    decoder = cast(VideoCodecContext, av.CodecContext.create(DECODERS.get(first.codec, first.codec), "r"))
    return [*decoder.decode(av.Packet(first.data)), *decoder.decode(None)][0]


if __name__ == "__main__":
    os.nice(KINDNESS)
    made(msgspec.json.decode(sys.stdin.buffer.read(), type=Job), sys.stdout.buffer)
