"""The interface console's doors: messages with their segments and what became of them, the queue, tables of codes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import asyncpg
import msgspec
from litestar import Router, delete, get, post, put
from litestar.di import Provide
from litestar.params import QueryParameter

from yuanzhen.data.exchange.hl7v2 import dialects
from yuanzhen.data.intake import console, store
from yuanzhen.data.intake import outgoing_store as outgoing
from yuanzhen.data.intake.readings import Readings
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import NotFound
from yuanzhen.security.audit import trail

BASE = "/api/exchange"
MOST = 200

State = Literal["taken", "waiting", "refused", "given-up"]


class Became(msgspec.Struct):
    """A resource that a message made or changed."""

    type: str
    id: str
    version: int


class MessageLine(msgspec.Struct):
    """A message of a sender: what it is, its state and why, and what became of it.

    `repeated`: the sender had used this control id before, for other content.
    `patient`: whom a person said it is about.
    """

    id: str
    sender: str
    institution: str
    control: str
    kind: str
    sent: datetime | None
    received: datetime
    charset: str
    repeated: bool
    state: State
    code: str
    place: str
    became: list[Became]
    patient: str
    ended_by: str
    reason: str
    settled: datetime | None


class FieldLine(msgspec.Struct):
    """A field as it was written; number 0 is a line that is no segment."""

    number: int
    text: str


class SegmentLine(msgspec.Struct):
    """A segment and those of its fields that say something."""

    name: str
    fields: list[FieldLine]


class MessageWhole(msgspec.Struct):
    """A message with its text and segments, as it came and as it was mended ('' if nobody did)."""

    message: MessageLine
    text: str
    segments: list[SegmentLine]
    mended: str


class Messages(msgspec.Struct):
    """A page of messages, the newest first; `next` is the `before` of the following one."""

    items: list[MessageLine]
    next: str | None


class SenderLine(msgspec.Struct):
    """How many messages of a sender are in a state, how many of them reused a control id, and when the last came."""

    sender: str
    institution: str
    state: State
    messages: int
    repeated: int
    last: datetime


class Senders(msgspec.Struct):
    """What came from whom."""

    items: list[SenderLine]
    next: None = None


class Replay(msgspec.Struct, forbid_unknown_fields=True):
    """How to read a message that waits: as it should have been, in which character set, about whom; or as it came."""

    text: str | None = None
    charset: str = ""
    patient: str = ""


class GiveUp(msgspec.Struct, forbid_unknown_fields=True):
    """Why nobody can mend it."""

    reason: str


class Row(msgspec.Struct):
    """A row of a table of codes; `sender` '' is for all systems of the house, `own` is false for the dialect's."""

    name: str
    code: str
    system: str
    target: str
    display: str
    sender: str
    own: bool


class Rows(msgspec.Struct):
    """Rows of the tables of codes."""

    items: list[Row]
    next: None = None


class EditRow(msgspec.Struct, forbid_unknown_fields=True):
    """A row to make or change."""

    institution: str
    name: str
    code: str
    system: str = ""
    target: str = ""
    display: str = ""
    sender: str = ""


class OutgoingLine(msgspec.Struct):
    """A message to a peer: how often it was tried, why it failed, what the peer answered."""

    id: str
    peer: str
    institution: str
    kind: str
    control: str
    made: datetime
    state: Literal["waiting", "sent", "dead"]
    tries: int
    code: str
    answer: str
    settled: datetime | None


class OutgoingPage(msgspec.Struct):
    """A page of messages to peers, the newest first."""

    items: list[OutgoingLine]
    next: str | None


def wanted(
    in_state: Annotated[State | None, QueryParameter(name="state")] = None,
    sender: str = "",
    kind: str = "",
    control: str = "",
    repeated: bool | None = None,
) -> store.Wanted:
    """Which messages a list is asked for."""
    return store.Wanted(in_state or "", sender, kind, control, repeated)


@get(f"{BASE}/messages", dependencies={"wanted": Provide(wanted, sync_to_thread=False)})
async def listed(
    actor: Actor,
    db: Database,
    wanted: store.Wanted,
    before: str = "",
    count: Annotated[int, QueryParameter(ge=1, le=MOST)] = 50,
) -> Messages:
    """Messages of the officer's houses."""
    async with db.look(actor) as look:
        console.allowed(look, "list")
        rows = await store.some(look, wanted, before=before, count=count)
        trail.noted(look, "exchange.list", "E", entity_type="message", entity="")
    items = [_line(row) for row in rows]
    return Messages(items, items[-1].id if len(items) == count else None)


@get(f"{BASE}/senders")
async def senders(actor: Actor, db: Database) -> Senders:
    """How many messages came from whom, by state."""
    async with db.look(actor) as look:
        console.allowed(look, "list")
        rows = await store.counts(look)
    return Senders([msgspec.convert(dict(row), SenderLine) for row in rows])


@get(f"{BASE}/messages/{{id:str}}")
async def whole(actor: Actor, db: Database, id: str) -> MessageWhole:
    """A message with its segments beside what became of it."""
    async with db.look(actor) as look:
        row = await console.found(look, "read", id)
        trail.noted(look, "exchange.read", "R", entity_type="message", entity=id, patient=row["patient"])
    return _whole(row)


