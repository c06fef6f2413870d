"""uvicorn as we run it: signals are the program's own affair, and a stop waits for work, not for silent connections."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios
from asyncio.trsock import TransportSocket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn

FAREWELL_S = 0.2  # for the close frames of WebSockets and the ends of TLS to be read
LOOK_S = 0.05


class Server(uvicorn.Server):
    """One server of several in a process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone: two servers share them."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tells every page to come again (1012), finishes what is under way, and cuts the others off.

        A browser keeps connections for later and does not answer the end of TLS on them; uvicorn waits until it does.
        """
        known = {one: found for one in self.server_state.connections if (found := _socket(one)) is not None}
        cutting = asyncio.create_task(self._cut_off(known))
        try:
            await super().shutdown(sockets)
        finally:
            cutting.cancel()
            with suppress(asyncio.CancelledError):
                await cutting

    async def _cut_off(self, known: dict[Any, TransportSocket]) -> None:
        """Ends each connection whose peer has had all of it at two looks, so that no buffer of ours holds more."""
        done: set[Any] = set()
        await asyncio.sleep(FAREWELL_S)
        while True:
            silent = [one for one in self.server_state.connections if not _answers(one)]
            for connection in silent:
                if (found := _socket(connection)) is not None and not connection.transport.is_closing():
                    known[connection] = found  # its TLS was agreed on only after the others were told
                    connection.shutdown()
            before, done = done, {one for one in silent if one in known and _has_all(known[one])}
            for connection in before & done:
                with suppress(OSError), known[connection].dup() as same:  # it has just gone by itself
                    same.shutdown(socket.SHUT_RDWR)
            await asyncio.sleep(LOOK_S)


def _socket(connection: Any) -> TransportSocket | None:
    """The socket; None for a connection that is lost, or that was closed twice: TLS transports of asyncio forget it."""
    try:
        found: TransportSocket = connection.transport.get_extra_info("socket")
    except AttributeError:
        return None
    return found


def _answers(connection: Any) -> bool:
    """Whether a connection has an answer under way."""
    cycle = getattr(connection, "cycle", None)  # HTTP's request and answer; a WebSocket has none
    return cycle is not None and not cycle.response_complete


def _has_all(one: TransportSocket) -> bool:
    """Whether the peer has acknowledged all that was sent (tcp(7), SIOCOUTQ); False for a socket that is closed."""
    if one.fileno() < 0:
        return False
    return bool(struct.unpack("i", fcntl.ioctl(one.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0] == 0)
