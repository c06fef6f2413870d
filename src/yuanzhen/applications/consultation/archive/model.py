"""What a closed case must hold, and which of it is there. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from yuanzhen.infrastructure.errors import Invalid

Item = Literal["consent", "request", "opinion", "signatures", "page", "pictures", "opened", "critical", "ratings"]
Stand = Literal["there", "missing", "not-needed"]

LONGEST = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one case: flags alone, no word of it."""

    id: str
    department: str
    institution: str
    asker: str
    expert: str
    closed: datetime | None
    unable: bool  # nobody could consent
    reviewed: bool  # and somebody has looked at that since
    asked: bool
    versions: int
    unbroken: bool  # each version is signed, and names the signature before it
    printed: bool
    pictures: bool  # the patient had some before it was signed
    marked: bool
    opened: bool
    asker_rated: bool
    expert_rated: bool
    critical: bool
    confirmed: bool


def _stands(there: bool, *, needed: bool = True) -> Stand:
    if not needed:
        return "not-needed"
    return "there" if there else "missing"


# What must be there, in the order in which it comes about.
HOLDS: Mapping[Item, Callable[[Facts], Stand]] = {
    "consent": lambda of: _stands(of.reviewed or not of.unable),
    "request": lambda of: _stands(of.asked),
    "pictures": lambda of: _stands(of.marked, needed=of.pictures),  # which of them the opinion rests on
    "opinion": lambda of: _stands(of.versions > 0),
    "signatures": lambda of: _stands(of.unbroken),
    "critical": lambda of: _stands(of.confirmed, needed=of.critical),
    "opened": lambda of: _stands(of.opened),
    "page": lambda of: _stands(of.printed),
    "ratings": lambda of: _stands(of.asker_rated and of.expert_rated),
}


def held(of: Facts) -> dict[Item, Stand]:
    """How it stands with everything that the case must hold."""
    return {item: stands(of) for item, stands in HOLDS.items()}


def lacking(of: Facts) -> list[Item]:
    """What it must hold and does not."""
    return [item for item, stand in held(of).items() if stand == "missing"]


def checked(since: date, until: date) -> None:
    """Raises `Invalid` that names the place: the days are the wrong way round, or too many."""
    if not since <= until <= since + LONGEST:
        raise Invalid("archive.range", place="to", rule=f"from one day to {LONGEST.days} days later")
