"""What closed cases lack, as quality sees it: those that lack most first, and no word of a case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from yuanzhen.applications.consultation.archive import access, model, store
from yuanzhen.applications.consultation.archive.model import Facts, Item
from yuanzhen.applications.consultation.views import Named
from yuanzhen.data.records import directory as people
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.policy import directory

MOST = 100  # lines of the list


class ArchiveLine(msgspec.Struct):
    """One closed case: whose it was to ask and to answer, when it closed, and what it lacks."""

    id: str
    department: Named
    institution: Named
    asker: Named
    expert: Named
    closed: datetime | None
    lacking: list[Item]


class Lack(msgspec.Struct):
    """In how many of the closed cases something lacks."""

    item: Item
    cases: int


class Archive(Page, rename={"since": "from", "until": "to"}):
    """The closed cases of these days: how many, how many of them lack nothing, what lacks, and the first hundred."""

    items: list[ArchiveLine]
    since: date
    until: date
    closed: int
    whole: int
    lacks: list[Lack]


async def archive(db: Database, actor: Actor, since: date, until: date) -> Archive:
    """What lacks in the cases that closed in these days. Raises `Forbidden`, kept; `Invalid` for days that are no
    range.
    """
    async with db.look(actor) as look:
        await access.listed(look)
        model.checked(since, until)
        found = [(of, model.lacking(of)) for of in await store.closed(look, since, until)]
        lacks = Counter(item for _, lacking in found for item in lacking)
        first = sorted(found, key=lambda one: (-len(one[1]), one[0].id))[:MOST]
        names = await people.names(look, {person for of, _ in first for person in (of.asker, of.expert)})
        names |= await directory.house_names(look, {id for of, _ in first for id in (of.department, of.institution)})
    return Archive(
        items=[_line(of, lacking, names) for of, lacking in first],
        since=since,
        until=until,
        closed=len(found),
        whole=sum(not lacking for _, lacking in found),
        lacks=[Lack(item, lacks[item]) for item in model.HOLDS if lacks[item]],
    )


def _line(of: Facts, lacking: list[Item], names: Mapping[str, str]) -> ArchiveLine:
    department, institution, asker, expert = (
        Named(id, names.get(id, "")) for id in (of.department, of.institution, of.asker, of.expert)
    )
    return ArchiveLine(of.id, department, institution, asker, expert, of.closed, lacking)
