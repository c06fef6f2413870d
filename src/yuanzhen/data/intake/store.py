"""The intake's own rows: messages and what became of them, when each element was told, and the tables of codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg
import msgspec

from yuanzhen.data.exchange.facts import MessageReceived, MessageUnread, Sender
from yuanzhen.data.records.model import Stored
from yuanzhen.data.records.store import COLUMNS
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.ids import new_id

Json = dict[str, Any]
Key = tuple[str, str]  # type, id

LISTED = (
    "id, sender, institution, control, kind, sent, received, charset, repeated, state, code, place, "
    "became::text, patient, ended_by, reason, settled"
)

_HERE = f"SELECT {COLUMNS} FROM records.resource WHERE type = w.type AND id = w.id OFFSET 0"  # noqa: S608
_CURRENT = ", ".join(f"r.{column}" for column in COLUMNS.split(", "))


async def add(
    tx: Tx, sender: Sender, fact: MessageReceived | MessageUnread, state: str, *, numbers: Sequence[str] = ()
) -> str | None:
    """Keeps a message; None when the same sender sent the same content under this control id before.

    Until this transaction ends nobody else takes these patient numbers in (see `lock_numbers`).
    """
    found: str | None = await tx.value(
        "INSERT INTO intake.message "
        "(id, sender, institution, control, digest, kind, sent, charset, body, state, repeated) "
        # in the order of the index that these two begin, or another that begins with the sender is walked through
        "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (SELECT m.digest FROM intake.message m "
        "WHERE m.sender = $2 AND m.control = $4 ORDER BY m.control, m.digest LIMIT 1) IS NOT NULL "
        "FROM (SELECT count(*) FROM (SELECT pg_advisory_xact_lock(hashtextextended(n, 0)) "
        "FROM unnest($11::text[]) AS n OFFSET 0) AS each) AS locked ON CONFLICT DO NOTHING RETURNING id",
        new_id(),
        sender.peer,
        sender.institution,
        fact.message,
        fact.digest,
        fact.kind,
        fact.sent_at if isinstance(fact, MessageReceived) else None,
        fact.charset,
        fact.body,
        state,
        list(numbers),
    )
    return found


async def settle(
    tx: Tx,
    id: str,
    state: str,
    *,
    code: str = "",
    place: str = "",
    became: Sequence[Json] = (),
    numbers: Iterable[str] = (),
) -> None:
    """Says what became of a message."""
    await tx.run(
        "UPDATE intake.message SET state = $2, code = $3, place = $4, became = $5::jsonb, numbers = $6, "
        "settled = clock_timestamp() WHERE id = $1",
        id,
        state,
        code,
        place,
        msgspec.json.encode(list(became)).decode(),
        list(numbers),
    )


async def end(tx: Tx, id: str, by: str, reason: str) -> int:
    """Gives a waiting message up."""
    return await tx.run(
        "UPDATE intake.message SET state = 'given-up', ended_by = $2, reason = $3, settled = clock_timestamp() "
        "WHERE id = $1 AND state = 'waiting'",
        id,
        by,
        reason,
    )


async def mend(tx: Tx, id: str, body: bytes | None, patient: str, by: str) -> None:
    """Keeps what a person corrected, beside what was sent."""
    await tx.run(
        "UPDATE intake.message SET mended = coalesce($2, mended), patient = $3, ended_by = $4 WHERE id = $1",
        id,
        body,
        patient,
        by,
    )


async def one(reads: Reads, id: str) -> asyncpg.Record | None:
    """A message whole."""
    return await reads.row(f"SELECT {LISTED}, body, mended, digest FROM intake.message WHERE id = $1", id)  # noqa: S608


# Two statements: a plan that served both would use no index for the control id.
LIST = (
    f"SELECT {LISTED} FROM intake.message WHERE ($1 = '' OR state = $1) AND ($2 = '' OR sender = $2) "  # noqa: S608
    "AND ($3 = '' OR kind = $3) AND $4 = '' AND ($5::boolean IS NULL OR repeated = $5) AND ($6 = '' OR id < $6) "
    "ORDER BY id DESC LIMIT $7"
)
LIST_OF_CONTROL = LIST.replace("$4 = ''", "control = $4")


class Wanted(NamedTuple):
    """Which messages are asked for; what is empty asks for all. `control`: of this control id (MSH-10)."""

    state: str = ""
    sender: str = ""
    kind: str = ""
    control: str = ""
    repeated: bool | None = None


async def some(reads: Reads, wanted: Wanted, *, before: str, count: int) -> list[asyncpg.Record]:
    """Messages, the newest first."""
    return await reads.rows(LIST_OF_CONTROL if wanted.control else LIST, *wanted, before, count)


async def counts(reads: Reads) -> list[asyncpg.Record]:
    """By sender: how many messages in each state, how many reused a control id, and when the last one came."""
    return await reads.rows(
        "SELECT sender, institution, state, count(*) AS messages, count(*) FILTER (WHERE repeated) AS repeated, "
        "max(received) AS last FROM intake.message GROUP BY sender, institution, state ORDER BY sender, state"
    )


async def waiting_for(reads: Reads, institution: str, numbers: Sequence[str]) -> list[str]:
    """The messages that wait for the patient of any of these numbers, in the order of their sending."""
    rows = await reads.rows(
        "SELECT id FROM intake.message WHERE state = 'waiting' AND institution = $1 AND numbers && $2 "
        "ORDER BY sent NULLS LAST, id",
        institution,
        list(numbers),
    )
    return [row["id"] for row in rows]


async def waiting_of(reads: Reads, sender: str, after: str, most: int) -> list[asyncpg.Record]:
    """The messages of a sender that wait, as they came, behind the one named `after`."""
    return await reads.rows(
        "SELECT id, sender, institution, body, mended FROM intake.message "
        "WHERE state = 'waiting' AND sender = $1 AND id > $2 ORDER BY id LIMIT $3",
        sender,
        after,
        most,
    )


async def is_waited_for(reads: Reads, institution: str, numbers: Sequence[str]) -> bool:
    """Whether any message waits for one of these numbers."""
    return bool(
        await reads.value(
            "SELECT EXISTS (SELECT FROM intake.message WHERE state = 'waiting' AND institution = $1 AND numbers && $2)",
            institution,
            list(numbers),
        )
    )


async def unsealed(tx: Tx) -> list[asyncpg.Record]:
    """Waiting messages of a time when numbers were kept as they are."""
    return await tx.rows(
        "SELECT id, numbers FROM intake.message WHERE state = 'waiting' AND "
        "EXISTS (SELECT FROM unnest(numbers) AS n WHERE n LIKE '%|%')"
    )


async def seal(tx: Tx, id: str, numbers: Sequence[str]) -> None:
    """The numbers for which a message waits, sealed."""
    await tx.run("UPDATE intake.message SET numbers = $2 WHERE id = $1", id, list(numbers))


async def forget(tx: Tx, days: int, most: int) -> int:
    """Deletes messages that were settled long ago; what waits stays."""
    return await tx.run(
        "DELETE FROM intake.message WHERE id IN (SELECT id FROM intake.message WHERE state <> 'waiting' "
        "AND received < now() - make_interval(days => $1) LIMIT $2)",
        days,
        most,
    )


async def times(reads: Reads, kind: str, id: str) -> dict[str, str]:
    """When each element of a resource was last told."""
    told = await reads.value("SELECT times::text FROM intake.told WHERE type = $1 AND id = $2", kind, id)
    return {} if told is None else msgspec.json.decode(told, type=dict[str, str])


async def known(reads: Reads, wanted: Sequence[Key]) -> tuple[dict[Key, dict[str, str]], dict[Key, Stored]]:
    """Of resources that were told before: when each element last was, and how they are where this actor sees them."""
    rows = await reads.rows(
        f"SELECT w.type, w.id, t.times, {_CURRENT} FROM unnest($1::text[], $2::text[]) AS w(type, id) "  # noqa: S608
        "CROSS JOIN LATERAL (SELECT times::text FROM intake.told WHERE type = w.type AND id = w.id OFFSET 0) AS t "
        f"LEFT JOIN LATERAL ({_HERE}) AS r ON true",
        [kind for kind, _ in wanted],
        [id for _, id in wanted],
    )
    times: dict[Key, dict[str, str]] = {}
    before: dict[Key, Stored] = {}
    for kind, id, told, *current in map(tuple, rows):
        times[kind, id] = msgspec.json.decode(told)
        if current[0] is not None:
            before[kind, id] = Stored(*current)
    return times, before


async def tell(
    tx: Tx, institution: str, known: Mapping[tuple[str, str], Mapping[str, str]], numbers: Sequence[str]
) -> None:
    """Keeps when each element was told, and by which of the patient's numbers (sealed)."""
    await tx.run(
        "INSERT INTO intake.told (type, id, institution, times, numbers) SELECT t, i, $4, m::jsonb, $5 "
        "FROM unnest($1::text[], $2::text[], $3::text[]) AS w(t, i, m) "
        "ON CONFLICT (type, id) DO UPDATE SET times = excluded.times, numbers = excluded.numbers",
        [kind for kind, _ in known],
        [id for _, id in known],
        [msgspec.json.encode(one).decode() for one in known.values()],
        institution,
        list(numbers),
    )


