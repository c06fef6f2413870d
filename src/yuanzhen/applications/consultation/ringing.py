"""What the states of a live emergency mean for its ring: to ask starts it, to accept answers it, all else ends it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from yuanzhen.applications.consultation.model import Act, Case, audience
from yuanzhen.collaboration.ring import service, views
from yuanzhen.collaboration.ring.model import About
from yuanzhen.collaboration.ring.views import RingLine, RingView
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

PREFIX = "consultation/"


def source(case: Case) -> str:
    """The case as its ring knows it; the channel of its pages, too."""
    return f"{PREFIX}{case.id}"


def case_of(source: str) -> str:
    """The id of the case that rings; '' for what is another application's."""
    return source.removeprefix(PREFIX) if source.startswith(PREFIX) else ""


def is_live(case: Case) -> bool:
    """Whether a case rings, or has rung."""
    return (case.mode, case.urgency) == ("live", "emergency")


async def begun(tx: Tx, case: Case, now: datetime) -> None:
    """A case that rings calls its department: those who see it see how that goes, but for the patient."""
    if case.state == "ringing":
        about = About(case.question, case.urgency, case.institution, case.call_back)
        keys = [key for key in audience(case) if key not in (f"@{case.patient}", "worker")]
        await service.start(tx, source(case), case.department, about, keys, now)


async def follow(tx: Tx, act: Act, before: Case, after: Case, reason: str, now: datetime) -> None:
    """What an act on a case does to its ring, in the same transaction."""
    if not is_live(after):
        return
    if act == "decline":
        await service.pass_on(tx, source(after), tx.actor.id, reason, now)
    elif act == "accept":
        await service.answer(tx, source(after), tx.actor.id, now)
    elif after.state != before.state:
        await service.stop(tx, source(after), act, now)
        await begun(tx, after, now)


async def of(reads: Reads, cases: Iterable[Case]) -> dict[str, RingView]:
    """How the rings of cases go, by the case's id, for whom they open to."""
    rings = await views.of_all(reads, [source(case) for case in cases if is_live(case)])
    return {name.removeprefix(PREFIX): ring for name, ring in rings.items()}


async def lines(reads: Reads, case: Case) -> list[RingLine]:
    """What all rings of a case put on its time line."""
    return await views.lines(reads, source(case)) if is_live(case) else []


async def calling(reads: Reads, person: str) -> str | None:
    """The case that calls somebody now, the one that has rung longest; None where none does."""
    called = await views.calling(reads, person)
    return next((name.removeprefix(PREFIX) for name in called if name.startswith(PREFIX)), None)
