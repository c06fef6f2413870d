"""What a media server writes of somebody whose page seals: real pictures and sound, in packets, in files."""

from __future__ import annotations

import json
import re
import struct
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av import AudioFrame, VideoFrame

from yuanzhen.network.media import obu
from yuanzhen.security.crypto import sm4

SOUND, PICTURE = "opus", "vp8"
LARGEST = 900  # bytes of a payload
CLEAR = {SOUND: (1, 1), PICTURE: (10, 3)}  # of a key frame, of another
ENCODERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "vp8": ("libvpx", {"deadline": "realtime", "g": "1000", "lag-in-frames": "0"}),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "g": "1000", "lag-in-frames": "0"}),
    "h264": ("libx264", {"tune": "zerolatency", "g": "1000"}),
    "av1": ("libsvtav1", {"preset": "10", "svtav1-params": "pred-struct=1:lookahead=0:keyint=1000"}),
}
STEP = {SOUND: 960} | dict.fromkeys(ENCODERS, 9000)  # 20 ms, and ten pictures a second
SEALS = Path(__file__).with_name("page_seals.mjs")
ROOT = SEALS.parents[2]


@dataclass
class Sealer:
    """One page that seals, as web/src/parts/media/seal does."""

    sender: str
    keys: Mapping[int, bytes]
    count: int = 0

    def seal(self, epoch: int, track: str, codec: str, frame: bytes) -> bytes:
        """One frame as it travels."""
        is_key = codec == SOUND or not frame[0] & 1
        clear, rest = (frame[:n], frame[n:]) if (n := CLEAR[codec][0 if is_key else 1]) else (b"", frame)
        nonce = epoch.to_bytes(3, "big") + b"salt" + self.count.to_bytes(5, "big")
        self.count += 1
        trailer = nonce + bytes([len(clear), 1])
        bound = json.dumps([self.sender, track, epoch], separators=(",", ":")).encode() + b"\n" + trailer + clear
        return clear + sm4.seal(self.keys[epoch], nonce, rest, bound) + trailer


@dataclass(frozen=True)
class Sent:
    """What a page sends as one track: frames of a codec, the first one whole."""

    label: str
    codec: str
    frames: list[bytes]


def sealed_by_page(sender: str, epoch: int, key: bytes, tracks: list[Sent]) -> list[Sent]:
    """The same tracks as the page's own code seals them."""
    kind = {SOUND: "audio"}
    told = {"sender": sender, "epoch": epoch, "key": b64encode(key).decode(), "tracks": [
        {"label": one.label, "codec": f"{kind.get(one.codec, 'video')}/{one.codec}",
         "frames": [b64encode(frame).decode() for frame in one.frames]} for one in tracks
    ]}  # fmt: skip
    done = subprocess.run(
        [ROOT / ".venv/bin/node", "--experimental-transform-types", "--disable-warning=ExperimentalWarning", SEALS],
        input=json.dumps(told), text=True, check=True, capture_output=True,
    )  # fmt: skip
    return [
        replace(one, frames=[b64decode(frame) for frame in frames])
        for one, frames in zip(tracks, json.loads(done.stdout), strict=True)
    ]


def pictures(count: int, size: tuple[int, int] = (64, 48), codec: str = PICTURE, *, grain: bool = False) -> list[bytes]:
    """Encoded frames of a moving picture, the first one whole; with grain they are as large as frames can be."""
    name, options = ENCODERS[codec]
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
    encoder.time_base, encoder.options = Fraction(1, 10), dict(options)
    frames = []
    for nth in range(count):
        shape = size[1], size[0], 3
        shown = np.full(shape, nth * 7 % 256, np.uint8)
        if grain:
            shown = np.random.default_rng(nth).integers(0, 255, shape, np.uint8)
        frame = VideoFrame.from_ndarray(shown, format="rgb24").reformat(format="yuv420p")
        frame.pts = nth
        frames += [bytes(packet) for packet in encoder.encode(frame)]
    return frames + [bytes(packet) for packet in encoder.encode(None)]


