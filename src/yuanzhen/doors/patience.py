"""HTTP connections with bounds: the head of a request in bytes and time, its body in time and, once it was answered,
in bytes. Knows no route.

httptools bounds neither: a head could grow until the memory is full, and whoever sent a byte a second held a connection
for ever. The bytes of a body are counted by path (see `edge`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from yuanzhen.doors.joined import Joined

TIMED_OUT, TOO_LARGE = "408 Request Timeout", "431 Request Header Fields Too Large"  # RFC 9110 15.5.9, RFC 6585 5


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much and how long a request may take on its way in."""

    head_bytes: int = 64 * 1024
    head_s: float = 30.0  # from the connection, or the first byte of a later request, to the end of its head
    body_s: float = 60.0  # from there to the end of its body, and as long again as its bytes take at the slowest pace
    body_bytes_per_s: float = 1000.0
    unwanted_bytes: int = 4 * 2**20  # of a body that still comes after its answer; then the connection is closed


class Patience(HttpToolsProtocol):
    """The server's side of one connection; for another `bounds` make a subclass."""

    bounds: ClassVar[Bounds] = Bounds()
    _within: Literal["head", "body", "nothing"] = "nothing"
    _since = 0.0
    _raw = 0  # bytes that came while the head was not whole
    _head = 0  # bytes of the address and of whole headers
    _body = 0
    _unwanted = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", Joined(transport, self.loop)))
        self._begin("head")
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._raw += len(data) if self._within == "head" else 0
        super().data_received(data)
        if self._within == "head" and self._raw > self.bounds.head_bytes and not self.transport.is_closing():
            self._refuse(TOO_LARGE)
        self._watch()

    def handle_websocket_upgrade(self) -> None:
        self._end_watch()
        self.transport = cast("Joined", self.transport).bare()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        if self._head > self.bounds.head_bytes:
            self._refuse(TOO_LARGE)
        else:
            super().send_400_response(msg)

    # ---- the parser's callbacks; what they raise ends in `send_400_response`

    def on_message_begin(self) -> None:
        if self._within != "head":
            self._begin("head")
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._begin("body")

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        if self.cycle.response_complete:  # it was refused early: whoever pushes on is let go, and has the answer
            self._unwanted += len(body)
            if self._unwanted > self.bounds.unwanted_bytes:
                self.transport.close()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._begin("nothing")
        super().on_message_complete()

    # ---- bounds

    def _count_head(self, more: int) -> None:
        self._head += more
        if self._head > self.bounds.head_bytes:
            raise ValueError("head too large")

    def _begin(self, part: Literal["head", "body", "nothing"]) -> None:
        self._within, self._since = part, self.loop.time()
        self._raw = self._head = self._body = self._unwanted = 0

    def _watch(self) -> None:
        """Sees to a timer while something is awaited: what came whole at once, as most requests do, needs none."""
        if self._within == "nothing":
            return
        due = self._since + self._allowed_s()
        if self._timer is not None:
            if self._timer.when() <= due:
                return  # it will look too early, and again
            self._timer.cancel()
        self._timer = self.loop.call_at(due, self._look)

    def _end_watch(self) -> None:
        self._begin("nothing")
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _allowed_s(self) -> float:
        if self._within == "head":
            return self.bounds.head_s
        return self.bounds.body_s + self._body / self.bounds.body_bytes_per_s

    def _look(self) -> None:
        """The time is over, unless more came meanwhile, or we read nothing ourselves."""
        self._timer = None
        if self.flow.read_paused:
            self._since = self.loop.time()
        if self._within == "nothing":
            return
        left = self._since + self._allowed_s() - self.loop.time()
        if left > 0:
            self._timer = self.loop.call_later(left, self._look)
        elif self._within == "head":
            self._refuse(TIMED_OUT)
        else:
            self.transport.abort()

    def _refuse(self, status: str) -> None:
        """Answers before there is a request to answer; never into the answer of an earlier one."""
        earlier: Any = self.cycle
        if earlier is not None and not earlier.response_complete:
            self.transport.abort()
            return
        self.transport.write(f"HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode())
        self.transport.close()
