"""Each test has a department in its own database, whose people can be called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.features.ring.bells import DISPATCHERS, Bells
from tests.make.cases import Ward
from yuanzhen.collaboration.ring.events import RingUnanswered
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.programs.listeners import LISTENS


@pytest.fixture
async def db(home: Home) -> AsyncIterator[Database]:
    db = await home.open({**LISTENS, RingUnanswered.kind: ("whoever",)})
    yield db
    await db.close()


@pytest.fixture
async def bells(db: Database, home: Home, tmp_path: Path) -> Bells:
    ward = await Ward.of(db, tmp_path)
    async with db.verb(system("setup")) as tx:
        for one in DISPATCHERS:
            await tx.run(
                "INSERT INTO security.person (id, name, display, role, institution, created) "
                "VALUES ($1, $1, $1, 'dispatcher', 'city', now())",
                one.id,
            )
    return Bells(db, home, ward)
