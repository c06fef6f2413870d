"""Each test has the region of its own database, with one patient and an image of hers; a reading of it is open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.features.reading.desk import Desk
from tests.make.cases import Ward
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.programs.listeners import LISTENS


@pytest.fixture
async def db(home: Home) -> AsyncIterator[Database]:
    db = await home.open(LISTENS)
    yield db
    await db.close()


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    return await Desk.of(await Ward.of(db, tmp_path))
