"""The interfaces at a glance: each system with its state, what came of it, what goes to it; and an officer's acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Literal, TypeVar

import asyncpg
import msgspec

from yuanzhen.data.exchange.hl7v2 import dialects
from yuanzhen.data.exchange.hl7v2.charset import codec_named
from yuanzhen.data.intake import apart_store, console, contact_store, store
from yuanzhen.data.intake.readings import Readings
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Invalid, NotFound
from yuanzhen.security.audit import trail
from yuanzhen.security.identity import peers
from yuanzhen.security.identity.peers import Peer

T = TypeVar("T", bound=msgspec.Struct)

AT_ONCE = 50  # messages that are tried again in one request
NOTHING_CAME: dict[str, Any] = {"waiting": 0, "taken": 0, "refused": 0, "given_up": 0, "repeated": 0, "last": None}
NOTHING_GOES: dict[str, Any] = {
    "waiting": 0,
    "oldest": None,
    "dead": 0,
    "sent": 0,
    "tries": 0,
    "code": "",
    "answer": "",
}


class DoorLine(msgspec.Struct):
    """When a system was last heard at a door, and when and why it was last turned away there."""

    door: Literal["hl7", "dicom"]
    address: str
    seen: datetime | None
    refused: datetime | None
    code: str
    refusals: int


class LastMessage(msgspec.Struct):
    """The message that came last."""

    id: str
    kind: str
    state: Literal["taken", "waiting", "refused", "given-up"]
    received: datetime


class Incoming(msgspec.Struct):
    """How many messages of a system wait; the rest are those of the last day."""

    waiting: int
    taken: int
    refused: int
    given_up: int
    repeated: int
    last: LastMessage | None


class Outgoing(msgspec.Struct):
    """What waits for a system since when, what was set aside, what it took in the last day.

    `tries`, `code` and `answer` are those of the message that the others wait behind.
    """

    waiting: int
    oldest: datetime | None
    dead: int
    sent: int
    tries: int
    code: str
    answer: str


class PeerLine(msgspec.Struct):
    """A system with its state; one that only the trust in this machine lets in is not `enrolled`.

    `apart`: how many images of its wait for a clinician of the house to say whose they are.
    """

    id: str
    name: str
    institution: str
    enrolled: bool
    off: bool
    plain: bool
    charset: str
    dialect: str
    hl7_facility: str
    hl7_to: str
    sends: list[str]
    ae: str
    dicom_to: str
    doors: list[DoorLine]
    incoming: Incoming
    outgoing: Outgoing
    apart: int


class Stranger(msgspec.Struct):
    """Somebody whom nobody enrolled and who was turned away: what it called itself, and from where it came last."""

    door: Literal["hl7", "dicom"]
    name: str
    address: str
    refused: datetime
    code: str
    refusals: int


class Peers(msgspec.Struct):
    """The systems of the officer's houses, by name, and the strangers at the home's doors, the last first."""

    items: list[PeerLine]
    strangers: list[Stranger]
    next: None = None


class EditPeer(msgspec.Struct, forbid_unknown_fields=True):
    """How a system is read and reached; addresses are `HOST:PORT`, '' for none."""

    charset: str
    dialect: str
    hl7_facility: str
    ae: str
    hl7_to: str
    dicom_to: str
    sends: list[str]


class Tried(msgspec.Struct):
    """Of the messages that were tried again: how many are taken, how many wait on; `next` begins the next round."""

    taken: int
    waiting: int
    next: str | None


async def overview(look: Reads) -> Peers:
    """All of it, as it is now."""
    houses = await contact_store.houses(look)
    known = [one for one in await peers.everyone(look) if one.institution in houses]
    contacts = await contact_store.contacts(look)
    incoming = {row["sender"]: row for row in await contact_store.incoming(look)}
    others = _others(known, contacts, incoming.values())
    lines = [_line(one, enrolled=True) for one in known] + [_line(one, enrolled=False) for one in others]
    by_id = {one.id: one for one in lines}
    for row in contacts:
        if row["peer"] in by_id:
            by_id[row["peer"]].doors.append(_convert(row, DoorLine))
    last = {row["sender"]: _convert(row, LastMessage) for row in await contact_store.last_messages(look, list(by_id))}
    heads = {row["peer"]: row for row in await contact_store.heads(look)}
    outgoing = {row["peer"]: row for row in await contact_store.outgoing(look)}
    apart = {row["sender"]: row["waiting"] for row in await apart_store.counts(look)}
    for id, line in by_id.items():
        line.apart = apart.get(id, 0)
        line.incoming = _convert({**NOTHING_CAME, **incoming.get(id, {}), "last": last.get(id)}, Incoming)
        line.outgoing = _convert({**NOTHING_GOES, **outgoing.get(id, {}), **heads.get(id, {})}, Outgoing)
    names = {("hl7", one.hl7_facility) for one in known} | {("dicom", one.ae) for one in known}
    strange = [row for row in contacts if not row["peer"] and (row["door"], row["name"]) not in names]
    return Peers(lines, [_convert(row, Stranger) for row in strange])


async def totals(look: Reads) -> dict[str, int]:
    """What waits, by the name of its figure."""
    incoming, outgoing = await contact_store.incoming(look), await contact_store.outgoing(look)
    return {
        "messages_waiting": sum(row["waiting"] for row in incoming),
        "outgoing_waiting": sum(row["waiting"] for row in outgoing),
        "outgoing_set_aside": sum(row["dead"] for row in outgoing),
        "images_apart": sum(row["waiting"] for row in await apart_store.counts(look)),
    }


async def one(look: Reads, id: str) -> PeerLine:
    """One system. Raises NotFound."""
    found = next((line for line in (await overview(look)).items if line.id == id), None)
    if found is None:
        raise NotFound("peer.unknown", place=id)
    return found


async def edit(tx: Tx, id: str, told: EditPeer) -> None:
    """Changes how a system is read and reached; it counts from the next message on. Raises Invalid with its place."""
    peer = await _own(tx, "change_peer", id)
    if told.charset and codec_named(told.charset) is None:
        raise Invalid("exchange.charset", place="charset", found=told.charset)
    if told.dialect not in dialects.names():
        raise Invalid("exchange.dialect", place="dialect", known=dialects.names())
    await peers.change(tx, replace(peer, **{**msgspec.structs.asdict(told), "sends": tuple(told.sends)}))
    after = await peers.one(tx, id)
    changed = sorted(name for name, value in asdict(peer).items() if after and getattr(after, name) != value)
    _noted(tx, "change_peer", peer, ", ".join(changed))


async def switch(tx: Tx, id: str, *, off: bool, reason: str = "") -> None:
    """Turns a system away from now on, or lets it in again; what is for it waits meanwhile."""
    peer = await _own(tx, "switch_peer", id)
    if (off and not reason.strip()) or len(reason) > console.MAX_REASON:
        raise Invalid("exchange.reason", place="reason", limit=console.MAX_REASON)
    await peers.change(tx, replace(peer, off=off))
    _noted(tx, "switch_peer", peer, f"{'off' if off else 'on'} {reason.strip()}".strip())


async def try_again(db: Database, actor: Actor, id: str, after: str) -> Tried:
    """Tries some of the messages of a system that wait, as they lie there, once what they waited for was mended."""
    async with db.verb(actor) as tx:
        await _own(tx, "replay", id)
        rows = await store.waiting_of(tx, id, after, AT_ONCE)
        trail.noted(tx, "exchange.replay", "E", entity_type="peer", entity=id, reason=f"{len(rows)}")
    readings = Readings(db)
    taken = [await console.as_it_is(db, readings, row) for row in rows]
    return Tried(sum(taken), len(taken) - sum(taken), rows[-1]["id"] if len(rows) == AT_ONCE else None)


async def _own(tx: Tx, verb: str, id: str) -> Peer:
    """An enrolled system of a house that is the officer's. Raises NotFound, kept."""
    console.allowed(tx, verb, id)
    peer = await peers.one(tx, id)
    if peer is None or peer.institution not in await contact_store.houses(tx):
        problem = NotFound("peer.unknown", place=id)
        raise trail.refused(tx, problem, f"exchange.{verb}", "U", entity_type="peer", entity=id[:64])
    return peer


