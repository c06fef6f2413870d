"""What became of a resource, of a type or of all: versions, newest first, in pages that writes do not move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.store import stored
from yuanzhen.data.records.terms import span
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Invalid

MOST = 200
USUAL = 50
KNOWN = ("_after", "_at", "_count", "_since")

_VERSIONS = (
    "SELECT v.type, v.id, v.version, v.updated, v.deleted, r.patient, '' AS institution, '' AS source, v.meta, "
    "v.content FROM records.version v JOIN records.resource r USING (type, id)"
)
_ORDER = "v.updated, v.type, v.id, v.version"
_DOWN = "v.updated DESC, v.type DESC, v.id DESC, v.version DESC"
_LATER = (
    "EXISTS (SELECT FROM records.version n WHERE n.type = v.type AND n.id = v.id AND n.version = v.version + 1 "
    "AND n.updated <= {})"
)


class Place(NamedTuple):
    """The last version of a page: the next one begins behind it."""

    updated: datetime
    type: str
    id: str
    version: int

    def text(self) -> str:
        """As the link to the next page tells it."""
        return f"{self.updated.isoformat()},{self.type},{self.id},{self.version}"


class Asked(NamedTuple):
    """What of the history is asked for: since when, as it was in a span, how many, and behind which."""

    most: int = USUAL
    since: datetime | None = None
    at: tuple[datetime, datetime] | None = None
    after: Place | None = None


def asked(parameters: Sequence[tuple[str, str]]) -> Asked:
    """What the parameters of a history ask for. Raises `Invalid` for others and for what is no time or number."""
    known: dict[str, Any] = {}
    for name, value in parameters:
        if name == "_count":
            known["most"] = _count(value)
        elif name == "_since":
            since = _span(name, value)[0]
            # Versions bear the millisecond in which they were written: one of that very millisecond is not before it.
            known["since"] = since.replace(microsecond=since.microsecond // 1000 * 1000)
        elif name == "_at":
            known["at"] = _span(name, value)
        elif name == "_after":
            known["after"] = _place(value)
        else:
            raise Invalid("fhir.unknown_parameter", place=name, known=list(KNOWN))
    return Asked(**known)


async def page(reads: Reads, wanted: Asked, kind: str = "", id: str = "") -> tuple[list[Stored], Place | None]:
    """The versions that this actor may see, of all, of a type or of one resource; and where the next page begins.

    A version is never changed and a later one is newer than all, so a page turned meanwhile repeats and loses nothing.
    """
    where, args = ["true"], list[Any]()

    def add(condition: str, *values: object) -> None:
        first = len(args) + 1
        args.extend(values)
        where.append(condition.format(*(f"${first + n}" for n in range(len(values)))))

    if kind:
        add("v.type = {}", kind)
    if id:
        add("v.id = {}", id)
    if wanted.since is not None:
        add("v.updated >= {}", wanted.since)
    if wanted.at is not None:
        add("v.updated < {}", wanted.at[1])
        add(f"NOT {_LATER}", wanted.at[0])
    if wanted.after is not None:
        add(f"({_ORDER}) < ({{}}, {{}}, {{}}, {{}}::int)", *wanted.after)
    args.append(wanted.most + 1)
    sql = f"{_VERSIONS} WHERE {' AND '.join(where)} ORDER BY {_DOWN} LIMIT ${len(args)}"
    found = [stored(row) for row in await reads.rows(sql, *args)]
    shown = found[: wanted.most]
    if len(found) <= wanted.most or not shown:
        return shown, None
    last = shown[-1]
    return shown, Place(last.updated, last.type, last.id, last.version)


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) > 9 or int(value) == 0:
        raise Invalid("fhir.bad_count", place="_count", rule="a number from 1")
    return min(int(value), MOST)


def _span(name: str, value: str) -> tuple[datetime, datetime]:
    try:
        return span(value.replace(" ", "+"))  # a + that was not escaped
    except Invalid as problem:
        raise Invalid(problem.code, place=name, **problem.facts) from problem


def _place(value: str) -> Place:
    try:
        updated, kind, id, number = value.replace(" ", "+").split(",")
        moment = datetime.fromisoformat(updated)
        if moment.tzinfo is None or not 0 < int(number) < 2**31:
            raise ValueError
        return Place(moment, kind, id, int(number))
    except ValueError:
        raise Invalid("fhir.bad_page", place="_after", rule="from the link to the next page") from None
