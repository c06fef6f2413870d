"""C-FIND, C-GET and C-MOVE: one operation, its answers, its cancelling, and the instances that it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from yuanzhen.data.exchange.dicom import command as commands
from yuanzhen.data.exchange.dicom import identifier, negotiation, sending, status, transcoding
from yuanzhen.data.exchange.dicom.archive import Archive, Destination, Held
from yuanzhen.data.exchange.dicom.command import Command, response
from yuanzhen.data.exchange.dicom.identifier import Asked
from yuanzhen.data.exchange.dicom.link import Broken, Ended, Link
from yuanzhen.data.exchange.dicom.negotiation import Context
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.infrastructure.errors import Problem, Unsupported
from yuanzhen.infrastructure.log import log

# PS3.4 tables C.4-1 to C.4-3
PENDING, CANCELLED, SOME_FAILED = 0xFF00, 0xFE00, 0xB000
UNKNOWN_DESTINATION, NONE_SENT = 0xA801, 0xA702
REPORT_EVERY = 10  # sub-operations between two answers that tell how many are left


@dataclass
class Count:
    """Sub-operations so far (PS3.7 9.1.3.1)."""

    remaining: int
    completed: int = 0
    warned: int = 0
    failed: list[str] = field(default_factory=list)

    def told(self, *, last: bool = False) -> Command:
        """As a response says it."""
        counts = {
            "NumberOfCompletedSuboperations": self.completed,
            "NumberOfFailedSuboperations": len(self.failed),
            "NumberOfWarningSuboperations": self.warned,
        }
        return counts if last else {"NumberOfRemainingSuboperations": self.remaining, **counts}

    def took(self, sop: str, answered: int) -> None:
        """One sub-operation has ended with a status of C-STORE."""
        self.remaining -= 1
        if answered == status.SUCCESS:
            self.completed += 1
        elif answered & 0xF000 == 0xB000:
            self.warned += 1
        else:
            self.failed.append(sop)


class Operation:
    """One query of an association. `cancel` and `answered` come from who reads the wire."""

    def __init__(
        self, wire: Link, archive: Archive | None, sender: Sender, calling: str, contexts: dict[int, Context]
    ) -> None:
        self._wire = wire
        self._archive = archive
        self._sender = sender
        self._calling = calling
        self._contexts = contexts
        self._cancelled = False
        self._answers: dict[int, asyncio.Future[int]] = {}
        self._last_id = 0

    def cancel(self) -> None:
        """The asker wants no more answers."""
        self._cancelled = True

    def answered(self, message: Command) -> None:
        """The asker's answer to an instance that C-GET sent it."""
        waiting = self._answers.pop(message.get("MessageIDBeingRespondedTo", -1), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(int(message.get("Status", 0xC000)))

    async def run(self, context: Context, message: Command, data: bytes) -> None:
        """Answers the request to its end; only a broken wire raises."""
        try:
            await self._run(context, message, data)
        except Problem as problem:
            log.info("dicom_query_refused", peer=self._sender.peer, code=problem.code, place=problem.place)
            told = status.told(problem)
            await self._tell(context, message, told.pop("Status"), **told)
        except (Ended, Broken, TimeoutError):
            return
        except Exception as fault:  # noqa: BLE001  the edge: words of a fault may be a patient's
            log.error("dicom_query_failed", peer=self._sender.peer, kind=type(fault).__name__)
            await self._tell(context, message, 0xC000, ErrorComment="internal")

    async def _run(self, context: Context, message: Command, data: bytes) -> None:
        root, what = context.abstract_syntax, message["CommandField"]
        classes = {
            commands.C_FIND: negotiation.FIND,
            commands.C_GET: negotiation.GET,
            commands.C_MOVE: negotiation.MOVE,
        }
        if root not in classes[what] or self._archive is None:
            raise Unsupported("dicom.sop_class", place="AffectedSOPClassUID")
        asked = Asked(data, context.transfer_syntax, classes[what][root])
        if what == commands.C_FIND:
            await self._find(self._archive, context, message, asked)
            return
        if what == commands.C_GET:
            held = await self._archive.held(self._sender, asked.to_retrieve())
            await self._get(self._archive, context, message, held)
            return
        destination = await self._archive.destination(message.get("MoveDestination", ""))
        if destination is None:
            await self._tell(context, message, UNKNOWN_DESTINATION, ErrorComment="dicom.unknown_destination")
            return
        held = await self._archive.held(self._sender, asked.to_retrieve())
        await self._move(self._archive, destination, context, message, held)

    async def _find(self, archive: Archive, context: Context, message: Command, asked: Asked) -> None:
        for found in await archive.find(self._sender, asked.query):
            if self._cancelled:
                await self._tell(context, message, CANCELLED)
                return
            told = identifier.answer(found, asked, "YUANZHEN", context.transfer_syntax)
            pending = response(message, PENDING, CommandDataSetType=commands.DATA_SET)
            await self._wire.send(context.id, pending, told)
        await self._tell(context, message, status.SUCCESS)

    async def _get(self, archive: Archive, context: Context, message: Command, held: Sequence[Held]) -> None:
        count = Count(len(held))
        for number, one in enumerate(held):
            if self._cancelled:
                break
            count.took(one.sop, await self._stored_back(archive, one))
            if number % REPORT_EVERY == 0 and count.remaining:
                await self._tell(context, message, PENDING, **count.told())
        await self._end(context, message, count)

    async def _stored_back(self, archive: Archive, one: Held) -> int:
        """A C-STORE on the asker's own association; its status."""
        chosen = sending.chosen(self._contexts.values(), one)
        if chosen is None:
            return 0x0122
        self._last_id = self._last_id % 65535 + 1
        waiting = self._answers[self._last_id] = asyncio.get_running_loop().create_future()
        try:
            pieces = transcoding.data_set(archive.file(one), one, chosen.transfer_syntax)
            await self._wire.send(chosen.id, sending.store_request(one, self._last_id), pieces)
        except Problem as problem:
            log.warning("dicom_not_sent", peer=self._sender.peer, code=problem.code)
            return 0xC000
        async with asyncio.timeout(sending.ANSWER_S):
            answered: int = await waiting
        return answered

    async def _move(
        self, archive: Archive, destination: Destination, context: Context, message: Command, held: Sequence[Held]
    ) -> None:
        count = Count(len(held))
        originator = {
            "MoveOriginatorApplicationEntityTitle": self._calling,
            "MoveOriginatorMessageID": message.get("MessageID", 0),
        }
        if held:
            sent = sending.to_peer(destination, "YUANZHEN", message["MoveDestination"], held, archive.file, originator)
            async for sop, answered in sent:
                count.took(sop, answered)
                if self._cancelled:
                    await sent.aclose()
                    break
                if count.remaining and (count.completed + len(count.failed)) % REPORT_EVERY == 1:
                    await self._tell(context, message, PENDING, **count.told())
        await self._end(context, message, count)

    async def _end(self, context: Context, message: Command, count: Count) -> None:
        if self._cancelled and count.remaining:
            await self._tell(context, message, CANCELLED, **count.told())
        elif not count.failed:
            await self._tell(context, message, status.SUCCESS, **count.told(last=True))
        else:
            told = NONE_SENT if not count.completed + count.warned else SOME_FAILED
            failed = identifier.failed_list(count.failed[:1000], context.transfer_syntax)
            more = {**count.told(last=True), "CommandDataSetType": commands.DATA_SET}
            await self._wire.send(context.id, response(message, told, **more), failed)

    async def _tell(self, context: Context, message: Command, told: int, **more: object) -> None:
        await self._wire.send(context.id, response(message, told, **more))
