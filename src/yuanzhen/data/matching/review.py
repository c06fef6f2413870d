"""What a person does with pairs of Patients: reads them masked, says what they are, undoes it. All is in the trail."""

from __future__ import annotations

from typing import Any, Literal

import asyncpg
import msgspec

from yuanzhen.data.masking.identity import written_name
from yuanzhen.data.matching import store
from yuanzhen.data.matching.matcher import MATCHER, settle
from yuanzhen.data.records.store import find_all
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.fresh import FreshFactor

ROLE = "quality"
MAX_REASON = 500
ENTITY = "pair"

Act = Literal["same", "apart", "later", "undo"]
State = Literal["open", "later", "joining", "linked", "merged", "parting", "apart"]

# Act -> the states in which it may be done, and the state that follows
NEXT: dict[Act, tuple[tuple[State, ...], State]] = {
    "same": (("open", "later", "apart"), "joining"),
    "apart": (("open", "later"), "apart"),
    "later": (("open",), "later"),
    "undo": (("linked", "merged"), "parting"),
}
WANTS_REASON: frozenset[Act] = frozenset({"same", "undo"})
WANTS_FACTOR: frozenset[Act] = frozenset({"same", "undo"})


class Reason(msgspec.Struct):
    """One field: how the two agree in it, and what that weighs, in bits."""

    field: str
    agreement: str
    weight: float


class Side(msgspec.Struct):
    """One of the two, as masking shows them; whole where it was asked for with a reason."""

    patient: str
    institution: str
    name: str
    sex: str
    birth_date: str
    numbers: list[str]
    phones: list[str]


class Pair(msgspec.Struct):
    """Two Patients that may be one person.

    `bits`: the weight of evidence; `settled_by`: who said what they are; `problem`: why that could not be done.
    """

    id: str
    state: State
    verdict: Literal["certain", "unsure", "none"]
    bits: float
    reasons: list[Reason]
    sides: list[Side]
    same_house: bool
    acts: list[Act]
    settled_by: str
    reason: str
    problem: str


def allowed(reads: Reads, verb: str, entity: str = "") -> None:
    """Quality alone; a refusal is kept."""
    if reads.actor.role != ROLE:
        problem = Forbidden("matching.not_yours", role=reads.actor.role)
        raise trail.refused(reads, problem, f"matching.{verb}", "E", entity_type=ENTITY, entity=entity)


async def found(reads: Reads, verb: str, id: str) -> asyncpg.Record:
    """A pair, for whoever reviews. Raises NotFound, kept."""
    allowed(reads, verb, id)
    row = await store.pair(reads, id)
    if row is None:
        problem = NotFound("matching.pair_unknown", place=id)
        raise trail.refused(reads, problem, f"matching.{verb}", "R", entity_type=ENTITY, entity=id)
    return row


async def shown(reads: Reads, rows: list[asyncpg.Record]) -> list[Pair]:
    """Pairs with both sides masked; each patient who is shown is noted."""
    sides = await store.sides(reads, {id for row in rows for id in (row["low"], row["high"])})
    for row in rows:
        for id in (row["low"], row["high"]):
            trail.noted(reads, "matching.read", "R", entity_type=ENTITY, entity=row["id"], patient=id)
    return [_pair(row, sides) for row in rows]


def _pair(row: asyncpg.Record, sides: dict[str, dict[str, Any]]) -> Pair:
    both = [msgspec.convert(sides.get(id) or _gone(id), Side) for id in (row["low"], row["high"])]
    return Pair(
        id=row["id"],
        state=row["state"],
        verdict=row["verdict"],
        bits=round(row["bits"], 1),
        reasons=msgspec.json.decode(row["reasons"], type=list[Reason]),
        sides=both,
        same_house=both[0].institution == both[1].institution,
        acts=[act for act, (before, _) in NEXT.items() if row["state"] in before],
        settled_by=row["settled_by"],
        reason=row["reason"],
        problem=row["problem"],
    )


def _gone(id: str) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(("institution", "name", "sex", "birth_date"), "")
    return {"patient": id, **blank, "numbers": [], "phones": []}


async def decide(
    db: Database, actor: Actor, id: str, act: Act, *, reason: str, survivor: str = "", fresh: FreshFactor | None = None
) -> Pair:
    """A person's word on a pair, kept first and then done; answers the pair as it is then.

    Raises Conflict `matching.not_now`, Invalid `matching.reason`, `matching.survivor`; Forbidden without a fresh factor
    where one is wanted. What cannot be done is answered, with its `problem`.
    """
    async with db.verb(actor) as tx:
        row = await found(tx, act, id)
        _wants(row, act, reason, survivor, actor, fresh)
        before, after = NEXT[act]
        if not await store.settle(tx, id, after, before=before, reason=reason.strip(), survivor=survivor):
            raise Conflict("matching.not_now", place=id, act=act, state=row["state"])
        for patient in (row["low"], row["high"]):
            trail.noted(tx, f"matching.{act}", "U", entity_type=ENTITY, entity=id, patient=patient,
                        reason=reason.strip())  # fmt: skip
    if after in ("joining", "parting"):
        await settle(db, id)
    async with db.look(actor) as look:
        return (await shown(look, [await found(look, "read", id)]))[0]


def _wants(row: asyncpg.Record, act: Act, reason: str, survivor: str, actor: Actor, fresh: FreshFactor | None) -> None:
    if act in WANTS_FACTOR and (fresh is None or fresh.person != actor.id):
        raise Forbidden("factor.stale")
    if len(reason) > MAX_REASON or (act in WANTS_REASON and not reason.strip()):
        raise Invalid("matching.reason", place="reason", limit=MAX_REASON)
    if survivor not in ("", row["low"], row["high"]):
        raise Invalid("matching.survivor", place="survivor")


async def revealed(db: Database, actor: Actor, id: str, reason: str) -> list[Side]:
    """Both sides whole, for whoever cannot decide by what is masked; the patients' trail says why."""
    async with db.verb(actor) as tx:
        row = await found(tx, "reveal", id)
        if not reason.strip() or len(reason) > MAX_REASON:
            raise Invalid("matching.reason", place="reason", limit=MAX_REASON)
        await _noted(tx, row, reason.strip())
    async with db.look(MATCHER) as look:
        rows = await find_all(look, [("Patient", row["low"]), ("Patient", row["high"])])
    sides = []
    for patient in (row["low"], row["high"]):
        stored = rows.get(("Patient", patient))
        if stored is not None and not stored.deleted:
            sides.append(_whole(patient, stored.institution, stored.resource()))
    return sides


async def _noted(tx: Tx, row: asyncpg.Record, reason: str) -> None:
    for patient in (row["low"], row["high"]):
        trail.noted(tx, "matching.reveal", "R", entity_type=ENTITY, entity=row["id"], patient=patient, reason=reason)


def _whole(id: str, institution: str, patient: dict[str, Any]) -> Side:
    return Side(
        patient=id,
        institution=institution,
        name=written_name(patient),
        sex=str(patient.get("gender", "unknown")),
        birth_date=str(patient.get("birthDate", "")),
        numbers=[str(one["value"]) for one in patient.get("identifier", []) if one.get("value")],
        phones=[str(one["value"]) for one in patient.get("telecom", []) if one.get("value")],
    )
