"""The joint: bytes and their sender in, a fact to the sink, an acknowledgement out."""

from __future__ import annotations

import hashlib
import secrets
import traceback
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path

from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.exchange.hl7v2 import ack, adt
from yuanzhen.data.exchange.hl7v2.message import Message, parse
from yuanzhen.data.exchange.sink import Sink
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.errors import Problem, Unsupported
from yuanzhen.infrastructure.log import log

CHINA = timezone(timedelta(hours=8))

Take = Callable[[Sink, Sender, Message, str, tzinfo], Awaitable[None]]


async def _patient(sink: Sink, sender: Sender, message: Message, digest: str, zone: tzinfo) -> None:
    await sink.patient_seen(sender, adt.patient_seen(message, digest, zone))


# Message type, event -> what is done with it
TAKES: dict[tuple[str, str], Take] = {("ADT", event): _patient for event in adt.EVENTS}


async def handle(data: bytes, sender: Sender, sink: Sink, *, charset: str | None = None, zone: tzinfo = CHINA) -> bytes:
    """Takes one message and answers it; the acceptance leaves only after the sink has returned.

    `charset` is what the sender's enrolment says (table 0211), `zone` where a sender who names none stands.
    """
    try:
        await _take(data, sender, sink, charset, zone)
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


async def _take(data: bytes, sender: Sender, sink: Sink, charset: str | None, zone: tzinfo) -> None:
    message = parse(data, charset=charset)
    take = taken_by(message)
    await take(sink, sender, message, hashlib.sha256(data).hexdigest(), zone)


def taken_by(message: Message) -> Take:
    """What takes this type and event. Raises Unsupported with the place in the header."""
    version = message.get("MSH-12")
    if version and not version.startswith("2."):
        raise Unsupported("hl7.unsupported_version", place="MSH-12")
    kind, event = message.need("MSH-9.1"), adt.event(message)
    take = TAKES.get((kind, event))
    if take is None:
        known = any(kind == other for other, _ in TAKES)
        raise (
            Unsupported("hl7.unsupported_event", place="MSH-9.2")
            if known
            else Unsupported("hl7.unsupported_type", place="MSH-9.1")
        )
    return take


def _now() -> datetime:
    return clock.now().astimezone(CHINA)


def _control_id() -> str:
    return secrets.token_hex(10)  # MSH-10 holds 20 characters


def _line(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
