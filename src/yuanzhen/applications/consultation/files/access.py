"""Who may do what to a case's files: finds, checks and writes the trail; a refusal is kept."""

from __future__ import annotations

from yuanzhen.applications.consultation import access
from yuanzhen.applications.consultation.files import store
from yuanzhen.applications.consultation.files.model import File, Step
from yuanzhen.applications.consultation.model import Case
from yuanzhen.infrastructure.db.look import Reads
from yuanzhen.infrastructure.db.tx import Tx
from yuanzhen.infrastructure.errors import Conflict, Forbidden, NotFound, Problem
from yuanzhen.security.audit import trail

ENTITY = "file"
SENDERS: frozenset[Step] = frozenset({"piece", "drop"})  # steps that are for who sends it


async def to_send(reads: Reads, id: str, at: int) -> File:
    """A file of which a piece comes, before it is read. Raises as `open_for`, and `Conflict` for a wrong place."""
    return _checked(reads, await store.find(reads, id), "piece", id, at)


async def open_for(tx: Tx, step: Step, id: str, at: int | None = None) -> tuple[File, Case]:
    """A file locked for a step, and its case.

    Raises `NotFound` for who is of neither side of the case, `Forbidden` for who did not send it, `Conflict` when it
    does not stand so.
    """
    file = _checked(tx, await store.lock(tx, id), step, id, at)
    case = await access.of_a_side(tx, file.consultation, f"file-{step}", "U")
    return file, case


def refused(reads: Reads, problem: Problem, step: str, id: str) -> Problem:
    """A refusal to raise, kept."""
    return trail.refused(reads, problem, f"consultation.file-{step}", "U", entity_type=ENTITY, entity=id)


def _checked(reads: Reads, file: File | None, step: Step, id: str, at: int | None) -> File:
    if file is None:
        raise refused(reads, NotFound("file.not_found"), step, id)
    if step in SENDERS and file.who != reads.actor.id:
        raise refused(reads, Forbidden("file.not_yours"), step, id)
    try:
        file.allows(step)
        if at is not None:
            file.next_at(at)
    except Conflict as problem:
        raise refused(reads, problem, step, id) from None
    return file
