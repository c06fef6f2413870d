"""A simulated calendar that a hospital keeps itself, as `collaboration/calendar/house_calendar.py` asks and tells it.

On loopback alone, and in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

HOST = "127.0.0.1"
REQUEST_BYTES = 16 * 1024
WITHIN_S = 5.0


class Time(msgspec.Struct, frozen=True):
    """From when to when an expert is not free."""

    expert: str
    start: datetime
    end: datetime

    def meets(self, other: Time) -> bool:
        """Whether both are one expert's and overlap."""
        return self.expert == other.expert and self.start < other.end and other.start < self.end


@dataclass
class HouseCalendar:
    """What the hospital has its experts do otherwise, and what it was told is booked, by source."""

    otherwise: list[Time] = field(default_factory=list)
    booked: dict[str, Time] = field(default_factory=dict)
    url: str = ""

    def free(self, asked: Time) -> bool:
        """Whether there is nothing else then."""
        return not any(one.meets(asked) for one in (*self.otherwise, *self.booked.values()))

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and body for a request; 400 for what it does not understand."""
        parts = urlsplit(target)
        if method == "GET" and parts.path == "/free":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            return 200, msgspec.json.encode({"free": self.free(msgspec.convert(asked, Time, strict=False))})
        source = unquote(parts.path.removeprefix("/bookings/"))
        if method == "PUT":
            self.booked[source] = msgspec.json.decode(body, type=Time)
        elif method == "DELETE":
            self.booked.pop(source, None)
        return (204 if method in ("PUT", "DELETE") else 400), b""


@asynccontextmanager
async def serving(calendar: HouseCalendar, port: int = 0) -> AsyncIterator[HouseCalendar]:
    """The calendar answers at `calendar.url` inside the block; a port of 0 is any free one."""

    async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(WITHIN_S):
                status, body = _answered(calendar, *await _request(reader))
                writer.write(
                    f"HTTP/1.1 {status} .\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                )
                writer.write(body)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # who asked went away, or speaks something else
        finally:
            writer.close()

    server = await asyncio.start_server(asked, HOST, port, limit=REQUEST_BYTES)
    async with server:
        calendar.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
        yield calendar


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, *_ = [*first.split(" "), "", ""]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length") or 0)
    return method, target, await reader.readexactly(min(length, REQUEST_BYTES))


def _answered(calendar: HouseCalendar, method: str, target: str, body: bytes) -> tuple[int, bytes]:
    try:
        return calendar.answer(method, target, body)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return 400, b""
