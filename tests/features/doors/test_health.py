"""`/healthz`: true while the database answers, told to everybody, and no way to keep the database busy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from tests.conftest import Home
from tests.make.browser import Browser
from tests.make.faults import gone
from yuanzhen.doors.app import Site, build
from yuanzhen.doors.health import FRESH_S, PATIENCE_S, Health
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.identity.service import Identity


@dataclass
class Asked:
    """The application over one connection to a database, its clock, and how often the database was asked."""

    home: Home
    db: Database
    browser: Browser
    times: int = 0
    now_s: float = 0.0
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self) -> None:
        self.times += 1
        self.begun.set()
        await self.db.answers()

    async def told(self) -> tuple[int, str]:
        """Status and code of one answer, a second later than the last."""
        self.now_s += FRESH_S
        answer = await self.browser.get("/healthz")
        return answer.status_code, answer.json().get("code", "")


@pytest.fixture
async def asked(home: Home) -> AsyncIterator[Asked]:
    db = await home.open(size=1)
    identity = Identity(db, bytes(32), frozenset({"localhost"}))
    one: Asked

    async def ask() -> None:
        await one.ask()

    app = build(db, identity, site=Site(health=Health(ask, lambda: one.now_s)))
    one = Asked(home, db, Browser(app))
    yield one
    await db.close()


async def test_it_says_503_while_the_database_is_gone_and_200_when_it_is_back(asked: Asked) -> None:
    assert await asked.told() == (200, "")
    async with gone(asked.home):
        assert [await asked.told() for _ in range(3)] == [(503, "database.down")] * 3
    assert await asked.told() == (200, "")


async def test_a_database_that_does_not_answer_in_time_is_told_and_not_asked_again(asked: Asked) -> None:
    async with asked.db.verb(system("setup")):  # the only connection is lent: whoever asks waits
        async with asyncio.timeout(PATIENCE_S * 2):
            assert await asked.told() == (503, "database.down")
        asked.now_s += PATIENCE_S
        async with asyncio.timeout(PATIENCE_S / 2):  # nobody waits for it again
            assert [await asked.told() for _ in range(3)] == [(503, "database.down")] * 3
        assert asked.times == 1
    await asked.db.answers()  # behind the question that waited
    assert await asked.told() == (200, "")


async def test_however_many_ask_the_database_is_asked_once_a_second(asked: Asked) -> None:
    answers = await asyncio.gather(*(asked.browser.get("/healthz") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert (await asked.browser.get("/healthz")).status_code == 200
    assert asked.times == 1
    await asked.told()
    assert asked.times == 2


async def test_whoever_goes_away_leaves_the_question_to_the_others(asked: Asked) -> None:
    async with asked.db.verb(system("setup")):
        away = asyncio.create_task(asked.browser.get("/healthz"))
        await asked.begun.wait()
        away.cancel()
        other = asyncio.create_task(asked.browser.get("/healthz"))
        await asyncio.sleep(0)
    assert (await other).status_code == 200
    assert asked.times == 1


async def test_it_needs_no_log_in_is_kept_nowhere_and_tells_nothing_of_the_home(asked: Asked) -> None:
    well = await asked.browser.get("/healthz")
    assert (well.json(), well.headers["cache-control"]) == ({"status": "ok"}, "no-store")
    await asked.db.close()
    asked.now_s += FRESH_S
    ill = await asked.browser.get("/healthz")
    assert (ill.status_code, ill.headers["content-type"]) == (503, "application/problem+json")
    assert (ill.headers["cache-control"], ill.headers["retry-after"]) == ("no-store", "2")
    known = {"type", "title", "status", "code", "detail", "request", "retry_after_s"}
    assert set(ill.json()) == known
    assert asked.home.admin.database not in ill.text
