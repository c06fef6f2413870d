"""What the database tells a manager: totals of cases, never a case."""

from __future__ import annotations

from datetime import date

from yuanzhen.applications.management.model import Figures
from yuanzhen.infrastructure.db.look import Reads


async def figures(reads: Reads, since: date, until: date, department: str) -> list[Figures]:
    """Totals of the cases begun in these days, by part and name; no row for who is no manager."""
    rows = await reads.rows(
        "SELECT * FROM consultation.figures($1, $2, $3) ORDER BY part, name", since, until, department
    )
    return [Figures(*row.values()) for row in rows]


async def failures(reads: Reads, since: date, until: date, department: str) -> dict[str, int]:
    """In how many of these cases each cause of a failed call or a break was met; nothing for who is no manager."""
    rows = await reads.rows("SELECT * FROM consultation.failures($1, $2, $3) ORDER BY 1", since, until, department)
    return {row["cause"]: row["cases"] for row in rows}
