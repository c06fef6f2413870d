"""Who may, and why: managers keep the calendar of their house and its branches, experts their own times.

What is refused is kept in the trail, and so is what is done.
"""

from __future__ import annotations

from typing import TypeVar

from yuanzhen.collaboration.calendar import store
from yuanzhen.collaboration.calendar.model import Absence, Shift, Slot, What
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from yuanzhen.security.audit import trail
from yuanzhen.security.audit.trail import Action
from yuanzhen.security.policy import directory
from yuanzhen.security.policy.directory import Department

Kept = TypeVar("Kept", Shift, Absence, Slot)

READERS = frozenset({"expert", "clinician", "manager", "dispatcher", "officer"})  # of slots: whoever books or is booked
BOOKERS = frozenset({"expert", "clinician"})  # who waits for something that can be booked
ROSTER = frozenset({"expert", "manager", "dispatcher"})  # of shifts and absences
NO: dict[What, str] = {"shift": "calendar.no_shift", "absence": "calendar.no_absence", "slot": "calendar.no_slot"}


def refused(reads: Reads, problem: Problem, verb: str, action: Action, what: str, id: str = "") -> Problem:
    """A refusal to raise, kept."""
    return trail.refused(reads, problem, f"calendar.{verb}", action, entity_type=what, entity=id)


def noted(reads: Reads, verb: str, action: Action, what: str, id: str) -> None:
    """What is done, kept with it."""
    trail.noted(reads, f"calendar.{verb}", action, entity_type=what, entity=id)


def reader(reads: Reads, verb: str, roles: frozenset[str] = READERS) -> None:
    """Raises `Forbidden` for who neither books nor is booked; kept."""
    if reads.actor.role not in roles:
        raise refused(reads, Forbidden("calendar.not_yours", role=reads.actor.role), verb, "R", "calendar")


async def department_of(reads: Reads, id: str, verb: str) -> Department:
    """A department whose calendar the actor keeps. Raises `Forbidden` for other people, `Invalid` for no department."""
    if reads.actor.role != "manager":
        raise refused(reads, Forbidden("calendar.not_yours", role=reads.actor.role), verb, "C", "department", id)
    found = await directory.department(reads, id)
    if found is None:
        raise Invalid("calendar.no_department", place="department")
    if found.institution not in await store.houses(reads):
        raise refused(reads, Forbidden("calendar.not_yours"), verb, "C", "department", id)
    return found


async def house_for(reads: Reads, person: str, verb: str, place: str) -> str:
    """The house of an expert whose times the actor keeps: their own, or as a manager of that house.

    Raises `Forbidden` for other people, `Invalid` for who is no expert.
    """
    own = reads.actor.role == "expert" and reads.actor.id == person
    if not own and reads.actor.role != "manager":
        raise refused(reads, Forbidden("calendar.not_yours", role=reads.actor.role), verb, "C", "person", person)
    house = await store.house_of(reads, person)
    if house is None:
        raise Invalid("calendar.no_expert", place=place)
    if not own and house not in await store.houses(reads):
        raise refused(reads, Forbidden("calendar.not_yours"), verb, "C", "person", person)
    return house


async def theirs(reads: Reads, what: What, id: str, found: Kept | None) -> Kept:
    """What the actor may take back from the calendar of a person, their own or one of their house.

    Raises `Forbidden` for who keeps no calendar, `NotFound` for what is not there or not theirs.
    """
    if reads.actor.role not in ("expert", "manager") or (what == "shift" and reads.actor.role != "manager"):
        problem: Problem = Forbidden("calendar.not_yours", role=reads.actor.role)
        raise refused(reads, problem, what, "D", what, id)
    mine = found is not None and reads.actor.role == "expert" and reads.actor.id == found.person
    if found is None or not (mine or found.institution in await store.houses(reads)):
        raise refused(reads, NotFound(NO[what], place=what), what, "D", what, id)
    return found


async def may_see_roster(reads: Reads, department: str | None) -> None:
    """Who sees shifts and absences: an expert their departments', a manager their houses', a dispatcher all.

    Raises `Forbidden` for others, `NotFound` for a department that is not theirs or not there.
    """
    reader(reads, "roster", ROSTER)
    if department is None:
        return
    found = await directory.department(reads, department)
    role = reads.actor.role
    theirs = found is not None and (
        role == "dispatcher"
        or (role == "manager" and found.institution in await store.houses(reads))
        or (role == "expert" and department in await directory.departments_of(reads, reads.actor.id))
    )
    if not theirs:
        raise refused(reads, NotFound("calendar.no_department"), "roster", "R", "department", department)


def overlap(reads: Reads, what: What, person: str) -> Problem:
    """Something stands there already: `Conflict` to raise, kept."""
    return refused(reads, Conflict("calendar.overlap", place="start"), what, "C", "person", person)
