"""The rules of a room: who enters and who waits, which act leads where, who may do it. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Self

from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid

Role = Literal["host", "expert", "primary", "patient"]
Standing = Literal["out", "waiting", "in", "lost", "removed"]
Step = Literal["enter", "knock", "admit", "remove", "leave", "lose"]

# Somebody `lost` broke off: they come back as they were, and are let in by nobody again. Who was removed has to wait.
NEXT: Mapping[tuple[Standing, Step], Standing] = {
    ("out", "enter"): "in",
    ("out", "knock"): "waiting",
    ("waiting", "enter"): "in",
    ("waiting", "knock"): "waiting",
    ("waiting", "admit"): "in",
    ("waiting", "remove"): "removed",
    ("waiting", "leave"): "out",
    ("waiting", "lose"): "out",
    ("in", "enter"): "in",
    ("in", "knock"): "in",
    ("in", "remove"): "removed",
    ("in", "leave"): "out",
    ("in", "lose"): "lost",
    ("lost", "enter"): "in",
    ("lost", "knock"): "in",
    ("lost", "remove"): "removed",
    ("lost", "leave"): "out",
    ("removed", "enter"): "waiting",
    ("removed", "knock"): "waiting",
    ("removed", "admit"): "in",
}
# What a change of standing is called on a time line.
LINES: Mapping[tuple[Standing, Standing], str] = {
    ("out", "in"): "room-joined",
    ("out", "waiting"): "room-waits",
    ("removed", "waiting"): "room-waits",
    ("waiting", "in"): "room-admitted",
    ("removed", "in"): "room-admitted",
    ("waiting", "out"): "room-gave-up",
    ("waiting", "removed"): "room-refused",
    ("in", "out"): "room-left",
    ("lost", "out"): "room-left",
    ("in", "lost"): "interrupted",
    ("lost", "in"): "room-back",
    ("in", "removed"): "room-removed",
    ("lost", "removed"): "room-removed",
}
CAME = frozenset({"room-joined", "room-admitted"})
ADMITS: frozenset[Role] = frozenset({"host", "expert", "primary"})
REMOVES: Mapping[Role, frozenset[Role]] = {
    "host": frozenset({"expert", "primary", "patient"}),
    "expert": frozenset({"patient"}),
    "primary": frozenset({"primary", "patient"}),
    "patient": frozenset(),
}
MOST = 16
SILENT = timedelta(seconds=15)  # after so long without a word a page has broken off
LOOK = timedelta(seconds=5)
LATE = timedelta(seconds=10)  # a look so late says that we were away ourselves, not they


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who came. `direct`: who enters without being let in; `ticket`: the digest of the page's own."""

    person: str
    role: Role
    direct: bool
    standing: Standing
    since: datetime
    heard: datetime
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What a room puts on a time line: what became of `person`, and who did it."""

    at: datetime
    what: str
    person: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """One room. `meeting`: of those who are in it now, '' for none; `epoch`: grows whenever who is in it changes."""

    id: str
    source: str  # whose: 'consultation/ID'
    patient: str
    audience: tuple[str, ...]
    is_open: bool = True
    meeting: str = ""
    epoch: int = 0
    due: datetime | None = None  # when it is looked at again
    members: tuple[Member, ...] = ()

    def of(self, person: str) -> Member | None:
        """Somebody of the room, as they stand now."""
        return next((one for one in self.members if one.person == person), None)

    def those(self, *standing: Standing) -> tuple[Member, ...]:
        """Who stands so, the longest first."""
        return tuple(sorted((one for one in self.members if one.standing in standing), key=lambda one: one.since))

    def standing(self, person: str) -> Standing:
        """How somebody stands, whoever they are."""
        found = self.of(person)
        return found.standing if found else "out"


@dataclass(frozen=True, slots=True)
class Changed:
    """A room after a step, and what that puts on the time line."""

    room: Room
    lines: tuple[Line, ...] = ()

    def then(self, more: Self) -> Self:
        """What a further step made of it."""
        return replace(more, lines=(*self.lines, *more.lines))


def id_of(source: str) -> str:
    """A room's id: that of its application, without the word before it."""
    return source.partition("/")[2]


def joined(
    room: Room, person: str, role: Role, *, direct: bool, ticket: str, meeting: str, now: datetime
) -> Changed:  # fmt: skip
    """Somebody comes, or comes again from another device, whose ticket is the one that counts from then on.

    `meeting`: what it is called if they are the first. Raises `Conflict`: it is closed, or full.
    """
    if not room.is_open:
        raise Conflict("room.closed")
    before = room.of(person)
    member = Member(
        person, role, direct, before.standing if before else "out", before.since if before else now, now, ticket
    )
    step: Step = "enter" if direct else "knock"
    standing = _after(member.standing, step)
    if standing == "in" and len([one for one in room.those("in") if one.person != person]) >= MOST:
        raise Conflict("room.full", most=MOST)
    return _moved(room, member, standing, by=person, meeting=meeting, now=now)


