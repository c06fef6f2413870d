"""What a media server writes of somebody whose page seals: real pictures and sound, in packets, in files."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av import AudioFrame, VideoFrame

from yuanzhen.security.crypto import sm4

SOUND, PICTURE = "opus", "vp8"
LARGEST = 900  # bytes of a payload
CLEAR = {SOUND: (1, 1), PICTURE: (10, 3)}  # of a key frame, of another
STEP = {SOUND: 960, PICTURE: 9000}  # 20 ms, and ten pictures a second


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


def pictures(count: int, size: tuple[int, int] = (64, 48)) -> list[bytes]:
    """Encoded frames of a moving picture, the first one whole."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
    encoder.time_base, encoder.options = Fraction(1, 10), {"deadline": "realtime", "g": "1000", "lag-in-frames": "0"}
    frames = []
    for nth in range(count):
        shown = np.full((size[1], size[0], 3), nth * 7 % 256, np.uint8)
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
        pieces = [frame[at : at + LARGEST] for at in range(0, len(frame), LARGEST)]
        for number, piece in enumerate(pieces):
            last = 0x80 if number == len(pieces) - 1 else 0
            described = piece if codec == SOUND else (b"\x10" if number == 0 else b"\x00") + piece
            yield struct.pack(">BBHII", 0x80, 96 | last, seq, nth * STEP[codec], 7) + described
            seq += 1


def write(folder: Path, seat: str, codec: str, label: str, begins_us: int, rtp: list[bytes]) -> Path:
    """A file as the media server writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = "audio" if codec == SOUND else "video"
    head = json.dumps({"t": kind[0], "c": codec, "d": label, "s": begins_us - 100, "u": begins_us}).encode()
    path = folder / f"videoroom-r-user-{seat}-{begins_us}-{kind}-{'0' if codec == SOUND else '1'}.mjr"
    body = b"".join(b"MEET" + struct.pack(">IH", 0, len(one)) + one for one in rtp)
    path.write_bytes(b"MJR00002" + struct.pack(">H", len(head)) + head + body)
    return path
