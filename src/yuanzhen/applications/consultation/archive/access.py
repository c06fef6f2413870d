"""Who may see what lacks in many cases: quality, and each look is kept."""

from __future__ import annotations

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Forbidden
from yuanzhen.security.audit import trail

ENTITY = "archive"


async def listed(reads: Reads) -> None:
    """Raises `Forbidden` for who is not of quality; kept."""
    if reads.actor.role != "quality":
        problem = Forbidden("archive.role", role=reads.actor.role)
        raise trail.refused(reads, problem, "archive.list", "R", entity_type=ENTITY, entity="")
    trail.noted(reads, "archive.list", "R", entity_type=ENTITY, entity="")
