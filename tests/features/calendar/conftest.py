"""The ward with its experts as people who log in, a manager of the city hospital and one of a township."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, EXPERT, NOW, OUTSIDER, SECOND, Ward, person
from yuanzhen.applications.consultation.events import ConsultationAsked, HourChanged
from yuanzhen.collaboration.calendar import booking, service
from yuanzhen.collaboration.calendar.events import (
    BookingDue,
    BookingHit,
    DutyChanged,
    HouseBooked,
    OfferDue,
    SlotChanged,
)
from yuanzhen.collaboration.calendar.model import Absence, Booking, Kind, Shift, Slot
from yuanzhen.data.intake.events import AppointmentChanged
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database

LISTENS = {
    SlotChanged.kind: ("publish-slot",),
    DutyChanged.kind: ("look-at-rings",),
    BookingDue.kind: ("remind",),
    BookingHit.kind: ("must-move",),
    OfferDue.kind: ("end-offer",),
    HouseBooked.kind: ("tell-house",),
    HourChanged.kind: ("publish-hour",),
    AppointmentChanged.kind: ("route-appointment",),
    ConsultationAsked.kind: ("tell-department",),
}
MANAGER = person("hejing", "manager")
OTHER_MANAGER = person("tang", "manager", "liuhe")
HOUR = timedelta(hours=1)
TOMORROW = NOW + timedelta(days=1, hours=1)


@dataclass
class Calendar:
    """The calendar's verbs as people do them."""

    ward: Ward
    home: Home

    @property
    def db(self) -> Database:
        return self.ward.db

    async def shift(
        self, start: datetime, end: datetime, *, who: Actor = EXPERT, circle: int = 1, by: Actor = MANAGER,
        department: str = "neurology", now: datetime = NOW,
    ) -> Shift:  # fmt: skip
        async with self.db.verb(by) as tx:
            return await service.add_shift(
                tx, person=who.id, department=department, start=start, end=end, circle=circle, now=now
            )

    async def absence(
        self, start: datetime, end: datetime, *, who: Actor = EXPERT, by: Actor | None = None, kind: Kind = "out",
        cover: Actor | None = None,
    ) -> Absence:  # fmt: skip
        async with self.db.verb(by or who) as tx:
            return await service.add_absence(
                tx, person=who.id, start=start, end=end, kind=kind, cover=cover.id if cover else "", now=NOW
            )

    async def slot(
        self, start: datetime = TOMORROW, end: datetime | None = None, *, who: Actor = EXPERT, by: Actor | None = None
    ) -> Slot:
        async with self.db.verb(by or who) as tx:
            return await service.add_slot(
                tx, expert=who.id, start=start, end=end or start + timedelta(minutes=20), now=NOW
            )

    async def book(
        self, slot: Slot | str, source: str = "consultation/c1", *, by: Actor = ASKER, now: datetime = NOW, **more: str
    ) -> Booking:
        async with self.db.verb(by) as tx:
            return await booking.book(tx, _id(slot), source, by.institution, now, **more)

    async def move(self, slot: Slot | str, source: str = "consultation/c1", *, by: Actor = ASKER) -> Booking:
        async with self.db.verb(by) as tx:
            return await booking.move(tx, source, _id(slot), NOW)

    async def free(self, source: str = "consultation/c1", *, by: Actor = ASKER) -> Booking | None:
        async with self.db.verb(by) as tx:
            return await booking.free(tx, source)

    async def told(self, channel: str) -> list[tuple[str, str]]:
        """What was told on a channel: what happened, to what."""
        rows = await self.home.rows(
            "SELECT data ->> 'what' AS what, data ->> 'source' AS source FROM infrastructure.event WHERE channel = $1 "
            "ORDER BY seq",
            channel,
        )
        return [(row["what"], row["source"]) for row in rows]

    async def facts(self, kind: str) -> list[dict[str, object]]:
        """The facts of a kind that wait, with the moment at which they are due."""
        rows = await self.home.rows(
            "SELECT body::text AS body, due FROM infrastructure.outbox WHERE kind = $1 ORDER BY id", kind
        )
        return [dict(row) for row in rows]

    async def refusals(self) -> list[tuple[str, str, str]]:
        """Who was refused what, and why."""
        rows = await self.home.rows(
            "SELECT actor, verb, code FROM security.trail WHERE outcome = 4 AND verb LIKE 'calendar.%' ORDER BY id"
        )
        return [tuple(row) for row in rows]


def _id(slot: Slot | str) -> str:
    return slot if isinstance(slot, str) else slot.id


@pytest.fixture
async def db(home: Home) -> AsyncIterator[Database]:
    db = await home.open(LISTENS)
    yield db
    await db.close()


@pytest.fixture
async def calendar(db: Database, home: Home, tmp_path: Path) -> Calendar:
    ward = await Ward.of(db, tmp_path)
    for one in (EXPERT, SECOND, OUTSIDER, MANAGER, OTHER_MANAGER, ASKER):
        await home.run(
            "INSERT INTO security.person (id, name, display, role, institution, created) VALUES "
            f"('{one.id}', '{one.id}', '{one.id}', '{one.role}', '{one.institution}', now())"
        )
    return Calendar(ward, home)
