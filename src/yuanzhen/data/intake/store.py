"""The intake's own rows: which messages were taken, and one number at a time."""

from __future__ import annotations

from yuanzhen.data.exchange.facts import Sender
from yuanzhen.infrastructure.db.tx import Tx


async def take(tx: Tx, sender: Sender, control: str, digest: str, kind: str) -> bool:
    """Marks a message as taken; False when the same sender sent the same content under this control id before."""
    added = await tx.run(
        "INSERT INTO records.received (sender, control, digest, institution, kind) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT DO NOTHING",
        sender.peer,
        control,
        digest,
        sender.institution,
        kind,
    )
    return added == 1


async def lock_number(tx: Tx, number: str) -> None:
    """Until this transaction ends nobody else takes this patient number in."""
    await tx.value("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", number)
