"""Asks a time server how far this machine's clock is off: SNTP, the client's part of NTP (RFC 4330)."""

from __future__ import annotations

import secrets
import socket
import struct
import time
from dataclasses import dataclass

from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.errors import Malformed, Unavailable

PACKET = struct.Struct(">BBbbII4sQQQQ")  # RFC 4330 4: the 48 bytes of a message
CLIENT = 4 << 3 | 3  # version 4, mode client
SERVER_MODE = 4
UNSYNCHRONISED = 3  # leap indicator
STRATA = range(1, 16)
EPOCH_S = 2_208_988_800  # from 1900, where NTP counts from, to 1970
FRACTION = 1 << 32
ERA_S = 1 << 32  # NTP's seconds begin anew in 2036 (RFC 4330 3)
TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer: the clock is late by `offset_s` (early when negative), give or take half of `delay_s`."""

    offset_s: float
    delay_s: float
    stratum: int


def request(cookie: int) -> bytes:
    """A question. The cookie stands in the transmit time, which the server gives back unread (RFC 4330 5)."""
    return PACKET.pack(CLIENT, 0, 0, 0, 0, 0, b"", 0, 0, 0, cookie)


def answer(packet: bytes, cookie: int, *, sent_s: float, received_s: float) -> Answer:
    """What an answer says; `sent_s` and `received_s` are our clock's, in seconds since 1970.

    Malformed `sntp.answer` for one that is not to our question, or of a server that does not know the time itself.
    """
    if len(packet) < PACKET.size:
        raise Malformed("sntp.answer", rule="48 bytes or more", length=len(packet))
    first, stratum, _, _, _, _, _, _, origin, received, transmitted = PACKET.unpack_from(packet)
    if first & 0b111 != SERVER_MODE or origin != cookie:
        raise Malformed("sntp.answer", rule="an answer to our question")
    if first >> 6 == UNSYNCHRONISED or stratum not in STRATA or not transmitted:
        raise Malformed("sntp.answer", rule="a server that knows the time", stratum=stratum)
    there, back = _seconds(received, sent_s), _seconds(transmitted, sent_s)
    return Answer(((there - sent_s) + (back - received_s)) / 2, (received_s - sent_s) - (back - there), stratum)


def ask(host: str, port: int) -> Answer:
    """Asks once. Unavailable `sntp.silent` when nothing comes back."""
    cookie = secrets.randbits(64)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as link:
            link.settimeout(TIMEOUT_S)
            link.connect(address)
            sent_s, began = clock.now().timestamp(), time.monotonic()
            link.send(request(cookie))
            packet = link.recv(512)
            # Told by the clock that does not jump, so that a jump between the two is no part of the offset.
            return answer(packet, cookie, sent_s=sent_s, received_s=sent_s + time.monotonic() - began)
    except OSError as error:
        raise Unavailable("sntp.silent", place=f"{host}:{port}", rule=error.strerror or type(error).__name__) from error


def _seconds(stamp: int, near_s: float) -> float:
    """A time stamp in seconds since 1970, in the era that is nearest to our own clock."""
    told = stamp / FRACTION - EPOCH_S
    return told + round((near_s - told) / ERA_S) * ERA_S
