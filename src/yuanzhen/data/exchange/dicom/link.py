"""PDUs over a stream (PS3.8 9.3): framed, bounded, timed. Knows bytes and nothing of what they say."""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

from yuanzhen.data.exchange.dicom import command as commands
from yuanzhen.data.exchange.dicom.command import Command

# PS3.8 table 9-11 ff.
ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
HEAD = struct.Struct(">BxL")
PDV = struct.Struct(">LBB")
IS_COMMAND, IS_LAST = 1, 2  # PS3.8 E.2, message control header

# PS3.8 table 9-26: reasons of an A-ABORT by the service provider
UNEXPECTED_PDU, UNRECOGNISED_PDU, INVALID_PARAMETER = 2, 1, 6


class Ended(Exception):
    """The other side released, aborted or hung up: nothing more will come."""

    def __init__(self, released: bool = False) -> None:
        super().__init__("released" if released else "aborted")
        self.released = released


class Broken(Exception):
    """The other side broke the protocol; `reason` is what an A-ABORT tells it."""

    def __init__(self, words: str, reason: int = INVALID_PARAMETER) -> None:
        super().__init__(words)
        self.reason = reason


class Value(NamedTuple):
    """One presentation data value."""

    context: int
    control: int
    data: bytes


class Link:
    """One connection: reads PDUs of at most `pdu_bytes`, each within `idle_s`; writes messages whole, one at a time."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, pdu_bytes: int, idle_s: float
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._pdu_bytes = pdu_bytes
        self._idle_s = idle_s
        self._values: deque[Value] = deque()
        self._sending = asyncio.Lock()
        self.their_pdu_bytes = 16384

    async def pdu(self) -> tuple[int, bytes]:
        """The next PDU, its type and what follows its head. Raises Broken, Ended, TimeoutError."""
        try:
            async with asyncio.timeout(self._idle_s):
                kind, length = HEAD.unpack(await self._reader.readexactly(HEAD.size))
                if not ASSOCIATE_RQ <= kind <= ABORT:
                    raise Broken("no PDU of PS3.8", UNRECOGNISED_PDU)
                if length > self._pdu_bytes:
                    raise Broken("a PDU over the limit")
                return kind, await self._reader.readexactly(length)
        except (OSError, EOFError):
            raise Ended from None

    async def value(self) -> Value:
        """The next presentation data value of an association that is established."""
        while not self._values:
            kind, body = await self.pdu()
            if kind == P_DATA:
                self._values.extend(_values(body))
            elif kind in (RELEASE_RQ, ABORT):
                raise Ended(released=kind == RELEASE_RQ)
            else:
                raise Broken("not in this state", UNEXPECTED_PDU)
        return self._values.popleft()

    async def message(self) -> tuple[int, Command]:
        """The next command set and its presentation context; its data set is still to be read."""
        context, parts, size = 0, [], 0
        while True:
            one = await self.value()
            if not one.control & IS_COMMAND or context not in (0, one.context):
                raise Broken("no command where one begins", UNEXPECTED_PDU)
            context, size = one.context, size + len(one.data)
            if size > commands.MAX_COMMAND:
                raise Broken("a command over the limit")
            parts.append(one.data)
            if one.control & IS_LAST:
                return context, commands.decoded(b"".join(parts))

    async def fragments(self, context: int) -> AsyncIterator[bytes]:
        """The data set that follows a command, in pieces as they come."""
        while True:
            one = await self.value()
            if one.control & IS_COMMAND or one.context != context:
                raise Broken("no data set where one was announced", UNEXPECTED_PDU)
            yield one.data
            if one.control & IS_LAST:
                return

    async def data_set(self, context: int, limit: int) -> bytes:
        """A small data set, whole."""
        whole = b""
        async for piece in self.fragments(context):
            whole += piece
            if len(whole) > limit:
                raise Broken("a data set over the limit")
        return whole

    async def send(self, context: int, command: Command, data_set: AsyncIterator[bytes] | bytes | None = None) -> None:
        """A message: its command, then its data set. One whose data set cannot be begun is not sent."""
        held = await anext(data_set, b"") if isinstance(data_set, AsyncIterator) else b""
        async with self._sending:
            self._writer.write(_pdus(context, IS_COMMAND | IS_LAST, commands.encoded(command), self.their_pdu_bytes))
            if isinstance(data_set, bytes):
                self._writer.write(_pdus(context, IS_LAST, data_set, self.their_pdu_bytes))
            elif data_set is not None:
                async for piece in data_set:
                    await self.write(_pdus(context, 0, held, self.their_pdu_bytes))
                    held = piece
                self._writer.write(_pdus(context, IS_LAST, held, self.their_pdu_bytes))
            await self._drained()

    async def write(self, pdu: bytes) -> None:
        """A PDU, taken by the kernel when this returns."""
        self._writer.write(pdu)
        await self._drained()

    async def _drained(self) -> None:
        try:
            async with asyncio.timeout(self._idle_s):
                await self._writer.drain()
        except OSError:
            raise Ended from None


def _values(body: bytes) -> Iterator[Value]:
    """The presentation data values of a P-DATA-TF (PS3.8 9.3.5)."""
    at = 0
    while at < len(body):
        if len(body) - at < PDV.size:
            raise Broken("a PDV is cut off")
        length, context, control = PDV.unpack_from(body, at)
        end = at + 4 + length
        if length < 2 or end > len(body):
            raise Broken("a PDV is longer than its PDU")
        yield Value(context, control, body[at + PDV.size : end])
        at = end


def _pdus(context: int, control: int, data: bytes, limit: int) -> bytes:
    """A command set or a piece of a data set as P-DATA-TF PDUs of at most `limit` bytes."""
    size = limit - PDV.size
    pieces = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
    written = []
    for number, piece in enumerate(pieces, start=1):
        flags = control if number == len(pieces) else control & ~IS_LAST
        written.append(HEAD.pack(P_DATA, len(piece) + PDV.size) + PDV.pack(len(piece) + 2, context, flags) + piece)
    return b"".join(written)


def simple(kind: int, source: int = 0, reason: int = 0) -> bytes:
    """A-RELEASE-RQ, A-RELEASE-RP or A-ABORT (PS3.8 9.3.6 to 9.3.8)."""
    return HEAD.pack(kind, 4) + bytes([0, 0, source, reason])
