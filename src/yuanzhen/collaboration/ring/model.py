"""The rules of a ring: who is called when, and why a call ended. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Self

from yuanzhen.infrastructure.errors import Conflict, Invalid

State = Literal["ringing", "answered", "over"]
Said = Literal["here", "booked-only", "away"]
Act = Literal["answer", "pass-on", "take", "call", "stop"]
# How it stands with somebody on duty at this second. `absent`: here by their own word, and not heard of for a minute.
Standing = Literal["present", "busy", "away", "booked-only", "absent"]
# Why a call is over; '' while it rings. `silenced`: somebody else answered, or it was called off.
Outcome = Literal[
    "", "answered", "silenced", "not-answered", "declined", "busy", "away", "booked-only", "absent", "gone", "off-shift"
]

NEXT: dict[tuple[State, Act], State] = {
    ("ringing", "answer"): "answered",
    ("ringing", "pass-on"): "ringing",
    ("ringing", "take"): "ringing",
    ("ringing", "call"): "ringing",
    ("ringing", "stop"): "over",
    ("answered", "stop"): "over",
}
# Who could not be called, and can be as soon as that is over; whoever declined or let it ring is not called again.
PASSING: frozenset[Outcome] = frozenset({"busy", "away", "booked-only", "absent", "gone", "off-shift"})
SUCCEEDED: frozenset[Outcome] = frozenset({"answered", "silenced"})
# Why somebody cannot be called; whoever is heard of no longer while it rings is gone.
UNREACHABLE: dict[Standing, Outcome] = {
    "busy": "busy",
    "away": "away",
    "booked-only": "booked-only",
    "absent": "absent",
}
LEFT: dict[Standing, Outcome] = {**UNREACHABLE, "absent": "gone"}

ALARM_AFTER = timedelta(seconds=150)
LOOK_EVERY = timedelta(seconds=5)  # who came, who went, whose shift ended
BY_HAND = 0  # the circle of whom a dispatcher rings
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class About:
    """What whoever is called may know: the question, how urgent, which institution asks, where to call back."""

    question: str
    urgency: str
    place: str
    call_back: str


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is to be called, circle by circle. Not `rostered`: there is no shift, so all are called, present or not.

    `number`: what is answered for them when none of them does; '' where they have none of their own.
    """

    circles: tuple[tuple[str, ...], ...]
    rostered: bool
    number: str = ""

    def circle_of(self, person: str) -> int:
        """The number of the circle that somebody is in, from 1; 0 for who is not on duty."""
        return next((number for number, circle in enumerate(self.circles, 1) if person in circle), 0)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a circle is called, and the number that is answered where those on duty have none of their own."""

    circle: timedelta
    number: str


@dataclass(frozen=True, slots=True)
class Call:
    """One person called once. Over at the moment of its beginning when they could not be called at all."""

    person: str
    circle: int
    since: datetime
    outcome: Outcome = ""
    ended: datetime | None = None
    reason: str = ""
    pushed: datetime | None = None  # when their telephone was rung last

    def over(self, outcome: Outcome, at: datetime, reason: str = "") -> Self:
        """The call as it ended."""
        return replace(self, outcome=outcome, ended=max(at, self.since), reason=reason)

    @property
    def failed(self) -> bool:
        """Over, and neither answered nor silenced by another's answer."""
        return self.outcome != "" and self.outcome not in SUCCEEDED


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring of one source, with its calls in the order of their beginning."""

    id: str
    source: str
    department: str
    about: About
    started: datetime
    alarm_at: datetime
    audience: tuple[str, ...]
    state: State = "ringing"
    circle: int = 0
    circle_until: datetime | None = None
    alarmed: datetime | None = None
    number: str = ""
    taken_by: str = ""
    taken: datetime | None = None
    answered_by: str = ""
    answered: datetime | None = None
    ended: datetime | None = None
    why: str = ""
    turn: int = 0
    calls: tuple[Call, ...] = field(default=())

    @property
    def ringing(self) -> list[Call]:
        """The calls that ring now."""
        return [call for call in self.calls if call.outcome == ""]

    def last(self, person: str) -> Call | None:
        """The last call of somebody."""
        return next((call for call in reversed(self.calls) if call.person == person), None)

    def after(self, act: Act) -> Self:
        """The ring after an act. Raises `Conflict` `ring.not_now` when its state does not permit it."""
        state = NEXT.get((self.state, act))
        if state is None:
            raise Conflict("ring.not_now", act=act, state=self.state)
        return replace(self, state=state)


def begun(id: str, source: str, department: str, about: About, audience: tuple[str, ...], *, now: datetime) -> Ring:
    """A new ring: nobody is called yet, the first look at who is on duty follows at once."""
    return Ring(id, source, department, about, now, now + ALARM_AFTER, audience)


def answered(ring: Ring, person: str, *, now: datetime) -> Ring:
    """Somebody takes it, whether or not they were being called; it rings for nobody else."""
    ring = ring.after("answer")
    if not any(call.person == person for call in ring.ringing):
        ring = replace(ring, calls=(*ring.calls, Call(person, ring.circle, now)))
    calls = (_ended(call, "answered" if call.person == person else "silenced", now) for call in ring.calls)
    return replace(ring, calls=tuple(calls), answered_by=person, answered=now)


def passed_on(ring: Ring, person: str, reason: str, *, now: datetime) -> Ring:
    """Somebody cannot, and says why; whoever was not called yet will not be."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid("ring.reason_missing", place="reason", rule=f"1 to {LONGEST_REASON} characters")
    ring = ring.after("pass-on")
    last = ring.last(person)
    if last is not None and last.outcome == "declined":
        return ring
    if last is None or last.outcome:
        ring = replace(ring, calls=(*ring.calls, Call(person, ring.circle, now)))
    calls = (_ended(call, "declined", now, reason) if call.person == person else call for call in ring.calls)
    return replace(ring, calls=tuple(calls))


