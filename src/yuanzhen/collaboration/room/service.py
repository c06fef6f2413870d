"""The verbs of a room, each in its caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from yuanzhen.collaboration.room import access, model, store
from yuanzhen.collaboration.room.events import RoomChanged, RoomDue
from yuanzhen.collaboration.room.model import Beside, Cause, Changed, Lead, Line, Role, Room, Shared, Standing, Told
from yuanzhen.collaboration.room.recordings import ending
from yuanzhen.data.records import directory as people
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.security.crypto.sm3 import digest

WORKER = "worker"  # the key of our own looks


async def keep(
    tx: Tx, source: str, direct: Mapping[str, Role], audience: Iterable[str], now: datetime, *, is_open: bool
) -> None:
    """Who may enter from now on; the application has checked who may say so. Of what has no room nothing follows."""
    room = await store.lock(tx, model.id_of(source))
    if room is not None:
        await _save(tx, room, model.kept(room, direct, (*audience, WORKER), is_open=is_open, now=now))


async def open(tx: Tx, source: str, patient: str, audience: Iterable[str]) -> None:
    """There is a room from now on; two who open it at once open one. `audience`: the keys that know of it."""
    await store.add(tx, Room(model.id_of(source), source, patient, (*audience, WORKER)))


async def join(tx: Tx, source: str, role: Role, now: datetime, *, direct: bool) -> tuple[Room, str]:
    """The actor comes, from the device that they now use; from another one they have left with that.

    Returns the room and their ticket: for this room, this person, this meeting and this page alone.
    """
    id, ticket = model.id_of(source), secrets.token_urlsafe(24)
    room = await access.open_for(tx, "join", id)
    names = await people.names(tx, [tx.actor.id])
    changed = _allowed(tx, room, "join", lambda: model.joined(
        room, tx.actor.id, role, direct=direct, ticket=stood(ticket), meeting=new_id(), now=now,
        name=names.get(tx.actor.id, "")))  # fmt: skip
    return await _save(tx, room, changed), ticket


async def ask_in(tx: Tx, id: str, person: str, name: str, role: Beside, now: datetime) -> Room:
    """The actor asks somebody in who has no part in the case, for this meeting. Raises as `model.asked_in`, kept."""
    room = await access.open_for(tx, "ask-in", id)
    return await _save(
        tx, room, _allowed(tx, room, "ask-in", lambda: model.asked_in(room, tx.actor.id, person, name, role, now))
    )


async def come_beside(tx: Tx, id: str, now: datetime) -> tuple[Room, str]:
    """The actor, whom somebody asked in, comes and waits; as `join`. Raises `Conflict` once the meeting is over."""
    ticket = secrets.token_urlsafe(24)
    room = await access.open_for(tx, "join", id)
    changed = _allowed(tx, room, "join", lambda: model.came_beside(room, tx.actor.id, ticket=stood(ticket), now=now))
    return await _save(tx, room, changed), ticket


async def admit(tx: Tx, id: str, person: str, now: datetime) -> None:
    """Somebody who waits is let in. Raises as `model.admitted`, kept."""
    room = await access.open_for(tx, "admit", id)
    await _save(tx, room, _allowed(tx, room, "admit", lambda: model.admitted(room, tx.actor.id, person, now)))


async def remove(tx: Tx, id: str, person: str, reason: str, now: datetime) -> None:
    """Somebody is put out, or turned away at the door. Raises as `model.removed`, kept."""
    room = await access.open_for(tx, "remove", id)
    await _save(tx, room, _allowed(tx, room, "remove", lambda: model.removed(room, tx.actor.id, person, reason, now)))


async def show(tx: Tx, id: str, ticket: str, told: Told, now: datetime) -> None:
    """The page tells how its person is. Raises `Forbidden` for one whose ticket counts no more, kept."""
    room, member = await access.with_ticket(tx, "show", id, stood(ticket))
    await _save(tx, room, Changed(model.shown(room, member.person, told, now)))


async def lead(tx: Tx, id: str, act: Lead, person: str, now: datetime) -> None:
    """The host leads the talk. Raises as `model.led`, kept."""
    room = await access.open_for(tx, "lead", id)
    await _save(tx, room, _allowed(tx, room, "lead", lambda: Changed(model.led(room, tx.actor.id, act, person, now))))


async def inside(tx: Tx, id: str, ticket: str) -> None:
    """Passes the page of somebody who is in the room. Raises `Forbidden` `room.ticket` for any other, kept."""
    await access.inside(tx, "keys", id, stood(ticket))


async def leave(tx: Tx, id: str, ticket: str, now: datetime) -> None:
    """The page goes. One whose ticket counts no more, since its person is on another device, takes nobody along."""
    room, member = await access.with_ticket(tx, "leave", id, stood(ticket))
    await _save(tx, room, model.left(room, member.person, now))


async def beat(tx: Tx, id: str, ticket: str, quality: dict[str, Any], now: datetime) -> Standing:
    """The page is there, with what it measured; how its person stands. Raises `Forbidden` for a ticket that ended."""
    standing = await store.hear(tx, id, stood(ticket), quality, now)
    if standing is not None:
        return standing
    _, member = await access.with_ticket(tx, "beat", id, stood(ticket))
    return member.standing


async def sends(tx: Tx, id: str, ticket: str, labels: Collection[str], now: datetime) -> None:
    """What the page sends, by its names. Raises `Forbidden` for one whose ticket counts no more, kept."""
    room, member = await access.with_ticket(tx, "publish", id, stood(ticket))
    await _save(tx, room, model.sends(room, member.person, labels, now))


async def shared(tx: Tx, id: str, what: Shared, now: datetime, about: str = "") -> None:
    """The actor gives the others something: if they are in the room its time line has it, once while they stay.

    Whoever calls has checked who may.
    """
    await store.add_shared(tx, id, Line(now, what, tx.actor.id, tx.actor.id, about))


async def failed(tx: Tx, id: str, cause: Cause, now: datetime) -> None:
    """The actor's page says why they cannot take part; what it said of this meeting already is kept once."""
    room = await access.open_for(tx, "fail", id)
    line = Line(now, "room-failed", tx.actor.id, tx.actor.id, cause)
    since = min((one.since for one in room.those("in", "lost")), default=now - model.AWAITED)
    said = [one for one in await store.lines(tx, id) if one.at >= since]
    if not any((one.what, one.person, one.reason) == (line.what, line.person, line.reason) for one in said):
        await store.add_lines(tx, id, [line])


