"""What the interface console knows of each system: contacts, what came, what goes; SQL of its own and of sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx

Door = Literal["hl7", "dicom"]


@dataclass(slots=True)
class Contact:
    """One system at one door. A stranger has no `peer`, an enrolled one no `name`; `code` is why it was refused."""

    door: Door
    peer: str
    name: str
    institution: str
    address: str
    seen: datetime | None = None
    refused: datetime | None = None
    code: str = ""
    refusals: int = 0


async def keep(tx: Tx, contacts: Sequence[Contact]) -> None:
    """Lays what was heard over what is known."""
    await tx.run(
        "INSERT INTO intake.contact AS c (door, peer, name, institution, address, seen, refused, code, refusals) "
        "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], "
        "$7::timestamptz[], $8::text[], $9::bigint[]) ON CONFLICT (door, peer, name) DO UPDATE SET "
        "institution = excluded.institution, address = excluded.address, seen = greatest(c.seen, excluded.seen), "
        "refused = greatest(c.refused, excluded.refused), refusals = c.refusals + excluded.refusals, "
        "code = CASE WHEN excluded.refused IS NULL THEN c.code ELSE excluded.code END",
        *([list(column) for column in zip(*(astuple(one) for one in contacts), strict=True)]),
    )


async def forget_strangers(tx: Tx, most: int) -> None:
    """Keeps the strangers who came last: whoever can reach a door could make up names without end."""
    await tx.run(
        "DELETE FROM intake.contact WHERE peer = '' AND (door, name) NOT IN "
        "(SELECT door, name FROM intake.contact WHERE peer = '' ORDER BY refused DESC LIMIT $1)",
        most,
    )


async def contacts(reads: Reads) -> list[asyncpg.Record]:
    """All contacts of the actor's houses, the last refused first."""
    return await reads.rows(
        "SELECT door, peer, name, institution, address, seen, refused, code, refusals FROM intake.contact "
        "ORDER BY refused DESC NULLS LAST, name"
    )


async def houses(reads: Reads) -> set[str]:
    """The institutions whose systems the actor handles."""
    return set(await reads.value("SELECT intake.houses()"))


async def incoming(reads: Reads) -> list[asyncpg.Record]:
    """By sender: how many messages wait, and what became of the last day's."""
    return await reads.rows(
        "SELECT sender, min(institution) AS institution, count(*) FILTER (WHERE state = 'waiting') AS waiting, "
        "count(*) FILTER (WHERE state = 'taken') AS taken, count(*) FILTER (WHERE state = 'refused') AS refused, "
        "count(*) FILTER (WHERE state = 'given-up') AS given_up, count(*) FILTER (WHERE repeated) AS repeated "
        "FROM intake.message WHERE state = 'waiting' OR received > now() - interval '1 day' GROUP BY sender"
    )


async def last_messages(reads: Reads, senders: Sequence[str]) -> list[asyncpg.Record]:
    """The last message of each of these senders."""
    return await reads.rows(
        "SELECT m.sender, m.id, m.kind, m.state, m.received FROM unnest($1::text[]) AS s(id) CROSS JOIN LATERAL "
        "(SELECT sender, id, kind, state, received FROM intake.message WHERE sender = s.id ORDER BY id DESC LIMIT 1) m",
        list(senders),
    )


async def outgoing(reads: Reads) -> list[asyncpg.Record]:
    """By peer: what waits and since when, what was given up, what was sent in the last day."""
    return await reads.rows(
        "SELECT peer, count(*) FILTER (WHERE state = 'waiting') AS waiting, "
        "min(made) FILTER (WHERE state = 'waiting') AS oldest, count(*) FILTER (WHERE state = 'dead') AS dead, "
        "count(*) FILTER (WHERE state = 'sent') AS sent FROM intake.outgoing "
        "WHERE state IN ('waiting', 'dead') OR settled > now() - interval '1 day' GROUP BY peer"
    )


async def heads(reads: Reads) -> list[asyncpg.Record]:
    """The message that each queue waits for, with its tries and why the last one failed."""
    return await reads.rows(
        "SELECT DISTINCT ON (peer) peer, tries, code, answer FROM intake.outgoing WHERE state = 'waiting' "
        "ORDER BY peer, code = '', made"  # the head alone was tried
    )
