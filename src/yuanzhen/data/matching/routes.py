"""The doors of the review: pairs of Patients that may be one person, and what a person says of them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import Router, get, post
from litestar.params import QueryParameter

from yuanzhen.data.matching import review, store
from yuanzhen.data.matching.review import Pair, Side, State
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.fresh import FreshFactor

BASE = "/api/matching/pairs"
MOST = 100

Shelf = Literal["open", "later", "one", "apart"]
# What a reviewer calls it -> the states of a pair
SHELVES: dict[Shelf, tuple[State, ...]] = {
    "open": ("open",),
    "later": ("later",),
    "one": ("joining", "linked", "merged", "parting"),
    "apart": ("apart",),
}


class Pairs(msgspec.Struct):
    """Pairs, the likeliest first; `next` is the `after` of the following page, `counts` how many lie on each shelf."""

    items: list[Pair]
    next: str | None
    counts: dict[str, int]


class Sides(msgspec.Struct):
    """Both patients whole."""

    items: list[Side]
    next: None = None


class Why(msgspec.Struct, forbid_unknown_fields=True):
    """Why somebody says so."""

    reason: str = ""


class Same(msgspec.Struct, forbid_unknown_fields=True):
    """Why they are one person; `survivor` is the record that goes on, without it the older."""

    reason: str
    survivor: str = ""


@get(BASE)
async def listed(
    actor: Actor,
    db: Database,
    shelf: Shelf = "open",
    after: str = "",
    count: Annotated[int, QueryParameter(ge=1, le=MOST)] = 20,
) -> Pairs:
    """Pairs that wait for a person, or that somebody has settled."""
    async with db.look(actor) as look:
        review.allowed(look, "list")
        trail.noted(look, "matching.list", "E", entity_type=review.ENTITY, entity="")
        rows = await store.pairs(look, SHELVES[shelf], after, count)
        items = await review.shown(look, rows)
        many = await store.counts(look)
    counts: dict[str, int] = {name: sum(many.get(state, 0) for state in states) for name, states in SHELVES.items()}
    return Pairs(items, items[-1].id if len(items) == count else None, counts)


@get(f"{BASE}/{{id:str}}")
async def whole(actor: Actor, db: Database, id: str) -> Pair:
    """One pair."""
    async with db.look(actor) as look:
        return (await review.shown(look, [await review.found(look, "read", id)]))[0]


@post(f"{BASE}/{{id:str}}/same", status_code=200)
async def same(actor: Actor, db: Database, fresh: FreshFactor, id: str, data: Same) -> Pair:
    """They are one person: merged within a house, linked across houses; wants a fresh second factor."""
    return await review.decide(db, actor, id, "same", reason=data.reason, survivor=data.survivor, fresh=fresh)


@post(f"{BASE}/{{id:str}}/undo", status_code=200)
async def undo(actor: Actor, db: Database, fresh: FreshFactor, id: str, data: Why) -> Pair:
    """They are not after all: everything goes back; wants a fresh second factor."""
    return await review.decide(db, actor, id, "undo", reason=data.reason, fresh=fresh)


@post(f"{BASE}/{{id:str}}/apart", status_code=200)
async def apart(actor: Actor, db: Database, id: str, data: Why) -> Pair:
    """They are two people; they are not asked of again."""
    return await review.decide(db, actor, id, "apart", reason=data.reason)


@post(f"{BASE}/{{id:str}}/later", status_code=200)
async def later(actor: Actor, db: Database, id: str, data: Why) -> Pair:
    """Nobody can say yet."""
    return await review.decide(db, actor, id, "later", reason=data.reason)


@post(f"{BASE}/{{id:str}}/reveal", status_code=200)
async def reveal(actor: Actor, db: Database, id: str, data: Why) -> Sides:
    """Both patients unmasked, for a reason that stands in their trail."""
    return Sides(await review.revealed(db, actor, id, data.reason))


router = Router(path="/", route_handlers=[listed, whole, same, undo, apart, later, reveal], tags=["matching"])
