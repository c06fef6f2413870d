"""Rosters by pattern, swaps of shifts, and resources: the verbs, one transaction each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import msgspec

from yuanzhen.collaboration.calendar import access, patterns, roster_store, service, store
from yuanzhen.collaboration.calendar.events import DutyChanged
from yuanzhen.collaboration.calendar.model import Shift, Span
from yuanzhen.collaboration.calendar.patterns import Pattern
from yuanzhen.collaboration.calendar.roster_store import Resource, ResourceKind, Swap, SwapState
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.infrastructure.ids import new_id

LONGEST_NAME = 60
SwapAct = Literal["accept", "refuse", "approve", "reject", "withdraw"]
# Who may do what with a swap, in which state, and where that leads.
SWAPS: Mapping[SwapAct, tuple[Literal["person", "asker", "manager"], frozenset[SwapState], SwapState]] = {
    "accept": ("person", frozenset({"asked"}), "agreed"),
    "refuse": ("person", frozenset({"asked", "agreed"}), "refused"),
    "withdraw": ("asker", frozenset({"asked", "agreed"}), "withdrawn"),
    "approve": ("manager", frozenset({"agreed"}), "approved"),
    "reject": ("manager", frozenset({"asked", "agreed"}), "refused"),
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A turn of a pattern that was left out, and why."""

    person: str
    start: datetime
    why: Literal["absent", "overlap"]


async def make(tx: Tx, department: str, pattern: Pattern, now: datetime) -> tuple[str, int, list[Skipped]]:
    """The shifts of a pattern: the roster's id, how many were made, and what was left out, since somebody is away or
    on duty then already.

    Raises `Invalid` for a pattern that is none, or people who are no experts of the department.
    """
    asked = await access.department_of(tx, department, "roster")
    patterns.checked(pattern)
    if not set(pattern.people) <= set(await store.experts(tx, department)):
        raise Invalid("calendar.no_expert", place="people")
    turns = [(person, span) for person, span in patterns.turns(pattern) if span.end > now]
    if not turns:
        raise Invalid("calendar.pattern", place="last", rule="not over already")
    roster = new_id()
    await roster_store.add_roster(tx, roster, department, asked.institution, _json(pattern), now)
    whole = Span(turns[0][1].start, max(span.end for _, span in turns))
    away = await store.absences(tx, list(pattern.people), whole)
    skipped: list[Skipped] = []
    for person, span in turns:
        if any(one.person == person and one.span.start < span.end and span.start < one.span.end for one in away):
            skipped.append(Skipped(person, span.start, "absent"))
            continue
        shift = Shift(new_id(), person, department, asked.institution, pattern.circle, span, roster)
        if not await store.add_shift(tx, shift, now):
            skipped.append(Skipped(person, span.start, "overlap"))
        elif span.holds(now):
            tx.announce(DutyChanged(person))
    access.noted(tx, "roster", "C", "roster", roster)
    service.tell(tx, asked.institution)
    return roster, len(turns) - len(skipped), skipped


async def change(tx: Tx, id: str, pattern: Pattern, now: datetime) -> tuple[str, int, list[Skipped]]:
    """A roster goes on by another pattern: what of it has not begun is taken back, and made anew under another id.

    Raises as `end` and `make`; then all is as it was.
    """
    department, _ = await _kept(tx, id)
    await end(tx, id, now)
    return await make(tx, department, pattern, now)


async def end(tx: Tx, id: str, now: datetime) -> int:
    """A roster is taken back, as far as its shifts have not begun; says how many those were. Raises `NotFound`."""
    _, house = await _kept(tx, id)
    dropped = await roster_store.drop_shifts_of(tx, id, now)
    await roster_store.drop_roster(tx, id)
    access.noted(tx, "roster", "D", "roster", id)
    service.tell(tx, house)
    return dropped


async def _kept(tx: Tx, id: str) -> tuple[str, str]:
    """The department and the house of a roster that the actor keeps."""
    found = await roster_store.roster(tx, id)
    if tx.actor.role != "manager":
        raise access.refused(tx, Forbidden("calendar.not_yours", role=tx.actor.role), "roster", "D", "roster", id)
    if found is None or found[1] not in await store.houses(tx):
        raise access.refused(tx, NotFound("calendar.no_roster"), "roster", "D", "roster", id)
    return found


def _json(pattern: Pattern) -> str:
    return msgspec.json.encode(pattern).decode()


# ---- swaps


