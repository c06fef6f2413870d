"""A reading as its reader may see it: the marks with who set them, and whether more may be set."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from yuanzhen.collaboration.reading import access, model, reports, store
from yuanzhen.collaboration.reading.led import View
from yuanzhen.collaboration.reading.model import Kind, Mark, Place, Reading
from yuanzhen.data.exchange.dicom import files
from yuanzhen.data.records import directory as people
from yuanzhen.data.records import studies, viewing
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Problem
from yuanzhen.infrastructure.log import log
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.scopes import Scopes
from yuanzhen.security.keys.objects import Objects

MOST_REPORTS, LARGEST_REPORT = 50, 8 << 20  # that are read for one study, the newest first; bytes of each


class Figures(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """What was measured, in the units of the names; `unit` is that of mean, sd, min and max."""

    length_mm: float | None = None
    angle_deg: float | None = None
    area_mm2: float | None = None
    mean: float | None = None
    sd: float | None = None
    min: float | None = None
    max: float | None = None
    unit: str = ""

    def said(self) -> dict[str, float]:
        """The figures that are there, by name."""
        named = {name: getattr(self, name) for name in self.__struct_fields__ if name != "unit"}
        return {name: value for name, value in named.items() if value is not None}


class MarkView(msgspec.Struct):
    """One mark; `points` are columns and rows of the picture."""

    id: str
    kind: Kind
    study: str
    series: str
    instance: str
    frame: int
    points: list[tuple[float, float]]
    measured: Figures
    author: str
    author_name: str
    changed: datetime | None = None


class Marks(Page):
    """The marks of a reading; `writable`: whether its reader may set more."""

    items: list[MarkView]
    writable: bool


class Somebody(msgspec.Struct):
    """A person and what they are called."""

    id: str
    name: str


class Leader(msgspec.Struct):
    """Who leads, and on which of their pages; '' until one takes up what was handed to them."""

    person: str
    page: str


class LedView(msgspec.Struct, forbid_unknown_fields=True):
    """What the leader looks at: the pixel in the middle, how much is seen around it, centre and width of the window."""

    study: str
    series: str
    instance: str
    frame: int
    focus: tuple[float, float]
    extent_mm: tuple[float, float]
    window: tuple[float, float] | None = None

    def said(self) -> View:
        """As the rules know it."""
        place = Place(self.study, self.series, self.instance, self.frame)
        return View(place, self.focus, self.extent_mm, self.window)


class Led(msgspec.Struct):
    """The pictures as they are led. `people`: who may lead, and whose pointers are seen; `leads`: whether one may."""

    leader: Leader | None
    view: LedView | None
    people: list[Somebody]
    leads: bool


async def led(db: Database, actor: Actor, id: str, now: datetime) -> Led:
    """Who leads through which picture, for whoever may see the patient's."""
    async with db.look(actor) as look:
        reading = await access.followed(look, id)
        lead = await store.lead(look, id)
        named = await people_of(look, reading)
    leader = Leader(lead.person, lead.page) if lead and lead.stands(reading, now) else None
    view = led_view(lead.view) if lead and lead.view else None
    return Led(leader, view, named, reading.state == "open" and actor.id in reading.leaders)


async def people_of(reads: Reads, reading: Reading) -> list[Somebody]:
    """Who may lead, with their names."""
    names = await people.names(reads, reading.leaders)
    return [Somebody(one, names.get(one, "")) for one in reading.leaders]


def led_view(view: View) -> LedView:
    """As a page is told it."""
    place = view.place
    return LedView(place.study, place.series, place.instance, place.frame, view.focus, view.extent_mm, view.window)


class LedLine(msgspec.Struct):
    """One line that reading together puts on a time line."""

    at: datetime
    person: Somebody


async def lines(reads: Reads, source: str) -> list[LedLine]:
    """Who led the others through the pictures of a source, for its time line."""
    found = await store.led(reads, model.id_of(source))
    names = await people.names(reads, {person for _, person in found})
    return [LedLine(at, Somebody(person, names.get(person, ""))) for at, person in found]


async def marks(db: Database, actor: Actor, id: str) -> Marks:
    """What was marked, for whoever may see it."""
    async with db.look(actor) as look:
        reading = await access.seen(look, id)
        found = await store.marks(look, id)
        names = await people.names(look, {one.author for one in found})
    items = [view(one, names.get(one.author, "")) for one in found]
    return Marks(items=items, writable=reading.is_written_by(actor.id), next=None)


async def of_study(db: Database, objects: Objects, actor: Actor, scopes: Scopes, study: str) -> Marks:
    """What the reports in a study's own record mark, whoever sent them; for whoever may see the study."""
    async with db.look(actor) as look:
        viewing.in_scope(look, scopes, study)
        kept = await studies.find(look, study)
        if kept is None:
            raise viewing.not_found(look, study)
        trail.noted(look, "images.read", "R", entity_type="ImagingStudy", entity=kept.resource, patient=kept.patient)
        documents = await studies.of_classes(look, study, (*reports.SR_CLASSES, reports.KEYS_CLASS), MOST_REPORTS)
    said = [mark for one in documents for mark in await _read(objects, one)]
    async with db.look(actor) as look:
        series = await studies.series_of(look, study, {one.instance for one in said})
    items = [_said(study, series[one.instance], one) for one in said if one.instance in series]
    return Marks(items=items, writable=False, next=None)


async def _read(objects: Objects, one: studies.Instance) -> list[reports.Said]:
    if one.size > LARGEST_REPORT:
        return []
    content = b"".join([piece async for piece in objects.read(one.blob, one.size)])
    try:
        return await asyncio.to_thread(lambda: reports.marks(files.whole(content)))
    except (Problem, *files.READ_FAULTS) as fault:  # somebody's broken report does not hide the others
        log.info("report_unreadable", sop=one.sop, reason=type(fault).__name__)
        return []


def _said(study: str, series: str, one: reports.Said) -> MarkView:
    return MarkView(
        id=one.id,
        kind=one.kind,
        study=study,
        series=series,
        instance=one.instance,
        frame=one.frame,
        points=list(one.points),
        measured=Figures(**one.figures, unit=one.unit),
        author="",
        author_name=one.observer,
        changed=one.at,
    )


def view(mark: Mark, name: str) -> MarkView:
    """One mark, with its author's name."""
    place = mark.place
    return MarkView(
        id=mark.id,
        kind=mark.kind,
        study=place.study,
        series=place.series,
        instance=place.instance,
        frame=place.frame,
        points=list(mark.points),
        measured=Figures(**mark.figures, unit=mark.unit),
        author=mark.author,
        author_name=name,
        changed=mark.changed,
    )


def told(mark: Mark) -> Mapping[str, Any]:
    """One mark as an event: names are looked up by whoever shows it."""
    found: Mapping[str, Any] = msgspec.to_builtins(view(mark, ""))
    return found
