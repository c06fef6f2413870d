"""Each test has the region of its own database, with one patient."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.make.cases import Ward
from yuanzhen.infrastructure.db.database import Database


@pytest.fixture
async def db(home: Home) -> AsyncIterator[Database]:
    db = await home.open({})
    yield db
    await db.close()


@pytest.fixture
async def ward(db: Database, tmp_path: Path) -> Ward:
    return await Ward.of(db, tmp_path)
