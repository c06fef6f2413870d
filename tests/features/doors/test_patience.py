"""What a request may take on its way in: a real server, and clients that send too much or too slowly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from yuanzhen.doors.patience import Bounds, Patience

PATIENCE_S = 20.0
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


async def told(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the number of bytes that came."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = str(size).encode()
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def refused(scope: Any, receive: Any, send: Any) -> None:
    """Answers before the body has come."""
    await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"3")]})
    await send({"type": "http.response.body", "body": b"big"})


@asynccontextmanager
async def served(app: Any = told, **bounds: float) -> AsyncIterator[int]:
    class Protocol(Patience):
        pass

    Protocol.bounds = Bounds(**bounds)  # type: ignore[arg-type]
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, http=Protocol, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def answer(port: int, *pieces: bytes) -> bytes:
    """All that comes until the server closes, or a whole answer has come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(PATIENCE_S):
            return await reader.read(4096)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 100_000,
        b"GET / HTTP/1.1\r\nX-A: " + b"a" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"X-A: abcdefgh\r\n" * 8_000,
        b"GET / HTTP/1.1\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["address", "header", "headers", "whole header", "whole address"],
)
async def test_a_head_without_end_is_refused(head: bytes) -> None:
    async with served() as port:
        assert (await answer(port, head)).startswith(b"HTTP/1.1 431 ")


async def test_a_large_head_within_the_bound_is_read_and_a_large_body_is_no_head() -> None:
    async with served() as port:
        head = b"POST / HTTP/1.1\r\nContent-Length: 2000000\r\nX-A: " + b"a" * 50_000 + b"\r\n\r\n"
        assert (await answer(port, head + b"x" * 2_000_000)).endswith(b"2000000")


async def test_whoever_sends_nothing_or_no_end_of_a_head_is_let_go() -> None:
    async with served(head_s=0.2) as port:
        for begun in (b"", HEAD):
            assert (await answer(port, begun)).startswith(b"HTTP/1.1 408 ")


async def test_a_later_request_on_the_connection_has_its_own_time() -> None:
    async with served(head_s=0.2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Content-Length: 1\r\n\r\nx")
        assert (await reader.readuntil(b"\r\n\r\n1")).startswith(b"HTTP/1.1 200 ")
        writer.write(b"POST / HT")
        async with asyncio.timeout(PATIENCE_S):
            assert (await reader.read(4096)).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_a_body_that_does_not_come_is_cut_off() -> None:
    async with served(body_s=0.2) as port:
        assert await answer(port, HEAD + b"Content-Length: 10\r\n\r\nx") == b""


async def test_a_body_that_comes_at_a_steady_pace_is_waited_for() -> None:
    async with served(body_s=0.2, body_bytes_per_s=10) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Content-Length: 110\r\n\r\n" + b"x" * 100)
        with pytest.raises(TimeoutError):  # longer than `body_s`, and it is still open
            async with asyncio.timeout(0.5):
                await reader.read(1)
        writer.write(b"x" * 10)
        assert (await reader.readuntil(b"\r\n\r\n110")).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_what_is_pushed_on_after_the_answer_ends_the_connection() -> None:
    """A body without end, that was refused at its beginning, is not read for ever."""
    async with served(refused, unwanted_bytes=100_000) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        assert (await reader.readuntil(b"big")).startswith(b"HTTP/1.1 413 ")
        chunk, sent = b"10000\r\n" + b"x" * 0x10000 + b"\r\n", 0
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(ConnectionError):
                while True:
                    writer.write(chunk)
                    await writer.drain()
                    sent += 1
        assert sent > 1  # some of it is taken: whoever stops in time goes on on the same connection


async def test_a_body_that_ends_soon_after_its_answer_is_followed_by_the_next_request() -> None:
    async with served(refused, unwanted_bytes=100_000) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):  # each request has a count of its own
            writer.write(HEAD + b"Content-Length: 60000\r\n\r\n" + b"x" * 60_000)
            assert (await reader.readuntil(b"big")).startswith(b"HTTP/1.1 413 ")
        writer.close()
