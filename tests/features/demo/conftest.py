"""A home after its first start: the city hospital is there, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Home
from yuanzhen.applications.administration import service as administration
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.exchange.hl7v2.handler import handle
from yuanzhen.data.exchange.hl7v2.setting import Setting
from yuanzhen.data.intake.sink import Intake
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.blobs import open_blobs
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.programs.demo import region
from yuanzhen.programs.demo.cast import PATIENTS, DemoPatient
from yuanzhen.programs.demo.kept import Kept
from yuanzhen.programs.demo.messages import admission
from yuanzhen.security.identity.service import Identity
from yuanzhen.security.keys.objects import Objects
from yuanzhen.security.keys.root import Root

MASTER = bytes(32)


@dataclass
class Demo:
    """A database with a home institution, and the folder where the demo keeps what it must."""

    db: Database
    identity: Identity
    folder: Path
    intake: Intake
    rows: Home
    city: str

    async def build(self, his_port: int = 2585) -> Kept:
        """Makes the region, or finds it."""
        return await region.build(
            self.db, self.identity, self.folder, his_port=his_port, page_port=8090, now=clock.now()
        )

    async def hear(self, kept: Kept, patient: DemoPatient) -> bytes:
        """The HIS's admission, as the centre's own MLLP door takes it."""
        return await self.hears(kept, admission(patient, kept.day))

    async def hears(self, kept: Kept, body: bytes) -> bytes:
        """Any message of the township's, and the answer."""
        return await handle(body, Sender(kept.peer, kept.township), self.intake, Setting(kept.township))

    async def admit(self, kept: Kept) -> Kept:
        """All patients told, and the first one's login made."""
        for patient in PATIENTS:
            assert b"MSA|AA|" in await self.hear(kept, patient)
        return await region.admit(self.db, self.identity, self.folder, kept)


@pytest.fixture
async def demo(db: Database, home: Home, tmp_path: Path) -> Demo:
    async with db.verb(region.SETUP) as tx:
        city = await administration.add_institution(tx, "市中心医院", "city", None)
    objects = Objects(Root(bytes(range(32)), sealed=False), open_blobs(None, tmp_path))
    return Demo(db, Identity(db, MASTER), tmp_path, Intake(db, objects), home, city)