def _noted(tx: Tx, verb: str, peer: Peer, reason: str) -> None:
    trail.noted(tx, f"exchange.{verb}", "U", entity_type="peer", entity=peer.id, reason=reason)
    tx.tell(f"exchange/{peer.institution}", "peer", {})


def _others(known: Iterable[Peer], contacts: Iterable[asyncpg.Record], senders: Iterable[asyncpg.Record]) -> list[Peer]:
    """Who sent without an enrolment: on this machine, or one that has been struck off since."""
    mine = {one.id for one in known}
    told = {row["peer"]: row["institution"] for row in contacts if row["peer"]}
    told |= {row["sender"]: row["institution"] for row in senders}
    return [Peer(id, id, institution) for id, institution in sorted(told.items()) if id not in mine]


def _line(peer: Peer, *, enrolled: bool) -> PeerLine:
    told = {**asdict(peer), "sends": list(peer.sends)}
    nothing = Incoming(**NOTHING_CAME), Outgoing(**NOTHING_GOES)
    return PeerLine(**told, enrolled=enrolled, doors=[], incoming=nothing[0], outgoing=nothing[1], apart=0)


def _convert(row: Mapping[str, Any], kind: type[T]) -> T:
    told = {name: row[name] for name in kind.__struct_fields__ if name in row}
    return msgspec.convert(told, kind)
