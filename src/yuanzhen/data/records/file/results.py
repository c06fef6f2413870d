"""Results by what was measured: the newest first, its curve in each unit beside it. Pure but for the look-up."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from yuanzhen.data.records.file import store
from yuanzhen.data.records.file.senders import Senders, Source
from yuanzhen.data.records.file.store import Series
from yuanzhen.data.records.file.values import ORDER, Flag, flag_of, usual, value_of, words
from yuanzhen.data.records.model import Json
from yuanzhen.doors.paging import Page
from yuanzhen.infrastructure.db.look import Reads


class Point(msgspec.Struct):
    """One number of a curve: when (FHIR), the number, and as it was written (`<0.05`)."""

    at: str
    number: float
    text: str


class Said(msgspec.Struct):
    """A result that is no number: when (FHIR), and its words."""

    at: str
    text: str


class Curve(msgspec.Struct):
    """The numbers in one unit, oldest first, and the usual range in it as the newest of them was told."""

    unit: str
    low: float | None
    high: float | None
    points: list[Point]


class Result(msgspec.Struct):
    """The newest result of one code. `text` '' for one without a value, whose `absent` says why.

    `curves`: the first is of the newest result's unit; other units are never drawn together with it. `worded`: those
    of the same two years that are no numbers, newest first.
    """

    id: str
    code: str
    name: str
    status: str
    at: str
    text: str
    unit: str
    number: float | None
    absent: str
    flag: Flag
    range: str
    note: str
    source: Source
    count: int
    curves: list[Curve]
    worded: list[Said]


class Results(Page):
    """The results of one patient, what is not usual first; how many there are, and how many not usual."""

    items: list[Result]
    total: int
    unusual: int
    last: datetime | None
    since: datetime


async def results(reads: Reads, patient: str, since: datetime, after: str, count: int) -> Results:
    """A page of them; `after` is the last code of the page before."""
    found = await store.results(reads, patient, since)
    tell = await Senders.of(reads, [one.newest for one in found])
    lines = ordered([line(series, tell) for series in by_code(found)])
    start = next((place + 1 for place, one in enumerate(lines) if one.code == after), 0) if after else 0
    shown = lines[start : start + count]
    return Results(
        items=shown,
        total=len(lines),
        unusual=sum(one.flag not in ("N", "") for one in lines),
        last=max((one.newest.updated for one in found), default=None),
        since=since,
        next=shown[-1].code if start + count < len(lines) and shown else None,
    )


def by_code(found: Sequence[Series]) -> list[list[Series]]:
    """The curves of each code, the one with the newest result first."""
    codes: dict[str, list[Series]] = defaultdict(list)
    for one in found:
        codes[one.code].append(one)
    return [sorted(series, key=lambda one: _moment(when(one.newest.says)), reverse=True) for series in codes.values()]


def ordered(lines: Sequence[Result]) -> list[Result]:
    """What is not usual first, then the newest."""
    newest = sorted(lines, key=lambda one: (_moment(one.at), one.code), reverse=True)
    return sorted(newest, key=lambda one: ORDER.index(one.flag))


def line(series: Sequence[Series], tell: Senders) -> Result:
    """The line of one code from its curves."""
    newest = series[0].newest
    says, value, range_ = newest.says, value_of(newest.says), usual(newest.says)
    return Result(
        id=newest.id,
        code=series[0].code,
        name=words(says.get("code")),
        status=str(says.get("status", "")),
        at=when(says),
        text=value.text,
        unit=value.unit,
        number=value.number if value.number is None or math.isfinite(value.number) else None,
        absent=words(says.get("dataAbsentReason")),
        flag=flag_of(says, value, range_),
        range=range_.text,
        note="\n".join(str(one.get("text", "")) for one in says.get("note", ()) if isinstance(one, dict)),
        source=tell(newest),
        count=sum(one.count for one in series),
        curves=[_curve(one) for one in series if one.points],
        worded=[Said(at, text) for one in series for at, text in reversed(one.worded)],
    )


def when(says: Json) -> str:
    """When it was, as FHIR says it."""
    period = says.get("effectivePeriod", {})
    return str(says.get("effectiveDateTime") or period.get("start") or says.get("issued") or "")


def _curve(one: Series) -> Curve:
    range_ = usual(one.newest.says)
    points = [Point(at, float(number), sign + number) for at, number, sign in one.points]
    unit = value_of(one.newest.says).unit or one.unit
    return Curve(unit, range_.low, range_.high, [point for point in points if math.isfinite(point.number)])


def _moment(at: str) -> float:
    """For ordering alone; what is no date goes last."""
    try:
        moment = datetime.fromisoformat(at + "-01" * ((10 - len(at)) // 3) if len(at) < 10 else at)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return -math.inf
