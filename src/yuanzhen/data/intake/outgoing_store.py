"""The queue of messages to peers, each peer's in the order of their making; what cannot be sent is set aside."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec

from yuanzhen.data.intake.events import MessageDue
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, NotFound
from yuanzhen.infrastructure.ids import new_id

Json = dict[str, Any]

LISTED = "id, peer, institution, kind, control, made, state, tries, code, answer, settled"
CONTROL_LENGTH = 20  # HL7 2.5.1 MSH-10


async def enqueue(tx: Tx, peer: str, institution: str, kind: str, about: Json) -> str:
    """Puts a message in a peer's queue; it is made from the record when its turn comes."""
    id = new_id()
    await tx.run(
        "INSERT INTO intake.outgoing (id, peer, institution, kind, about, control) "
        "VALUES ($1, $2, $3, $4, $5::jsonb, $6)",
        id,
        peer,
        institution,
        kind,
        msgspec.json.encode(about).decode(),
        id.replace("-", "")[-CONTROL_LENGTH:],
    )
    tx.announce(MessageDue(id, peer))
    _tell(tx, institution)
    return id


async def one(reads: Reads, id: str) -> asyncpg.Record | None:
    """A message of the queue."""
    return await reads.row(f"SELECT {LISTED}, about::text, body FROM intake.outgoing WHERE id = $1", id)  # noqa: S608


async def some(reads: Reads, *, peer: str, state: str, before: str, count: int) -> list[asyncpg.Record]:
    """Messages, the newest first; what is empty asks for all."""
    return await reads.rows(
        f"SELECT {LISTED} FROM intake.outgoing WHERE ($1 = '' OR peer = $1) AND ($2 = '' OR state = $2) "  # noqa: S608
        "AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4",
        peer,
        state,
        before,
        count,
    )


async def tried(
    tx: Tx, row: asyncpg.Record, state: str, *, reached: bool, code: str, answer: str, body: bytes | None
) -> None:
    """Writes down one try and how it ended; `reached` tries count."""
    await tx.run(
        "UPDATE intake.outgoing SET state = $2, tries = tries + $6, code = $3, answer = $4, body = coalesce($5, body), "
        "settled = CASE WHEN $2 = 'waiting' THEN NULL ELSE clock_timestamp() END WHERE id = $1",
        row["id"],
        state,
        code,
        answer,
        body,
        int(reached),
    )
    _tell(tx, row["institution"])


async def again(tx: Tx, id: str) -> asyncpg.Record:
    """Puts a message in its peer's queue once more, last. Raises NotFound, and Conflict for one that waits."""
    row = await one(tx, id)
    if row is None:
        raise NotFound("exchange.message_unknown", place=id)
    if row["state"] == "waiting":
        raise Conflict("exchange.waits_already", place=id)
    await tx.run("UPDATE intake.outgoing SET state = 'waiting', tries = 0, code = '', settled = NULL WHERE id = $1", id)
    tx.announce(MessageDue(id, row["peer"]))
    _tell(tx, row["institution"])
    found = await one(tx, id)
    if found is None:
        raise NotFound("exchange.message_unknown", place=id)
    return found


def _tell(tx: Tx, institution: str) -> None:
    """The queue has changed: open pages look again."""
    tx.tell(f"exchange/{institution}", "queue", {})


async def forget(tx: Tx, days: int, most: int) -> int:
    """Deletes what was settled long ago; what waits stays."""
    return await tx.run(
        "DELETE FROM intake.outgoing WHERE id IN (SELECT id FROM intake.outgoing WHERE state <> 'waiting' "
        "AND made < now() - make_interval(days => $1) LIMIT $2)",
        days,
        most,
    )
