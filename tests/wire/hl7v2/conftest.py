"""A real MLLP server on loopback, before a sink that keeps what it is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from yuanzhen.data.exchange.facts import MessageReceived, MessageUnread, PatientSeen, Sender
from yuanzhen.data.exchange.hl7v2.handler import each, handle
from yuanzhen.data.exchange.hl7v2.mllp import Connection, Limits, serve_mllp
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.infrastructure.errors import Problem

SENDER = Sender("peer-1", "town-1")


@dataclass
class Kept:
    """A sink in memory: facts in order; `refuses` makes it refuse all."""

    facts: list[PatientSeen] = field(default_factory=list)
    unread: list[MessageUnread] = field(default_factory=list)
    senders: list[Sender] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    refuses: Problem | Exception | None = None

    async def message_received(self, sender: Sender, fact: MessageReceived) -> None:
        if self.refuses:
            raise self.refuses
        self.senders.append(sender)
        self.facts += [about.patient for about in fact.about]

    async def message_unread(self, sender: Sender, fact: MessageUnread) -> None:
        self.unread.append(fact)

    async def instance_received(self, sender: Sender, file: AsyncIterator[bytes]) -> None:
        raise AssertionError("no images come by HL7")


Serve = Callable[..., AsyncIterator[int]]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def serve(kept: Kept) -> Callable[..., object]:
    @asynccontextmanager
    async def running(tls: ssl.SSLContext | None = None, **limits: float) -> AsyncIterator[int]:
        async def handler(data: bytes, connection: Connection) -> bytes:
            kept.connections.append(connection)
            return await each(data, lambda one: handle(one, SENDER, kept, Setting(SENDER.institution)))

        sock = socket.create_server(("127.0.0.1", 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # so that few answers fill it that nobody reads
        port = sock.getsockname()[1]
        task = asyncio.create_task(serve_mllp(sock, handler, tls=tls, limits=Limits(**limits)))
        try:
            yield port
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return running


@pytest.fixture
def adt() -> Callable[[int], bytes]:
    def message(number: int) -> bytes:
        return (
            f"MSH|^~\\&|HIS|TOWN|YUANZHEN|CITY|20260102030405||ADT^A04^ADT_A01|C{number}|P|2.5.1||||||UNICODE UTF-8\r"
            f"EVN|A04|20260102030405\rPID|1||{number}^^^TOWN^MR||王^小明||19800215|M\rPV1|1|O\r"
        ).encode()

    return message


async def read_answers(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    """The next `count` frames."""
    async with asyncio.timeout(10):
        return [(await reader.readuntil(b"\x1c\r"))[1:-2] for _ in range(count)]


Reader = Callable[[asyncio.StreamReader, int], Awaitable[list[bytes]]]


@pytest.fixture
def answers() -> Reader:
    return read_answers
