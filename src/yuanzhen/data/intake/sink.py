"""Taking facts in: each one a transaction as the peer that sent it, within that peer's institution."""

from __future__ import annotations

from collections.abc import AsyncIterator

from yuanzhen.data.exchange.facts import PatientSeen, Sender
from yuanzhen.data.intake import adt
from yuanzhen.data.intake.dicom import Images
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.keys.objects import Objects


class Intake:
    """The centre's `Sink` (see data/exchange/sink.py)."""

    def __init__(self, db: Database, objects: Objects) -> None:
        self._db = db
        self._images = Images(db, objects)

    async def patient_seen(self, sender: Sender, fact: PatientSeen) -> None:
        """A patient as a system tells of them."""
        await adt.patient_seen(self._db, sender, fact)

    async def instance_received(self, sender: Sender, file: AsyncIterator[bytes]) -> None:
        """A DICOM object."""
        await self._images.take(sender, file)
