"""Runs a search: a page of matches, their number, what comes along, each as one statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import asyncpg

from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.search import ordering
from yuanzhen.data.records.search.canonical import Canonical, who_names, whom_it_names
from yuanzhen.data.records.search.criteria import within
from yuanzhen.data.records.search.query import Asked, Include, Pairs, understood
from yuanzhen.data.records.search.source import Source, source
from yuanzhen.data.records.search.statement import Statement
from yuanzhen.data.records.store import COLUMNS
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.look import Reads

MOST_INCLUDED = 1000
MOST_ROUNDS = 5
WIDTH = len(COLUMNS.split(", "))

Readable = Callable[[str], bool]


@dataclass(slots=True)
class Page:
    """What a search found: this page of it, what comes along, how many there are in all, where the next page begins.

    `cut`: more would have come along than an answer holds.
    """

    found: list[Stored] = field(default_factory=list)
    included: list[Stored] = field(default_factory=list)
    total: int | None = None
    after: str = ""
    cut: bool = False


def anything(_: str) -> bool:
    """Every type may be read: for what the house asks itself."""
    return True


async def page(reads: Reads, asked: Asked, readable: Readable = anything) -> Page:
    """One page. `readable` says which types the caller's scopes cover: no other is reached through, or comes along."""
    told = Page()
    if asked.total != "none" or asked.counts_alone():
        told.total = await _count(reads, asked, readable)
    if asked.counts_alone():
        return told
    now = clock.now()
    rows = await _matches(reads, asked, readable)
    shown = rows[: asked.count]
    told.found = [_stored(row) for row in shown]
    if len(rows) > asked.count:
        first = ordering.begun(asked.order, asked.after) or now
        place = tuple(shown[-1].values())[WIDTH : WIDTH + 1 + len(asked.order)]
        told.after = ordering.ended(asked.order, place, first)
    if asked.include and shown:
        await _come_along(reads, asked, told, [row["key"] for row in shown], readable)
    return told


async def matching(
    reads: Reads, kind: str, query: str | Pairs, limit: int = 2, readable: Readable = anything
) -> list[Stored]:
    """The first matches of a condition (`identifier=...`), as conditional operations ask; raises as a search does."""
    pairs = parse_qsl(query, keep_blank_values=True) if isinstance(query, str) else query
    asked = understood(kind, pairs)
    asked.count, asked.order = limit, []
    return [_stored(row) for row in (await _matches(reads, asked, readable))[:limit]]


def _source(asked: Asked, readable: Readable, *, in_order: bool) -> tuple[Statement, Source]:
    s = Statement(now=clock.now(), readable=readable)
    conditions = [f"r.type = {s.value(asked.kind)}", "NOT r.deleted"]
    if asked.within:
        conditions.append(within(s, asked.kind, *asked.within))
    found = source(s, asked.kind, asked.criteria, in_order=in_order)
    return s, found._replace(conditions=[*conditions, *found.conditions])


async def _matches(reads: Reads, asked: Asked, readable: Readable) -> list[asyncpg.Record]:
    """The rows of a page and one more, with key and what is sorted by; each resource once."""
    after, wanted = asked.after, asked.count + 1
    found: dict[int, asyncpg.Record] = {}
    while True:
        s, rows_of = _source(asked, readable, in_order=not asked.order)
        rows = await reads.rows_beside(_page(s, rows_of, asked, after), *s.args)
        found |= {row["key"]: row for row in rows}
        if not rows_of.repeats or len(rows) < wanted or len(found) >= wanted:
            return list(found.values())
        after = ordering.ended([], (rows[-1]["key"],), s.now)


def _page(s: Statement, rows_of: Source, asked: Asked, after: str) -> str:
    columns = ordering.columns(s, asked.order, ordering.begun(asked.order, after))
    sorted_by = "".join(f", {one} AS o{nth:d}" for nth, one in enumerate(columns))
    sql = f"SELECT {COLUMNS}, r.key{sorted_by} FROM {rows_of.tables} WHERE {' AND '.join(rows_of.conditions)}"
    if after:
        place = ordering.behind(s, asked.order, after, rows_of.key)
        # What is not sorted is cut in the index; a column of our own must be reckoned first.
        sql = f"SELECT * FROM ({sql}) AS r WHERE {place}" if asked.order else f"{sql} AND {place}"
    order = ordering.clause(asked.order) if asked.order else f"{rows_of.key} DESC"
    return f"{sql} ORDER BY {order} LIMIT {s.value(asked.count + 1)}"