async def ask_swap(tx: Tx, shift: str, person: str, other: str, now: datetime) -> Swap:
    """An expert wants a colleague to take a shift of theirs, for one of the colleague's or for none.

    Raises `NotFound` for a shift that is not theirs, `Invalid` for who is no colleague or has no such shift,
    `Conflict` when it is asked of somebody already, or has begun.
    """
    mine = await store.shift(tx, shift)
    if mine is None or mine.person != tx.actor.id or tx.actor.role != "expert":
        raise access.refused(tx, NotFound("calendar.no_shift", place="shift"), "swap", "C", "shift", shift)
    if person == tx.actor.id or person not in await store.experts(tx, mine.department):
        raise Invalid("calendar.no_expert", place="person")
    theirs = await store.shift(tx, other) if other else None
    if other and (theirs is None or theirs.person != person or theirs.department != mine.department):
        raise Invalid("calendar.no_shift", place="other")
    one = Swap(new_id(), shift, other, mine.person, person, mine.department, mine.institution, "asked", now)
    if min([mine.span.start, *([theirs.span.start] if theirs else [])]) <= now or not await roster_store.add_swap(
        tx, one
    ):
        raise access.refused(tx, Conflict("calendar.swap_not_now"), "swap", "C", "shift", shift)
    access.noted(tx, "swap", "C", "swap", one.id)
    _tell(tx, one)
    return one


async def decide_swap(tx: Tx, id: str, name: str, now: datetime) -> Swap:
    """The colleague accepts or refuses, the asker takes it back, a manager of the house approves or rejects; what is
    approved is on the roster at once.

    Raises `NotFound` for who has no part in it, `Forbidden` for the wrong one, `Conflict` when it is too late, or
    either is on duty or away then.
    """
    rule = next((rule for act, rule in SWAPS.items() if act == name), None)
    if rule is None:
        raise NotFound("calendar.no_such_act", place="act", known=sorted(SWAPS))
    part, states, leads = rule
    one = await roster_store.lock_swap(tx, id)
    held = await _parts(tx, one)
    if one is None or not held:
        raise access.refused(tx, NotFound("calendar.no_swap"), name, "U", "swap", id)
    if part not in held:
        raise access.refused(tx, Forbidden("calendar.not_yours", act=name), name, "U", "swap", id)
    if one.state not in states:
        raise access.refused(tx, Conflict("calendar.swap_not_now", state=one.state), name, "U", "swap", id)
    if leads == "approved":
        await _swapped(tx, one, now)
    await roster_store.save_swap(tx, id, leads, now)
    access.noted(tx, name, "U", "swap", id)
    after = replace(one, state=leads)
    _tell(tx, after)
    return after


async def _parts(tx: Tx, one: Swap | None) -> set[str]:
    if one is None:
        return set()
    held = {"asker": one.asker == tx.actor.id, "person": one.person == tx.actor.id,
            "manager": one.institution in await store.houses(tx)}  # fmt: skip
    return {part for part, is_held in held.items() if is_held}


async def _swapped(tx: Tx, one: Swap, now: datetime) -> None:
    """Both shifts change hands, or none does."""
    found = [shift for id in (one.shift, one.other) if id and (shift := await store.shift(tx, id))]
    wanted = {one.shift: (one.asker, one.person), one.other: (one.person, one.asker)}
    gone = len(found) < 1 + bool(one.other) or any(
        shift.person != wanted[shift.id][0] or shift.span.start <= now for shift in found
    )
    for shift in found:
        await store.drop_shift(tx, shift.id)
    for shift in found:
        taken = replace(shift, person=wanted[shift.id][1])
        away = await store.absences(tx, [taken.person], taken.span)
        if gone or away or not await store.add_shift(tx, taken, now):
            raise access.refused(tx, Conflict("calendar.swap_not_now", place="shift"), "approve", "U", "swap", one.id)
    if gone:
        raise access.refused(tx, Conflict("calendar.swap_not_now", place="shift"), "approve", "U", "swap", one.id)


def _tell(tx: Tx, one: Swap) -> None:
    for person in (one.asker, one.person):
        tx.tell(f"me/{person}", "swap", {"swap": one.id, "state": one.state})
    service.tell(tx, one.institution)


# ---- resources


async def add_resource(tx: Tx, department: str, kind: ResourceKind, name: str, now: datetime) -> Resource:
    """A department's scanner, or what else is booked beside an expert. Raises as `access.department_of`."""
    asked = await access.department_of(tx, department, "resource")
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid("calendar.name", place="name", rule=f"1 to {LONGEST_NAME} characters")
    one = Resource(new_id(), asked.institution, department, kind, name)
    await roster_store.add_resource(tx, one, now)
    access.noted(tx, "resource", "C", "resource", one.id)
    service.tell(tx, one.institution)
    return one
