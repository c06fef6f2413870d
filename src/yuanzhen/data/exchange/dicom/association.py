"""An association that somebody asked of us, from its request to its end: C-ECHO, C-STORE, and queries by `queries`."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from yuanzhen.data.exchange.dicom import command as commands
from yuanzhen.data.exchange.dicom import files, link, negotiation, status, uids
from yuanzhen.data.exchange.dicom.archive import Archive
from yuanzhen.data.exchange.dicom.command import Command, response
from yuanzhen.data.exchange.dicom.link import Broken, Ended, Link
from yuanzhen.data.exchange.dicom.negotiation import Agreed, Context, Proposal
from yuanzhen.data.exchange.dicom.queries import Operation
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.exchange.sink import Sink
from yuanzhen.infrastructure.errors import Forbidden, Problem, Unavailable, Unsupported
from yuanzhen.infrastructure.log import log

# Who calls: AE title, address, whether by TLS -> the enrolled sender. Raises a Problem for anybody else.
Resolve = Callable[[str, str, bool], Awaitable[Sender]]

# PS3.8 table 9-21: result (1 permanent, 2 transient), source, reason
NOT_SUPPORTED, VERSION, CALLING, CALLED = (1, 1, 2), (1, 2, 2), (1, 1, 3), (1, 1, 7)
CONGESTED, FULL = (2, 3, 1), (2, 3, 2)
UNRECOGNISED_OPERATION = 0x0211  # PS3.7 annex C
MAX_IDENTIFIER = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much a peer may hold: seconds, associations, bytes."""

    associations: int = 64
    per_peer: int = 16
    instance_bytes: int = 8 * 1024 * 1024 * 1024
    pdu_bytes: int = 256 * 1024
    sink_s: float = 60.0
    handshake_s: float = 10.0
    associate_s: float = 30.0
    idle_s: float = 120.0


@dataclass
class Door:
    """What every association of a listener shares; `open` counts them by peer."""

    sink: Sink
    resolve: Resolve
    limits: Limits
    ae_title: str
    archive: Archive | None = None
    open: dict[str, int] = field(default_factory=dict)

    def full(self, peer: str) -> bool:
        """Whether one more association of this peer is too many."""
        return sum(self.open.values()) >= self.limits.associations or self.open.get(peer, 0) >= self.limits.per_peer

    @contextlib.contextmanager
    def counted(self, peer: str) -> Iterator[None]:
        """One association of a peer, as long as the block."""
        self.open[peer] = self.open.get(peer, 0) + 1
        try:
            yield
        finally:
            self.open[peer] -= 1
            if not self.open[peer]:
                del self.open[peer]


class _Refused(Exception):
    """The association is not to be: PS3.8 table 9-21."""

    def __init__(self, why: tuple[int, int, int]) -> None:
        super().__init__(str(why))
        self.why = why


async def serve(wire: Link, door: Door, address: str, secure: bool) -> None:
    """One association on a connection, until either side ends it. Nothing that the peer sends raises from here."""
    try:
        async with asyncio.timeout(door.limits.associate_s):
            asked = await _request(wire)
        proposal = negotiation.proposal_of(asked)
        sender = await _known(door, proposal, address, secure)
        with door.counted(sender.peer):
            agreement, acceptance = negotiation.answered(asked, door.limits.pdu_bytes)
            wire.their_pdu_bytes = agreement.pdu_bytes
            await wire.write(acceptance)
            await _Conversation(wire, door, sender, proposal, agreement).run()
    except _Refused as refusal:
        with contextlib.suppress(Ended, TimeoutError):
            await wire.write(negotiation.rejection(*refusal.why))
            await wire.pdu()  # the requestor hangs up first (PS3.8 table 9-10, Sta13)
    except Ended as end:
        if end.released:
            with contextlib.suppress(Ended, TimeoutError):
                await wire.write(link.simple(link.RELEASE_RP))
    except (Broken, Problem, TimeoutError) as fault:
        log.info("dicom_broken_off", address=address, kind=type(fault).__name__)
        with contextlib.suppress(Ended, TimeoutError):
            await wire.write(link.simple(link.ABORT, 2, fault.reason if isinstance(fault, Broken) else 0))


async def _request(wire: Link) -> bytes:
    kind, body = await wire.pdu()
    if kind != link.ASSOCIATE_RQ:
        raise Broken("an association begins with its request", link.UNEXPECTED_PDU)
    return link.HEAD.pack(kind, len(body)) + body


async def _known(door: Door, proposal: Proposal, address: str, secure: bool) -> Sender:
    """Who asks. Raises `_Refused`, with the reason that the requestor is told."""
    if not proposal.version & 1:
        raise _Refused(VERSION)
    if proposal.application_context != negotiation.APPLICATION_CONTEXT:
        raise _Refused(NOT_SUPPORTED)
    if proposal.called != door.ae_title:
        raise _Refused(CALLED)
    try:
        sender = await door.resolve(proposal.calling, address, secure)
    except Forbidden as problem:
        log.warning("dicom_unknown_peer", address=address, code=problem.code)
        raise _Refused(CALLING) from None
    except Exception as fault:  # noqa: BLE001  whatever keeps us from asking, the requestor may come again
        log.error("dicom_peer_not_asked", address=address, kind=type(fault).__name__)
        raise _Refused(CONGESTED) from None
    if door.full(sender.peer):
        log.warning("dicom_full", peer=sender.peer, associations=door.open.get(sender.peer, 0))
        raise _Refused(FULL)
    return sender


