"""Who may: managers, and each look is kept."""

from __future__ import annotations

from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.errors import Forbidden, NotFound
from yuanzhen.security.audit import trail
from yuanzhen.security.policy import directory

ENTITY = "department"


async def totals(reads: Reads, department: str) -> None:
    """Raises `Forbidden` for who is no manager, `NotFound` for a department that is none; kept."""
    verb = "management.consultations"
    if reads.actor.role != "manager":
        problem = Forbidden("management.role", role=reads.actor.role)
        raise trail.refused(reads, problem, verb, "R", entity_type=ENTITY, entity=department)
    if department and not await directory.has_department(reads, department):
        unknown = NotFound("management.no_such_department", place="department")
        raise trail.refused(reads, unknown, verb, "R", entity_type=ENTITY, entity=department)
    trail.noted(reads, verb, "R", entity_type=ENTITY, entity=department)
