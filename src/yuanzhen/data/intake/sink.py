"""Taking facts in: each one a transaction as the peer that sent it, within that peer's institution."""

from __future__ import annotations

from collections.abc import AsyncIterator

from yuanzhen.data.exchange.facts import About, MessageReceived, MessageUnread, PatientSeen, Sender
from yuanzhen.data.intake import messages
from yuanzhen.data.intake.dicom import Images
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.keys.objects import Objects


class Intake:
    """The centre's `Sink` (see data/exchange/sink.py)."""

    def __init__(self, db: Database, objects: Objects) -> None:
        self._db = db
        self._images = Images(db, objects)

    async def message_received(self, sender: Sender, fact: MessageReceived) -> None:
        """An HL7 message that was understood."""
        await messages.received(self._db, sender, fact)

    async def message_unread(self, sender: Sender, fact: MessageUnread) -> None:
        """An HL7 message that was not."""
        await messages.unread(self._db, sender, fact)

    async def patient_seen(self, sender: Sender, seen: PatientSeen) -> None:
        """A patient alone, as an ADT message without a visit tells of one."""
        kind, about = f"ADT^{seen.event}", (About(seen),)
        fact = MessageReceived(kind, seen.message, seen.digest, seen.sent_at, "utf-8", b"", about)
        await messages.received(self._db, sender, fact)

    async def instance_received(self, sender: Sender, file: AsyncIterator[bytes]) -> None:
        """A DICOM object."""
        await self._images.take(sender, file)
