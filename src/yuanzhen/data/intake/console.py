"""The interface console's verbs: what an officer reads, mends, replays and gives up; every act is in the trail."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec

from yuanzhen.data.exchange.facts import MessageReceived, Sender
from yuanzhen.data.exchange.hl7v2 import dialects
from yuanzhen.data.exchange.hl7v2.charset import codec_named
from yuanzhen.data.exchange.hl7v2.mapping import received
from yuanzhen.data.exchange.hl7v2.message import parse
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.intake import messages, outgoing_store, store
from yuanzhen.data.intake.events import PatientKnown
from yuanzhen.data.intake.readings import Readings
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from yuanzhen.security.audit import trail

ROLE = "officer"
UTF8 = "UNICODE UTF-8"
MAX_REASON = 500
AT_ONCE = 500  # deleted in one transaction
RELAY = system("relay")


def allowed(reads: Reads, verb: str, entity: str = "") -> None:
    """The system's officers alone; a refusal is kept."""
    if reads.actor.role != ROLE:
        problem = Forbidden("exchange.not_yours", role=reads.actor.role)
        raise trail.refused(reads, problem, f"exchange.{verb}", "E", entity_type="message", entity=entity[:64])


async def own_house(reads: Reads, verb: str, institution: str) -> None:
    """Raises NotFound, kept, for an institution whose messages the officer does not handle."""
    allowed(reads, verb, institution)
    if not await store.handles(reads, institution):
        problem = NotFound("exchange.house_unknown", place="institution")
        raise trail.refused(reads, problem, f"exchange.{verb}", "E", entity_type="institution", entity=institution[:64])


async def found(reads: Reads, verb: str, id: str) -> asyncpg.Record:
    """A message of a house that is the officer's. Raises NotFound, kept."""
    allowed(reads, verb, id)
    row = await store.one(reads, id)
    if row is None:
        problem = NotFound("exchange.message_unknown", place=id)
        raise trail.refused(reads, problem, f"exchange.{verb}", "R", entity_type="message", entity=id[:64])
    return row


async def replay(
    db: Database, readings: Readings, actor: Actor, id: str, *, text: str | None, charset: str, patient: str
) -> asyncpg.Record:
    """Tries a message that waits again: as it came, or as the officer mended it. Answers it as it is then.

    `text` is the message as it should have been, `charset` what its bytes are in, `patient` whom it is about.
    Raises Conflict `exchange.not_waiting`; what goes on waiting is answered, not raised.
    """
    async with db.verb(actor) as tx:
        row = await found(tx, "replay", id)
        if charset and codec_named(charset) is None:
            raise Invalid("exchange.charset", place="charset", found=charset)
        if row["state"] != "waiting":
            raise Conflict("exchange.not_waiting", place=id, state=row["state"])
        mended = text.replace("\r\n", "\r").replace("\n", "\r").encode() if text is not None else None
        await store.mend(tx, id, mended, patient, actor.id)
        trail.noted(tx, "exchange.replay", "E", entity_type="message", entity=id, patient=patient)
    body = mended if mended is not None else row["mended"] or row["body"]
    charset = UTF8 if body is not row["body"] else charset
    sender = Sender(row["sender"], row["institution"])
    await once_more(db, readings, sender, id, body, charset=charset, patient=patient)
    async with db.look(actor) as look:
        return await found(look, "read", id)


async def once_more(
    db: Database, readings: Readings, sender: Sender, id: str, body: bytes, *, charset: str = "", patient: str = ""
) -> bool:
    """Maps a waiting message and takes it; False when it waits on, which is written down with the reason."""
    setting = await readings.of(sender)
    if charset:
        setting = Setting(setting.institution, charset, setting.zone, setting.maps)
    fact: MessageReceived | None = None
    try:
        fact = received(body, setting)
        await messages.again(db, sender, id, fact, patient=patient)
    except Problem as problem:
        if problem.status >= 500:
            raise
        await messages.keeps_waiting(db, sender, id, fact, problem)
        return False
    return True


