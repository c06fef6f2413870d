"""What stands outside and is only played: a simulated system of others that answers HTTP, on loopback alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

import msgspec

HOST = "127.0.0.1"
REQUEST_BYTES = 16 * 1024
WITHIN_S = 5.0


class Outside(Protocol):
    """A simulated system; `url` is where it is, once it is there."""

    url: str

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body for a request, whose headers' names are in lower case."""


Simulated = TypeVar("Simulated", bound=Outside)


@asynccontextmanager
async def serving(simulated: Simulated, port: int = 0) -> AsyncIterator[Simulated]:
    """It answers at its `url` inside the block; a port of 0 is any free one."""

    async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(WITHIN_S):
                status, body = _answered(simulated, *await _request(reader))
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
        simulated.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
        yield simulated


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, Mapping[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, *_ = [*first.split(" "), "", ""]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length") or 0)
    return method, target, headers, await reader.readexactly(min(length, REQUEST_BYTES))


def _answered(
    simulated: Outside, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, bytes]:
    try:
        return simulated.answer(method, target, headers, body)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return 400, b""
