"""The joint: bytes and their sender in, a fact to the sink, an acknowledgement out."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import traceback
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from yuanzhen.data.exchange.facts import MessageUnread, Sender
from yuanzhen.data.exchange.hl7v2 import ack, batches
from yuanzhen.data.exchange.hl7v2.adt import MAX_KEY
from yuanzhen.data.exchange.hl7v2.mapping import Unmapped, received
from yuanzhen.data.exchange.hl7v2.setting import CHINA, Setting
from yuanzhen.data.exchange.sink import Sink
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.errors import Problem, Unavailable
from yuanzhen.infrastructure.log import log

LARGE = 64 * 1024  # bytes; what takes longer to read is read beside everybody else's work


async def each(data: bytes, answer: Callable[[bytes], Awaitable[bytes]]) -> bytes:
    """Answers a message; of a file or batch each message for itself, and all of them by a batch of the answers."""
    try:
        messages = batches.opened(data)
    except Problem as problem:
        return refusal(data, problem)
    if not messages:
        return await answer(data)
    answers = [await answer(one) for one in messages]
    return batches.answered(data, answers, now=_now(), control_id=_control_id())


async def handle(data: bytes, sender: Sender, sink: Sink, setting: Setting) -> bytes:
    """Takes one message and answers it; the answer leaves only after the sink has returned.

    What waits for a person is accepted (it is safe here, and sending it again would mend nothing).
    """
    try:
        await _take(data, sender, sink, setting)
    except Problem as problem:
        log.info("hl7_refused", peer=sender.peer, code=problem.code, place=problem.place)
        return refusal(data, problem)
    except Exception as fault:  # noqa: BLE001  the edge: a sender that hears nothing stops its whole queue
        # The words of an exception may hold a patient's; its kind and its line do not.
        log.error("hl7_failed", peer=sender.peer, kind=type(fault).__name__, line=_line(fault))
        return refusal(data, Problem("internal"))
    return ack.answer(data, None, now=_now(), control_id=_control_id())


def refusal(data: bytes, problem: Problem) -> bytes:
    """The answer to a message that is refused before anything of it is taken (an unknown sender, say)."""
    return ack.answer(data, problem, now=_now(), control_id=_control_id())


async def _take(data: bytes, sender: Sender, sink: Sink, setting: Setting) -> None:
    """Hands the message over as what it is; one that was not understood as well, and then raises why."""
    try:
        fact = await asyncio.to_thread(received, data, setting) if len(data) > LARGE else received(data, setting)
    except Unmapped as problem:
        await sink.message_unread(sender, unread(data, problem, setting, waits=True))
    except Problem as problem:
        try:
            await sink.message_unread(sender, unread(data, problem, setting, waits=False))
        except Unavailable as down:
            log.warning("hl7_refused_unkept", peer=sender.peer, code=down.code)
        raise problem from None
    else:
        await sink.message_received(sender, fact)


def unread(data: bytes, problem: Problem, setting: Setting, *, waits: bool) -> MessageUnread:
    """A message that was not understood, as far as its header can be read."""
    header = ack.header_of(data)
    return MessageUnread(
        kind=f"{header.type}^{header.event}"[:MAX_KEY].rstrip("^"),
        message=header.control_id[:MAX_KEY],
        digest=hashlib.sha256(data).hexdigest(),
        charset=header.charset or setting.charset,
        body=data,
        code=problem.code,
        place=problem.place or "",
        waits=waits,
    )


def _now() -> datetime:
    return clock.now().astimezone(CHINA)


def _control_id() -> str:
    return secrets.token_hex(10)  # MSH-10 holds 20 characters


def _line(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
