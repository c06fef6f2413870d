"""A critical finding: flagged with the signature, open until somebody of the asking side has read it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import asyncpg

from yuanzhen.applications.consultation import access, store
from yuanzhen.applications.consultation.events import CriticalChanged, CriticalDue
from yuanzhen.applications.consultation.model import Case, Part, checked_remark, parts
from yuanzhen.applications.consultation.opinions import store as opinions
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from yuanzhen.security.audit import trail
from yuanzhen.security.reviews import service as reviews
from yuanzhen.security.reviews.model import Deed

WITHIN = timedelta(minutes=15)  # unconfirmed for so long, it is the dispatcher's and quality's
CALLS: frozenset[Part] = frozenset({"asker", "colleague", "expert", "invited", "department"})


async def raised(tx: Tx, id: str, version: int, what: str, *, now: datetime) -> None:
    """The signer says that a finding is critical, in the transaction of the signature."""
    checked_remark(what, "critical")
    await opinions.raise_critical(tx, id, version, what.strip(), now)
    await store.add_step(tx, id, "critical", now, what.strip())
    tx.announce(CriticalDue(id), due=now + WITHIN)


async def called(tx: Tx, id: str, called: str, *, read_back: bool, words: str, now: datetime) -> None:
    """Either side keeps who was called, and whether the finding was read back; the first that was closes it.

    Raises NotFound and Forbidden for who has no part, or not this one; Conflict `critical.none`, `critical.confirmed`.
    """
    found = await store.lock(tx, tx.actor.id, id) or await store.find(tx, tx.actor.id, id)
    if found is None:
        raise _refused(tx, NotFound("consultation.not_found"), id)
    case, departments = found
    if not parts(case, tx.actor, departments) & CALLS:
        raise _refused(tx, Forbidden("consultation.not_yours", act="call"), id, case)
    critical, calls = await opinions.critical(tx, id)
    if critical is None:
        raise _refused(tx, Conflict("critical.none"), id, case)
    if any(call["read_back"] for call in calls):
        raise _refused(tx, Conflict("critical.confirmed"), id, case)
    if not called.strip():
        raise Invalid("critical.called", place="called", rule="who was called")
    checked_remark(called, "called")
    checked_remark(words, "words")
    await opinions.call(tx, id, called.strip(), read_back, words.strip(), now)
    await store.add_step(tx, id, "critical-confirmed" if read_back else "critical-called", now, called.strip())
    if read_back and await opinions.end_alarm(tx, id, now):
        tx.announce(CriticalChanged(id))
    trail.noted(tx, "opinion.call", "U", entity_type=access.ENTITY, entity=id, patient=case.patient)
    _tell(tx, case)


async def due(tx: Tx, body: dict[str, Any], *, now: datetime) -> None:
    """Nobody has confirmed it in time: dispatchers hear of it, and quality looks at it."""
    found = await store.find(tx, tx.actor.id, body["consultation"])
    critical, calls = await opinions.critical(tx, body["consultation"])
    if found is None or critical is None or any(call["read_back"] for call in calls):
        return
    case = found[0]
    if not await opinions.raise_alarm(tx, case, critical["raised_by"], critical["raised_at"], now):
        return
    tx.announce(CriticalChanged(case.id))
    await store.add_step(tx, case.id, "critical-alarm", now)
    deed = Deed(
        "critical-call", case.patient, critical["raised_by"], case.institution, f"consultation/{case.id}", _why(calls)
    )
    await reviews.ask(tx, deed, now=now)
    _tell(tx, case)


def _why(calls: list[asyncpg.Record]) -> str:
    return f"{int(WITHIN.total_seconds() // 60)} min, {len(calls)} ☎"


def _tell(tx: Tx, case: Case) -> None:
    tx.tell(f"consultation/{case.id}", "changed", {"id": case.id, "state": case.state, "urgency": case.urgency})


def _refused(tx: Tx, problem: Problem, id: str, case: Case | None = None) -> Problem:
    patient = case.patient if case else ""
    return trail.refused(tx, problem, "opinion.call", "U", entity_type=access.ENTITY, entity=id, patient=patient)
