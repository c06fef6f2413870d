"""What both sides of a case write to each other: kept for good, with who has seen it, for both sides."""

from __future__ import annotations

from datetime import datetime

import msgspec
from asyncpg import Record

from yuanzhen.applications.consultation import access, chat_store
from yuanzhen.applications.consultation.model import ENDED, Case
from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid

LONGEST = 4000
MOST = 200  # messages in a list
DIGITS = 19  # no number of a message has as many
BEYOND = 2**62  # no message has that number


class Writer(msgspec.Struct):
    """Who wrote it, or has seen it."""

    id: str
    name: str


class Message(msgspec.Struct):
    """One message; `key`: the Idempotency-Key under which its reader sent it, '' for those of others."""

    id: str
    at: datetime
    who: Writer
    text: str
    key: str


class Seen(msgspec.Struct):
    """Somebody has seen all messages up to one."""

    at: datetime
    who: Writer
    upto: str


class Messages(Page):
    """Messages of a case, oldest first, and receipts since the first of them, some of them told before.

    `last` is the `after` of whoever has all of these: a message's number, for messages wait for each other and receipts
    wait for nobody; what each person has seen last is told every time.
    """

    items: list[Message]
    seen: list[Seen]
    last: str


class Kept(msgspec.Struct):
    """What a message was kept as."""

    id: str
    at: datetime


async def write(tx: Tx, id: str, text: str, *, idempotency: str | None, now: datetime) -> Kept:
    """One message, on every open page of the case at once; with the same Idempotency-Key again it is the same one.

    Raises `Invalid` for an empty or too long one, `NotFound` and `Forbidden` as every act, `Conflict` after the end,
    and when something else was written under that key.
    """
    case = await access.of_a_side(tx, id, "chat", "C")
    if not text.strip() or len(text) > LONGEST:
        raise Invalid("consultation.message", place="text", rule=f"1 to {LONGEST} characters")
    if earlier := await _kept(tx, case, text, idempotency):
        return earlier
    if case.state in ENDED:
        raise access.refused(tx, Conflict("consultation.not_now", act="chat", state=case.state), "chat", case)
    await chat_store.alone(tx, id)
    number = await chat_store.add(tx, id, text, idempotency, now)
    if number is None:
        twin = await _kept(tx, case, text, idempotency)
        assert twin is not None  # noqa: S101 - sent twice at once, and that one's key stood in the way
        return twin
    tx.tell(channel(id), "chat", {"id": str(number)})
    for person in {case.asker, case.expert, *case.invited} - {"", tx.actor.id}:  # their lists count it
        tx.tell(f"me/{person}", "chat", {"consultation": id})
    return Kept(str(number), now)


async def _kept(tx: Tx, case: Case, text: str, key: str | None) -> Kept | None:
    """What the actor wrote under a key. Raises `Conflict` where that was something else."""
    earlier = await chat_store.by_idempotency(tx, case.id, key) if key else None
    if earlier and earlier["text"] != text:
        raise access.refused(tx, Conflict("consultation.written_already"), "chat", case)
    return Kept(str(earlier["id"]), earlier["at"]) if earlier else None


async def see(tx: Tx, id: str, upto: int, *, now: datetime) -> None:
    """The actor has seen all messages up to one. Raises `NotFound` and `Forbidden` as every act."""
    await access.of_a_side(tx, id, "chat-seen", "U")
    if number := await chat_store.see(tx, id, upto, now):
        tx.tell(channel(id), "seen", {"id": str(number)})


async def listed(db: Database, actor: Actor, id: str, *, after: str, count: int) -> Messages:
    """The messages after one of them ('' from the first), and who has seen them."""
    number = int(after) if after.isdecimal() and len(after) < DIGITS else 0
    async with db.look(actor) as look:
        await access.of_a_side(look, id, "chat", "R")
        found = await chat_store.page(look, id, number, count + 1)
        items = found[:count]
        is_all = len(found) <= count
        seen = await chat_store.receipts(look, id, number, BEYOND if is_all else items[-1]["id"])
        names = await people.names(look, {row["who"] for row in (*items, *seen)})
    who = {person: Writer(person, names.get(person, "")) for person in {row["who"] for row in (*items, *seen)}}
    last = str(items[-1]["id"]) if items else after
    return Messages(
        items=[Message(str(row["id"]), row["at"], who[row["who"]], row["text"], _key(row, actor)) for row in items],
        seen=[Seen(row["at"], who[row["who"]], str(row["upto"])) for row in seen],
        last=last,
        next=None if is_all else last,
    )


def channel(id: str) -> str:
    """The live channel of a case's chat: its events say that there is something, and not what."""
    return f"chat/{id}"


def _key(row: Record, actor: Actor) -> str:
    return row["idempotency"] or "" if row["who"] == actor.id else ""
