"""The rules of reading: what a mark is, and who may see or set one. Pure: no I/O, no clock."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from yuanzhen.infrastructure.errors import Invalid

State = Literal["open", "signed", "ended"]
Kind = Literal["length", "angle", "ellipse", "key"]
Point = tuple[float, float]  # column, row: pixels of the picture, from its upper left corner (PS3.3 C.18.6)

POINTS: Mapping[Kind, int] = {"length": 2, "angle": 3, "ellipse": 4, "key": 0}
# Which figures a kind may carry; an ellipse's mean and the like are in the unit of the pixels.
FIGURES: Mapping[Kind, frozenset[str]] = {
    "length": frozenset({"length_mm"}),
    "angle": frozenset({"angle_deg"}),
    "ellipse": frozenset({"area_mm2", "mean", "sd", "min", "max"}),
    "key": frozenset(),
}
MOST_MARKS = 500  # of one reading
MOST_PIXELS = 100_000.0
LARGEST_FIGURE = 1e9
_ID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
UID = re.compile(r"[0-9]+(\.[0-9]+)*", re.ASCII)
LONGEST_UID, LONGEST_UNIT = 64, 16


@dataclass(frozen=True, slots=True)
class Place:
    """Which picture: a frame, from 1, of an object of a series of a study."""

    study: str
    series: str
    instance: str
    frame: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody marked: a measure with its points and figures, or a key image with neither."""

    id: str
    kind: Kind
    place: Place
    points: tuple[Point, ...]
    figures: Mapping[str, float]
    unit: str  # of mean, sd, min and max: HU for CT; '' for none
    author: str
    changed: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """One piece of work with pictures.

    `writers`: the invited experts; `audience`: who reads it once it is signed; `leaders`: who may lead the others
    through the pictures, and point.
    """

    id: str
    source: str  # whose: 'consultation/ID'
    patient: str
    state: State
    writers: tuple[str, ...]
    audience: tuple[str, ...]
    leaders: tuple[str, ...]

    def is_written_by(self, person: str) -> bool:
        """Whether a person may set marks."""
        return self.state == "open" and person in self.writers

    def is_read_by(self, person: str) -> bool:
        """Whether a person, whose keys open the reading, may see its marks."""
        return self.state == "signed" or self.is_written_by(person)


def id_of(source: str) -> str:
    """A reading's id: that of its application, without the word before it."""
    return source.partition("/")[2]


def checked(mark: Mark) -> None:
    """Raises `Invalid` that names the place: points or figures that are not of its kind, or no numbers."""
    _must("id", _ID.fullmatch(mark.id) is not None, "8 to 64 letters, digits or hyphens")
    for name in ("study", "series", "instance"):
        uid = getattr(mark.place, name)
        _must(name, len(uid) <= LONGEST_UID and UID.fullmatch(uid) is not None, "a UID (PS3.5 9.1)")
    _must("frame", 1 <= mark.place.frame <= MOST_PIXELS, "from 1")
    _must("points", len(mark.points) == POINTS[mark.kind], f"{POINTS[mark.kind]} of them")
    inside = all(abs(part) <= MOST_PIXELS for point in mark.points for part in point)  # not of a NaN either
    _must("points", inside, "pixels of the picture")
    for name, value in mark.figures.items():
        _must(name, name in FIGURES[mark.kind], f"not of a mark of kind {mark.kind}")
        _must(name, math.isfinite(value) and abs(value) <= LARGEST_FIGURE, "a number")
    _must("unit", len(mark.unit) <= LONGEST_UNIT, f"at most {LONGEST_UNIT} characters")


def _must(place: str, holds: bool, rule: str) -> None:
    if not holds:
        raise Invalid("reading.mark", place=place, rule=rule)
