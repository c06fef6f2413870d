"""Each test has a region of its own database whose township's HIS has announced one patient."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.make.cases import Ward
from yuanzhen.infrastructure.db.database import Database


@pytest.fixture
async def ward(db: Database, tmp_path: Path) -> Ward:
    return await Ward.of(db, tmp_path)