def sounds(count: int) -> list[bytes]:
    """Encoded frames of a tone, 20 ms each."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.time_base = 48000, "stereo", "flt", Fraction(1, 48000)
    frames = []
    for nth in range(count):
        tone = np.sin(np.arange(nth * 960, (nth + 1) * 960) / 20).astype(np.float32)
        frame = AudioFrame.from_ndarray(np.repeat(tone, 2)[None, :], format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, nth * 960, Fraction(1, 48000)
        frames += [bytes(packet) for packet in encoder.encode(frame)]
    return frames


def packets(codec: str, frames: list[bytes]) -> Iterator[bytes]:
    """RTP of frames, one every `STEP`."""
    seq = 1
    for nth, frame in enumerate(frames):
        pieces = PACKED[codec](frame)
        for number, piece in enumerate(pieces):
            last = 0x80 if number == len(pieces) - 1 else 0
            yield struct.pack(">BBHII", 0x80, 96 | last, seq, nth * STEP[codec], 7) + piece
            seq += 1


def _pieces(frame: bytes, first: bytes = b"", other: bytes = b"") -> list[bytes]:
    """So many bytes at most to a packet, each behind its descriptor."""
    return [(other if at else first) + frame[at : at + LARGEST] for at in range(0, len(frame), LARGEST)]


def _h264(frame: bytes) -> list[bytes]:
    """RFC 6184: all parameters in one packet, a slice in as many as it needs."""
    units = [one for one in re.split(b"\x00\x00\x00?\x01", frame) if one]
    *parameters, picture = units
    begun = [b"\x78" + b"".join(struct.pack(">H", len(one)) + one for one in parameters)] if parameters else []
    if len(picture) <= LARGEST:
        return [*begun, picture]
    parts = [picture[at : at + LARGEST] for at in range(1, len(picture), LARGEST)]
    ends = {0: 0x80, len(parts) - 1: 0x40}
    described = [bytes([picture[0] & 0xE0 | 28, picture[0] & 0x1F | ends.get(nth, 0)]) for nth in range(len(parts))]
    return [*begun, *(head + part for head, part in zip(described, parts, strict=True))]


def _av1(frame: bytes) -> list[bytes]:
    """The AV1 payload format: units without their sizes, cut where a packet is full."""
    *heads, last = [bytes([one.type << 3]) + one.payload for one in obu.units(frame)]
    first = b"".join(bytes([len(one)]) + one for one in heads)
    room = LARGEST - len(first)
    parts = [last[:room], *(last[at : at + LARGEST] for at in range(room, len(last), LARGEST))]
    count = (len(heads) + 1) << 4
    return [
        bytes([(0x80 if nth else 0) | (0x40 if nth < len(parts) - 1 else 0) | (0x10 if nth else count)])
        + (b"" if nth else first) + part
        for nth, part in enumerate(parts)
    ]  # fmt: skip


PACKED: Mapping[str, Callable[[bytes], list[bytes]]] = {
    SOUND: lambda frame: [frame],
    "vp8": lambda frame: _pieces(frame, b"\x10", b"\x00"),
    "vp9": lambda frame: _pieces(frame, b"\x08", b"\x00"),
    "h264": _h264,
    "av1": _av1,
}


def write(folder: Path, seat: str, codec: str, label: str, begins_us: int, rtp: list[bytes]) -> Path:
    """A file as the media server writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = "audio" if codec == SOUND else "video"
    head = json.dumps({"t": kind[0], "c": codec, "d": label, "s": begins_us - 100, "u": begins_us}).encode()
    path = folder / f"videoroom-r-user-{seat}-{begins_us}-{kind}-{'0' if codec == SOUND else '1'}.mjr"
    body = b"".join(b"MEET" + struct.pack(">IH", 0, len(one)) + one for one in rtp)
    path.write_bytes(b"MJR00002" + struct.pack(">H", len(head)) + head + body)
    return path
