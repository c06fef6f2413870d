"""Who may, and why: the only loader of rooms. It finds, checks and writes the trail, for reading too."""

from __future__ import annotations

from yuanzhen.collaboration.room import store
from yuanzhen.collaboration.room.model import Member, Room
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Forbidden, NotFound, Problem
from yuanzhen.security.audit import trail

ENTITY = "room"


async def open_for(tx: Tx, act: str, id: str) -> Room:
    """A room locked for an act. Raises `NotFound` for who has no part in what it is of; kept."""
    room = await store.lock(tx, id)
    if room is None:
        raise refused(tx, NotFound("room.not_found"), act, id)
    trail.noted(tx, f"room.{act}", "U", entity_type=ENTITY, entity=id, patient=room.patient)
    return room


async def with_ticket(tx: Tx, act: str, id: str, ticket: str) -> tuple[Room, Member]:
    """A room locked for whoever holds a ticket of it. Raises `Forbidden` for another's, or one that counts no more."""
    room = await open_for(tx, act, id)
    member = room.of(tx.actor.id)
    if not ticket or member is None or member.ticket != ticket:
        raise refused(tx, Forbidden("room.ticket"), act, id, room.patient)
    return room, member


async def inside(reads: Reads, act: str, id: str, ticket: str) -> Member:
    """Who holds a ticket of a room and is in it. Raises `Forbidden` for all others, `NotFound` for who has no part."""
    room = await store.find(reads, id)
    if room is None:
        raise refused(reads, NotFound("room.not_found"), act, id)
    member = room.of(reads.actor.id)
    if not ticket or member is None or member.ticket != ticket or member.standing != "in":
        raise refused(reads, Forbidden("room.ticket"), act, id, room.patient)
    trail.noted(reads, f"room.{act}", "E", entity_type=ENTITY, entity=id, patient=room.patient)
    return member


async def seen(reads: Reads, id: str) -> Room:
    """A room to look at. Raises `NotFound` for who has no part in what it is of; kept."""
    room = await store.find(reads, id)
    if room is None:
        raise refused(reads, NotFound("room.not_found"), "read", id, action="R")
    trail.noted(reads, "room.read", "R", entity_type=ENTITY, entity=id, patient=room.patient)
    return room


async def may_still(reads: Reads, id: str) -> None:
    """As `seen`; nothing is shown, so nothing is noted."""
    if await store.find(reads, id) is None:
        raise NotFound("room.not_found")


def refused(
    reads: Reads, problem: Problem, act: str, id: str, patient: str = "", *, action: trail.Action = "U"
) -> Problem:
    """A refusal to raise, kept."""
    return trail.refused(reads, problem, f"room.{act}", action, entity_type=ENTITY, entity=id, patient=patient)
