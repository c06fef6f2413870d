"""MLLP (HL7 v2 transport, release 1): a frame is VT, the message, FS, CR. The decoder knows no socket, the shell does.

Plain and TLS share the port: the first byte of a TLS client is 0x16 (RFC 8446 5.1), of an MLLP client 0x0B.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from yuanzhen.data.exchange import sniff
from yuanzhen.data.exchange.hl7v2.message import MAX_MESSAGE
from yuanzhen.infrastructure.log import log

START, END, RETURN = b"\x0b", b"\x1c", b"\r"
READ_BYTES = 65536


def framed(message: bytes) -> bytes:
    """A message in its frame."""
    return START + message + END + RETURN


class FrameDecoder:
    """Bytes in, messages out, in order. `garbage` counts bytes dropped outside frames, or in frames begun anew.

    Of a message over `limit` the first `limit` + 1 bytes are given out, so that the reader refuses it by its own limit
    and can still name it. FS ends a frame by itself: some senders forget the CR.
    """

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self.garbage = 0
        self._limit = limit
        self._frame: bytearray | None = None

    @property
    def within(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._frame is not None

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that `data` completes."""
        messages = []
        position = 0
        while position < len(data):
            if self._frame is None:
                position = self._between(data, position)
            else:
                position, message = self._inside(data, position, self._frame)
                if message is not None:
                    messages.append(message)
        return messages

    def _between(self, data: bytes, position: int) -> int:
        start = data.find(START, position)
        dropped = data[position:] if start < 0 else data[position:start]
        self.garbage += sum(byte not in b"\r\n" for byte in dropped)
        if start < 0:
            return len(data)
        self._frame = bytearray()
        return start + 1

    def _inside(self, data: bytes, position: int, frame: bytearray) -> tuple[int, bytes | None]:
        end = data.find(END, position)
        stop = len(data) if end < 0 else end
        room = self._limit + 1 - len(frame)
        frame += data[position : min(stop, position + room)]
        self.garbage += max(0, stop - position - room)
        if end < 0:
            return stop, None
        self._frame = None
        return stop + 1, self._last_begun(bytes(frame))

    def _last_begun(self, frame: bytes) -> bytes:
        """A sender that broke off and began anew within one connection: only the last beginning is a message."""
        anew = frame.rfind(START + b"MSH")
        if anew < 0:
            return frame
        self.garbage += anew
        return frame[anew + 1 :]


@dataclass(frozen=True, slots=True)
class Connection:
    """Who is at the other end: address, the verified subject of its certificate if it showed one, whether TLS."""

    address: str
    tls_subject: str | None = None
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much a peer may hold: seconds, connections, bytes."""

    handshake_s: float = 10.0  # for TLS to be agreed
    first_s: float = 300.0  # from the connection to its first whole message
    idle_s: float = 3600.0  # between messages: an HIS keeps its connection open over a quiet night hour
    frame_s: float = 60.0  # from the beginning of a message to its end
    write_s: float = 30.0  # until an acknowledgement has been taken
    connections: int = 128
    message_bytes: int = MAX_MESSAGE


Handler = Callable[[bytes, Connection], Awaitable[bytes]]


async def serve_mllp(
    sock: socket.socket, handler: Handler, *, tls: ssl.SSLContext | None = None, limits: Limits | None = None
) -> None:
    """Serves a listening socket until it is cancelled; then every connection ends and the socket is closed.

    `handler` gives the answer to one message; on each connection one message is answered before the next is read.
    When all connections are taken the one that has been silent longest is closed: an HIS comes again when it has
    something to say, and whoever only holds connections shuts nobody out.
    """
    limits = limits or Limits()
    loop = asyncio.get_running_loop()
    sock.setblocking(False)
    tasks: set[asyncio.Task[None]] = set()
    silent: dict[asyncio.Task[None], None] = {}  # whose message is not being answered now, the longest silent first

    async def answered(message: bytes, connection: Connection) -> bytes:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine of ours runs in a task
        silent.pop(task, None)
        try:
            return await handler(message, connection)
        finally:
            silent[task] = None

    try:
        while True:
            try:
                peer, address = await loop.sock_accept(sock)
            except OSError as fault:  # the peer is gone already, or there are no descriptors left for now
                log.warning("mllp_not_accepted", errno=fault.errno)
                await asyncio.sleep(0.1)
                continue
            if len(tasks) >= limits.connections:
                log.warning("mllp_full", address=address[0], connections=len(tasks))
                longest = next(iter(silent), None)
                if longest is None:
                    peer.close()
                    continue
                silent.pop(longest)
                longest.cancel()
            task = asyncio.create_task(_serve_one(peer, str(address[0]), answered, tls, limits))
            tasks.add(task)
            silent[task] = None
            task.add_done_callback(tasks.discard)
            task.add_done_callback(lambda one: silent.pop(one, None))
            task.add_done_callback(_tell_fault)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        sock.close()


def _tell_fault(task: asyncio.Task[None]) -> None:
    """A handler that fails ends its own connection alone; the words of the fault may hold a patient's."""
    fault = None if task.cancelled() else task.exception()
    if fault is not None:
        log.error("mllp_failed", kind=type(fault).__name__)


async def _serve_one(
    peer: socket.socket, address: str, handler: Handler, tls: ssl.SSLContext | None, limits: Limits
) -> None:
    with contextlib.closing(peer):
        try:
            secure = await sniff.begins_tls(peer, limits.first_s)
            if secure and tls is None:
                log.warning("mllp_no_tls", address=address)
                return
            reader, writer = await _streams(peer, tls if secure else None, limits)
            try:
                await _converse(reader, writer, handler, _connection(writer, address, secure), limits)
                async with asyncio.timeout(limits.write_s):
                    writer.close()
                    await writer.wait_closed()
            finally:
                writer.transport.abort()
        except TimeoutError:
            log.warning("mllp_timed_out", address=address)
        except (OSError, EOFError) as fault:  # reset, or no TLS after all: the sender will come again
            log.info("mllp_broken", address=address, kind=type(fault).__name__)


async def _streams(
    peer: socket.socket, tls: ssl.SSLContext | None, limits: Limits
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = asyncio.StreamReader(limit=READ_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    timeout = limits.handshake_s if tls else None
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, peer, ssl=tls, ssl_handshake_timeout=timeout)
    transport.set_write_buffer_limits(high=0)  # drain() then waits for the kernel, and so for the peer
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def _connection(writer: asyncio.StreamWriter, address: str, secure: bool) -> Connection:
    certificate = writer.get_extra_info("peercert") or {}
    names = [f"{key}={value}" for part in certificate.get("subject", ()) for key, value in part]
    return Connection(address, ",".join(names) or None, secure)


async def _converse(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    handler: Handler,
    connection: Connection,
    limits: Limits,
) -> None:
    loop = asyncio.get_running_loop()
    decoder = FrameDecoder(limits.message_bytes)
    deadline = loop.time() + limits.first_s
    while True:
        async with asyncio.timeout_at(deadline):
            data = await reader.read(READ_BYTES)
        if not data:
            break
        was_within = decoder.within
        messages = decoder.feed(data)
        for message in messages:
            writer.write(framed(await handler(message, connection)))
            async with asyncio.timeout(limits.write_s):
                await writer.drain()
        if decoder.within and (messages or not was_within):
            deadline = loop.time() + limits.frame_s
        elif messages:
            deadline = loop.time() + limits.idle_s
    if decoder.garbage or decoder.within:
        log.warning("mllp_garbage", address=connection.address, bytes=decoder.garbage, half=decoder.within)
