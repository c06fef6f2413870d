"""A frame as a page sealed it, opened with its sender's key: the other end is web/src/parts/media/seal. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.network.media import nal, obu
from yuanzhen.security.crypto import sm4

TRAILER = sm4.NONCE + 2  # nonce, how many bytes are clear, which form
LEADING, H264, AV1 = 1, 2, 3  # forms: the clear bytes lead (VP8, VP9, Opus), or lie as these codecs' packets want

Reason = Literal["not-sealed", "no-key", "broken"]
Keys = Mapping[int, bytes]  # one sender's, by epoch


class Parts(NamedTuple):
    """A frame, divided: `bound`: what of the clear part nobody may change unseen; `rest`: ciphertext, tag, trailer."""

    clear: bytes
    bound: bytes
    rest: bytes


def opened(frame: bytes, sender: str, track: str, keys: Keys) -> bytes | Reason:
    """The frame as its encoder made it; otherwise why there is none."""
    parts = FORMS[frame[-1]](frame) if frame and frame[-1] in FORMS else None
    if parts is None or len(parts.rest) < sm4.TAG + TRAILER:
        return "not-sealed"
    sealed, trailer = parts.rest[:-TRAILER], parts.rest[-TRAILER:]
    epoch = int.from_bytes(trailer[:3], "big")
    if epoch not in keys:
        return "no-key"
    label = json.dumps([sender, track, epoch], ensure_ascii=False, separators=(",", ":"))
    try:
        bound = f"{label}\n".encode() + trailer + parts.bound
        return parts.clear + sm4.open_(keys[epoch], trailer[: sm4.NONCE], sealed, bound)
    except Invalid:
        return "broken"


def _leading(frame: bytes) -> Parts | None:
    size = frame[-2] if len(frame) > TRAILER else 0
    return Parts(frame[:size], frame[:size], frame[size:])


def _h264(frame: bytes) -> Parts | None:
    """The parameters before the slice are rewritten on the way, so they are not bound."""
    at = nal.slice_at(frame)
    size = at + nal.SHOWN
    if at < 0 or size > len(frame):
        return None
    return Parts(frame[:size], frame[at:size], nal.unescaped(frame[size:], frame[:size]))


def _av1(frame: bytes) -> Parts | None:
    """What is sealed looks like one frame; the size of the sequence headers before it is written anew on the way."""
    units = obu.units(frame)
    sealed = next((one.payload for one in units if one.type == obu.FRAME), None)
    heads = [one.payload for one in units if one.type == obu.SEQUENCE]
    if sealed is None:
        return None
    return Parts(b"".join(obu.unit(obu.SEQUENCE, one) for one in heads), b"".join(heads), sealed)


FORMS: Mapping[int, Callable[[bytes], Parts | None]] = {LEADING: _leading, H264: _h264, AV1: _av1}
