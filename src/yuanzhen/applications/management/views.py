"""How consultations go, as a manager sees it: the plan and now, weeks, departments, ends, and why some were none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Literal

import msgspec

from yuanzhen.applications.management import access, model, store
from yuanzhen.applications.management.model import PLAN, Aim, Figures, Part
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.policy import directory


class Track(msgspec.Struct):
    """What the plan promises and how it stands; `now` None: too few, or `unmeasured`, why nothing measures it yet."""

    aim: Aim
    unit: Literal["s", "%"]
    start: float
    goal: float
    now: float | None
    unmeasured: Literal["", "no-room"] = ""


class TotalsWeek(msgspec.Struct):
    """Cases begun in a week, by its Monday; None: few."""

    monday: date
    cases: int | None
    emergencies: int | None


class TotalsGroup(msgspec.Struct):
    """A department, a state, or a reason (`id` '': other words), and how many cases; None: few."""

    id: str
    name: str
    cases: int | None
    answer_s: float | None = None
    opinion_s: float | None = None


class Totals(msgspec.Struct):
    """All of it; None: few."""

    cases: int | None
    emergencies: int | None
    signed: int | None
    answer_s: float | None
    emergency_answer_s: float | None
    emergency_slowest_s: float | None
    in_time_pct: float | None
    opinion_s: float | None
    calls: int
    failed_calls: int
    passes: int
    askers: int | None
    askers_score: float | None
    experts: int | None
    experts_score: float | None


class Consultations(msgspec.Struct, rename={"since": "from", "until": "to"}):
    """How consultations went from a day to a day.

    `failures`: why calls were not answered and why people broke off or could not take part, by the cases that met it.
    """

    since: date
    until: date
    department: str
    few: int
    tracks: list[Track]
    totals: Totals
    weeks: list[TotalsWeek]
    departments: list[TotalsGroup]
    states: list[TotalsGroup]
    reasons: list[TotalsGroup]
    failures: list[TotalsGroup]


async def consultations(db: Database, actor: Actor, since: date, until: date, department: str) -> Consultations:
    """The figures of these days. Raises `Forbidden`, `NotFound`, kept; `Invalid` for days that are no range."""
    async with db.look(actor) as look:
        await access.totals(look, department)
        model.checked(since, until)
        found = await store.figures(look, since, until, department)
        failed = await store.failures(look, since, until, department)
        names = await directory.house_names(look, {one.name for one in found if one.part == "department"})
    [every] = _of(found, "all")
    return Consultations(
        since=since,
        until=until,
        department=department,
        few=model.FEW,
        tracks=[_track(aim, every) for aim in PLAN],
        totals=_totals(every),
        weeks=_weeks(_of(found, "week"), since, until),
        departments=_ranked(_of(found, "department"), lambda id: names.get(id, "")),
        states=_ranked(_of(found, "state"), lambda id: id),
        reasons=_ranked(_of(found, "reason"), lambda words: words),
        failures=_largest(TotalsGroup(cause, cause, _few(cases)) for cause, cases in failed.items()),
    )


def _of(found: list[Figures], part: Part) -> list[Figures]:
    return [one for one in found if one.part == part]


def _few(count: int) -> int | None:
    return None if 0 < count < model.FEW else count


def _track(aim: Aim, every: Figures) -> Track:
    promise = PLAN[aim]
    if aim == "interruptions":
        unmeasured: Literal["", "no-room"] = "" if every.met else "no-room"
        return Track(aim, promise.unit, promise.start, promise.goal, every.interrupted_pct, unmeasured)
    return Track(aim, promise.unit, promise.start, promise.goal, every.emergency_answer_s)


def _totals(every: Figures) -> Totals:
    return Totals(
        cases=_few(every.cases),
        emergencies=_few(every.emergencies),
        signed=_few(every.signed),
        answer_s=every.answer_s,
        emergency_answer_s=every.emergency_answer_s,
        emergency_slowest_s=every.emergency_slowest_s,
        in_time_pct=model.share_pct(every.in_time, every.emergencies),
        opinion_s=every.opinion_s,
        calls=every.calls,
        failed_calls=every.failed_calls,
        passes=every.passes,
        askers=_few(every.askers),
        askers_score=every.askers_score,
        experts=_few(every.experts),
        experts_score=every.experts_score,
    )


def _weeks(found: list[Figures], since: date, until: date) -> list[TotalsWeek]:
    """Every week that has a day in the range; one without a case is there with none."""
    counts = dict(zip((one.name for one in found), model.told(found), strict=True))
    emergencies = {one.name: _few(one.emergencies) for one in found}
    monday, weeks = since - timedelta(days=since.weekday()), []
    while monday <= until:
        name = monday.isoformat()
        weeks.append(TotalsWeek(monday, counts.get(name, 0), emergencies.get(name, 0)))
        monday += timedelta(days=7)
    return weeks


def _ranked(found: list[Figures], called: Callable[[str], str]) -> list[TotalsGroup]:
    """The largest first, few last."""
    groups = [
        TotalsGroup(one.name, called(one.name), cases, one.answer_s, one.opinion_s)
        for one, cases in zip(found, model.told(found), strict=True)
    ]
    return _largest(groups)


def _largest(groups: Iterable[TotalsGroup]) -> list[TotalsGroup]:
    return sorted(groups, key=lambda one: (-(one.cases or 0), one.name))
