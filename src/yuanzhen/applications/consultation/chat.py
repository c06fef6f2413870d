"""What both sides of a case write to each other while there is no room to speak in: kept for good, for both sides."""

from __future__ import annotations

from datetime import datetime

import msgspec

from yuanzhen.applications.consultation import access, chat_store, store
from yuanzhen.applications.consultation.model import ENDED, Case, Part, parts
from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.security.audit import trail

SIDES: frozenset[Part] = frozenset({"asker", "colleague", "expert", "invited"})
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
    case = await _of_a_side(tx, id, "consultation.chat", "C")
    if not text.strip() or len(text) > LONGEST:
        raise Invalid("consultation.message", place="text", rule=f"1 to {LONGEST} characters")
    if case.state in ENDED:
        problem = Conflict("consultation.not_now", act="chat", state=case.state)
        raise trail.refused(tx, problem, "consultation.chat", "C", entity_type=access.ENTITY, entity=id,
                            patient=case.patient)  # fmt: skip
    number = await chat_store.add(tx, id, text, now)
    tx.tell(f"consultation/{id}", "chat", {"id": str(number)})
    return str(number)


async def listed(db: Database, actor: Actor, id: str, *, after: str, count: int) -> Messages:
    """The messages after one of them ('' from the first)."""
    async with db.look(actor) as look:
        await _of_a_side(look, id, "consultation.chat", "R")
        found = await chat_store.page(look, id, int(after) if after.isdecimal() else 0, count + 1)
        names = await people.names(look, {row["who"] for row in found})
        items = [
            Message(str(row["id"]), row["at"], Writer(row["who"], names.get(row["who"], "")), row["text"])
            for row in found[:count]
        ]
        return Messages(items=items, next=items[-1].id if len(found) > count else None)


async def _of_a_side(reads: Reads, id: str, verb: str, action: trail.Action) -> Case:
    """A case to whose two sides the actor belongs; each refusal is kept."""
    found = await store.find(reads, reads.actor.id, id)
    held = parts(found[0], reads.actor, found[1]) if found else frozenset()
    if found is None or not held:
        raise trail.refused(
            reads, NotFound("consultation.not_found"), verb, action, entity_type=access.ENTITY, entity=id
        )
    case = found[0]
    if not held & SIDES:
        problem = Forbidden("consultation.not_yours", act="chat")
        raise trail.refused(reads, problem, verb, action, entity_type=access.ENTITY, entity=id, patient=case.patient)
    trail.noted(reads, verb, action, entity_type=access.ENTITY, entity=id, patient=case.patient)
    return case
