"""The rules of reading together: who leads the pictures, and what the others are shown. Pure: no I/O, no clock."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from yuanzhen.collaboration.reading.model import LONGEST_UID, MOST_PIXELS, UID, Place, Point, Reading
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid

# A page says every five seconds that it leads; who was silent for so long is gone, and anybody may take the lead.
SILENT = timedelta(seconds=15)
LONGEST_PAGE = 64
MOST_MM = 100_000.0


@dataclass(frozen=True, slots=True)
class View:
    """What the leader looks at, so that a window of any size shows the same.

    `focus`: the pixel in the middle; `extent_mm`: how wide and high what is seen is; `window`: centre and width, None
    for the picture's own.
    """

    place: Place
    focus: Point
    extent_mm: tuple[float, float]
    window: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody showed the others from a moment on; `view`: None once nobody leads any more."""

    at: datetime
    person: str
    view: View | None


@dataclass(frozen=True, slots=True)
class Lead:
    """Who leads since when, on which of their pages; `seen`: when that page was last heard of."""

    person: str
    page: str
    since: datetime
    seen: datetime
    view: View | None

    def stands(self, reading: Reading, now: datetime) -> bool:
        """Whether others are to leave the lead alone: its page is there, and its person still reads."""
        return now - self.seen < SILENT and self.person in reading.leaders


def taken(reading: Reading, lead: Lead | None, person: str, page: str, now: datetime) -> Lead:
    """The lead as somebody takes it, from another only when they are gone; what was looked at last stays.

    Raises `Forbidden` for who only looks, `Conflict` once the reading is over or while another leads.
    """
    _may_lead(reading, person)
    if lead is not None and lead.person != person and lead.stands(reading, now):
        raise Conflict("reading.led", leader=lead.person)
    if not 0 < len(page) <= LONGEST_PAGE:
        raise Invalid("reading.view", place="page", rule=f"1 to {LONGEST_PAGE} characters")
    return Lead(person, page, now, now, lead.view if lead else None)


def handed(reading: Reading, lead: Lead | None, person: str, to: str, now: datetime) -> Lead:
    """The lead in another's hands; they have the first of their pages that takes it up. Raises as `shown`."""
    _may_lead(reading, person)
    if lead is None or lead.person != person:
        raise Conflict("reading.not_leading")
    if to not in reading.leaders:
        raise Invalid("reading.not_to_lead", place="person")
    return Lead(to, "", now, now, lead.view)


def shown(reading: Reading, lead: Lead | None, person: str, page: str, view: View, now: datetime) -> Lead:
    """The lead with what is looked at now. Raises `Conflict` for a page that does not lead, `Invalid` for no view."""
    _may_lead(reading, person)
    if lead is None or (lead.person, lead.page) != (person, page):
        raise Conflict("reading.not_leading")
    checked(view)
    return replace(lead, seen=now, view=view)


def checked(view: View) -> None:
    """Raises `Invalid` that names the place."""
    for name in ("study", "series", "instance"):
        uid = getattr(view.place, name)
        _must(name, len(uid) <= LONGEST_UID and UID.fullmatch(uid) is not None, "a UID (PS3.5 9.1)")
    _must("frame", 1 <= view.place.frame <= MOST_PIXELS, "from 1")
    _must("focus", all(abs(part) <= MOST_PIXELS for part in view.focus), "a pixel of the picture")
    _must("extent_mm", all(0 < part <= MOST_MM for part in view.extent_mm), "mm, more than none")
    _must("window", all(math.isfinite(part) for part in view.window or ()), "numbers")


def _may_lead(reading: Reading, person: str) -> None:
    if person not in reading.leaders:
        raise Forbidden("reading.not_to_lead")
    if reading.state != "open":
        raise Conflict("reading.not_now", state=reading.state)


def _must(place: str, holds: bool, rule: str) -> None:
    if not holds:
        raise Invalid("reading.view", place=place, rule=rule)
