"""What was signed long enough ago closes by itself: once, by nobody, and not while something is waited for."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

import pytest

from tests.conftest import CONTEXT_KEY, Home
from tests.make.cases import ASKER, EXPERT, NOW, QUALITY, Ward, later
from tests.make.signing import added, amended, approved
from yuanzhen.applications.consultation import jobs, service, views
from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinions import critical
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.errors import Conflict

RELAY = system("relay")
AFTER = timedelta(days=14)


async def closes(ward: Ward, **after: float) -> int:
    return await jobs.close_settled(ward.db, AFTER, later(**after))


async def seen(ward: Ward, case: Case) -> views.CaseView:
    return await views.case(ward.db, ASKER, case.id)


async def test_it_closes_after_its_days_and_says_so_by_nobodys_hand(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    assert await closes(ward, days=14) == 0
    assert await closes(ward, days=14, seconds=1) == 1
    told = await seen(ward, case)
    assert (told.state, told.acts) == ("closed", ["rate"])
    assert [(one.what, one.who.name, one.at) for one in told.timeline][-1] == (
        "closed-by-time", "", later(days=14, seconds=1))  # fmt: skip
    (row,) = await home.rows("SELECT actor FROM security.trail WHERE verb = 'consultation.closed-by-time'")
    assert row["actor"] == "system:relay"


async def test_it_closes_once_whoever_looks_and_however_often(ward: Ward, home: Home) -> None:
    await ward.signed()
    await asyncio.gather(*(closes(ward, days=15) for _ in range(4)))
    assert await closes(ward, days=16) == 0
    assert len(await home.rows("SELECT FROM consultation.step WHERE what = 'closed-by-time'")) == 1


async def test_another_version_begins_its_days_anew(ward: Ward) -> None:
    case = await ward.signed()
    await added(ward, EXPERT, case, at=later(days=10))
    assert await closes(ward, days=15) == 0
    assert await closes(ward, days=25) == 1


async def test_what_waits_for_a_second_person_stays_open(ward: Ward) -> None:
    case = await ward.signed()
    asked = await amended(ward, EXPERT, case)
    assert await closes(ward, days=15) == 0
    await approved(ward, QUALITY, asked.id)
    async with ward.db.verb(RELAY) as tx:
        await jobs.hide_decided(tx, {"entity": f"consultation/{case.id}"}, now=NOW)
    assert await closes(ward, days=15) == 1


async def test_a_critical_finding_that_nobody_confirmed_stays_open(ward: Ward) -> None:
    case = await ward.signed()
    async with ward.db.verb(EXPERT) as tx:
        await critical.raised(tx, case.id, 1, "大面积脑梗死", now=NOW)
    assert await closes(ward, days=15) == 0
    async with ward.db.verb(ASKER) as tx:
        await critical.called(tx, case.id, "许静", read_back=True, words="", now=later(minutes=2))
    assert await closes(ward, days=15) == 1


@pytest.mark.parametrize("act", ["ring", "accept", "close", "cancel"])
async def test_no_other_state_closes(ward: Ward, act: str) -> None:
    case = await (ward.ask() if act in ("ring", "cancel") else ward.accepted() if act == "accept" else ward.signed())
    if act in ("close", "cancel"):
        await ward.act(ASKER, act, case)
    before = (await seen(ward, case)).state
    assert await closes(ward, days=100) == 0
    assert (await seen(ward, case)).state == before


async def test_who_closes_it_at_the_same_time_is_told_that_it_is_closed(ward: Ward) -> None:
    case = await ward.signed()
    told = await asyncio.gather(closes(ward, days=15), ward.act(ASKER, "close", case), return_exceptions=True)
    assert isinstance(told[1], Conflict | Case)
    lines = [one.what for one in (await seen(ward, case)).timeline if "close" in one.what]
    assert len(lines) == 1


DIES = """
import asyncio, os, sys
from datetime import datetime, timedelta
from yuanzhen.applications.consultation import service
from yuanzhen.infrastructure.db import database
from yuanzhen.infrastructure.db.actor import Signer, system

async def main():
    db = await database.connect(sys.argv[1], Signer(bytes.fromhex(sys.argv[2])), {})
    now = datetime.fromisoformat(sys.argv[3])
    async with db.verb(system("relay")) as tx:
        await service.close_settled(tx, sys.argv[4], before=now - timedelta(days=14), now=now)
        os.kill(os.getpid(), 9)

asyncio.run(main())
"""


async def test_a_process_that_dies_while_it_closes_leaves_nothing_by_half(ward: Ward, home: Home) -> None:
    case = await ward.signed()
    dead = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DIES, home.dsn, CONTEXT_KEY.hex(), later(days=15).isoformat(), case.id
    )
    assert await dead.wait() == -9
    assert (await seen(ward, case)).state == "signed"
    assert await home.rows("SELECT FROM consultation.step WHERE what = 'closed-by-time'") == []
    async with asyncio.timeout(10):  # until the server has let go of the dead one's lock
        assert await closes(ward, days=15) == 1
    assert (await seen(ward, case)).state == "closed"
    async with ward.db.verb(RELAY) as tx:
        await service.close_settled(tx, case.id, before=later(days=20), now=later(days=20))
    assert len(await home.rows("SELECT FROM consultation.step WHERE what = 'closed-by-time'")) == 1
