"""A ring with the relay at work: it is called within a moment, goes on by itself, and outlives those who look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.features.ring.bells import DUTY, RELAY, SOURCE, Bells
from tests.make.cases import ENROLLED, EXPERT, OUTSIDER, SECOND, person
from tests.make.faults import until
from tests.make.relaying import relaying_for
from yuanzhen.collaboration.calendar import service as calendar
from yuanzhen.collaboration.ring import jobs, model, service
from yuanzhen.collaboration.ring.model import Duty, Pace
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.relay import Listener, Within
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.programs import on_duty
from yuanzhen.security.identity import presence

RINGS = "SELECT person FROM ring.call WHERE outcome = '' ORDER BY person"
ALL = "SELECT person, outcome FROM ring.call ORDER BY ring, number"


def listeners(duty: Duty = DUTY, circle_s: float = 60) -> dict[str, Listener]:
    """As the centre has them, with a duty table of our own."""

    async def on_duty(tx: Tx, department: str, at: Any) -> Duty:
        return duty

    return {
        "look-at-ring": jobs.looker(on_duty, Pace(timedelta(seconds=circle_s), ""), clock.now),
        "look-at-rings": Within(jobs.look_again),
        "tell-dispatchers": Within(jobs.tell_dispatchers),
    }


async def test_it_goes_from_circle_to_circle_by_itself(bells: Bells, db: Database) -> None:
    await bells.here(EXPERT, SECOND, at=clock.now())
    async with relaying_for(bells.home, db, listeners(circle_s=0.3)):
        await bells.start(at=clock.now())
        await until(bells.home, RINGS, lambda rows: people(rows) == [EXPERT.id])
        await until(bells.home, RINGS, lambda rows: people(rows) == [SECOND.id])
    assert [tuple(row) for row in await bells.home.rows(ALL)] == [(EXPERT.id, "not-answered"), (SECOND.id, "")]


async def test_a_ring_that_began_while_nobody_looked_is_called_by_whoever_looks_next(
    bells: Bells, db: Database
) -> None:
    await bells.here(EXPERT, at=clock.now())
    await bells.start(at=clock.now())
    async with relaying_for(bells.home, db, listeners()):
        await until(bells.home, RINGS, lambda rows: people(rows) == [EXPERT.id])


async def test_one_of_the_last_circle_who_says_that_they_are_here_is_called_at_once(bells: Bells, db: Database) -> None:
    await bells.here(EXPERT, said="away", at=clock.now())
    async with relaying_for(bells.home, db, listeners()):
        await bells.start(at=clock.now())
        await until(bells.home, ALL, lambda rows: [tuple(row) for row in rows][:1] == [(EXPERT.id, "away")])
        await bells.here(EXPERT, at=clock.now())
        await until(bells.home, RINGS, lambda rows: people(rows) == [EXPERT.id])


async def test_several_who_look_at_the_same_rings_call_each_person_once(bells: Bells, db: Database) -> None:
    await bells.here(EXPERT, SECOND, OUTSIDER, at=clock.now())
    duty = Duty(((EXPERT.id, SECOND.id, OUTSIDER.id),), rostered=True)
    async with (
        relaying_for(bells.home, db, listeners(duty)),
        relaying_for(bells.home, db, listeners(duty)),
    ):
        for n in range(10):
            await bells.start(f"consultation/{n}", at=clock.now())
            await bells.here(EXPERT, at=clock.now())  # each makes all that rings be looked at again
        await until(bells.home, RINGS, lambda rows: len(rows) == 30)
    assert len(await bells.home.rows(ALL)) == 30


async def test_who_was_silent_and_is_heard_of_again_is_called(bells: Bells, db: Database) -> None:
    async with relaying_for(bells.home, db, listeners()):
        await bells.start(at=clock.now())
        await until(bells.home, ALL, lambda rows: (EXPERT.id, "absent") in [tuple(row) for row in rows])
        async with db.verb(RELAY) as tx:
            await presence.heard(tx, {EXPERT.id: clock.now()})
        await until(bells.home, RINGS, lambda rows: people(rows) == [EXPERT.id])
        async with db.verb(EXPERT) as tx:
            await service.answer(tx, SOURCE, EXPERT.id, clock.now())
    assert await bells.home.rows(RINGS) == []


async def test_what_changes_who_is_on_duty_is_seen_at_once(
    bells: Bells, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shift taken back, entered, and an absence while it rings: nothing waits for the next look of the clock."""
    monkeypatch.setattr(model, "LOOK_EVERY", timedelta(hours=1))
    manager, now = person("hejing", "manager"), clock.now()
    for one in (EXPERT, SECOND):
        async with db.verb(system("setup")) as tx:
            await tx.run(ENROLLED, one.id)
        await bells.here(one, at=now)

    async def on_shift(who: str, circle: int) -> str:
        async with db.verb(manager) as tx:
            end = now + timedelta(hours=8)
            made = await calendar.add_shift(
                tx, person=who, department="neurology", start=now - timedelta(hours=1), end=end, circle=circle, now=now
            )
        return made.id

    async def calls(who: list[str]) -> None:
        await until(bells.home, RINGS, lambda rows: people(rows) == who)

    first = await on_shift(EXPERT.id, 1)
    look = jobs.looker(on_duty.of, Pace(timedelta(seconds=60), ""), clock.now)
    async with relaying_for(bells.home, db, {**listeners(), "look-at-ring": look}):
        await bells.start(at=clock.now())
        await calls([EXPERT.id])
        await on_shift(SECOND.id, 1)
        await calls([EXPERT.id, SECOND.id])
        async with db.verb(manager) as tx:
            await calendar.end_shift(tx, first, now=clock.now())
        await calls([SECOND.id])
        async with db.verb(SECOND) as tx:
            end = clock.now() + timedelta(hours=1)
            away = await calendar.add_absence(tx, person=SECOND.id, start=now, end=end, kind="out", now=clock.now())
        await calls([])
        async with db.verb(SECOND) as tx:
            await calendar.end_absence(tx, away.id, now=clock.now())
        await calls([SECOND.id])


def people(rows: list[Any]) -> list[str]:
    return [row["person"] for row in rows]