async def look(tx: Tx, id: str, at: datetime, now: datetime) -> None:
    """Whoever was silent too long has broken off. A look that is not the one which was set is none."""
    room = await store.lock(tx, id)
    if room is not None and room.due == at:
        await _save(tx, room, model.looked(room, now))


async def stirred(tx: Tx, room: Room, lines: Sequence[Line], *, epoch: bool = True) -> None:
    """What else its time line tells of a room that the caller has locked; with `epoch` who is in it has new keys.

    The pages of what it is of are woken too.
    """
    tx.tell(room.source, "room", {})
    await _save(tx, room, Changed(replace(room, epoch=room.epoch + epoch), tuple(lines)))


def channel(id: str) -> str:
    """The live channel of a room."""
    return f"room/{id}"


def stood(ticket: str) -> str:
    """What stands for a ticket in the database: whoever reads that enters nowhere."""
    return digest(ticket.encode()).hex() if ticket else ""


def _allowed(tx: Tx, room: Room, act: str, step: Callable[[], Changed]) -> Changed:
    try:
        return step()
    except Problem as problem:
        raise access.refused(tx, problem, act, room.id, room.patient) from None


async def _save(tx: Tx, before: Room, changed: Changed) -> Room:
    """Stores it, sees to the next look, and wakes the pages, which read the rest with their own rights."""
    after = changed.room
    if after == before and not changed.lines:
        return after
    if before.meeting and not after.meeting:  # with the last who went
        ended = await ending.end(tx, after.id, "", "meeting-over", changed.lines[-1].at)
        changed = replace(changed, lines=(*changed.lines, *ended))
    if after.those("in", "waiting"):
        after = model.begun(after, max(one.heard for one in after.members))
    await store.save(tx, before, after, changed.lines)
    if after.due is not None and after.due != before.due:
        tx.announce(RoomDue(after.id, after.due), due=after.due)
    if changed.lines or after.epoch != before.epoch or after.is_open != before.is_open:
        tx.announce(RoomChanged(after.id))
    tx.tell(channel(after.id), "changed", {"epoch": after.epoch})
    return after
