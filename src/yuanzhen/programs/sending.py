"""Sends what is due at a peer by HL7: made when its turn comes, tried again, and set aside where that cannot help."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from yuanzhen.data.exchange.hl7v2 import oru
from yuanzhen.data.exchange.hl7v2.sender import send
from yuanzhen.data.exchange.hl7v2.written import Envelope, Receiver
from yuanzhen.data.intake import outgoing_store as outgoing
from yuanzhen.data.intake.events import MessageDue
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import NotFound, Problem, Unavailable
from yuanzhen.programs import reports, telling
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import peers
from yuanzhen.security.identity.peers import Peer
from yuanzhen.security.keys.vault import Vault

RELAY = system("relay")
TIMEOUT_S = 20.0

# How often a peer that was reached may refuse, or not answer, before its queue goes on without the message. One that
# cannot be reached is waited for: what is behind would not arrive either.
REFUSALS = 5
SILENCES = 10
UNREACHED = ("hl7.unreachable", "hl7.not_trusted", "peer.off")


class Refused(Problem):
    """The other side refused a message; `error` is its code (HL7 table 0357)."""

    status = 502


Make = Callable[[Reads, Vault, dict[str, Any], Envelope], Awaitable[bytes]]
MAKES: dict[str, Make] = {"ORU": reports.make, "ADT": telling.make_adt, "SIU": telling.make_siu}


def sender(
    db: Database, vault: Vault, tls: ssl.SSLContext, now: Callable[[], datetime]
) -> Callable[[dict[str, Any]], Any]:
    """The delivery of one `MessageDue`: it returns when the message was accepted or set aside, and raises to wait."""

    async def deliver(body: dict[str, Any]) -> None:
        due = msgspec.convert(body, MessageDue)
        async with db.look(RELAY) as look:
            row = await outgoing.one(look, due.id)
        if row is None or row["state"] != "waiting":
            return
        message: bytes | None = None
        try:
            async with db.look(RELAY) as look:
                peer, message = await made(look, vault, row, now())
            answer = await _sent(peer, message, row["control"], tls)
        except Problem as problem:
            state = "dead" if is_dead(problem, row["tries"]) else "waiting"
            await _noted(db, row, state, message, code=problem.code, answer=str(problem.facts.get("answer", "")))
            if state == "waiting":
                raise
        else:
            await _noted(db, row, "sent", message, code="", answer=answer)

    return deliver


def is_dead(problem: Problem, tries: int) -> bool:
    """Whether sending it again cannot help, after so many tries that reached the peer and this one."""
    if isinstance(problem, Refused):
        return tries + 1 >= REFUSALS
    if problem.status < 500 and not problem.code.startswith("hl7."):
        return True  # it cannot be made: what it tells is gone, or was signed by nobody
    return problem.code.startswith("hl7.") and problem.code not in UNREACHED and tries + 1 >= SILENCES


async def made(look: Reads, vault: Vault, row: asyncpg.Record, now: datetime) -> tuple[Peer, bytes]:
    """A message of the queue as it leaves, and to whom."""
    peer = await peers.one(look, row["peer"])
    if peer is None:
        raise NotFound("peer.unknown", place=row["peer"])
    if peer.off:
        raise Unavailable("peer.off", place=peer.id)
    envelope = Envelope(peer.institution, Receiver(peer.name, peer.hl7_facility), now, row["control"])
    return peer, await MAKES[row["kind"]](look, vault, msgspec.json.decode(row["about"]), envelope)


async def _sent(peer: Peer, message: bytes, control: str, tls: ssl.SSLContext) -> str:
    """The code of the acceptance. Raises `Refused`, or why there is no answer."""
    host, port = peers.address(peer.hl7_to, "hl7_to")
    answer = await send(host, port, message, tls=None if _in_clear(peer, host) else tls, timeout_s=TIMEOUT_S)
    outcome = oru.ack_of(answer, control)
    if not outcome.accepted:
        raise Refused("hl7.refused", place="MSA-1", answer=outcome.code, error=outcome.error)
    return outcome.code


async def _noted(
    db: Database, row: asyncpg.Record, state: str, message: bytes | None, *, code: str, answer: str
) -> None:
    async with db.verb(RELAY) as tx:
        reached = code not in UNREACHED
        await outgoing.tried(tx, row, state, reached=reached, code=code, answer=answer, body=message)
        if state != "waiting":
            verb = "exchange.sent" if state == "sent" else "exchange.set_aside"
            trail.noted(tx, verb, "E", entity_type="outgoing", entity=row["id"], reason=f"{row['kind']} {row['peer']}")


def _in_clear(peer: Peer, host: str) -> bool:
    """Without TLS only where the enrolment says so, or on this machine."""
    try:
        return peer.plain or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return peer.plain or host == "localhost"