async def patient_known(db: Database, readings: Readings, body: dict[str, Any]) -> None:
    """The listener of `PatientKnown`: takes what waited for these numbers, in the order of its sending."""
    known = msgspec.convert(body, PatientKnown)
    actor = messages.intake_of(known.institution)
    async with db.look(actor) as look:
        rows = [await store.one(look, id) for id in await store.waiting_for(look, known.institution, known.numbers)]
    for row in rows:
        if row is not None:
            await as_it_is(db, readings, row)


async def as_it_is(db: Database, readings: Readings, row: asyncpg.Record) -> bool:
    """As `once_more`, of a row as it lies there: as it came, or as somebody mended it."""
    charset = UTF8 if row["mended"] else ""
    sender = Sender(row["sender"], row["institution"])
    return await once_more(db, readings, sender, row["id"], row["mended"] or row["body"], charset=charset)


async def give_up(db: Database, actor: Actor, id: str, reason: str) -> asyncpg.Record:
    """Ends a message that nobody can mend; it stays to be read. Raises Conflict unless it waits."""
    async with db.verb(actor) as tx:
        row = await found(tx, "give_up", id)
        if not reason.strip() or len(reason) > MAX_REASON:
            raise Invalid("exchange.reason", place="reason", limit=MAX_REASON)
        if not await store.end(tx, id, actor.id, reason.strip()):
            raise Conflict("exchange.not_waiting", place=id, state=row["state"])
        trail.noted(tx, "exchange.give_up", "U", entity_type="message", entity=id, reason=reason.strip())
        return await found(tx, "read", id)


async def put_row(tx: Tx, institution: str, sender: str, name: str, row: dict[str, str]) -> None:
    """Edits one row of a table of codes. Raises Invalid for a table that is none, or an empty code."""
    await own_house(tx, "code_map", institution)
    code = dialects.folded(row["code"])
    if name not in dialects.TABLES:
        raise Invalid("exchange.table", place="name", found=name, known=list(dialects.TABLES))
    if not code or (name != "issuer" and not row["target"].strip()):
        raise Invalid("exchange.row", place="code" if not code else "target", rule="not empty")
    await store.put_row(tx, institution, sender, name, code, row["system"], row["target"].strip(), row["display"])
    trail.noted(
        tx, "exchange.code_map", "U", entity_type="code-map", entity=institution, reason=f"{name}: {code}"[:200]
    )


async def resent(tx: Tx, id: str) -> asyncpg.Record:
    """Puts a message to a peer in its queue again. Raises NotFound, kept, and Conflict for one that waits."""
    allowed(tx, "resend", id)
    try:
        return await outgoing_store.again(tx, id)
    except NotFound as problem:
        raise trail.refused(tx, problem, "exchange.resend", "E", entity_type="outgoing", entity=id[:64]) from None


async def forget(db: Database, days: int) -> bool:
    """Deletes some of the messages that were settled so long ago; says whether there may be more."""
    async with db.verb(RELAY) as tx:
        gone = await store.forget(tx, days, AT_ONCE), await outgoing_store.forget(tx, days, AT_ONCE)
    return AT_ONCE in gone


def text_of(body: bytes, charset: str) -> str:
    """A message as a person reads it: as it was decoded, else in what can be read, never with a character invented."""
    codec = codec_named(charset) or charset or "utf-8"
    for one in (codec, "utf-8", "gb18030"):
        try:
            return body.decode(one)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("ascii", "backslashreplace")


def segments_of(text: str) -> list[dict[str, Any]]:
    """The segments with their fields by number, as they were written; the bare lines of what does not parse."""
    try:
        message = parse(text.encode(), charset=UTF8)
    except Problem:
        lines = [line for line in text.replace("\n", "\r").split("\r") if line.strip()]
        return [{"name": line[:3], "fields": [{"number": 0, "text": line}]} for line in lines]
    return [
        {"name": one.name, "fields": [{"number": n, "text": raw} for n in range(1, one.count()) if (raw := one.raw(n))]}
        for one in message.segments
    ]