def admitted(room: Room, by: str, person: str, now: datetime) -> Changed:
    """Somebody of the room lets in who waits. Raises `Forbidden`, `Conflict`, or `Invalid` for who did not come."""
    _inside(room, by, ADMITS, "admit")
    member = _there(room, person)
    if len(room.those("in")) >= MOST:
        raise Conflict("room.full", most=MOST)
    return _moved(room, member, _after(member.standing, "admit"), by=by, now=now)


def removed(room: Room, by: str, person: str, reason: str, now: datetime) -> Changed:
    """Somebody of the room puts one out, or turns them away. Raises as `admitted`."""
    mine = _inside(room, by, frozenset(REMOVES), "remove")
    member = _there(room, person)
    if member.role not in REMOVES[mine.role] or person == by:
        raise Forbidden("room.not_yours", act="remove")
    return _moved(room, member, _after(member.standing, "remove"), by=by, now=now, reason=reason)


def left(room: Room, person: str, now: datetime) -> Changed:
    """Somebody goes; who is gone already is gone."""
    member = room.of(person)
    if member is None or (member.standing, "leave") not in NEXT:
        return Changed(room)
    return _moved(room, member, _after(member.standing, "leave"), by=person, now=now)


def kept(room: Room, direct: Mapping[str, Role], audience: Iterable[str], *, is_open: bool, now: datetime) -> Changed:
    """The room as its application has it now: who entered by a right that they no longer have is out.

    When it closes all are. Those whom somebody let in stay while it is open.
    """
    told = Changed(replace(room, audience=tuple(audience), is_open=is_open))
    for one in room.members:
        role = direct.get(one.person)
        if one.standing in ("in", "lost", "waiting") and (not is_open or (one.direct and role is None)):
            step: Step = "leave" if not is_open else "remove"
            told = told.then(_moved(told.room, one, _after(one.standing, step), by="", now=now))
        elif role is not None and role != one.role:
            told = told.then(Changed(_with(told.room, replace(one, role=role, direct=True))))
    return told


def looked(room: Room, now: datetime) -> Changed:
    """Who has not been heard of for too long has broken off. A look that comes late forgives all."""
    if room.due is not None and now - room.due > LATE:
        members = tuple(replace(one, heard=now) if one.standing in ("in", "waiting") else one for one in room.members)
        return Changed(_due(replace(room, members=members), now))
    told = Changed(room)
    for one in room.members:
        if one.standing in ("in", "waiting") and now - one.heard >= SILENT:
            told = told.then(_moved(told.room, one, _after(one.standing, "lose"), by="", now=now))
    return replace(told, room=_due(told.room, now))


def begun(room: Room, now: datetime) -> Room:
    """The room with the time of its next look, if none is to come yet."""
    return room if room.due is not None else _due(room, now)


def _due(room: Room, now: datetime) -> Room:
    return replace(room, due=now + LOOK if room.those("in", "waiting") else None)


def _after(standing: Standing, step: Step) -> Standing:
    """Raises `Conflict` when the standing does not permit the step."""
    if (standing, step) not in NEXT:
        raise Conflict("room.not_now", act=step, standing=standing)
    return NEXT[standing, step]


def _inside(room: Room, person: str, roles: frozenset[Role], act: str) -> Member:
    found = room.of(person)
    if found is None or found.standing != "in" or found.role not in roles:
        raise Forbidden("room.not_yours", act=act)
    return found


def _there(room: Room, person: str) -> Member:
    found = room.of(person)
    if found is None:
        raise Invalid("room.no_such_person", place="person")
    return found


def _moved(
    room: Room, member: Member, standing: Standing, *, by: str, now: datetime, meeting: str = "", reason: str = ""
) -> Changed:
    """A room in which one stands otherwise, or speaks from another device: whoever is in it needs new keys."""
    before = room.of(member.person)
    was: Standing = before.standing if before else "out"
    since = member.since if was == standing else now
    ticket = member.ticket if standing in ("in", "waiting", "lost") else ""
    after = _with(room, replace(member, standing=standing, since=since, ticket=ticket))
    stirred = (was == "in") != (standing == "in") or (
        standing == "in" and before is not None and before.ticket != ticket
    )
    if stirred:
        after = replace(after, epoch=room.epoch + 1)
    present = bool(after.those("in"))
    after = replace(after, meeting=(room.meeting or meeting) if present else "")
    what = LINES.get((was, standing))
    return Changed(after, (Line(now, what, member.person, by, reason),) if what else ())


def _with(room: Room, member: Member) -> Room:
    others = tuple(one for one in room.members if one.person != member.person)
    return replace(room, members=(*others, member))
