"""What people in a room write to all in it, guests and the patient too. Kept; read while their meeting goes on."""

from __future__ import annotations

from datetime import datetime

import msgspec

from yuanzhen.collaboration.room import access, store
from yuanzhen.collaboration.room.service import channel, stood
from yuanzhen.collaboration.room.views import Somebody
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid

LONGEST = 2000
MOST = 200  # of the last ones


class Said(msgspec.Struct):
    """What a word was kept as."""

    id: str
    at: datetime


class Word(Said):
    """One of them; `key`: the Idempotency-Key under which its reader sent it, '' for those of others."""

    who: Somebody
    text: str
    key: str


class Words(Page):
    """What was written in the meeting that goes on, oldest first; the last ones, where there are many."""

    items: list[Word]


async def say(tx: Tx, id: str, ticket: str, text: str, *, idempotency: str | None, now: datetime) -> Said:
    """The page of somebody in the room writes to all; with the same key again it is the same word.

    Raises `Invalid` for an empty or too long one, `Forbidden` `room.ticket` for who is not in, kept, and `Conflict`
    when something else was written under that key.
    """
    room, member = await access.with_ticket(tx, "say", id, stood(ticket))
    if member.standing != "in":
        raise access.refused(tx, Forbidden("room.ticket"), "say", id, room.patient)
    if not text.strip() or len(text) > LONGEST:
        raise Invalid("room.word", place="text", rule=f"1 to {LONGEST} characters")
    earlier = await store.word_under(tx, id, idempotency) if idempotency else None
    if earlier is not None:
        if earlier["text"] != text:
            raise access.refused(tx, Conflict("room.said_already"), "say", id, room.patient)
        return Said(str(earlier["nth"]), earlier["at"])
    nth = await store.add_word(tx, room, text, idempotency, now)
    tx.tell(channel(id), "said", {})
    return Said(str(nth), now)


async def listed(db: Database, actor: Actor, id: str) -> Words:
    """What was written, for whoever is in the room. Raises `Forbidden` for who is not, `NotFound` as every look."""
    async with db.look(actor) as look:
        room = await access.seen(look, id)
        member = room.of(actor.id)
        if member is None or member.standing not in ("in", "lost"):
            raise access.refused(look, Forbidden("room.not_yours", act="words"), "read", id, room.patient, action="R")
        found = await store.words(look, id, room.meeting, MOST)
        names = await store.names(look, id)
    items = [
        Word(
            str(row["nth"]), row["at"], Somebody(row["who"], names.get(row["who"], "")), row["text"],
            row["idempotency"] or "" if row["who"] == actor.id else "",
        )
        for row in found
    ]  # fmt: skip
    return Words(items=items, next=None)
