"""One reading of one image: who keeps it open to whom, what is marked on it, and what the record says of that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pydicom
from pydicom.filebase import DicomBytesIO

from tests.make.cases import ASKER, EXPERT, NOW, OUTSIDER, Ward, image
from yuanzhen.collaboration.reading import jobs, service, views
from yuanzhen.collaboration.reading.model import Kind, Mark, Place, Point, State
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.security.identity.scopes import EVERYTHING
from yuanzhen.security.policy import relations

SOURCE, READING = "consultation/c1", "c1"
AUDIENCE = (ASKER.id, "house:liuhe", EXPERT.id, OUTSIDER.id, "worker")
ENDS: tuple[Point, ...] = ((10.5, 20.25), (40.0, 60.0))
FIGURES: dict[Kind, dict[str, float]] = {
    "length": {"length_mm": 12.34},
    "angle": {"angle_deg": 41.5},
    "ellipse": {"area_mm2": 52.36, "mean": -612.4, "sd": 30.0, "min": -700.0, "max": -500.0},
    "key": {},
}
SHAPES: dict[Kind, tuple[Point, ...]] = {
    "length": ENDS,
    "angle": (*ENDS, (5.0, 5.0)),
    "ellipse": ((30.0, 44.0), (30.0, 36.0), (20.0, 40.0), (40.0, 40.0)),
    "key": (),
}


@dataclass
class Desk:
    """A ward with an image, and the case of it that `EXPERT` has in hand."""

    ward: Ward
    place: Place

    @classmethod
    async def of(cls, ward: Ward) -> Desk:
        desk = await cls.at(ward)
        await desk.keep()
        return desk

    @classmethod
    async def at(cls, ward: Ward) -> Desk:
        """The image alone; sent again it is the same."""
        await ward.study()
        header = pydicom.dcmread(DicomBytesIO(image()))
        place = Place(str(header.StudyInstanceUID), str(header.SeriesInstanceUID), str(header.SOPInstanceUID), 1)
        return cls(ward, place)

    async def keep(self, *writers: Actor, state: State = "open", by: Actor = EXPERT) -> None:
        """The case says who reads; each of them is entrusted with the patient."""
        people = writers or (EXPERT,)
        async with self.ward.db.verb(by) as tx:
            for one in people if state == "open" else ():
                await relations.entrust(tx, one.id, self.ward.patient, SOURCE)
            await service.keep(tx, SOURCE, self.ward.patient, [one.id for one in people], AUDIENCE, state)

    def mark(self, kind: Kind = "length", id: str = "mark-0001", **more: Any) -> Mark:
        """A mark as a page makes one."""
        unit = "HU" if kind == "ellipse" else ""
        made = Mark(id, kind, self.place, SHAPES[kind], FIGURES[kind], unit, EXPERT.id, NOW)
        return replace(made, **more)

    async def marks(self, mark: Mark, by: Actor = EXPERT) -> None:
        """Somebody sets a mark, or moves one."""
        async with self.ward.db.verb(by) as tx:
            await service.mark(tx, READING, replace(mark, author=by.id))

    async def unmarks(self, id: str, by: Actor = EXPERT) -> None:
        """Somebody removes a mark."""
        async with self.ward.db.verb(by) as tx:
            await service.unmark(tx, READING, id)

    async def seen(self, by: Actor) -> views.Marks:
        """What somebody is shown."""
        return await views.marks(self.ward.db, by, READING)

    async def in_record(self, by: Actor) -> list[views.MarkView]:
        """What the study's own record says."""
        return (await views.of_study(self.ward.db, self.ward.objects, by, EVERYTHING, self.place.study)).items

    async def written(self) -> None:
        """The relay's listener does its work."""
        await jobs.write(self.ward.db, self.ward.objects, {"reading": READING})

    async def objects_of_study(self) -> list[tuple[str, str]]:
        """SOP class and UID of each object of the study."""
        rows = await self.ward.db.once(
            system("relay"), "SELECT sop_class, sop FROM records.instance WHERE study = $1 ORDER BY 1", self.place.study
        )
        return [(row["sop_class"], row["sop"]) for row in rows]

    async def announced(self) -> int:
        """How often the record was told to write the marks down."""
        rows = await self.ward.db.once(
            system("relay"), "SELECT count(*) AS n FROM infrastructure.outbox WHERE listener = 'write-marks'"
        )
        return int(rows[0]["n"])
