"""The doors of rosters, swaps, resources, the waiting list and the feed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post, put

from yuanzhen.collaboration.calendar import feed, priority, roster_views, rosters, waiting
from yuanzhen.collaboration.calendar.model import Urgency
from yuanzhen.collaboration.calendar.patterns import Kind, Pattern
from yuanzhen.collaboration.calendar.roster_store import ResourceKind
from yuanzhen.collaboration.calendar.routes import BASE
from yuanzhen.doors.pace import Pace
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database

FEEDS = f"{BASE}/feeds"


class NewPattern(msgspec.Struct, forbid_unknown_fields=True):
    """A pattern: `weekly` on `weekdays` (0: Monday), or `rotation` of `on` days and `off` days."""

    kind: Kind
    people: list[str]
    first: date
    last: date
    start: Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    hours: int
    circle: int = 1
    zone: str = "Asia/Shanghai"
    weekdays: list[int] = msgspec.field(default_factory=list)
    on: int = 1
    off: int = 1

    def pattern(self) -> Pattern:
        """As the rules take it."""
        return Pattern(
            self.kind, tuple(self.people), self.first, self.last, time.fromisoformat(self.start), self.hours,
            self.circle, self.zone, tuple(self.weekdays), self.on, self.off,
        )  # fmt: skip


class NewRoster(NewPattern, kw_only=True, forbid_unknown_fields=True):
    """A pattern for a department."""

    department: str


class SkippedTurn(msgspec.Struct):
    """A turn that was left out."""

    person: str
    start: datetime
    why: str


class MadeRoster(msgspec.Struct):
    """What came of a pattern."""

    id: str
    made: int
    skipped: list[SkippedTurn]


class Dropped(msgspec.Struct):
    """How many shifts were taken back."""

    shifts: int


class NewSwap(msgspec.Struct, forbid_unknown_fields=True):
    """Which shift of one's own a colleague is to take, for which of theirs, if any."""

    shift: str
    person: str
    other: str = ""


class NewResource(msgspec.Struct, forbid_unknown_fields=True):
    """A department's scanner, or what else is booked beside an expert."""

    department: str
    kind: ResourceKind
    name: str


class NewWaiting(msgspec.Struct, forbid_unknown_fields=True):
    """What waits (`referral/ID`), for a time of whom: an expert, a resource, or any expert of a department.

    `before`: only what begins before this suits, for what has an hour already.
    """

    source: Annotated[str, msgspec.Meta(pattern=r"^[a-z]+/\S+$", max_length=200)]
    target: str
    urgency: Urgency = "routine"
    distance_km: Annotated[int, msgspec.Meta(ge=0, le=priority.FARTHEST_KM)] = 0
    before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class MadeFeed(msgspec.Struct):
    """The path of one's times as iCalendar, told this once; whoever has it can read them."""

    path: str


class FeedState(msgspec.Struct):
    """When one's address was made; null without one."""

    made: datetime | None


@post(f"{BASE}/rosters")
async def add_roster(actor: Actor, db: Database, data: NewRoster) -> MadeRoster:
    """Makes the shifts of a pattern; for managers."""
    async with db.verb(actor) as tx:
        return _made(await rosters.make(tx, data.department, data.pattern(), clock.now()))


def _made(told: tuple[str, int, list[rosters.Skipped]]) -> MadeRoster:
    id, made, skipped = told
    return MadeRoster(id, made, [SkippedTurn(**asdict(one)) for one in skipped])


@get(f"{BASE}/rosters")
async def listed_rosters(actor: Actor, db: Database, department: str) -> roster_views.Rosters:
    """The patterns of a department."""
    async with db.look(actor) as look:
        return await roster_views.rosters(look, department)


@put(f"{BASE}/rosters/{{id:str}}")
async def change_roster(actor: Actor, db: Database, id: str, data: NewPattern) -> MadeRoster:
    """Lets a roster go on by another pattern, as far as its shifts have not begun."""
    async with db.verb(actor) as tx:
        return _made(await rosters.change(tx, id, data.pattern(), clock.now()))


@delete(f"{BASE}/rosters/{{id:str}}", status_code=200)
async def end_roster(actor: Actor, db: Database, id: str) -> Dropped:
    """Takes a roster back, as far as its shifts have not begun."""
    async with db.verb(actor) as tx:
        return Dropped(await rosters.end(tx, id, clock.now()))


