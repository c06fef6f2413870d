"""A frame as a page sealed it, opened with its sender's key: the other end is web/src/parts/media/seal. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.crypto import sm4

TRAILER = sm4.NONCE + 2  # nonce, how many bytes are clear, which form
LEADING = 1  # the form in which the clear bytes lead: VP8, VP9, Opus

Reason = Literal["not-sealed", "no-key", "broken"]
Keys = Mapping[int, bytes]  # one sender's, by epoch


def opened(frame: bytes, sender: str, track: str, keys: Keys) -> bytes | Reason:
    """The frame as its encoder made it; otherwise why there is none."""
    if len(frame) < sm4.TAG + TRAILER or frame[-1] != LEADING:
        return "not-sealed"
    trailer = frame[-TRAILER:]
    clear, rest = frame[: trailer[-2]], frame[trailer[-2] : -TRAILER]
    epoch = int.from_bytes(trailer[:3], "big")
    if epoch not in keys:
        return "no-key"
    if len(rest) < sm4.TAG:
        return "not-sealed"
    label = json.dumps([sender, track, epoch], ensure_ascii=False, separators=(",", ":"))
    try:
        bound = f"{label}\n".encode() + trailer + clear
        return clear + sm4.open_(keys[epoch], trailer[: sm4.NONCE], rest, bound)
    except Invalid:
        return "broken"
