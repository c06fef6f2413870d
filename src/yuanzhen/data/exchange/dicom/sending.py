"""Instances to another system by C-STORE: an association of ours, or a context of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from yuanzhen.data.exchange.dicom import command as commands
from yuanzhen.data.exchange.dicom import link, negotiation, transcoding
from yuanzhen.data.exchange.dicom.archive import Destination, Held
from yuanzhen.data.exchange.dicom.command import Command
from yuanzhen.data.exchange.dicom.link import Broken, Ended, Link
from yuanzhen.data.exchange.dicom.negotiation import Agreed, Context
from yuanzhen.infrastructure.errors import Problem, Unavailable
from yuanzhen.infrastructure.log import log

CONNECT_S, ANSWER_S, PDU_BYTES = 10.0, 120.0, 256 * 1024
NOT_SENT = 0xC000
MEDIUM = 0x0000  # PS3.7 9.1.1.1.5, priority


def chosen(contexts: Iterable[Context], one: Held) -> Context | None:
    """The context on which an instance can go: in its own transfer syntax, else in a plain one."""
    fitting = [context for context in contexts if context.sends and context.abstract_syntax == one.sop_class]
    same = next((context for context in fitting if context.transfer_syntax == one.transfer_syntax), None)
    return same or next((c for c in fitting if transcoding.possible(one.transfer_syntax, c.transfer_syntax)), None)


def store_request(one: Held, message_id: int, **more: object) -> Command:
    """A C-STORE-RQ (PS3.7 9.3.1.1)."""
    return {
        "AffectedSOPClassUID": one.sop_class,
        "CommandField": commands.C_STORE,
        "MessageID": message_id,
        "Priority": MEDIUM,
        "CommandDataSetType": commands.DATA_SET,
        "AffectedSOPInstanceUID": one.sop,
        **more,
    }


async def to_peer(
    destination: Destination,
    calling: str,
    called: str,
    held: Sequence[Held],
    file: Callable[[Held], AsyncIterator[bytes]],
    originator: Command,
) -> AsyncGenerator[tuple[str, int]]:
    """Sends instances one after another and tells the status of each; what cannot be sent has one of its own."""
    try:
        async with _associated(destination, calling, called, _wanted(held)) as (wire, agreement):
            for number, one in enumerate(held, start=1):
                try:
                    answered = await _sent(wire, agreement, one, number % 65535 + 1, file, originator)
                except Problem as problem:
                    log.warning("dicom_not_sent", code=problem.code)
                    answered = NOT_SENT
                yield one.sop, answered
    except (Ended, Broken, Problem, OSError, TimeoutError) as fault:
        log.warning("dicom_peer_not_reached", kind=type(fault).__name__)
        raise Unavailable("dicom.peer_not_reached", place="MoveDestination") from None


async def _sent(
    wire: Link,
    agreement: Agreed,
    one: Held,
    message_id: int,
    file: Callable[[Held], AsyncIterator[bytes]],
    originator: Command,
) -> int:
    context = chosen(agreement.contexts.values(), one)
    if context is None:
        return 0x0122
    pieces = transcoding.data_set(file(one), one, context.transfer_syntax)
    await wire.send(context.id, store_request(one, message_id, **originator), pieces)
    _, answer = await wire.message()
    return int(answer.get("Status", NOT_SENT))


def _wanted(held: Sequence[Held]) -> list[tuple[str, str]]:
    """A context for each class in the syntax it lies in, and one in each plain syntax (PS3.8: 128 at most)."""
    own = dict.fromkeys((one.sop_class, one.transfer_syntax) for one in held)
    for sop_class in dict.fromkeys(one.sop_class for one in held):
        own.update(dict.fromkeys((sop_class, syntax) for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian)))
    return list(own)[: negotiation.MAX_CONTEXTS]


@asynccontextmanager
async def _associated(
    destination: Destination, calling: str, called: str, wanted: list[tuple[str, str]]
) -> AsyncGenerator[tuple[Link, Agreed]]:
    async with asyncio.timeout(CONNECT_S):
        reader, writer = await asyncio.open_connection(
            destination.host, destination.port, ssl=destination.tls, limit=PDU_BYTES
        )
    try:
        wire = Link(reader, writer, pdu_bytes=PDU_BYTES, idle_s=ANSWER_S)
        await wire.write(negotiation.request(calling, called, wanted, PDU_BYTES))
        kind, body = await wire.pdu()
        if kind != link.ASSOCIATE_AC:
            raise Unavailable("dicom.association_rejected", place="MoveDestination")
        agreement = negotiation.acceptance_of(link.HEAD.pack(kind, len(body)) + body, wanted)
        wire.their_pdu_bytes = agreement.pdu_bytes
        yield wire, agreement
        await wire.write(link.simple(link.RELEASE_RQ))
        with suppress(Ended, Broken, TimeoutError):
            await wire.pdu()
    finally:
        writer.transport.abort()
