"""The shell of the HIS: its MLLP server and its page, on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from hl7.mllp import InvalidBlockError, start_hl7_server

from yuanzhen.infrastructure import clock
from yuanzhen.programs.demo.his.answer import answer
from yuanzhen.programs.demo.his.ledger import Ledger
from yuanzhen.programs.demo.his.page import CHINA, page
from yuanzhen.programs.demo.his.reading import Refusal, header, read

HOST = "127.0.0.1"
MESSAGE_BYTES = 4 * 1024 * 1024
REQUEST_BYTES = 16 * 1024
IDLE_S = 600
REQUEST_S = 10
OWN_NAMES = ("127.0.0.1", "localhost")  # of the page: another name in Host is another site's (DNS rebinding)
SECURE = (
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where it listens: HL7 by MLLP, and its page."""

    mllp: int
    page: int


@asynccontextmanager
async def serving(path: Path, mllp_port: int, page_port: int) -> AsyncIterator[Ports]:
    """The HIS, keeping what it takes in `path`; a port of 0 is any free one. OSError where a port is taken."""
    ledger = Ledger(path)
    try:
        mllp = await start_hl7_server(_connected(ledger), HOST, mllp_port, limit=MESSAGE_BYTES)
        async with mllp:
            web = await asyncio.start_server(_asked(ledger), HOST, page_port, limit=REQUEST_BYTES)
            async with web:
                yield Ports(mllp.sockets[0].getsockname()[1], web.sockets[0].getsockname()[1])
    finally:
        ledger.close()


async def took(data: bytes, ledger: Ledger, now: datetime) -> bytes:
    """The answer to one message, which is kept before it is accepted. hl7apy needs 20 ms and more: on a thread."""
    at = now.astimezone(CHINA)
    found = await asyncio.to_thread(read, data, received=f"{at:%Y-%m-%d %H:%M:%S}", digest=_digest(data))
    refusal = found if isinstance(found, Refusal) else ledger.take(found)
    return answer(header(data), refusal, now=f"{at:%Y%m%d%H%M%S%z}", control=secrets.token_hex(10))


def _digest(data: bytes) -> str:
    """Of all but the moment of sending (MSH-7), which changes when a message is sent again."""
    first, _, rest = data.partition(b"\r")
    fields = first.split(b"|")
    return hashlib.sha256(b"|".join(fields[:6] + fields[7:]) + b"\r" + rest).hexdigest()


def _connected(ledger: Ledger) -> Callable[..., Awaitable[None]]:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a sender; it ends with the sender, or with what is no frame."""
        try:
            while True:
                async with asyncio.timeout(IDLE_S):
                    data: bytes = await reader.readblock()  # type: ignore[attr-defined]  # of hl7's own reader
                writer.writeblock(await took(data, ledger, clock.now()))  # type: ignore[attr-defined]
                await writer.drain()
        except (asyncio.IncompleteReadError, InvalidBlockError, ValueError, OSError, TimeoutError):
            writer.close()

    return connected


def _asked(ledger: Ledger) -> Callable[..., Awaitable[None]]:
    async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer (RFC 9112)."""
        try:
            async with asyncio.timeout(REQUEST_S):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                writer.write(responded(head, ledger))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, TimeoutError):
            writer.transport.abort()
        finally:
            writer.close()

    return asked


def responded(head: str, ledger: Ledger) -> bytes:
    """The whole response to a request's head: the page at `/`, the same as JSON at `/reports.json`."""
    lines = head.split("\r\n")
    method, target = (*lines[0].split(" "), "", "")[:2]
    host = next((line.split(":", 1)[1].strip() for line in lines[1:] if line.lower().startswith("host:")), "")
    if host.partition(":")[0] not in OWN_NAMES:
        return _response("421 Misdirected Request", "text/plain", b"")
    if method != "GET":
        return _response("405 Method Not Allowed", "text/plain", b"")
    if target == "/":
        return _response("200 OK", "text/html", page(ledger.reports).encode())
    if target == "/reports.json":
        return _response("200 OK", "application/json", msgspec.json.encode(ledger.reports))
    return _response("404 Not Found", "text/plain", b"")


def _response(status: str, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n{SECURE}"
    return f"{head}Connection: close\r\n\r\n".encode() + body
