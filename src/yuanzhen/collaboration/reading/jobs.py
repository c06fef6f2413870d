"""What follows a signed reading: its marks go into the record as DICOM, like any object that a machine sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset

from yuanzhen.collaboration.reading import store
from yuanzhen.collaboration.reading.model import Mark
from yuanzhen.data.exchange.facts import Sender
from yuanzhen.data.intake.dicom import Images
from yuanzhen.data.records import directory as people
from yuanzhen.data.records import studies
from yuanzhen.infrastructure.db.actor import system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.log import log
from yuanzhen.security.keys.objects import Objects

WRITER = system("relay")


async def write(db: Database, objects: Objects, body: dict[str, Any]) -> None:
    """The listener of `ReadingSigned`: one report and one selection for each study; seen again it writes nothing."""
    reading = str(body["reading"])
    async with db.look(WRITER) as look:
        marks = await store.marks(look, reading)
        names = await people.names(look, {one.author for one in marks})
    for study in dict.fromkeys(one.place.study for one in marks):
        of_study = [one for one in marks if one.place.study == study]
        observers = dict.fromkeys(names.get(one.author, "") for one in of_study)
        await _write_study(db, objects, reading, of_study, ", ".join(filter(None, observers)))


async def _write_study(db: Database, objects: Objects, reading: str, marks: list[Mark], observer: str) -> None:
    study = marks[0].place.study
    async with db.look(WRITER) as look:
        kept = await studies.find(look, study)
        wanted = dict.fromkeys((one.place.series, one.place.instance) for one in marks)
        found = [await studies.instance(look, study, series, sop) for series, sop in wanted]
    pictures = {one.sop: Dataset.from_json(one.header, lambda *_: b"") for one in found if one is not None}
    here = [one for one in marks if one.place.instance in pictures]
    if kept is None or not here:
        log.warning("reading_without_pictures", reading=reading)
        return
    at = max(one.changed for one in here)
    for file in await asyncio.to_thread(_made, reading, here, pictures, observer, at):
        taken = await Images(db, objects).take(Sender("reading", kept.institution), _pieces(file), actor=WRITER)
        if taken.apart:
            log.error("reading_kept_apart", reading=reading, code=taken.apart)


def _made(reading: str, marks: list[Mark], pictures: dict[str, Dataset], observer: str, at: datetime) -> list[bytes]:
    from yuanzhen.collaboration.reading import report  # a second to load, and most processes never need it

    return report.documents(reading, marks, pictures, observer, at)


async def _pieces(file: bytes) -> AsyncIterator[bytes]:
    yield file
