"""The doors of a reading: its marks, and the templates of an opinion."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Router, delete, get, post, put

from yuanzhen.collaboration.reading import service, templates, views
from yuanzhen.collaboration.reading.model import Kind, Mark, Place
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.identity.scopes import Scopes
from yuanzhen.security.keys.objects import Objects

BASE = "/api/reading"


class Marked(msgspec.Struct, forbid_unknown_fields=True):
    """A mark as it is set or moved."""

    kind: Kind
    study: str
    series: str
    instance: str
    points: Annotated[list[tuple[float, float]], msgspec.Meta(max_length=4)]
    measured: views.Figures
    frame: int = 1


@get(BASE + "/templates")
async def listed(actor: Actor, department: str = "", modality: str = "") -> templates.Templates:
    """Templates of an opinion: those for the department's name and the modality first."""
    return templates.fitting(department, modality)


@get(BASE + "/studies/{study:str}/marks")
async def marks_of_study(actor: Actor, scopes: Scopes, db: Database, objects: Objects, study: str) -> views.Marks:
    """What the reports in a study's own record mark (DICOM TID 1500, key object selections)."""
    return await views.of_study(db, objects, actor, scopes, study)


@get(BASE + "/{reading:str}/marks")
async def marks(actor: Actor, db: Database, reading: str) -> views.Marks:
    """What was marked: before the signature for the invited experts, then for both sides."""
    return await views.marks(db, actor, reading)


@put(BASE + "/{reading:str}/marks/{mark:str}", status_code=204)
async def mark(actor: Actor, db: Database, reading: str, mark: str, data: Marked) -> None:
    """Sets a mark, or moves it; the caller makes its id."""
    place = Place(data.study, data.series, data.instance, data.frame)
    made = Mark(
        mark, data.kind, place, tuple(data.points), data.measured.said(), data.measured.unit, actor.id, clock.now()
    )
    async with db.verb(actor) as tx:
        await service.mark(tx, reading, made)


@delete(BASE + "/{reading:str}/marks/{mark:str}", status_code=204)
async def unmark(actor: Actor, db: Database, reading: str, mark: str) -> None:
    """Removes a mark."""
    async with db.verb(actor) as tx:
        await service.unmark(tx, reading, mark)


class Page(msgspec.Struct, forbid_unknown_fields=True):
    """One page of a person, by an id that it makes."""

    page: str


class Shown(Page, forbid_unknown_fields=True):
    """What the leader's page looks at; said again every five seconds."""

    view: views.LedView


class To(msgspec.Struct, forbid_unknown_fields=True):
    """Who is to lead."""

    person: str


@post(BASE + "/{reading:str}/lead", status_code=204)
async def lead(actor: Actor, db: Database, reading: str, data: Page) -> None:
    """Leads the others through the pictures; from another only when their page is gone."""
    async with db.verb(actor) as tx:
        await service.lead(tx, reading, data.page, clock.now())


@put(BASE + "/{reading:str}/lead", status_code=204)
async def show(actor: Actor, db: Database, reading: str, data: Shown) -> None:
    """What the leader looks at, kept for who comes later."""
    async with db.verb(actor) as tx:
        await service.show(tx, reading, data.page, data.view.said(), clock.now())


@delete(BASE + "/{reading:str}/lead", status_code=204)
async def lay_down(actor: Actor, db: Database, reading: str) -> None:
    """Leads no more."""
    async with db.verb(actor) as tx:
        await service.lay_down(tx, reading, clock.now())


@post(BASE + "/{reading:str}/lead/hand-over", status_code=204)
async def hand_over(actor: Actor, db: Database, reading: str, data: To) -> None:
    """Gives the lead to another who may have it."""
    async with db.verb(actor) as tx:
        await service.hand_over(tx, reading, data.person, clock.now())


router = Router(path="/", route_handlers=[listed, marks_of_study, marks, mark, unmark, lead, show, lay_down, hand_over])
