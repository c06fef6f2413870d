"""A server that stops: open pages and idle connections are let go at once, an answer under way is finished."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.make.served import certificate
from yuanzhen.doors.patience import Patience
from yuanzhen.doors.server import Server

pytestmark = pytest.mark.slow

LARGE = 3_000_000
GET = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"
UPGRADE = (
    b"GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def slowly(scope: Any, receive: Any, send: Any) -> None:
    """A WebSocket that stays; an answer that is there at once, or after 0.7 s."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    size = LARGE if scope["path"] == "/large" else 2
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
    if scope["path"] == "/late":
        await asyncio.sleep(0.7)
    await send({"type": "http.response.body", "body": b"x" * size})


class Peer:
    """A TLS client below TLS: reads only when it is told to, and never answers the end of TLS."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")

    async def come(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("localhost", port, limit=4096)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._more()
        self._flush()

    def say(self, data: bytes) -> None:
        self._tls.write(data)
        self._flush()

    async def hear(self) -> bytes:
        """The next bytes; none at the end."""
        while True:
            try:
                return self._tls.read(65536)
            except ssl.SSLWantReadError:
                if not await self._more():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""

    async def all(self) -> bytes:
        """Everything until the end."""
        heard = bytearray()
        while data := await self.hear():
            heard += data
        return bytes(heard)

    async def _more(self) -> bool:
        self._flush()
        try:
            data = await self._reader.read(65536)
        except ConnectionResetError:
            return False
        self._in.write(data)
        return bool(data)

    def _flush(self) -> None:
        self._writer.write(self._out.read())

    def leave(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def serving(folder: Path, *peers: bytes) -> AsyncIterator[tuple[Server, asyncio.Task[None], list[Peer]]]:
    """A server over TLS, and a client for each of these requests, sent."""
    cert, key = certificate(folder)
    config = uvicorn.Config(
        slowly, "localhost", 0, ssl_certfile=cert, ssl_keyfile=key, log_level="critical", lifespan="off",
        http=Patience, ws="websockets-sansio", timeout_graceful_shutdown=20, timeout_keep_alive=1,
    )  # fmt: skip
    server = Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    context = ssl.create_default_context(cafile=str(cert))
    come = [Peer(context) for _ in peers]
    for peer, request in zip(come, peers, strict=True):
        await peer.come(server.servers[0].sockets[0].getsockname()[1])
        peer.say(request)
    try:
        yield server, running, come
    finally:
        for peer in come:
            peer.leave()
        server.should_exit = True
        await running


async def stopped(server: Server, running: asyncio.Task[None]) -> float:
    """Seconds that the stop took."""
    began = time.monotonic()
    server.should_exit = True
    await asyncio.shield(running)
    return time.monotonic() - began


async def test_open_pages_and_idle_connections_do_not_hold_a_stop_up(tmp_path: Path) -> None:
    async with serving(tmp_path, UPGRADE, GET % b"now", b"GET /half") as (server, running, (page, idle, _)):
        assert b" 101 " in await page.hear()
        assert (await idle.hear()).startswith(b"HTTP/1.1 200 ")
        assert await stopped(server, running) < 1
        assert await page.hear() == b"\x88\x02" + (1012).to_bytes(2)  # RFC 6455 5.5.1: come again


async def test_nor_do_connections_whose_end_of_tls_was_never_answered(tmp_path: Path) -> None:
    async with serving(tmp_path, GET % b"now") as (server, running, (idle,)):
        assert (await idle.hear()).startswith(b"HTTP/1.1 200 ")
        await asyncio.sleep(1.2)  # the server has let it go by then
        assert len(server.server_state.connections) == 1
        assert await stopped(server, running) < 1


async def test_an_answer_under_way_is_finished(tmp_path: Path) -> None:
    async with serving(tmp_path, GET % b"late") as (server, running, (peer,)):
        assert b"HTTP/1.1 200 " in await peer.hear()
        assert 0.3 < await stopped(server, running) < 3
        assert (await peer.all()).endswith(b"xx")


async def test_an_answer_that_is_still_on_its_way_to_a_slow_reader_arrives_whole(tmp_path: Path) -> None:
    async with serving(tmp_path, GET % b"large") as (server, running, (peer,)):
        await peer.hear()
        server.should_exit = True
        await asyncio.sleep(1)  # it reads nothing, and is waited for
        assert not running.done()
        heard = await peer.all()
        assert len(heard) > LARGE - 65536
        assert set(heard[-1000:]) == set(b"x")
        await asyncio.wait_for(asyncio.shield(running), 3)
