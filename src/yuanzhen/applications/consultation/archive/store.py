"""What the database tells of the things that cases must hold: one statement a function."""

from __future__ import annotations

from datetime import date

from yuanzhen.applications.consultation.archive.model import Facts
from yuanzhen.infrastructure.db.look import Reads


async def of_case(reads: Reads, id: str) -> Facts | None:
    """What is known of one case; None for whom it does not open to."""
    row = await reads.row("SELECT * FROM consultation.archive($1, NULL, NULL)", id)
    return Facts(*row.values()) if row else None


async def closed(reads: Reads, since: date, until: date) -> list[Facts]:
    """Of the closed cases of these days, for quality; no row for who is not."""
    rows = await reads.rows("SELECT * FROM consultation.archive('', $1, $2)", since, until)
    return [Facts(*row.values()) for row in rows]