@post(f"{BASE}/swaps")
async def ask_swap(actor: Actor, db: Database, data: NewSwap) -> roster_views.SwapLine:
    """Asks a colleague to take a shift."""
    async with db.verb(actor) as tx:
        one = await rosters.ask_swap(tx, data.shift, data.person, data.other, clock.now())
        return await roster_views.swap_line(tx, one)


@get(f"{BASE}/swaps")
async def listed_swaps(actor: Actor, db: Database, department: str | None = None) -> roster_views.Swaps:
    """What is asked in a department, or of and by oneself."""
    async with db.look(actor) as look:
        return await roster_views.swaps(look, department, clock.now())


@post(f"{BASE}/swaps/{{id:str}}/{{act:str}}", status_code=200)
async def decide_swap(actor: Actor, db: Database, id: str, act: str) -> roster_views.SwapLine:
    """Accepts, refuses, approves, rejects or takes back what is asked."""
    async with db.verb(actor) as tx:
        return await roster_views.swap_line(tx, await rosters.decide_swap(tx, id, act, clock.now()))


@post(f"{BASE}/resources")
async def add_resource(actor: Actor, db: Database, data: NewResource) -> roster_views.ResourceLine:
    """Adds a scanner, or what else is booked beside an expert; for managers."""
    async with db.verb(actor) as tx:
        one = await rosters.add_resource(tx, data.department, data.kind, data.name, clock.now())
        return (await roster_views.resource_lines(tx, [one])).items[0]


@get(f"{BASE}/resources")
async def listed_resources(actor: Actor, db: Database, department: str | None = None) -> roster_views.Resources:
    """What can be booked beside an expert, of a department or of all."""
    async with db.look(actor) as look:
        return await roster_views.resources(look, department)


@post(f"{BASE}/waiting")
async def wait(actor: Actor, db: Database, data: NewWaiting) -> roster_views.WaitingLine:
    """Waits for a time that becomes free."""
    now = clock.now()
    async with db.verb(actor) as tx:
        one = await waiting.join(tx, data.source, data.target, data.urgency, data.distance_km, now, before=data.before)
        return await roster_views.waiting_line(tx, one, {}, now)


@get(f"{BASE}/waiting")
async def listed_waiting(actor: Actor, db: Database) -> roster_views.WaitingList:
    """What oneself or one's house waits for, in the order in which times are offered."""
    async with db.look(actor) as look:
        return await roster_views.waiting(look, clock.now())


@delete(f"{BASE}/waiting/{{id:str}}")
async def leave(actor: Actor, db: Database, id: str) -> None:
    """Waits no more."""
    async with db.verb(actor) as tx:
        await waiting.leave(tx, id, now=clock.now())


@post(f"{BASE}/waiting/{{id:str}}/pass", status_code=204)
async def pass_on(actor: Actor, db: Database, id: str) -> None:
    """Leaves what is offered to the next one, and waits on."""
    async with db.verb(actor) as tx:
        await waiting.pass_on(tx, id, now=clock.now())


@get(f"{BASE}/feed")
async def feed_state(actor: Actor, db: Database) -> FeedState:
    """Whether one's times can be read from another calendar."""
    async with db.look(actor) as look:
        return FeedState(await feed.made(look))


@post(f"{BASE}/feed")
async def make_feed(actor: Actor, db: Database) -> MadeFeed:
    """A new secret address of one's times; the one before leads nowhere."""
    async with db.verb(actor) as tx:
        return MadeFeed(f"{FEEDS}/{await feed.make(tx, clock.now())}.ics")


@delete(f"{BASE}/feed")
async def end_feed(actor: Actor, db: Database) -> None:
    """One's times can be read from nowhere else."""
    async with db.verb(actor) as tx:
        await feed.end(tx)


@get(f"{FEEDS}/{{secret:str}}", include_in_schema=False)
async def read_feed(secret: str, request: Request[Any, Any, Any], db: Database, feeds: Pace) -> Response[bytes]:
    """The times behind a secret address, for a calendar program: no log-in, at a pace."""
    feeds.take(request.client.host if request.client else "", clock.now().timestamp())
    async with db.look(system("check")) as look:
        told = await feed.read(look, secret.removesuffix(".ics"), clock.now())
    return Response(told, media_type="text/calendar; charset=utf-8")


router = Router(
    path="/",
    route_handlers=[
        add_roster, listed_rosters, change_roster, end_roster, ask_swap, listed_swaps, decide_swap, add_resource,
        listed_resources, wait, listed_waiting, leave, pass_on, feed_state, make_feed, end_feed, read_feed,
    ],
    tags=["calendar"],
)  # fmt: skip
