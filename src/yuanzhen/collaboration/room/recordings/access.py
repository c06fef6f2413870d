"""Who may play a recording, and who withdraws the consent to it; each is kept."""

from __future__ import annotations

from yuanzhen.collaboration.room import access as rooms
from yuanzhen.collaboration.room import store as room_store
from yuanzhen.collaboration.room.model import CAME, Room
from yuanzhen.collaboration.room.recordings import store
from yuanzhen.collaboration.room.recordings.model import PLAYS, WITHDRAWS, Recording, Track
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound
from yuanzhen.security.audit import trail

ENTITY = "recording"


async def listed(reads: Reads, id: str) -> list[Recording]:
    """The recordings of a room, for who was in it, and for the patient.

    Raises `NotFound` for who has no part in what the room is of, `Forbidden` for who has, and was not in; kept.
    """
    room = await rooms.seen(reads, id)
    if not await _was_in(reads, room):
        raise rooms.refused(reads, Forbidden("room.not_yours", act="play"), "play", id, room.patient, action="R")
    return await store.of_room(reads, id)


async def to_play(reads: Reads, id: str, recording: str, nth: int) -> Track:
    """One object of a recording, to whoever may play it. Raises as `listed`, `Conflict` for what is closed; kept."""
    one = next((one for one in await listed(reads, id) if one.id == recording), None)
    if one is not None and one.withdrawn is not None:
        problem = Conflict("recording.withdrawn")
        raise trail.refused(
            reads, problem, "recording.play", "R", entity_type=ENTITY, entity=recording, patient=one.patient
        )
    found = await store.tracks(reads, [recording]) if one is not None else []
    track = next((track for track in found if track.nth == nth), None)
    if one is None or track is None:
        raise rooms.refused(reads, NotFound("room.not_found"), "play", id, action="R")
    trail.noted(reads, "recording.play", "R", entity_type=ENTITY, entity=recording, patient=one.patient)
    return track


async def to_withdraw(reads: Reads, room: Room, recording: str) -> Recording:
    """A recording whose consent the actor may withdraw. Raises `NotFound`, `Forbidden`; kept."""
    one = await store.find(reads, recording)
    if one is None or one.room != room.id:
        raise rooms.refused(reads, NotFound("room.not_found"), "withdraw-recording", room.id, room.patient)
    member = room.of(reads.actor.id)
    if not _is_patient(reads, room) and (member is None or member.role not in WITHDRAWS):
        problem = Forbidden("room.not_yours", act="withdraw-recording")
        raise rooms.refused(reads, problem, "withdraw-recording", room.id, room.patient)
    return one


async def _was_in(reads: Reads, room: Room) -> bool:
    if _is_patient(reads, room):
        return True
    member = room.of(reads.actor.id)
    if member is None or member.role not in PLAYS:
        return False
    lines = await room_store.lines(reads, room.id)
    return any(line.person == member.person and line.what in CAME for line in lines)


def _is_patient(reads: Reads, room: Room) -> bool:
    return reads.actor.role == "patient" and reads.actor.patient == room.patient