async def _count(reads: Reads, asked: Asked, readable: Readable) -> int:
    s, rows_of = _source(asked, readable, in_order=False)
    sql = f"SELECT count(*) FROM {rows_of.tables} WHERE {' AND '.join(rows_of.conditions)}"
    return int(await reads.value(sql, *s.args))


def _stored(row: asyncpg.Record) -> Stored:
    return Stored(*list(row.values())[:WIDTH])


# ---- what comes along (R4 3.1.1.5.4)


async def _come_along(reads: Reads, asked: Asked, told: Page, keys: list[int], readable: Readable) -> None:
    """Includes round by round: the first follows all, the later ones what is asked for again."""
    seen = set(keys)
    among = [(key, one) for key, one in zip(keys, told.found, strict=True)]
    for round_ in range(MOST_ROUNDS):
        wanted = [one for one in asked.include if one.again or round_ == 0]
        wanted = [one for one in wanted if readable(one.source)]
        if not wanted or not among:
            return
        rows = [row for row in await _linked(reads, wanted, among, seen) if readable(row["type"])]
        if len(rows) + len(told.included) > MOST_INCLUDED:
            told.cut = True
            rows = rows[: MOST_INCLUDED - len(told.included)]
        among = [(row["key"], _stored(row)) for row in rows]
        seen.update(key for key, _ in among)
        told.included += [one for _, one in among]


async def _linked(
    reads: Reads, wanted: list[Include], among: list[tuple[int, Stored]], seen: set[int]
) -> list[asyncpg.Record]:
    """What the resources of one round point to, and what points to them."""
    s = Statement(now=clock.now(), readable=anything)
    found = [_along(s, one, among) for one in wanted]
    found += [_addressed(s, way, one.reverse, among) for one in wanted for way in one.canonical]
    most = s.value(MOST_INCLUDED + 1)
    # By no index: few are linked, and all of a type would be walked in its order.
    return await reads.rows(
        f"SELECT {COLUMNS}, key FROM records.resource AS r WHERE NOT r.deleted "
        f"AND NOT r.key = ANY ({s.value(list(seen))}::bigint[]) AND r.key IN ({' UNION '.join(found)}) "
        f"ORDER BY -r.key LIMIT {most}",
        *s.args,
    )


def _along(s: Statement, one: Include, among: list[tuple[int, Stored]]) -> str:
    """The keys at the other end of one kind of link."""
    links = []
    for place in one.places:
        only = one.target or place.only
        if place.only in ("", only):
            typed = f" AND i.target_type = {s.value(only)}" if only else ""
            links.append(f"(i.path = {place.number:d}{typed})")
    to = " OR ".join(dict.fromkeys(links)) or "false"
    if one.reverse:
        types, ids = s.value([stored.type for _, stored in among]), s.value([stored.id for _, stored in among])
        return (
            f"SELECT i.key FROM unnest({types}::text[], {ids}::text[]) AS w(type, id) "
            f"JOIN records.link AS i ON i.target = w.id AND i.target_type = w.type WHERE {to}"
        )
    return (
        "SELECT o.key FROM (SELECT DISTINCT i.target_type, i.target FROM records.link AS i "
        f"WHERE i.key = ANY ({s.value([k for k, _ in among])}::bigint[]) AND ({to}) OFFSET 0) AS w "
        "JOIN records.resource AS o ON o.type = w.target_type AND o.id = w.target"
    )


def _addressed(s: Statement, way: Canonical, reverse: bool, among: list[tuple[int, Stored]]) -> str:
    """The keys at the other end of links that name a canonical address (R4 2.3.0.2)."""
    froms, where = (who_names if reverse else whom_it_names)(s, way)
    found, known = ("i.key", "u.key") if reverse else ("u.key", "i.key")
    keys = s.value([key for key, _ in among])
    return f"SELECT {found} FROM {froms} WHERE {known} = ANY ({keys}::bigint[]) AND {where}"