def taken(ring: Ring, dispatcher: str, *, now: datetime) -> Ring:
    """A dispatcher has it in hand, again or for the first time. Raises `Conflict` `ring.taken`: another has."""
    ring = ring.after("take")
    if ring.taken_by == dispatcher:
        return ring
    if ring.taken_by:
        raise Conflict("ring.taken", by=ring.taken_by)
    return replace(ring, taken_by=dispatcher, taken=now)


def called_by_hand(ring: Ring, dispatcher: str, person: str, *, now: datetime) -> Ring:
    """A dispatcher rings somebody, who is called until the ring is over. Raises `Conflict` when they are already."""
    ring = taken(ring.after("call"), dispatcher, now=now)
    if any(call.person == person for call in ring.ringing):
        raise Conflict("ring.called_already")
    return replace(ring, calls=(*ring.calls, Call(person, BY_HAND, now)))


def stopped(ring: Ring, why: str, *, now: datetime) -> Ring:
    """It is over: called off, or what was answered has come to its end."""
    ring = ring.after("stop")
    return replace(ring, calls=tuple(_ended(call, "silenced", now) for call in ring.calls), ended=now, why=why)


def _ended(call: Call, outcome: Outcome, at: datetime, reason: str = "") -> Call:
    return call if call.outcome else call.over(outcome, at, reason)


# ---- looking at who is on duty


def looked(ring: Ring, duty: Duty, standing: Mapping[str, Standing], pace: Pace, *, now: datetime) -> Ring:
    """The ring as it must be at `now`, given who is on duty and how it stands with each of them.

    `now` may be late: nobody's minute is skipped for that, since a circle begins when its people are called.
    """
    if ring.state != "ringing":
        return ring
    ring = _without_who_left(ring, duty, standing, now)
    while True:
        last = ring.circle >= len(duty.circles)
        up = not last and ring.circle_until is not None and now >= ring.circle_until
        ring = _without_who_let_it_ring(ring, pace, now) if up else _with_who_can(ring, duty, standing, now)
        if last or (not up and any(call.circle != BY_HAND for call in ring.ringing)):
            break
        # An empty circle is passed at once, as one is whose time is up; in the last one it rings on.
        ring = replace(ring, circle=ring.circle + 1, circle_until=now + pace.circle)
    if ring.circle >= len(duty.circles):
        ring = replace(ring, circle_until=None)
    if ring.alarmed is None and (now >= ring.alarm_at or not ring.ringing):
        ring = replace(ring, alarmed=now, number=duty.number or pace.number)
    return ring


def next_look(ring: Ring, *, now: datetime) -> datetime | None:
    """When the ring must be looked at again; None when it rings no longer."""
    if ring.state != "ringing":
        return None
    times = [now + LOOK_EVERY]
    if ring.circle_until is not None:
        times.append(ring.circle_until)
    if ring.alarmed is None:
        times.append(ring.alarm_at)
    return max(min(times), now)


def stands(said: Said, *, heard: bool, busy: bool) -> Standing:
    """How it stands with somebody, by their own word, whether they are heard of, and whether they answered another."""
    if busy:
        return "busy"
    if said != "here":
        return said
    return "present" if heard else "absent"


def reachable(person: str, duty: Duty, standing: Mapping[str, Standing]) -> bool:
    """Whether somebody on duty can be called: present, or where there is no shift at least not busy."""
    how = standing.get(person, "absent")
    return how == "present" or (not duty.rostered and how != "busy")


def _without_who_left(ring: Ring, duty: Duty, standing: Mapping[str, Standing], now: datetime) -> Ring:
    def left(call: Call) -> Call:
        if call.outcome or call.circle == BY_HAND:
            return call
        if not duty.circle_of(call.person):
            return call.over("off-shift", now)
        if reachable(call.person, duty, standing):
            return call
        return call.over(LEFT[standing.get(call.person, "absent")], now)

    return replace(ring, calls=tuple(left(call) for call in ring.calls))


def _without_who_let_it_ring(ring: Ring, pace: Pace, now: datetime) -> Ring:
    def rung_out(call: Call) -> Call:
        if call.outcome or call.circle == BY_HAND or now < call.since + pace.circle:
            return call
        return call.over("not-answered", call.since + pace.circle)

    return replace(ring, calls=tuple(rung_out(call) for call in ring.calls))


def _with_who_can(ring: Ring, duty: Duty, standing: Mapping[str, Standing], now: datetime) -> Ring:
    """Everybody of the circles up to this one is called who can be, and of the others it is kept why they are not."""
    for number, circle in enumerate(duty.circles[: ring.circle], 1):
        for person in circle:
            last = ring.last(person)
            if last is not None and last.outcome not in PASSING:
                continue
            call = Call(person, number, now)
            if not reachable(person, duty, standing):
                how = standing.get(person, "absent")
                if last is not None and last.outcome in (UNREACHABLE[how], LEFT[how]):
                    continue
                call = call.over(UNREACHABLE[how], now)
            ring = replace(ring, calls=(*ring.calls, call))
    return ring
