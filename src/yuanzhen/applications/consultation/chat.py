"""What both sides of a case write to each other while there is no room to speak in: kept for good, for both sides."""

from __future__ import annotations

from datetime import datetime

import msgspec

from yuanzhen.applications.consultation import access, chat_store
from yuanzhen.applications.consultation.model import ENDED
from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid

LONGEST = 4000
MOST = 200  # messages in a list


class Writer(msgspec.Struct):
    """Who wrote it."""

    id: str
    name: str


class Message(msgspec.Struct):
    """One message."""

    id: str
    at: datetime
    who: Writer
    text: str


class Messages(Page):
    """Messages of a case, oldest first."""

    items: list[Message]


async def write(tx: Tx, id: str, text: str, *, now: datetime) -> str:
    """One message, on every open page of the case at once; returns its id.

    Raises `Invalid` for an empty or too long one, `NotFound` and `Forbidden` as every act, `Conflict` after the end.
    """
    case = await access.of_a_side(tx, id, "chat", "C")
    if not text.strip() or len(text) > LONGEST:
        raise Invalid("consultation.message", place="text", rule=f"1 to {LONGEST} characters")
    if case.state in ENDED:
        raise access.refused(tx, Conflict("consultation.not_now", act="chat", state=case.state), "chat", case)
    number = await chat_store.add(tx, id, text, now)
    tx.tell(f"consultation/{id}", "chat", {"id": str(number)})
    return str(number)


async def listed(db: Database, actor: Actor, id: str, *, after: str, count: int) -> Messages:
    """The messages after one of them ('' from the first)."""
    async with db.look(actor) as look:
        await access.of_a_side(look, id, "chat", "R")
        found = await chat_store.page(look, id, int(after) if after.isdecimal() else 0, count + 1)
        names = await people.names(look, {row["who"] for row in found})
        items = [
            Message(str(row["id"]), row["at"], Writer(row["who"], names.get(row["who"], "")), row["text"])
            for row in found[:count]
        ]
        return Messages(items=items, next=items[-1].id if len(found) > count else None)