class _Conversation:
    """Messages of an established association, each answered before the next but for cancels and sub-operations."""

    def __init__(self, wire: Link, door: Door, sender: Sender, proposal: Proposal, agreement: Agreed) -> None:
        self._wire = wire
        self._door = door
        self._sender = sender
        self._calling = proposal.calling
        self._contexts = agreement.contexts
        self._operation: Operation | None = None
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until the other side ends it."""
        try:
            while True:
                context, message = await self._wire.message()
                if context not in self._contexts:
                    raise Broken("no such presentation context")
                await self._answer(self._contexts[context], message)
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    async def _answer(self, context: Context, message: Command) -> None:
        what = message["CommandField"]
        if what == commands.C_STORE:
            await self._wire.send(context.id, await self._stored(context, message))
        elif what == commands.C_ECHO:
            await self._wire.send(context.id, response(message, status.SUCCESS))
        elif what in (commands.C_FIND, commands.C_GET, commands.C_MOVE):
            await self._begin(context, message)
        elif what == commands.C_CANCEL:
            if self._operation is not None:
                self._operation.cancel()
        elif what == commands.C_STORE | commands.RESPONSE:
            if self._operation is not None:
                self._operation.answered(message)
        else:
            if message.get("CommandDataSetType") != commands.NO_DATA_SET:
                await self._wire.data_set(context.id, MAX_IDENTIFIER)
            await self._wire.send(context.id, response(message, UNRECOGNISED_OPERATION))

    async def _begin(self, context: Context, message: Command) -> None:
        """Starts a query; its answers leave while the next messages, a cancel above all, are read."""
        if self._task is not None and not self._task.done():
            raise Broken("one operation at a time", link.UNEXPECTED_PDU)
        identifier = await self._wire.data_set(context.id, MAX_IDENTIFIER)
        self._operation = Operation(self._wire, self._door.archive, self._sender, self._calling, self._contexts)
        self._task = asyncio.create_task(self._operation.run(context, message, identifier))

    async def _stored(self, context: Context, message: Command) -> Command:
        """C-STORE: success only after the sink has returned."""
        incoming = _Incoming(self._wire, context, message, self._calling, self._door.limits)
        try:
            await self._take(context, incoming)
            return response(message, status.SUCCESS, **_named(message))
        except Problem as problem:
            log.info("dicom_refused", peer=self._sender.peer, code=problem.code, place=problem.place)
            told = status.told(problem)
        except (Broken, Ended):
            raise
        except Exception as fault:  # noqa: BLE001  the edge: words of a fault may be a patient's
            log.error("dicom_failed", peer=self._sender.peer, kind=type(fault).__name__, line=_line(fault))
            told = status.told(Problem("internal"))
        await incoming.pass_over()
        return response(message, told.pop("Status"), **told, **_named(message))

    async def _take(self, context: Context, incoming: _Incoming) -> None:
        if not negotiation.is_storage(context.abstract_syntax):
            raise Unsupported("dicom.sop_class", place="AffectedSOPClassUID")
        incoming.begin()
        try:
            async with asyncio.timeout(None) as limit:
                incoming.limit = limit
                await self._door.sink.instance_received(self._sender, incoming)
        except TimeoutError:
            if not limit.expired():
                raise Ended from None
            raise Unavailable("dicom.timed_out", seconds=self._door.limits.sink_s) from None


class _Incoming(AsyncIterator[bytes]):
    """The file of a C-STORE as it comes: meta information made of its command, then its data set as sent."""

    def __init__(self, wire: Link, context: Context, message: Command, calling: str, limits: Limits) -> None:
        self.limit: asyncio.Timeout | None = None
        self._message = message
        self._context = context
        self._calling = calling
        self._limits = limits
        self._size = 0
        self._preface = b""
        self._fragments = wire.fragments(context.id)

    def begin(self) -> None:
        """Makes the meta information. Raises Invalid that names the identifier that is none."""
        self._preface = files.preface(
            sop_class=uids.checked(self._message.get("AffectedSOPClassUID", ""), "AffectedSOPClassUID"),
            sop=uids.checked(self._message.get("AffectedSOPInstanceUID", ""), "AffectedSOPInstanceUID"),
            transfer_syntax=self._context.transfer_syntax,
            calling_ae=self._calling,
        )

    async def __anext__(self) -> bytes:
        if self._preface:
            piece, self._preface = self._preface, b""
            return piece
        try:
            piece = await anext(self._fragments)
        except StopAsyncIteration:
            if self.limit is not None:
                self.limit.reschedule(asyncio.get_running_loop().time() + self._limits.sink_s)
            raise
        except TimeoutError:
            raise Ended from None
        self._size += len(piece)
        if self._size > self._limits.instance_bytes:
            raise Broken("an instance over the limit")
        return piece

    async def pass_over(self) -> None:
        """Reads what is left and forgets it, so that the answer can be sent."""
        self.limit = None
        async for _ in self:
            pass


def _named(message: Command) -> Command:
    return {"AffectedSOPInstanceUID": message.get("AffectedSOPInstanceUID", "")}


def _line(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
