"""A region and its people."""

from __future__ import annotations

import pytest

from tests.make.people import Region
from yuanzhen.infrastructure.db.database import Database


@pytest.fixture
async def region(db: Database) -> Region:
    return await Region.of(db)
