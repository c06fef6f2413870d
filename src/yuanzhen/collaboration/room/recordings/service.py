"""The verbs of a recording, each in its caller's transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from yuanzhen.collaboration.room import access as rooms
from yuanzhen.collaboration.room import service as room_service
from yuanzhen.collaboration.room.model import Line, Member, Room
from yuanzhen.collaboration.room.recordings import access, ending, model, store
from yuanzhen.collaboration.room.recordings.events import RecordingChanged
from yuanzhen.collaboration.room.recordings.model import Agreed, Recording
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden
from yuanzhen.infrastructure.ids import new_id


async def begin(tx: Tx, id: str, ticket: str, agreed: Agreed, keep: timedelta, now: datetime) -> Recording:
    """The host has what all in the room send recorded, by a consent that was asked for this alone.

    Raises `Forbidden` for everybody else, `Invalid` for a consent of nobody, `Conflict` while one goes on; kept.
    """
    room, _ = await _led(tx, "record", id, ticket)
    model.checked(agreed)
    if await store.under_way(tx, id) is not None:
        raise rooms.refused(tx, Conflict("recording.is_on"), "record", id, room.patient)
    one = Recording(new_id(), id, room.meeting, room.patient, "begins", agreed, tx.actor.id, now, keep)
    await store.add(tx, one)
    tx.announce(RecordingChanged(id, one.id))
    await room_service.stirred(tx, room, (Line(now, "recording-begun", tx.actor.id, tx.actor.id),))
    return one


async def stop(tx: Tx, id: str, ticket: str, now: datetime) -> None:
    """The host ends it. Raises as `begin`, and `Conflict` when nothing is recorded."""
    room, _ = await _led(tx, "stop-recording", id, ticket)
    lines = await ending.end(tx, id, tx.actor.id, "stopped", now)
    if not lines:
        raise rooms.refused(tx, Conflict("recording.is_off"), "stop-recording", id, room.patient)
    await room_service.stirred(tx, room, lines)


async def withdraw(tx: Tx, id: str, recording: str, now: datetime) -> None:
    """The consent is withdrawn: recording ends at once, and what there is of it is played by nobody any more.

    Raises `Forbidden` for whoever may not say so, `Conflict` when that was said before; kept.
    """
    room = await rooms.open_for(tx, "withdraw-recording", id)
    one = await access.to_withdraw(tx, room, recording)
    try:
        after = one.withdrawn_at(now, tx.actor.id)
    except Conflict as problem:
        raise rooms.refused(tx, problem, "withdraw-recording", id, room.patient) from None
    lines = await ending.end(tx, id, tx.actor.id, "withdrawn", now) if one.state in model.WANTED else ()
    ended = await store.find(tx, recording) or one
    await store.save(tx, replace(ended, withdrawn=after.withdrawn, withdrawn_by=after.withdrawn_by))
    tx.announce(RecordingChanged(id, recording))
    told = lines or (Line(now, model.ENDS["withdrawn"], tx.actor.id, tx.actor.id),)
    await room_service.stirred(tx, room, told, epoch=bool(lines))


async def _led(tx: Tx, act: str, id: str, ticket: str) -> tuple[Room, Member]:
    """A room that the actor leads, from inside."""
    room, member = await rooms.with_ticket(tx, act, id, room_service.stood(ticket))
    if member.standing != "in" or member.role not in model.BEGINS:
        raise rooms.refused(tx, Forbidden("room.not_yours", act=act), act, id, room.patient)
    return room, member
