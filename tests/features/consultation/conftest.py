"""Each test has the region of its own database, with one patient."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.make.cases import Ward
from yuanzhen.applications.consultation.events import ClaimTaken, ConsultationAsked, OpinionSigned
from yuanzhen.applications.consultation.files.events import FileDropped, FileWhole
from yuanzhen.collaboration.room.events import RoomDue
from yuanzhen.infrastructure.db.database import Database

LISTENS = {
    ConsultationAsked.kind: ("bell",),
    ClaimTaken.kind: ("clock",),
    OpinionSigned.kind: ("post",),
    RoomDue.kind: ("watch",),
    FileWhole.kind: ("look",),
    FileDropped.kind: ("free",),
}


@pytest.fixture
async def db(home: Home) -> AsyncIterator[Database]:
    db = await home.open(LISTENS)
    yield db
    await db.close()


@pytest.fixture
async def ward(db: Database, tmp_path: Path) -> Ward:
    return await Ward.of(db, tmp_path)
