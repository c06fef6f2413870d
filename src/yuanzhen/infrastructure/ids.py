"""Identifiers made here: UUID version 7 (RFC 9562 5.7), so that keys grow with time and indexes stay dense."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """A fresh UUIDv7 as text: 48 bits of Unix milliseconds, then 74 random bits."""
    stamp = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (stamp & (2**48 - 1)) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & (2**62 - 1)
    text = f"{value:032x}"  # a UUID object would be made for its text alone
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