@post(f"{BASE}/messages/{{id:str}}/replay", status_code=200)
async def replay(actor: Actor, db: Database, id: str, data: Replay) -> MessageWhole:
    """Tries a waiting message again, as it came or mended; it is taken, or waits on and says why."""
    row = await console.replay(db, Readings(db), actor, id, text=data.text, charset=data.charset, patient=data.patient)
    return _whole(row)


@post(f"{BASE}/messages/{{id:str}}/give-up", status_code=200)
async def give_up(actor: Actor, db: Database, id: str, data: GiveUp) -> MessageLine:
    """Ends a waiting message with a reason; it stays to be read."""
    return _line(await console.give_up(db, actor, id, data.reason))


@get(f"{BASE}/dialects")
async def spoken(actor: Actor, db: Database) -> dict[str, Any]:
    """The dialects that are there, and the tables that each may have."""
    async with db.look(actor) as look:
        console.allowed(look, "code_map")
    return {"items": dialects.names(), "tables": list(dialects.TABLES), "next": None}


@get(f"{BASE}/code-maps")
async def rows(actor: Actor, db: Database, institution: str, name: str = "", dialect: str = dialects.DEFAULT) -> Rows:
    """The rows of an institution, and below them those of a dialect that none of its own replaces."""
    base = dialects.of(dialect)
    async with db.look(actor) as look:
        await console.own_house(look, "code_map", institution)
        found = await store.every_row(look, institution, name)
    own = [
        Row(one["name"], one["code"], one["system"], one["target"], one["display"], one["sender"], True)
        for one in found
    ]
    there = {(one.name, one.code) for one in own if not one.sender}
    below = [
        Row(table, code, *target, sender="", own=False)
        for (table, code), target in sorted(base.items())
        if name in ("", table) and (table, code) not in there
    ]
    return Rows([*own, *below])


@put(f"{BASE}/code-maps")
async def edit(actor: Actor, db: Database, data: EditRow) -> Row:
    """Makes or changes a row; it counts from the next message on."""
    async with db.verb(actor) as tx:
        told = {"code": data.code, "system": data.system, "target": data.target, "display": data.display}
        await console.put_row(tx, data.institution, data.sender, data.name, told)
    return Row(data.name, dialects.folded(data.code), data.system, data.target.strip(), data.display, data.sender, True)


@delete(f"{BASE}/code-maps", status_code=204)
async def drop(actor: Actor, db: Database, institution: str, name: str, code: str, sender: str = "") -> None:
    """Takes a row away; the dialect's own counts again."""
    async with db.verb(actor) as tx:
        await console.own_house(tx, "code_map", institution)
        if not await store.drop_row(tx, institution, sender, name, dialects.folded(code)):
            problem = NotFound("exchange.row_unknown", place="code")
            raise trail.refused(tx, problem, "exchange.code_map", "D", entity_type="code-map", entity=institution)
        trail.noted(tx, "exchange.code_map", "D", entity_type="code-map", entity=institution, reason=name)


@get(f"{BASE}/outgoing")
async def sending(
    actor: Actor,
    db: Database,
    peer: str = "",
    in_state: Annotated[Literal["waiting", "sent", "dead"] | None, QueryParameter(name="state")] = None,
    before: str = "",
    count: Annotated[int, QueryParameter(ge=1, le=MOST)] = 50,
) -> OutgoingPage:
    """Messages to peers: what waits, what was sent, what was given up."""
    async with db.look(actor) as look:
        console.allowed(look, "list")
        found = await outgoing.some(look, peer=peer, state=in_state or "", before=before, count=count)
        trail.noted(look, "exchange.list", "E", entity_type="outgoing", entity="")
    items = [msgspec.convert(dict(row), OutgoingLine) for row in found]
    return OutgoingPage(items, items[-1].id if len(items) == count else None)


@post(f"{BASE}/outgoing/{{id:str}}/resend", status_code=202)
async def resend(actor: Actor, db: Database, id: str) -> OutgoingLine:
    """Sends a message again that was given up or sent: behind what already waits for its peer."""
    async with db.verb(actor) as tx:
        console.allowed(tx, "resend", id)
        row = await console.resent(tx, id)
        trail.noted(tx, "exchange.resend", "E", entity_type="outgoing", entity=id)
    return msgspec.convert(dict(row), OutgoingLine)


def _line(row: asyncpg.Record) -> MessageLine:
    known = {name: row[name] for name in MessageLine.__struct_fields__}
    return msgspec.convert({**known, "became": msgspec.json.decode(row["became"])}, MessageLine)


def _whole(row: asyncpg.Record) -> MessageWhole:
    text = console.text_of(row["body"], row["charset"])
    segments = msgspec.convert(console.segments_of(text), list[SegmentLine])
    mended = row["mended"].decode() if row["mended"] else ""
    return MessageWhole(_line(row), text, segments, mended)


router = Router(
    path="/",
    route_handlers=[listed, senders, whole, replay, give_up, spoken, rows, edit, drop, sending, resend],
    tags=["exchange"],
)
