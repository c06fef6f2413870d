"""The ward, and a referral of its patient from the township to the city."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, EXPERT, NOW, OUTSIDER, SECOND, Ward, person
from yuanzhen.applications.referral import jobs, service, views
from yuanzhen.applications.referral.events import ReferralChanged, ReferralDue
from yuanzhen.applications.referral.model import Given, Referral, Told
from yuanzhen.collaboration.calendar import service as calendar
from yuanzhen.collaboration.calendar.model import Slot
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database

LISTENS = {ReferralChanged.kind: ("follow-referral",), ReferralDue.kind: ("chase-referral",)}
DESK = person("hu", "clinician")  # of the city hospital's referral desk
REASON = "右侧肢体无力 50 分钟，需溶栓评估"


@dataclass
class Referrals:
    """A referral's verbs as people do them, and its jobs as the relay does them."""

    ward: Ward
    home: Home

    @property
    def db(self) -> Database:
        return self.ward.db

    async def begin(
        self, by: Actor = ASKER, *, send: bool = True, key: str | None = None, now: datetime = NOW, **more: Any
    ) -> Referral:
        told: dict[str, Any] = {
            "patient": self.ward.patient, "institution": "city", "department": "neurology", "kind": "admission",
            "urgency": "urgent", "reason": REASON, **more,
        }  # fmt: skip
        async with self.db.verb(by) as tx:
            return await service.begin(tx, Told(**told), send=send, idempotency=key, now=now)

    async def act(self, by: Actor, act: str, one: Referral | str, *, now: datetime = NOW, **given: Any) -> Referral:
        async with self.db.verb(by) as tx:
            return await service.act(tx, act, one if isinstance(one, str) else one.id, Given(**given), now=now)

    async def seen(self, by: Actor, one: Referral) -> views.ReferralView:
        return await views.referral(self.db, by, one.id)

    async def relayed(self, kind: str, now: datetime = NOW) -> None:
        """All facts of a kind that are due are handed to their listener, once."""
        rows = await self.home.rows(
            "SELECT id, body::text AS body FROM infrastructure.outbox WHERE kind = $1 AND done IS NULL "
            "AND ($2::timestamptz >= due OR kind = 'ReferralChanged') ORDER BY id",
            kind,
            now,
        )
        for row in rows:
            async with self.db.verb(system("relay")) as tx:
                body = json.loads(row["body"])
                await (jobs.follow(tx, body, now=now) if kind == "ReferralChanged" else jobs.chase(tx, body, now=now))
            await self.home.run(f"UPDATE infrastructure.outbox SET done = now() WHERE id = {row['id']}")

    async def told(self, who: str) -> list[str]:
        """What a person was told of referrals."""
        rows = await self.home.rows(
            "SELECT data ->> 'what' AS what FROM infrastructure.event WHERE channel = $1 AND event = 'referral' "
            "ORDER BY seq",
            f"me/{who}",
        )
        return [row["what"] for row in rows]

    async def waits(self) -> list[str]:
        """What waits for an hour."""
        return [row["source"] for row in await self.home.rows("SELECT source FROM calendar.waiting ORDER BY id")]

    async def slot(self, start: datetime, *, who: Actor = EXPERT) -> Slot:
        async with self.db.verb(who) as tx:
            return await calendar.add_slot(tx, expert=who.id, start=start, end=start + timedelta(minutes=20), now=NOW)


@pytest.fixture
async def db(home: Home) -> AsyncIterator[Database]:
    db = await home.open(LISTENS)
    yield db
    await db.close()


@pytest.fixture
async def referrals(db: Database, home: Home, tmp_path: Path) -> Referrals:
    ward = await Ward.of(db, tmp_path)
    for one in (EXPERT, SECOND, OUTSIDER, ASKER, DESK):
        await home.run(
            "INSERT INTO security.person (id, name, display, role, institution, created) VALUES "
            f"('{one.id}', '{one.id}', '{one.id}', '{one.role}', '{one.institution}', now())"
        )
    return Referrals(ward, home)
