"""The calendar's doors. Times carry their zone; a day is its reader's affair."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post, put
from litestar.params import QueryParameter

from yuanzhen.collaboration.calendar import booking, houses, model, service, views
from yuanzhen.collaboration.calendar.model import Kind
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import TooLarge

BASE = "/api/calendar"
PROBE_BYTES = 2**19  # of one measurement, each way

From = Annotated[datetime | None, QueryParameter(name="from")]
To = Annotated[datetime | None, QueryParameter(name="to")]


class NewShift(msgspec.Struct, forbid_unknown_fields=True):
    """Who is on duty for which department, in which circle, from when to when."""

    person: str
    department: str
    start: datetime
    end: datetime
    circle: int = 1


class NewAbsence(msgspec.Struct, forbid_unknown_fields=True):
    """When an expert is not there, and who stands in for them."""

    person: str
    start: datetime
    end: datetime
    kind: Kind = "other"
    cover: str = ""


class NewSlot(msgspec.Struct, forbid_unknown_fields=True):
    """A time of an expert that can be booked."""

    expert: str
    start: datetime
    end: datetime


class Measured(msgspec.Struct, forbid_unknown_fields=True):
    """What a page measured of its link to the centre: round trip over /live, throughput each way."""

    rtt_ms: float
    down_kbps: int
    up_kbps: int


class OwnCalendar(msgspec.Struct, forbid_unknown_fields=True):
    """Where a house's own calendar is asked."""

    url: str


@post(f"{BASE}/shifts")
async def add_shift(actor: Actor, db: Database, data: NewShift) -> views.ShiftLine:
    """Puts somebody on duty; for managers."""
    async with db.verb(actor) as tx:
        made = await service.add_shift(
            tx, person=data.person, department=data.department, start=data.start, end=data.end, circle=data.circle,
            now=clock.now(),
        )  # fmt: skip
        return await views.shift_line(tx, made)


@get(f"{BASE}/shifts")
async def shifts(actor: Actor, db: Database, department: str, since: From = None, until: To = None) -> views.Shifts:
    """Who is on duty for a department; two weeks from now unless it is said."""
    async with db.look(actor) as look:
        return await views.shifts(look, department, model.window(since, until, clock.now()))


@delete(f"{BASE}/shifts/{{id:str}}")
async def end_shift(actor: Actor, db: Database, id: str) -> None:
    """Takes a shift back."""
    async with db.verb(actor) as tx:
        await service.end_shift(tx, id, now=clock.now())


@post(f"{BASE}/absences")
async def add_absence(actor: Actor, db: Database, data: NewAbsence) -> views.AbsenceLine:
    """Says that an expert is not there; for themself, or as a manager."""
    async with db.verb(actor) as tx:
        made = await service.add_absence(
            tx, person=data.person, start=data.start, end=data.end, kind=data.kind, cover=data.cover, now=clock.now()
        )
        return await views.absence_line(tx, made)


@get(f"{BASE}/absences")
async def absences(
    actor: Actor, db: Database, department: str | None = None, since: From = None, until: To = None
) -> views.Absences:
    """Who of a department is not there; without one, when oneself is not."""
    async with db.look(actor) as look:
        return await views.absences(look, department, model.window(since, until, clock.now()))


@delete(f"{BASE}/absences/{{id:str}}")
async def end_absence(actor: Actor, db: Database, id: str) -> None:
    """Takes an absence back."""
    async with db.verb(actor) as tx:
        await service.end_absence(tx, id, now=clock.now())


@post(f"{BASE}/slots")
async def add_slot(actor: Actor, db: Database, data: NewSlot) -> views.SlotLine:
    """Offers a time of an expert; their own, or as a manager."""
    now = clock.now()
    async with db.verb(actor) as tx:
        made = await service.add_slot(tx, expert=data.expert, start=data.start, end=data.end, now=now)
        return await views.slot_line(tx, made, now)


@get(f"{BASE}/slots")
async def slots(
    actor: Actor,
    db: Database,
    expert: str | None = None,
    department: str | None = None,
    since: From = None,
    until: To = None,
    after: str = "",
    count: Annotated[int, QueryParameter(ge=1, le=views.MOST)] = views.MOST,
) -> views.Slots:
    """Slots and what each is worth now; two weeks from now unless it is said."""
    now = clock.now()
    within = model.window(since, until, now)
    async with db.look(actor) as look:
        return await views.slots(
            look, expert=expert, department=department, within=within, after=after, count=count, now=now
        )


@delete(f"{BASE}/slots/{{id:str}}")
async def end_slot(actor: Actor, db: Database, id: str) -> None:
    """Withdraws a slot that nobody has booked."""
    async with db.verb(actor) as tx:
        await service.end_slot(tx, id)


@get(f"{BASE}/week")
async def week(
    actor: Actor, db: Database, department: str | None = None, since: From = None, until: To = None
) -> views.Week:
    """Everything of a department's experts within a span; without a department, of oneself."""
    now = clock.now()
    async with db.look(actor) as look:
        return await views.week(look, department, model.window(since, until, now), now)


@get(f"{BASE}/bookings")
async def bookings(
    actor: Actor, db: Database, source: str | None = None, since: From = None, until: To = None
) -> views.Bookings:
    """What is booked with oneself, by oneself or for one's house; with `source` for that alone, whenever it is."""
    async with db.look(actor) as look:
        return await views.own_bookings(look, model.window(since, until, clock.now()), source)


@post(f"{BASE}/bookings/{{id:str}}/link", status_code=200)
async def check_link(actor: Actor, db: Database, id: str, data: Measured) -> views.BookingLine:
    """Keeps what the asking side measured of its link, for both sides to see."""
    async with db.verb(actor) as tx:
        await booking.check_link(tx, id, data.rtt_ms, data.down_kbps, data.up_kbps, clock.now())
        return await views.booking_line(tx, id)


@get(f"{BASE}/probe", include_in_schema=False, sync_to_thread=False)
def probe(actor: Actor) -> Response[bytes]:
    """Bytes that no compression makes fewer, to measure a link by."""
    return Response(os.urandom(PROBE_BYTES), media_type="application/octet-stream")


@post(f"{BASE}/probe", include_in_schema=False, status_code=204)
async def probed(actor: Actor, request: Request[Any, Any, Any]) -> None:
    """Takes as many and forgets them."""
    if len(await request.body()) > PROBE_BYTES:
        raise TooLarge("calendar.probe", place="body", limit=PROBE_BYTES)


@get(f"{BASE}/houses")
async def own_calendars(actor: Actor, db: Database) -> houses.OwnCalendars:
    """The houses that keep their experts' times themselves, and where each is asked; for the officer."""
    async with db.look(actor) as look:
        return await houses.listed(look)


@put(f"{BASE}/houses/{{institution:str}}", status_code=204)
async def put_own_calendar(actor: Actor, db: Database, institution: str, data: OwnCalendar) -> None:
    """From now on a house is asked before one of its experts is booked; for the officer."""
    async with db.verb(actor) as tx:
        await houses.put(tx, institution, data.url, clock.now())


@delete(f"{BASE}/houses/{{institution:str}}")
async def drop_own_calendar(actor: Actor, db: Database, institution: str) -> None:
    """The house is asked no more; for the officer."""
    async with db.verb(actor) as tx:
        await houses.drop(tx, institution)


router = Router(
    path="/",
    route_handlers=[
        add_shift, shifts, end_shift, add_absence, absences, end_absence, add_slot, slots, end_slot, week, bookings,
        check_link, probe, probed, own_calendars, put_own_calendar, drop_own_calendar,
    ],
    tags=["calendar"],
)  # fmt: skip
