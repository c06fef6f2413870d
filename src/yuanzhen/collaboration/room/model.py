"""The rules of a room: who enters and who waits, which act leads where, who may do it. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Self, get_args

from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid

Role = Literal["host", "expert", "primary", "patient", "interpreter", "guest"]
Beside = Literal["interpreter", "guest"]
Standing = Literal["out", "waiting", "in", "lost", "removed"]
Shared = Literal["room-screen", "room-second", "room-board", "room-file"]  # what one shows to the others
# Why somebody could not take part; what only their page can know is what their page says, a lost link is our own word.
Cause = Literal["devices-refused", "cannot-seal", "unsealed", "media-server", "link-lost"]
Step = Literal["enter", "knock", "admit", "remove", "revoke", "leave", "lose"]
Lead = Literal["spotlight", "lower", "hush"]  # puts one before all, lowers their hand, asks them to be silent

# Somebody `lost` broke off: they come back as they were, and are let in by nobody again. Who was removed has to wait.
NEXT: Mapping[tuple[Standing, Step], Standing] = {
    ("out", "enter"): "in",
    ("out", "knock"): "waiting",
    ("out", "revoke"): "removed",
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
    ("out", "removed"): "room-revoked",
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
# Who has no part in the case: somebody of the room asked them in, for this meeting alone. They keep no meeting going.
BESIDE: frozenset[Role] = frozenset({"interpreter", "guest"})
REMOVES: Mapping[Role, frozenset[Role]] = {
    "host": frozenset({"expert", "primary", "patient", "interpreter", "guest"}),
    "expert": frozenset({"patient", "interpreter", "guest"}),
    "primary": frozenset({"primary", "patient", "interpreter", "guest"}),
    "patient": frozenset(),
    "interpreter": frozenset(),
    "guest": frozenset(),
}
LEADS: frozenset[Role] = frozenset({"host"})
SHOWS: Mapping[str, Shared] = {"screen": "room-screen", "second": "room-second"}  # by the name of what a page sends
MOST = 16
SILENT = timedelta(seconds=15)  # after so long without a word a page has broken off
LOOK = timedelta(seconds=5)
AWAITED = timedelta(minutes=5)  # so long who broke off is awaited; then they have left
LATE = timedelta(seconds=10)  # a look so late says that we were away ourselves, not they


@dataclass(frozen=True, slots=True)
class Signs:
    """What somebody in the room shows of themselves. `hand`: raised since; `hushed`: asked to be silent, at that time.

    `is_thin`: their link carries no more than speech; `shows`: what they send beside their face (`SHOWS`).
    """

    hand: datetime | None = None
    is_muted: bool = False
    is_hidden: bool = False
    is_thin: bool = False
    hushed: datetime | None = None
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of its person's signs; of what it leaves out nothing changes."""

    hand: bool | None = None
    is_muted: bool | None = None
    is_hidden: bool | None = None
    is_thin: bool | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who came, or was asked in. `direct`: who enters without being let in; `ticket`: the digest of the page's
    own; `name`: what they were called then; `by`: who asked in whoever is `BESIDE`.
    """

    person: str
    role: Role
    direct: bool
    standing: Standing
    since: datetime
    heard: datetime
    ticket: str = ""
    name: str = ""
    by: str = ""
    signs: Signs = Signs()


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
    """One room. `meeting`: of those who are in it now, '' for none; `epoch`: grows whenever who is in it changes.

    `spotlit`: whom the host puts before all, '' for nobody.
    """

    id: str
    source: str  # whose: 'consultation/ID'
    patient: str
    audience: tuple[str, ...]
    is_open: bool = True
    meeting: str = ""
    epoch: int = 0
    due: datetime | None = None  # when it is looked at again
    spotlit: str = ""
    members: tuple[Member, ...] = ()

    def of(self, person: str) -> Member | None:
        """Somebody of the room, as they stand now."""
        return next((one for one in self.members if one.person == person), None)

    def those(self, *standing: Standing) -> tuple[Member, ...]:
        """Who stands so, the longest first."""
        return tuple(sorted((one for one in self.members if one.standing in standing), key=lambda one: one.since))

    @property
    def welcome(self) -> frozenset[str]:
        """Who was asked in for this meeting, and may still come."""
        return frozenset(one.person for one in self.members if one.role in BESIDE and one.person in self.audience)

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
    room: Room, person: str, role: Role, *, direct: bool, ticket: str, meeting: str, now: datetime, name: str = ""
) -> Changed:  # fmt: skip
    """Somebody comes, or comes again from another device, whose ticket is the one that counts from then on.

    `meeting`: what it is called if they are the first. Raises `Conflict`: it is closed, or full.
    """
    if not room.is_open:
        raise Conflict("room.closed")
    before = room.of(person) or Member(person, role, direct, "out", now, now, name=name)
    member = replace(before, role=role, direct=direct, heard=now, ticket=ticket, name=name or before.name)
    step: Step = "enter" if direct else "knock"
    standing = _after(member.standing, step)
    if standing == "in" and len([one for one in room.those("in") if one.person != person]) >= MOST:
        raise Conflict("room.full", most=MOST)
    return _moved(room, member, standing, by=person, meeting=meeting, now=now)


def failures(lines: Sequence[Line]) -> dict[Cause, int]:
    """How often somebody could not take part, by why."""
    found: dict[Cause, int] = {}
    for cause in get_args(Cause):
        what, reason = ("interrupted", "") if cause == "link-lost" else ("room-failed", cause)
        if count := sum(line.what == what and line.reason == reason for line in lines):
            found[cause] = count
    return found


def checked_name(name: str) -> None:
    """Raises `Invalid` for a name that nobody could read in a list."""
    if not name.strip() or not name.isprintable():
        raise Invalid("room.guest_name", place="name")


def asked_in(room: Room, by: str, person: str, name: str, role: Beside, now: datetime) -> Changed:
    """Somebody of the room asks one in who has no part in the case. Raises `Forbidden`, or `Conflict` for who has."""
    _inside(room, by, ADMITS, "invite")
    before = room.of(person)
    if before is not None and (before.role not in BESIDE or person in room.audience):
        raise Conflict("room.asked_already")
    if len(room.welcome) >= MOST:
        raise Conflict("room.full", most=MOST)
    after = _with(room, Member(person, role, False, "out", now, now, name=name, by=by))
    after = replace(after, audience=(*room.audience, person))
    return Changed(after, (Line(now, "room-asked", person, by, role),))


def came_beside(room: Room, person: str, *, ticket: str, now: datetime) -> Changed:
    """Whoever was asked in comes, and waits. Raises `Conflict`: the meeting is over."""
    member = room.of(person)
    if member is None or person not in room.welcome or not _goes_on(room):
        raise Conflict("room.meeting_over")
    return joined(room, person, member.role, direct=False, ticket=ticket, meeting="", now=now)


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
    beside = member.role in BESIDE
    step: Step = "revoke" if beside and member.standing == "out" else "remove"
    told = _moved(room, member, _after(member.standing, step), by=by, now=now, reason=reason)
    return Changed(_unwelcome(told.room, person), told.lines) if beside else told


def left(room: Room, person: str, now: datetime) -> Changed:
    """Somebody goes; who is gone already is gone."""
    member = room.of(person)
    if member is None or (member.standing, "leave") not in NEXT:
        return Changed(room)
    return _by_themselves(_moved(room, member, _after(member.standing, "leave"), by=person, now=now), now)


def shown(room: Room, person: str, told: Told, now: datetime) -> Room:
    """Somebody in the room shows how they are; a hand that stays up is up since it went up. Raises `Forbidden`."""
    member = _inside(room, person, frozenset(REMOVES), "show")
    before = member.signs
    hand = before.hand if told.hand is None else (before.hand or now) if told.hand else None
    is_muted = before.is_muted if told.is_muted is None else told.is_muted
    is_hidden = before.is_hidden if told.is_hidden is None else told.is_hidden
    is_thin = before.is_thin if told.is_thin is None else told.is_thin
    hushed = None if is_muted else before.hushed  # they did as they were asked
    signs = Signs(hand, is_muted, is_hidden, is_thin, hushed, before.shows)
    return _with(room, replace(member, signs=signs))


def sends(room: Room, person: str, labels: Collection[str], now: datetime) -> Changed:
    """What somebody's page sends from now on: what it shows that it did not show before is told."""
    member = room.of(person)
    if member is None or member.standing != "in":
        return Changed(room)
    shows = tuple(one for one in SHOWS if one in labels)
    fresh = tuple(Line(now, SHOWS[one], person, person) for one in shows if one not in member.signs.shows)
    return Changed(_with(room, replace(member, signs=replace(member.signs, shows=shows))), fresh)