async def lock_numbers(tx: Tx, numbers: Sequence[str]) -> None:
    """Until this transaction ends nobody else takes these patient numbers in; they stand in one order for everybody."""
    await tx.rows("SELECT pg_advisory_xact_lock(hashtextextended(n, 0)) FROM unnest($1::text[]) AS n", list(numbers))


async def handles(reads: Reads, institution: str) -> bool:
    """Whether the messages of an institution are this actor's to handle."""
    return bool(await reads.value("SELECT $1 = ANY (intake.houses())", institution))


async def rows_of(reads: Reads, institution: str, sender: str) -> list[asyncpg.Record]:
    """The institution's rows for a sender, those for all its systems first."""
    return await reads.rows(
        "SELECT sender, name, code, system, target, display FROM intake.code_map WHERE institution = $1 "
        "AND sender IN ('', $2) ORDER BY sender, name, code",
        institution,
        sender,
    )


async def every_row(reads: Reads, institution: str, name: str) -> list[asyncpg.Record]:
    """The institution's rows, of one table or of all."""
    return await reads.rows(
        "SELECT sender, name, code, system, target, display, changed FROM intake.code_map "
        "WHERE institution = $1 AND ($2 = '' OR name = $2) ORDER BY name, code, sender",
        institution,
        name,
    )


async def put_row(
    tx: Tx, institution: str, sender: str, name: str, code: str, system: str, target: str, display: str
) -> None:
    """Makes or changes one row."""
    await tx.run(
        "INSERT INTO intake.code_map (institution, sender, name, code, system, target, display) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (institution, sender, name, code) DO UPDATE "
        "SET system = excluded.system, target = excluded.target, display = excluded.display, changed = now()",
        institution,
        sender,
        name,
        code,
        system,
        target,
        display,
    )


async def drop_row(tx: Tx, institution: str, sender: str, name: str, code: str) -> int:
    """Takes one row away; the dialect's own shows again."""
    return await tx.run(
        "DELETE FROM intake.code_map WHERE institution = $1 AND sender = $2 AND name = $3 AND code = $4",
        institution,
        sender,
        name,
        code,
    )


async def issuers(reads: Reads, institution: str) -> set[str]:
    """The issuers whose numbers an institution's systems may give."""
    rows = await reads.rows("SELECT code FROM intake.code_map WHERE institution = $1 AND name = 'issuer'", institution)
    return {row["code"] for row in rows}
