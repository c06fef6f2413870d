"""The live room of a case: when there is one, who of a case enters it, and who knocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from yuanzhen.applications.consultation import access, store
from yuanzhen.applications.consultation.model import EARLY, Case, Part, State, audience, source
from yuanzhen.collaboration.room import service, views
from yuanzhen.collaboration.room.model import BESIDE, Beside, Role, Room, checked_name
from yuanzhen.collaboration.room.recordings import store as recordings
from yuanzhen.collaboration.room.views import RoomLine
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Invalid
from yuanzhen.security.identity import guests
from yuanzhen.security.identity.guests import Link
from yuanzhen.security.policy import directory

# What waits in a queue is in nobody's hands; what is over has been talked about.
MEETS: frozenset[State] = frozenset({"ringing", "booked", "accepted", "more-needed", "signed"})
# The first part that somebody has says what they are in the room, and whether they enter without being let in.
ENTERS: Mapping[Part, tuple[Role, bool]] = {
    "expert": ("host", True),
    "invited": ("expert", True),
    "asker": ("primary", True),
    "colleague": ("primary", False),
    "patient": ("patient", False),
}


async def join(tx: Tx, id: str, now: datetime) -> tuple[Room, str]:
    """The actor comes to the room of a case, or to one that they were asked into. Returns the room and their ticket.

    Raises `NotFound` for who has no part in the case, `Forbidden` for a part that is not of the room, `Conflict` where
    there is none yet, or no more.
    """
    if tx.actor.role in BESIDE:
        return await service.come_beside(tx, id, now)
    case, held = await access.of_room(tx, id, frozenset(ENTERS))
    role, direct = next(ENTERS[part] for part in ENTERS if part in held)
    reason = _why_not(case, now)
    if reason is not None or not (case.meets or direct):
        raise access.no_room(tx, case, reason or Conflict("room.nobody_yet"))
    if not case.meets:
        await service.open(tx, source(case), case.patient, audience(case))
        await store.meets(tx, id)
    return await service.join(tx, source(case), role, now, direct=direct)


async def ask_guest(tx: Tx, id: str, name: str, role: Beside, now: datetime) -> Link:
    """Somebody of the room asks in one who has no log-in: a link for them. Raises as `service.ask_in`."""
    checked_name(name)
    link = await guests.invite(tx, id, now)
    await service.ask_in(tx, id, link.guest, name.strip(), role, now)
    return link


async def ask_interpreter(tx: Tx, id: str, person: str, now: datetime) -> None:
    """Somebody of the room asks in an interpreter of the region, whose page says so.

    Raises `Invalid` `room.no_interpreter`; else as `service.ask_in`.
    """
    names = await directory.interpreters(tx)
    await service.ask_in(tx, id, person, names.get(person, ""), "interpreter", now)
    if person not in names:
        raise Invalid("room.no_interpreter", place="person")
    tx.tell(f"me/{person}", "asked-in", {"consultation": id})


async def follow(tx: Tx, case: Case, now: datetime) -> None:
    """What an act on a case does to its room: who lost their part in it is out of it, in the same transaction."""
    if case.meets:
        entering: dict[str, Role] = {case.asker: "primary", **dict.fromkeys(case.invited, "expert")}
        if case.expert:
            entering[case.expert] = "host"
        await service.keep(tx, source(case), entering, audience(case), now, is_open=case.state in MEETS)


async def lines(reads: Reads, case: Case) -> list[RoomLine]:
    """What its room puts on the time line of a case."""
    return await views.lines(reads, source(case)) if case.meets else []


async def is_recorded(reads: Reads, case: Case) -> bool:
    """Whether the room of a case is being recorded, or is about to be: told to whoever sees the case."""
    return case.meets and await recordings.under_way(reads, case.id) is not None


def _why_not(case: Case, now: datetime) -> Conflict | None:
    """Why a case has no room now; None where it has."""
    if case.state not in MEETS:
        return Conflict("room.not_of_this_case", state=case.state)
    if case.state == "booked" and (case.starts is None or now < case.starts - EARLY):
        begins = (case.starts - EARLY).isoformat() if case.starts else None
        return Conflict("room.too_early", rule="from fifteen minutes before", begins=begins)
    return None
