"""The centre's `Archive`: what peers ask for by C-FIND, C-GET and C-MOVE, within their institution's rights."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from yuanzhen.data.exchange.dicom.archive import Destination, Held, Query
from yuanzhen.data.exchange.dicom.attributes import Attributes
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.records import finding
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.audit import trail
from yuanzhen.security.keys.objects import Objects


class ImageArchive:
    """Answers from the record; `destination` says where a title takes images (programs know the peers)."""

    def __init__(
        self, db: Database, objects: Objects, destination: Callable[[str], Awaitable[Destination | None]]
    ) -> None:
        self._db = db
        self._objects = objects
        self._destination = destination

    async def find(self, sender: Sender, query: Query) -> Sequence[Attributes]:
        """The headers that match; each patient who is shown stands in the trail."""
        async with self._db.look(_asker(sender)) as look:
            found = await finding.find(look, query)
            trail.noted(look, "images.find", "E", entity_type="ImagingStudy", entity="", reason=query.level)
            for resource, patient in {one.resource: one.patient for one in found}.items():
                trail.noted(look, "images.find", "R", entity_type="ImagingStudy", entity=resource, patient=patient)
        return [one.found for one in found]

    async def held(self, sender: Sender, query: Query) -> Sequence[Held]:
        """The instances below what matches; each study that is sent stands in the trail."""
        async with self._db.look(_asker(sender)) as look:
            found, whose = await finding.held(look, query)
            for resource, patient in whose.items():
                trail.noted(look, "images.send", "R", entity_type="ImagingStudy", entity=resource, patient=patient)
        return found

    def file(self, held: Held) -> AsyncIterator[bytes]:
        """The whole file, in pieces."""
        return self._objects.read(held.blob, held.size)

    async def destination(self, title: str) -> Destination | None:
        """Where the enrolled peer of this AE title takes images."""
        return await self._destination(title)


def _asker(sender: Sender) -> Actor:
    return Actor(kind="peer", id=sender.peer, role="peer", institution=sender.institution, purpose="treatment")