def led(room: Room, by: str, lead: Lead, person: str, now: datetime) -> Room:
    """The host puts somebody before all, or, if they stand there, back among all; lowers their hand; asks for silence.

    Raises `Forbidden`, or `Invalid` for who is not in the room.
    """
    _inside(room, by, LEADS, "lead")
    member = _there(room, person)
    if member.standing != "in":
        raise Invalid("room.no_such_person", place="person")
    if lead == "spotlight":
        return replace(room, spotlit="" if room.spotlit == person else person)
    signs = replace(member.signs, hand=None) if lead == "lower" else replace(member.signs, hushed=now)
    return _with(room, replace(member, signs=signs))


def kept(room: Room, direct: Mapping[str, Role], audience: Iterable[str], *, is_open: bool, now: datetime) -> Changed:
    """The room as its application has it now: who entered by a right that they no longer have is out.

    When it closes all are. Those whom somebody let in stay while it is open.
    """
    told = Changed(replace(room, audience=(*audience, *sorted(room.welcome)), is_open=is_open))
    for one in room.members:
        role = direct.get(one.person)
        if one.standing in ("in", "lost", "waiting") and (not is_open or (one.direct and role is None)):
            step: Step = "leave" if not is_open else "remove"
            told = told.then(_moved(told.room, one, _after(one.standing, step), by="", now=now))
        elif role is not None and role != one.role:
            told = told.then(Changed(_with(told.room, replace(one, role=role, direct=True))))
    return _by_themselves(told, now)


