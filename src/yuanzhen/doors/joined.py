"""A connection's way out that sends an answer's head together with what follows it: one call of the system, not two."""

from __future__ import annotations

import asyncio
from typing import Any


class Joined:
    """A transport over `transport`; a piece waits for the next one, at most until the loop comes round again."""

    __slots__ = ("_held", "_loop", "_transport", "get_extra_info", "is_closing")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self.is_closing = transport.is_closing
        self.get_extra_info = transport.get_extra_info

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Takes a piece; two that follow one another leave together."""
        if not self._held:
            self._held = data
            self._loop.call_soon(self._send_held)
            return
        held, self._held = self._held, b""
        if data:
            self._transport.writelines((held, data))
        else:
            self._transport.write(held)

    def close(self) -> None:
        """Sends what waits, and closes."""
        self._send_held()
        self._transport.close()

    def abort(self) -> None:
        """Closes at once; what waits is lost."""
        self._held = b""
        self._transport.abort()

    def bare(self) -> asyncio.Transport:
        """The transport below, for another protocol; what waits is sent."""
        self._send_held()
        return self._transport

    def _send_held(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)
