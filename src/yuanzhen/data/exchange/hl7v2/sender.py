"""Sends one message by MLLP and waits for its answer. Retrying is the caller's: it keeps what has not been answered."""

from __future__ import annotations

import asyncio
import ssl

from yuanzhen.data.exchange.hl7v2.mllp import READ_BYTES, FrameDecoder, framed
from yuanzhen.infrastructure.errors import Malformed, Problem, Unavailable

MAX_ANSWER = 1024 * 1024


async def send(
    host: str, port: int, message: bytes, *, tls: ssl.SSLContext | None = None, timeout_s: float = 30.0
) -> bytes:
    """The bytes of the answer, unframed.

    Raises Unavailable `hl7.unreachable`, `hl7.not_trusted` (its certificate), `hl7.no_answer`, `hl7.timed_out`; after
    the last two the message may or may not have been taken. Malformed `hl7.garbage` if what came was no frame.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await _exchange(host, port, message, tls)
    except TimeoutError:
        raise Unavailable("hl7.timed_out", seconds=timeout_s) from None
    except ssl.SSLError as fault:
        raise Unavailable("hl7.not_trusted", reason=fault.reason) from None
    except (ConnectionResetError, BrokenPipeError):
        raise Unavailable("hl7.no_answer") from None
    except OSError as fault:
        raise Unavailable("hl7.unreachable", errno=fault.errno) from None


async def _exchange(host: str, port: int, message: bytes, tls: ssl.SSLContext | None) -> bytes:
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        writer.write(framed(message))
        await writer.drain()
        return await _answer(reader)
    finally:
        writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    decoder = FrameDecoder(MAX_ANSWER)
    while data := await reader.read(READ_BYTES):
        messages = decoder.feed(data)
        if messages:
            return messages[0]
        if decoder.garbage > MAX_ANSWER:
            break
    raise _silence(decoder)


def _silence(decoder: FrameDecoder) -> Problem:
    if decoder.garbage:
        return Malformed("hl7.garbage", bytes=decoder.garbage)
    return Unavailable("hl7.no_answer")