def looked(room: Room, now: datetime) -> Changed:
    """Who has not been heard of for too long has broken off, and has left when they do not come back.

    A look that comes late forgives all who are there.
    """
    if room.due is not None and now - room.due > LATE:
        members = tuple(replace(one, heard=now) if one.standing in ("in", "waiting") else one for one in room.members)
        return Changed(_due(replace(room, members=members), now))
    told = Changed(room)
    for one in room.members:
        if one.standing in ("in", "waiting") and now - one.heard >= SILENT:
            told = told.then(_moved(told.room, one, _after(one.standing, "lose"), by="", now=now))
        elif one.standing == "lost" and now - one.since >= AWAITED:
            told = told.then(_moved(told.room, one, _after(one.standing, "leave"), by="", now=now))
    told = _by_themselves(told, now)
    return replace(told, room=_due(told.room, now))


def begun(room: Room, now: datetime) -> Room:
    """The room with the time of its next look, if none is to come yet."""
    return room if room.due is not None else _due(room, now)


def _due(room: Room, now: datetime) -> Room:
    return replace(room, due=now + LOOK if room.those("in", "waiting", "lost") else None)


def _goes_on(room: Room) -> bool:
    """Whether somebody of the case is in the room, or is awaited there."""
    return any(one.role not in BESIDE for one in room.those("in", "lost"))


def _by_themselves(told: Changed, now: datetime) -> Changed:
    """Guests without anybody of the case have nobody to be with: they are out, and nobody is welcome any more."""
    if not told.room.welcome or (told.room.is_open and _goes_on(told.room)):
        return told
    for one in told.room.members:
        if one.role in BESIDE and one.standing in ("in", "lost", "waiting"):
            told = told.then(_moved(told.room, one, _after(one.standing, "leave"), by="", now=now))
    return replace(told, room=_unwelcome(told.room, *told.room.welcome))


def _unwelcome(room: Room, *people: str) -> Room:
    """The room opens to these no more."""
    return replace(room, audience=tuple(key for key in room.audience if key not in people))


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
    signs = member.signs if standing == "in" else Signs()  # who comes again begins anew
    after = _with(room, replace(member, standing=standing, since=since, ticket=ticket, signs=signs))
    if standing != "in" and room.spotlit == member.person:
        after = replace(after, spotlit="")
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
