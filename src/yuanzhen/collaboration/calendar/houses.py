"""Which houses keep their experts' times themselves: an officer says where each is asked, as they enrol its systems."""

from __future__ import annotations

from datetime import datetime

import msgspec

from yuanzhen.collaboration.calendar import access, store
from yuanzhen.collaboration.calendar.house_calendar import checked_url
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Forbidden, NotFound
from yuanzhen.security.audit.trail import Action
from yuanzhen.security.policy import directory


class OwnCalendarLine(msgspec.Struct):
    """A house and where its calendar is asked."""

    institution: str
    name: str
    url: str


class OwnCalendars(Page):
    """Houses that keep their experts' times themselves."""

    items: list[OwnCalendarLine]


async def listed(reads: Reads) -> OwnCalendars:
    """All of them. Raises `Forbidden` for who is not the officer."""
    _officer(reads, "R", "")
    found = await store.own_calendars(reads)
    names = await directory.house_names(reads, [institution for institution, _ in found])
    items = [OwnCalendarLine(institution, names.get(institution, ""), url) for institution, url in found]
    return OwnCalendars(items=items)


async def put(tx: Tx, institution: str, url: str, now: datetime) -> None:
    """A house is asked at `url` from now on. Raises `NotFound` for none, `Invalid` for no address."""
    _officer(tx, "U", institution)
    if not await directory.house_names(tx, [institution]):
        raise access.refused(tx, NotFound("calendar.no_house", place="institution"), "house", "U", "house", institution)
    await store.put_own_calendar(tx, institution, checked_url(url), now)
    access.noted(tx, "house", "U", "house", institution)


async def drop(tx: Tx, institution: str) -> None:
    """A house is asked no more. Raises `NotFound` when it was not."""
    _officer(tx, "D", institution)
    if not await store.drop_own_calendar(tx, institution):
        raise access.refused(tx, NotFound("calendar.no_house", place="institution"), "house", "D", "house", institution)
    access.noted(tx, "house", "D", "house", institution)


def _officer(reads: Reads, action: Action, institution: str) -> None:
    if reads.actor.role != "officer":
        problem = Forbidden("calendar.not_yours", role=reads.actor.role)
        raise access.refused(reads, problem, "house", action, "house", institution)
