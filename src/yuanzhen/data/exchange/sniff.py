"""Plain and TLS on one port: a TLS client begins with 0x16 (RFC 8446 5.1), which neither MLLP nor DICOM does."""

from __future__ import annotations

import asyncio
import contextlib
import socket

TLS_HANDSHAKE = 0x16


async def begins_tls(peer: socket.socket, seconds: float) -> bool:
    """Looks at the first byte and leaves it where it is. Raises EOFError if the peer closes instead, TimeoutError."""
    peer.setblocking(False)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(BlockingIOError, InterruptedError):
                first = peer.recv(1, socket.MSG_PEEK)
                if not first:
                    raise EOFError
                return first[0] == TLS_HANDSHAKE
            ready: asyncio.Future[None] = loop.create_future()
            loop.add_reader(peer, _wake, ready)
            try:
                await ready
            finally:
                loop.remove_reader(peer)


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
