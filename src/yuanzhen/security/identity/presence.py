"""Who can be called: what a person says of themselves, and when they were last heard of by any call or open page.

The word is written when it is said; hearing is gathered (`doors/heard.py`) and written for many people at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

import msgspec

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.security.audit import trail
from yuanzhen.security.identity.model import OF_A_PATIENT

Said = Literal["here", "booked-only", "away"]

HEARD_WITHIN = timedelta(seconds=60)


class PresenceChanged(msgspec.Struct, frozen=True):
    """Somebody said that they can be called, or cannot, or was heard of again."""

    kind: ClassVar[str] = "PresenceChanged"
    people: list[str]


@dataclass(frozen=True, slots=True)
class Presence:
    """A person's own word, and when they were last heard of."""

    said: Said
    heard: datetime

    def is_heard(self, now: datetime) -> bool:
        """Whether any call or open page of theirs was there in the last minute."""
        return now - self.heard < HEARD_WITHIN


def is_called(role: str) -> bool:
    """Whether people of a role are ever called; patients and carers are not, and nobody keeps when they were heard."""
    return role not in OF_A_PATIENT


async def say(tx: Tx, said: Said, *, now: datetime) -> None:
    """The actor's own word. Raises `Forbidden` `presence.not_called` for patients and carers, and for machines."""
    me = tx.actor
    if me.kind != "person" or not is_called(me.role):
        problem = Forbidden("presence.not_called")
        raise trail.refused(tx, problem, "presence.say", "U", entity_type="person", entity=me.id)
    await tx.run(
        "INSERT INTO security.presence AS p (person, said, heard) VALUES ($1, $2, $3) ON CONFLICT (person) "
        "DO UPDATE SET said = excluded.said, heard = greatest(p.heard, excluded.heard)",
        me.id,
        said,
        now,
    )
    trail.noted(tx, "presence.say", "U", entity_type="person", entity=me.id, reason=said)
    tx.announce(PresenceChanged([me.id]))


async def heard(tx: Tx, people: Mapping[str, datetime]) -> None:
    """Writes when each was last heard of; those who had not been for a minute are told of."""
    # In one order, so that two processes that heard of the same people cannot wait for each other.
    names = sorted(people)
    rows = await tx.rows(
        "WITH before AS (SELECT person, heard FROM security.presence WHERE person = ANY ($1)), "
        "written AS (INSERT INTO security.presence AS p (person, said, heard) "
        "  SELECT * FROM unnest($1::text[], array_fill('here'::text, ARRAY[cardinality($1)]), $2::timestamptz[]) "
        "  ON CONFLICT (person) DO UPDATE SET heard = greatest(p.heard, excluded.heard) RETURNING person, heard) "
        "SELECT w.person FROM written w LEFT JOIN before b USING (person) "
        "WHERE b.heard IS NULL OR w.heard - b.heard >= $3 ORDER BY 1",
        names,
        [people[name] for name in names],
        HEARD_WITHIN,
    )
    if rows:
        tx.announce(PresenceChanged([row["person"] for row in rows]))


async def said_by(reads: Reads, person: str) -> Said:
    """What a person said last; who never said anything is here when heard of."""
    said: Said | None = await reads.value("SELECT said FROM security.presence WHERE person = $1", person)
    return said or "here"


async def of(reads: Reads, people: Iterable[str]) -> dict[str, Presence]:
    """The presence of each of `people`; who was never heard of is left out."""
    rows = await reads.rows("SELECT person, said, heard FROM security.presence WHERE person = ANY ($1)", list(people))
    return {row["person"]: Presence(row["said"], row["heard"]) for row in rows}
