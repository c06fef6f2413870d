"""A bad link between one page and the media server: each packet of UDP goes through here, or does not.

The machines of tests have no `netem`; so the page is told this relay's ports instead of the server's, and tells the
server none of its own, which then knows it by where its packets come from.
"""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

SHIFT = 100  # from a port of the server's to the relay's for it
HEADERS = 28  # bytes of IPv4 and UDP
QUEUE_S = 0.5  # what waits longer for its turn on a thin line is dropped
Address = tuple[str, int]
WATCH = """(() => {
  const made = RTCPeerConnection.prototype, take = made.setRemoteDescription;
  made.setRemoteDescription = function (told) {
    (window.connections ??= new Set()).add(this);
    return take.call(this, told);
  };
})()"""
DETOUR = """(() => {
  const shift = %d, address = '%s', made = RTCPeerConnection.prototype;
  const detoured = (sdp) => sdp.replace(/^(a=candidate:\\S+ \\d+ udp \\d+) \\S+ (\\d+)/gmi,
    (_, head, port) => `${head} ${address} ${Number(port) + shift}`);
  const take = made.setRemoteDescription, local = Object.getOwnPropertyDescriptor(made, 'localDescription').get;
  made.setRemoteDescription = function (told) {
    return take.call(this, { type: told.type, sdp: detoured(told.sdp) });
  };
  Object.defineProperty(made, 'localDescription', { get() {
    const told = local.call(this);
    return told && { type: told.type, sdp: told.sdp.replace(/^a=candidate:.*\\r\\n/gm, '') };
  } });
})();"""


@dataclass
class Faults:
    """What the link does to each packet, both ways."""

    loss: float = 0.0
    delay_s: float = 0.0
    bits_per_s: float = 0.0  # 0: as many as come
    is_cut: bool = False


@dataclass
class Link:
    """A relay for a range of the server's ports, in a thread of its own."""

    ports: range
    address: str  # at which the server has those ports, and the relay its own
    faults: Faults = field(default_factory=Faults)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _ways: dict[tuple[int, Address], Way] = field(default_factory=dict)
    _chance: random.Random = field(default_factory=lambda: random.Random(7))
    _free_at: dict[bool, float] = field(default_factory=lambda: {True: 0.0, False: 0.0})

    def becomes(self, **faults: Any) -> None:
        """What it does from now on; what is not named it does no more."""
        self.faults = Faults(**faults)

    def moves(self) -> None:
        """The page's packets come from other ports from now on, as behind a router that forgot them."""
        self._loop.call_soon_threadsafe(self._forget)

    @property
    def script(self) -> str:
        """For the page that is behind this link, before it begins."""
        return DETOUR % (SHIFT, self.address) + WATCH

    def pass_on(self, transport: Any, data: bytes, to: Address | None, *, is_up: bool) -> None:
        """Sends a packet on as the link lets it."""
        now, faults = self._loop.time(), self.faults
        if faults.is_cut or self._chance.random() < faults.loss:
            return
        at = now + faults.delay_s
        if faults.bits_per_s:
            free = max(now, self._free_at[is_up])
            if free - now > QUEUE_S:
                return
            self._free_at[is_up] = free + (len(data) + HEADERS) * 8 / faults.bits_per_s
            at += self._free_at[is_up] - now
        self._loop.call_at(at, _sent, transport, data, to)

    def _forget(self) -> None:
        for way in self._ways.values():
            way.close()
        self._ways.clear()

    async def _listen(self) -> None:
        for port in self.ports:
            address = (self.address, port + SHIFT)
            await self._loop.create_datagram_endpoint(lambda port=port: _Inlet(self, port), local_addr=address)  # type: ignore[misc]

    def taken(self, inlet: asyncio.DatagramTransport, port: int, data: bytes, page: Address) -> None:
        """A packet of the page's for one of the server's ports."""
        way = self._ways.get((port, page))
        if way is None:
            way = self._ways[port, page] = Way(self, inlet, page)
            opening = self._loop.create_datagram_endpoint(lambda: way, remote_addr=(self.address, port))
            way.opening = self._loop.create_task(opening)
        if way.transport is not None:
            self.pass_on(way.transport, data, None, is_up=True)


class Way(asyncio.DatagramProtocol):
    """One port of the page's to one of the server's, by a port of its own."""

    transport: asyncio.DatagramTransport | None = None
    opening: asyncio.Task[Any]

    def __init__(self, link: Link, inlet: asyncio.DatagramTransport, page: Address) -> None:
        self._link, self._inlet, self._page = link, inlet, page

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        """From now on packets go through; what came before is lost, and sent again."""
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """The server's."""
        self._link.pass_on(self._inlet, data, self._page, is_up=False)

    def error_received(self, exc: OSError) -> None:
        """Nobody listens there (yet, or any more): the packet is lost."""

    def close(self) -> None:
        """Nothing comes this way any more."""
        if self.transport is not None:
            self.transport.close()


class _Inlet(asyncio.DatagramProtocol):
    def __init__(self, link: Link, port: int) -> None:
        self._link, self._port = link, port

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._link.taken(self._transport, self._port, data, addr)


def _sent(transport: asyncio.DatagramTransport, data: bytes, to: Address | None) -> None:
    if not transport.is_closing():
        transport.sendto(data, to)


def own_address() -> str:
    """This machine's, by which it would leave for another."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("192.0.2.1", 9))  # TEST-NET-1: of UDP nothing is sent by this
        return str(line.getsockname()[0])


@contextmanager
def link(ports: range, address: str) -> Iterator[Link]:
    """A link without fault, until told otherwise."""
    made = Link(ports, address)
    loop = made._loop
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(made._listen(), loop).result()
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
